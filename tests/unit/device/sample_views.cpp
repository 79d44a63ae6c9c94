#include "unit/device/sample_views.hpp"

namespace lictor::device::test {

using agent::Attempt;

WallTime at(const char* rfc3339) {
  return *parse_rfc3339(rfc3339);
}

namespace {

const char* const kNow = "2019-05-26T21:30:00Z";

std::vector<LicenseRow> guide_rows(const std::string& status) {
  return {{"C9500 Network Advantage", "C9500 Network Advantage", "C9500 Network Advantage", "network-advantage", 1,
           status, false},
          {"C9500-DNA-40X-A", "C9500-40X DNA Advantage", "C9500-40X DNA Advantage", "dna-advantage", 1, status, false}};
}

View with_status(View v, const std::string& status) {
  v.licenses = guide_rows(status);
  return v;
}

Attempt failed(const char* when, const char* reason) {
  return {Attempt::Result::Failed, at(when), reason};
}
Attempt succeeded(const char* when) {
  return {Attempt::Result::Succeeded, at(when), ""};
}

View evaluation_view() {
  View v = with_status(factory_view(), "EVAL MODE");
  v.agent.authorization = AuthorizationState::Evaluation;
  v.agent.evaluation_remaining = days(65) + hours(18) + minutes(43);
  v.agent.evaluation_running = true;
  return v;
}

View evaluation_expired_view() {
  View v = with_status(factory_view(), "EVAL EXPIRED");
  v.agent.authorization = AuthorizationState::EvaluationExpired;
  v.agent.evaluation_expired_at = at("2019-05-20T09:00:00Z");
  return v;
}

View registering_view() {
  View v = evaluation_view();
  v.agent.registration = RegistrationState::Registering;
  return v;
}

View retrying_view() {
  View v = registering_view();
  v.agent.initial_registration =
      failed("2019-05-26T21:20:00Z", "Your request could not be processed right now. Please try again");
  v.agent.next_registration_attempt = at("2019-05-26T21:36:49Z");
  return v;
}

View clock_refused_view() {
  View v = retrying_view();
  v.agent.initial_registration =
      failed("2019-05-26T21:20:00Z",
             R"({"timestamp":["The device date '1526135268653' is offset beyond the allowed tolerance limit."]})");
  return v;
}

View failed_view(const char* reason, const char* next) {
  View v = evaluation_view();
  v.agent.registration = RegistrationState::RegistrationFailed;
  v.agent.initial_registration = failed("2019-05-26T21:20:00Z", reason);
  if (next != nullptr) v.agent.next_registration_attempt = at(next);
  return v;
}

View nothing_in_use_view() {
  View v = authorized_view();
  v.licenses.clear();
  return v;
}

View out_of_compliance_view() {
  View v = authorized_view();
  v.agent.authorization = AuthorizationState::OutOfCompliance;
  v.agent.next_communication = at("2019-05-27T21:24:37Z");
  v.licenses[1].status = "OUT OF COMPLIANCE";
  return v;
}

View pending_view() {
  View v = out_of_compliance_view();
  v.agent.last_communication = Attempt{Attempt::Result::Pending, at("2019-05-26T21:26:00Z"), "Waiting for reply"};
  v.agent.next_communication = at("2019-05-26T21:45:07Z");
  return v;
}

View send_failed_view() {
  View v = authorized_view();
  v.agent.last_communication = failed("2019-05-26T21:29:45Z", "Fail to send out Call Home HTTP message.");
  v.agent.next_communication = at("2019-05-26T21:30:15Z");
  return v;
}

View signature_view() {
  View v = send_failed_view();
  v.agent.last_communication->failure_reason = "Data and signature do not match";
  return v;
}

View authorization_expired_view() {
  View v = send_failed_view();
  v.agent.authorization = AuthorizationState::AuthorizationExpired;
  v.agent.authorization_since = at("2019-05-26T21:19:36Z");
  v.agent.next_communication = at("2019-05-26T22:29:45Z");
  v.agent.deadline_exceeded = true;
  v.licenses = guide_rows("AUTHORIZATION EXPIRED");
  return v;
}

View registration_expired_view() {
  View v = evaluation_view();
  v.agent.registration_expired = true;
  return v;
}

View local_deregistration_view() {
  View v = evaluation_view();
  v.agent.account_name = "Example Account";
  v.agent.export_allowed = true;
  return v;
}

View renewed_view() {
  View v = authorized_view();
  v.agent.last_renewal = succeeded("2019-05-26T21:28:00Z");
  return v;
}

View renewal_failed_view() {
  View v = authorized_view();
  v.agent.last_renewal = failed("2019-05-26T21:28:00Z", "Fail to send out Call Home HTTP message.");
  return v;
}

View image_16_9_view() {
  View v = authorized_view();
  v.image = image_of("16.9.5");
  return v;
}

}  // namespace

View factory_view() {
  View v;
  v.facts = {"16.12.3", "https://ssm.example.com:8443/its/service/oddce/services/DDCEService"};
  v.running = factory_configuration(v.facts);
  v.running.hostname = "C9500";
  v.running.boot_level = "network-advantage";
  v.running.boot_addon = "dna-advantage";
  v.booted_levels = {"network-advantage", "dna-advantage"};
  v.image = image_of("16.12.3");
  v.model_description = "Catalyst 9500 40-port 10 Gigabit Ethernet switch";
  v.now = at(kNow);
  v.up = days(9) + hours(3) + minutes(1);
  v.agent.udis = {{{"C9500-40X", "FCW2233A5ZV"}, UdiRole::Active}};
  v.agent.software_version = "16.12.3";
  return v;
}

View authorized_view() {
  View v = factory_view();
  v.licenses = guide_rows("AUTHORIZED");
  v.agent.registration = RegistrationState::Registered;
  // As long as the guide's names, so that the layout can be laid over it.
  v.agent.account_name = "XYZ Sample Systems Inc.";
  v.agent.virtual_account_name = "Krakow LAN-SW";
  v.agent.export_allowed = true;
  v.agent.initial_registration = succeeded("2019-05-26T21:24:32Z");
  v.agent.next_renewal = at("2019-11-22T21:24:32Z");
  v.agent.registration_expires = at("2020-05-25T21:19:30Z");
  v.agent.authorization = AuthorizationState::Authorized;
  v.agent.authorization_since = at("2019-05-26T21:24:37Z");
  v.agent.last_communication = succeeded("2019-05-26T21:24:37Z");
  v.agent.next_communication = at("2019-06-25T21:24:37Z");
  v.agent.communication_deadline = at("2019-08-24T21:19:36Z");
  return v;
}

View stack_view() {
  View v = authorized_view();
  v.running.hostname = "C9300";
  v.model_description = "Catalyst 9300 24-port switch";
  v.agent.udis = {{{"C9300-24UX", "FOC2201L0A1"}, UdiRole::Active},
                  {{"C9300-24UX", "FOC2201L0A2"}, UdiRole::Standby},
                  {{"C9300-24UX", "FOC2201L0A3"}, UdiRole::Member}};
  v.licenses = {{"network-advantage", "C9300-24 Network Advantage", "C9300-24 Network Advantage", "network-advantage",
                 3, "AUTHORIZED", false},
                {"dna-advantage", "C9300-24 DNA Advantage", "C9300-24 DNA Advantage", "dna-advantage", 3,
                 "OUT OF COMPLIANCE", false}};
  return v;
}

View busy_view() {
  View v = authorized_view();
  v.running.zone = {"CET", 60};
  v.running.ip_hosts = {{"ssm.example.com", "192.0.2.10"}};
  v.running.name_servers = {{"", "192.0.2.53"}, {"Mgmt-vrf", "192.0.2.54"}};
  v.running.http_source_interface = "GigabitEthernet0/0";
  v.running.server_identity_check = false;
  v.running.contact_email = "noc@example.com";
  v.running.http_proxy_host = "proxy.example.com";
  v.running.http_proxy_port = 3128;
  v.running.logging_hosts = {{"192.0.2.99", "udp", 514}, {"192.0.2.98", "tcp", 6514}};
  v.running.profiles.push_back({"OnPrem", true, true, false,
                                "https://onprem.example.com/Transportgateway/services/DeviceRequestHandler", true,
                                false});
  v.running.trustpoints.push_back({"LicRoot", "terminal", Revocation::None, {Bytes{0x30, 0x03, 0x02, 0x01, 0x05}}});
  v.trust = ClockTrust::Authoritative;
  v.event_log = {
      "2019-05-20T00:00:00.000 UTC too old to parse is kept",
      "2019-05-23 10:00:00.000 UTC SAEVT_INIT_START version=\"4.8.5\"",
      "2019-05-26 21:24:32.120 UTC SAEVT_REGISTER_STATUS msgStatus=\"LS_SUCCESS\"",
      "2019-05-26 21:24:37.004 UTC SAEVT_STATE_AUTHORIZED old=\"EVAL\"",
  };
  v.event_log.erase(v.event_log.begin());
  v.log_lines = {
      "*May 26 22:24:30.001: %CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS: SCH device registration is in progress.",
      "*May 26 22:24:32.120: %SMART_LIC-6-EXPORT_CONTROLLED: Usage of export controlled features is allowed",
  };
  v.messages_logged = 2;
  v.startup_text = print_configuration(v.running, v.facts, Defaults::Hide);
  return v;
}

std::vector<NamedView> state_views() {
  return {
      {"factory", factory_view()},
      {"evaluation", evaluation_view()},
      {"evaluation_expired", evaluation_expired_view()},
      {"registering", registering_view()},
      {"registering_retry", retrying_view()},
      {"registering_clock_refused", clock_refused_view()},
      {"failed_already_registered", failed_view("Product Already Registered", "2019-05-26T21:40:03Z")},
      {"failed_no_transport", failed_view("Communication transport not available.", nullptr)},
      {"authorized", authorized_view()},
      {"authorized_nothing_in_use", nothing_in_use_view()},
      {"authorized_renewed", renewed_view()},
      {"authorized_renewal_failed", renewal_failed_view()},
      {"authorized_send_failed", send_failed_view()},
      {"authorized_signature", signature_view()},
      {"authorized_image_16_9", image_16_9_view()},
      {"out_of_compliance", out_of_compliance_view()},
      {"out_of_compliance_pending", pending_view()},
      {"authorization_expired", authorization_expired_view()},
      {"registration_expired", registration_expired_view()},
      {"deregistered_locally", local_deregistration_view()},
      {"stack", stack_view()},
  };
}

}  // namespace lictor::device::test
