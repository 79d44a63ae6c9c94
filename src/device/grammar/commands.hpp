// Every command that the shell knows, by name; the tree (command_tree.cpp) says how each is written, the session and
// the configuration editor say what it does.
#pragma once

namespace lictor::device {

// Where a line is typed. Each mode has its own tree; sub-modes fall back to the one they were entered from.
enum class Mode { Exec, Config, CallHome, CallHomeProfile, Trustpoint, CertificateChain };

enum class Command {
  // EXEC: session
  Enable,
  Disable,
  Exit,
  ConfigureTerminal,
  TerminalLength,
  TerminalWidth,
  TerminalMonitor,
  // EXEC: licensing (CLI-1)
  LicenseRegister,
  LicenseDeregister,
  LicenseRenewId,
  LicenseRenewAuth,
  // EXEC: show (CLI-3, CLI-4, CLI-5, CLI-7)
  ShowLicenseAll,
  ShowLicenseStatus,
  ShowLicenseSummary,
  ShowLicenseUsage,
  ShowLicenseUdi,
  ShowLicenseEventlog,
  ShowVersion,
  ShowInventory,
  ShowRunningConfig,
  ShowRunningConfigAll,
  ShowStartupConfig,
  ShowLogging,
  ShowClock,
  ShowPrivilege,
  ShowHistory,
  ShowSwitch,
  ShowCallHomeProfile,
  ShowCallHomeSmartLicensing,
  ShowTerminal,
  // EXEC: device (CLI-6, CLI-7)
  WriteMemory,
  WriteTerminal,
  CopyRunningStartup,
  Reload,
  RedundancyForceSwitchover,
  ClockSet,
  StackMemberAdd,
  StackMemberRemove,
  // configuration (CFG-1 ... CFG-9)
  End,
  Hostname,
  LicenseSmartEnable,
  LicenseBootLevel,
  LicenseSmartTransport,
  LicenseSmartUrl,
  LicenseSmartProxyAddress,
  LicenseSmartProxyPort,
  ServiceCallHome,
  CallHomeMode,
  IpHost,
  IpNameServer,
  IpDomainLookup,
  IpHttpClientSource,
  TrustpointMode,
  TrustpointAuthenticate,
  CertificateChainMode,
  ServerIdentityCheck,
  ClockTimezone,
  ClockCalendarValid,
  LoggingHost,
  LoggingBuffered,
  Accepted,
  // configuration: call-home
  Profile,
  ContactEmail,
  HttpProxy,
  CallHomeSource,
  CallHomeVrf,
  CallHomeIdentityCheck,
  // configuration: call-home profile
  ProfileActive,
  ProfileAddress,
  ProfileTransport,
  ProfileReporting,
  // configuration: ca-trustpoint, certificate chain
  Enrollment,
  RevocationCheck,
  CertificateCa,
};

}  // namespace lictor::device
