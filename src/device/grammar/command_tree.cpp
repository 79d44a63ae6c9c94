#include "device/grammar/command_tree.hpp"

// clang-format off: the nesting of the lines is the nesting of the words
namespace lictor::device {
namespace {

using C = Command;
using Nodes = std::vector<Node>;

Node privileged(Node node) {
  return std::move(node).at_level(kPrivilegedLevel);
}

Node license_exec() {
  return privileged(keyword(
      "license", "Smart licensing license commands",
      {
          keyword("smart", "Smart licensing commands",
                  {
                      keyword("deregister", "Deregister this device").runs(C::LicenseDeregister),
                      keyword("register", "Register this device",
                              {
                                  keyword("idtoken", "Register with an id token",
                                          {
                                              word("WORD", "The id token of the account", "token",
                                                   {
                                                       keyword("force",
                                                               "Register even if the account knows this device already")
                                                           .named("force")
                                                           .runs(C::LicenseRegister),
                                                   })
                                                  .runs(C::LicenseRegister),
                                          }),
                              }),
                      keyword("renew", "Renew now instead of at the next planned time",
                              {
                                  keyword("auth", "Renew the authorization").runs(C::LicenseRenewAuth),
                                  keyword("id", "Renew the identity certificate").runs(C::LicenseRenewId),
                              }),
                  }),
      }));
}

Node show_license() {
  return keyword("license", "Show license information",
                 {
                     keyword("all", "Show license all information").runs(C::ShowLicenseAll),
                     keyword("eventlog", "Show license event log",
                             {
                                 number(0, 400, "Number of days", "days").runs(C::ShowLicenseEventlog),
                             })
                         .runs(C::ShowLicenseEventlog),
                     keyword("status", "Show license status information").runs(C::ShowLicenseStatus),
                     keyword("summary", "Show license summary").runs(C::ShowLicenseSummary),
                     keyword("udi", "Show license UDI information").runs(C::ShowLicenseUdi),
                     keyword("usage", "Show license usage information").runs(C::ShowLicenseUsage),
                 });
}

Node show() {
  return keyword(
      "show", "Show running system information",
      {
          keyword("call-home", "Show call home",
                  {
                      keyword("profile", "Show call home profile",
                              {
                                  keyword("all", "Show all profiles").named("profile").runs(C::ShowCallHomeProfile),
                                  word("WORD", "Profile name", "profile").runs(C::ShowCallHomeProfile),
                              }),
                      keyword("smart-licensing", "Show smart licensing transport settings")
                          .runs(C::ShowCallHomeSmartLicensing),
                  }),
          keyword("clock", "Display the system clock").runs(C::ShowClock),
          keyword("history", "Display the session command history").runs(C::ShowHistory),
          keyword("inventory", "Show the physical inventory").runs(C::ShowInventory),
          show_license(),
          keyword("logging", "Show the contents of logging buffers").runs(C::ShowLogging),
          keyword("privilege", "Show current privilege level").runs(C::ShowPrivilege),
          privileged(keyword("running-config", "Current operating configuration",
                             {
                                 keyword("all", "Configuration with defaults").runs(C::ShowRunningConfigAll),
                             })
                         .runs(C::ShowRunningConfig)),
          privileged(keyword("startup-config", "Contents of startup configuration").runs(C::ShowStartupConfig)),
          keyword("switch", "Show switch information").runs(C::ShowSwitch),
          keyword("terminal", "Display terminal configuration parameters").runs(C::ShowTerminal),
          keyword("version", "System hardware and software status").runs(C::ShowVersion),
      });
}

Nodes clock_date(Command command) {
  return {
      argument(
          WordKind::TimeOfDay, "hh:mm:ss", "Current Time", "time",
          {
              number(1, 31, "Day of the month", "day",
                     {
                         argument(WordKind::Month, "MONTH", "Month of the year", "month",
                                  {
                                      number(1993, 2199, "Year", "year").runs(command),
                                  }),
                     }),
              argument(WordKind::Month, "MONTH", "Month of the year", "month",
                       {
                           number(1, 31, "Day of the month", "day", {number(1993, 2199, "Year", "year").runs(command)}),
                       }),
          }),
  };
}

Node terminal() {
  return keyword(
      "terminal", "Set terminal line parameters",
      {
          keyword("length", "Set number of lines on a screen",
                  {
                      number(0, 512, "Number of lines on screen (0 for no pausing)", "lines").runs(C::TerminalLength),
                  }),
          keyword("monitor", "Copy debug output to the current terminal line").runs(C::TerminalMonitor),
          keyword("no", "Negate a command or set its defaults",
                  {
                      keyword("monitor", "Copy debug output to the current terminal line")
                          .named("no")
                          .runs(C::TerminalMonitor),
                  }),
          keyword("width", "Set width of the display terminal",
                  {
                      number(0, 512, "Number of characters on a screen line (0 for no wrapping)", "columns")
                          .runs(C::TerminalWidth),
                  }),
      });
}

Node stack_for_labs() {
  return privileged(
             keyword("stack", "Change the stack of this virtual device",
                     {
                         keyword("member", "A member of the stack",
                                 {
                                     keyword("add", "Plug a member in",
                                             {
                                                 word("PID", "Product identifier", "pid",
                                                      {word("SN", "Serial number", "sn").runs(C::StackMemberAdd)}),
                                             }),
                                     keyword("remove", "Unplug a member",
                                             {word("SN", "Serial number", "sn").runs(C::StackMemberRemove)}),
                                 }),
                     }))
      .unlisted();
}

Nodes exec_tree() {
  return {
      privileged(keyword("clock", "Manage the system clock",
                         {
                             keyword("set", "Set the time and date", clock_date(C::ClockSet)),
                         })),
      privileged(keyword("configure", "Enter configuration mode",
                         {
                             keyword("terminal", "Configure from the terminal").runs(C::ConfigureTerminal),
                         })),
      privileged(keyword(
          "copy", "Copy from one file to another",
          {
              keyword("running-config", "Copy from current system configuration",
                      {
                          keyword("startup-config", "Copy to startup configuration").runs(C::CopyRunningStartup),
                      }),
          })),
      privileged(keyword("disable", "Turn off privileged commands").runs(C::Disable)),
      keyword("enable", "Turn on privileged commands").runs(C::Enable),
      keyword("end", "Stay in EXEC").unlisted().runs(C::End),
      keyword("exit", "Exit from the EXEC").runs(C::Exit),
      license_exec(),
      keyword("logout", "Exit from the EXEC").runs(C::Exit),
      keyword("quit", "Exit from the EXEC").unlisted().runs(C::Exit),
      privileged(keyword("redundancy", "Redundancy Facility (RF) exec commands",
                         {
                             keyword("force-switchover", "Force a switchover of the active and standby")
                                 .runs(C::RedundancyForceSwitchover),
                         })),
      privileged(keyword("reload", "Halt and perform a cold restart",
                         {
                             keyword("noconfirm", "Neither ask nor save").named("noconfirm").runs(C::Reload),
                         })
                     .runs(C::Reload)),
      show(),
      stack_for_labs(),
      terminal(),
      privileged(keyword("write", "Write running configuration to memory, or terminal",
                         {
                             keyword("memory", "Write to NV memory").runs(C::WriteMemory),
                             keyword("terminal", "Write to terminal").runs(C::WriteTerminal),
                         })
                     .runs(C::WriteMemory)),
  };
}

Node exit_and_end(bool exit) {
  return exit ? keyword("exit", "Exit from this configuration mode").runs(C::Exit)
              : keyword("end", "Exit to privileged EXEC mode").runs(C::End);
}

Node license_config() {
  return keyword(
      "license", "Configure license features",
      {
          keyword("boot", "License boot configuration",
                  {
                      keyword("level", "License level",
                              {
                                  word("WORD", "Name of the network license level", "level",
                                       {
                                           keyword("addon", "Add-on license level",
                                                   {
                                                       word("WORD", "Name of the add-on license level", "addon")
                                                           .runs(C::LicenseBootLevel),
                                                   }),
                                       })
                                      .runs(C::LicenseBootLevel),
                              })
                          .no_runs(C::LicenseBootLevel),
                  }),
          keyword(
              "smart", "Smart licensing",
              {
                  keyword("enable", "Enable smart licensing").runs_both(C::LicenseSmartEnable),
                  keyword("proxy", "Proxy of the smart transport",
                          {
                              keyword("address", "Proxy address",
                                      {word("WORD", "Host", "host").runs(C::LicenseSmartProxyAddress)})
                                  .no_runs(C::LicenseSmartProxyAddress),
                              keyword("port", "Proxy port",
                                      {number(1, 65535, "Port", "port").runs(C::LicenseSmartProxyPort)})
                                  .no_runs(C::LicenseSmartProxyPort),
                          }),
                  keyword("transport", "How messages travel",
                          {
                              keyword("callhome", "By call home").named("transport").runs(C::LicenseSmartTransport),
                              keyword("off", "Not at all").named("transport").runs(C::LicenseSmartTransport),
                              keyword("smart", "Directly").named("transport").runs(C::LicenseSmartTransport),
                          })
                      .no_runs(C::LicenseSmartTransport),
                  keyword("url", "Address for the smart transport",
                          {
                              keyword("default", "The manager of this device").named("url").runs(C::LicenseSmartUrl),
                              word("WORD", "URL", "url").runs(C::LicenseSmartUrl),
                          })
                      .no_runs(C::LicenseSmartUrl),
              }),
      });
}

Node ip_config() {
  return keyword(
      "ip", "Global IP configuration subcommands",
      {
          keyword("domain", "IP DNS resolver",
                  {
                      keyword("lookup", "Enable IP Domain Name System hostname translation",
                              {
                                  keyword("source-interface", "Specify source interface",
                                          {
                                              word("WORD", "Interface", "interface").runs(C::IpDomainLookup),
                                          }),
                              })
                          .runs_both(C::IpDomainLookup),
                  }),
          keyword("domain-lookup", "Enable IP Domain Name System hostname translation",
                  {
                      keyword("source-interface", "Specify source interface",
                              {
                                  word("WORD", "Interface", "interface").runs(C::IpDomainLookup),
                              }),
                  })
              .runs_both(C::IpDomainLookup),
          keyword("host", "Add an entry to the ip hostname table",
                  {
                      word("WORD", "Name of host", "name",
                           {
                               argument(WordKind::Ipv4, "A.B.C.D", "Host IP address", "address").runs_both(C::IpHost),
                           })
                          .no_runs(C::IpHost),
                  }),
          keyword("http", "HTTP client configuration",
                  {
                      keyword("client", "HTTP client",
                              {
                                  keyword("source-interface", "Specify interface for source address",
                                          {
                                              word("WORD", "Interface", "interface").runs(C::IpHttpClientSource),
                                          })
                                      .no_runs(C::IpHttpClientSource),
                              }),
                  }),
          keyword(
              "name-server", "Specify address of name server to use",
              {
                  keyword("vrf", "Specify VRF",
                          {
                              word("WORD", "VRF name", "vrf",
                                   {
                                       argument(WordKind::Ipv4, "A.B.C.D", "Domain server IP address", "address")
                                           .runs_both(C::IpNameServer),
                                   }),
                          }),
                  argument(WordKind::Ipv4, "A.B.C.D", "Domain server IP address", "address").runs_both(C::IpNameServer),
              }),
      });
}

Node crypto_config() {
  return keyword(
      "crypto", "Encryption module",
      {
          keyword(
              "pki", "Public key components",
              {
                  keyword("authenticate", "Get the CA certificate",
                          {
                              word("WORD", "Trustpoint name", "name").runs(C::TrustpointAuthenticate),
                          }),
                  keyword("certificate", "Actions on certificates",
                          {
                              keyword("chain", "Identify certificates",
                                      {
                                          word("WORD", "Trustpoint name", "name").runs_both(C::CertificateChainMode),
                                      }),
                          }),
                  keyword("trustpoint", "Define a CA trustpoint",
                          {
                              word("WORD", "Trustpoint name", "name").runs_both(C::TrustpointMode),
                          }),
              }),
      });
}

Node logging_config() {
  return keyword(
      "logging", "Modify message logging facilities",
      {
          keyword("buffered", "Set buffered logging parameters",
                  {
                      number(4096, 2147483647, "Logging buffer size", "bytes").runs(C::LoggingBuffered),
                  })
              .runs_both(C::LoggingBuffered),
          keyword("host", "Set syslog server IP address and parameters",
                  {
                      word("WORD", "IP address of the syslog server", "host",
                           {
                               keyword("transport", "Specify the transport protocol",
                                       {
                                           keyword("tcp", "Transport by TCP",
                                                   {
                                                       keyword("port", "Specify the port",
                                                               {number(1, 65535, "Port", "port").runs(C::LoggingHost)}),
                                                   })
                                               .named("transport")
                                               .runs(C::LoggingHost),
                                           keyword("udp", "Transport by UDP",
                                                   {
                                                       keyword("port", "Specify the port",
                                                               {number(1, 65535, "Port", "port").runs(C::LoggingHost)}),
                                                   })
                                               .named("transport")
                                               .runs(C::LoggingHost),
                                       }),
                           })
                          .runs_both(C::LoggingHost),
                  }),
      });
}

Node clock_config() {
  return keyword(
      "clock", "Configure time-of-day clock",
      {
          keyword("calendar-valid", "Calendar time is authoritative").runs_both(C::ClockCalendarValid),
          keyword("timezone", "Configure time zone",
                  {
                      word("WORD", "Name of time zone", "zone",
                           {
                               number(-23, 23, "Hours offset from UTC", "hours",
                                      {
                                          number(0, 59, "Minutes offset from UTC", "minutes").runs(C::ClockTimezone),
                                      })
                                   .runs(C::ClockTimezone),
                           }),
                  })
              .no_runs(C::ClockTimezone),
      });
}

Nodes config_tree() {
  return {
      keyword("call-home", "Enter call-home configuration mode").runs(C::CallHomeMode),
      clock_config(),
      crypto_config(),
      exit_and_end(false),
      exit_and_end(true),
      keyword("hostname", "Set system's network name",
              {
                  word("WORD", "This system's network name", "name").runs(C::Hostname),
              })
          .no_runs(C::Hostname),
      keyword("http", "HTTP configuration",
              {
                  keyword("secure", "HTTP over TLS",
                          {
                              keyword("server-identity-check", "Check the name in the server's certificate")
                                  .runs_both(C::ServerIdentityCheck),
                          }),
              }),
      ip_config(),
      license_config(),
      logging_config(),
      keyword("service", "Modify use of network based services",
              {
                  keyword("call-home", "Enable call-home service").runs_both(C::ServiceCallHome),
                  keyword("timestamps", "Timestamp debug/log messages",
                          {
                              argument(WordKind::Line, "LINE", "Accepted, fixed in this device", "").runs(C::Accepted),
                          }),
              }),
      keyword("version", "Version of the software that wrote the configuration",
              {
                  word("WORD", "Version", "").runs(C::Accepted),
              })
          .unlisted(),
  };
}

Nodes call_home_tree() {
  return {
      keyword("contact-email-addr", "System Contact's email address",
              {
                  word("WORD", "Address", "address").runs(C::ContactEmail),
              })
          .no_runs(C::ContactEmail),
      exit_and_end(false),
      exit_and_end(true),
      keyword("http", "HTTP configuration",
              {
                  keyword("secure", "HTTP over TLS",
                          {
                              keyword("server-identity-check", "Check the name in the server's certificate")
                                  .runs_both(C::CallHomeIdentityCheck),
                          }),
              }),
      keyword("http-proxy", "HTTP proxy server",
              {
                  word("WORD", "Host or quoted address", "host",
                       {
                           keyword("port", "Port of the proxy", {number(1, 65535, "Port", "port").runs(C::HttpProxy)}),
                       }),
              })
          .no_runs(C::HttpProxy),
      keyword("profile", "Enter call-home profile configuration mode",
              {
                  word("WORD", "Profile name", "profile").runs_both(C::Profile),
              }),
      keyword("source-interface", "Source interface of messages",
              {
                  word("WORD", "Interface", "interface").runs(C::CallHomeSource),
              })
          .no_runs(C::CallHomeSource),
      keyword("vrf", "VRF of messages", {word("WORD", "VRF name", "vrf").runs(C::CallHomeVrf)}).no_runs(C::CallHomeVrf),
  };
}

Nodes profile_tree() {
  return {
      keyword("active", "Activate the profile").runs_both(C::ProfileActive),
      keyword(
          "destination", "Message destination",
          {
              keyword("address", "Address of the destination",
                      {
                          keyword("http", "By HTTP or HTTPS", {word("WORD", "URL", "url").runs_both(C::ProfileAddress)})
                              .no_runs(C::ProfileAddress),
                      }),
              keyword("transport-method", "How messages are sent",
                      {
                          keyword("email", "By mail").named("method").runs_both(C::ProfileTransport),
                          keyword("http", "By HTTP or HTTPS").named("method").runs_both(C::ProfileTransport),
                      }),
          }),
      exit_and_end(false),
      exit_and_end(true),
      keyword("reporting", "What the profile reports",
              {
                  keyword("all", "Everything").named("what").runs_both(C::ProfileReporting),
                  keyword("smart-call-home-data", "Smart call home").named("what").runs_both(C::ProfileReporting),
                  keyword("smart-licensing-data", "Smart licensing").named("what").runs_both(C::ProfileReporting),
              }),
  };
}

Nodes trustpoint_tree() {
  return {
      keyword("enrollment", "How the certificate comes",
              {
                  keyword("pkcs12", "By file").named("how").runs(C::Enrollment),
                  keyword("terminal", "By cut and paste").named("how").runs(C::Enrollment),
              })
          .no_runs(C::Enrollment),
      exit_and_end(false),
      exit_and_end(true),
      keyword(
          "revocation-check", "How revocation is checked",
          {
              keyword("crl", "By certificate revocation list",
                      {
                          keyword("none", "Ignore a list that cannot be had").named("then").runs(C::RevocationCheck),
                      })
                  .named("how")
                  .runs(C::RevocationCheck),
              keyword("none", "Not at all").named("how").runs(C::RevocationCheck),
          })
          .no_runs(C::RevocationCheck),
  };
}

Nodes chain_tree() {
  return {
      keyword("certificate", "Certificate in hexadecimal, ended by the word quit",
              {
                  keyword("ca", "A CA certificate", {word("SERIAL", "Serial number", "serial").runs(C::CertificateCa)}),
              }),
      exit_and_end(false),
      exit_and_end(true),
  };
}

}  // namespace

Grammar make_grammar() {
  Grammar grammar;
  grammar.modes[Mode::Exec] = exec_tree();
  grammar.modes[Mode::Config] = config_tree();
  grammar.modes[Mode::CallHome] = call_home_tree();
  grammar.modes[Mode::CallHomeProfile] = profile_tree();
  grammar.modes[Mode::Trustpoint] = trustpoint_tree();
  grammar.modes[Mode::CertificateChain] = chain_tree();
  return grammar;
}

}  // namespace lictor::device
