// The settings of lictor-manager, declared once. `public_url` is what certificates and devices will name for years: a
// real installation sets it before the first start (PKI-1).
#pragma once

#include <array>

#include "foundation/base/settings.hpp"

namespace lictor::manager {

inline constexpr std::array kSettingRows{
    SettingRow{.name = "data_folder",
               .default_text = "/var/lib/lictor-manager",
               .sentence = "Where the database, keys and certificates live; made with mode 0700."},
    SettingRow{.name = "listen.address", .default_text = "127.0.0.1", .sentence = "The address to listen on."},
    SettingRow{.name = "listen.port",
               .type = SettingType::Integer,
               .default_text = "8443",
               .minimum = 0,
               .maximum = 65535,
               .sentence = "The HTTPS port; 0 takes any free one and logs it."},
    SettingRow{.name = "listen.loops",
               .type = SettingType::Integer,
               .default_text = "2",
               .minimum = 1,
               .maximum = 64,
               .sentence = "Event loops, one thread each."},
    SettingRow{
        .name = "public_url",
        .default_text = "https://localhost:8443",
        .sentence = "How devices and people reach this manager; stands in certificates from the first start on."},
    SettingRow{.name = "crl.port",
               .type = SettingType::Integer,
               .default_text = "8480",
               .minimum = 0,
               .maximum = 65535,
               .sentence = "The plain HTTP port that serves revocation lists, which are signed themselves; 0 takes any "
                           "free one, for trials."},
    SettingRow{.name = "crl_url",
               .default_text = "",
               .sentence = "Where revocation lists are found, as certificates name it; empty: the host of public_url, "
                           "crl.port, /crl."},
    SettingRow{.name = "tls.names",
               .type = SettingType::List,
               .default_text = "localhost,127.0.0.1",
               .sentence = "Host names and addresses in the TLS certificate that the manager makes for itself."},
    SettingRow{.name = "tls.renew",
               .type = SettingType::Boolean,
               .default_text = "true",
               .sentence = "Make a new TLS certificate 30 days before the present one ends."},
    SettingRow{.name = "organization", .default_text = "Lictor", .sentence = "The organization in certificates."},
    SettingRow{.name = "key_algorithm",
               .type = SettingType::Choice,
               .default_text = "ec-p256",
               .choices = "ec-p256|rsa-2048|rsa-3072",
               .sentence = "For the manager's own keys, made at the first start."},
    SettingRow{
        .name = "catalogs",
        .type = SettingType::List,
        .default_text = "",
        .sentence = "Catalog files, imported into the store at each start when they differ from the active version."},
    SettingRow{.name = "device.clock_tolerance",
               .type = SettingType::Duration,
               .default_text = "1h",
               .minimum = 1000,
               .maximum = 86'400'000,
               .sentence = "How far a device's clock may be off."},
    SettingRow{.name = "admin.password_file",
               .default_text = "",
               .sentence = "Take the first administrator's password from this file instead of printing one."},
    SettingRow{.name = "metrics.open",
               .type = SettingType::Boolean,
               .default_text = "true",
               .sentence = "Serve /metrics without login; the listener is on the loopback unless configured."},
    SettingRow{.name = "log.form",
               .type = SettingType::Choice,
               .default_text = "text",
               .choices = "text|json",
               .sentence = "The form of log lines."},
    SettingRow{.name = "log.level",
               .type = SettingType::Choice,
               .default_text = "info",
               .choices = "debug|info|notice|warning|error|critical",
               .sentence = "The least severity that is logged."},
    SettingRow{.name = "log.file", .default_text = "", .sentence = "A file to log to; empty: standard error."},
};

}  // namespace lictor::manager
