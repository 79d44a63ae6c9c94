// A product in C++20 that brings its own store and keeps it where it likes; here it is one file beside its other data,
// and the event log goes to its own log. Its chance comes from a device of its own choice. A feature asks for its
// licence by name.
//
//   own_ports URL TLS_ROOT LICENSING_ROOT STORE_FILE SERIAL TOKEN
//
// Ends once both features are licensed; a product goes on. Status 0: both are; 1: something went wrong.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lictor/agent.hpp>

using namespace lictor::product;

namespace {

constexpr std::string_view kProductTag =
    "regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec";

struct Feature {
  std::string tag;
  std::int64_t count;
};
const std::map<std::string, Feature, std::less<>> kFeatures = {
    {"analysis", {"regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905", 1}},
    {"channels", {"regid.2026-01.com.acme-sensors.ACME_CHANNELS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33", 4}},
};

// One file, replaced as a whole: a new one is written and made durable, then takes the name. After a power cut the old
// or the new one is there. It holds keys: nobody else may read it.
class OneFile {
 public:
  explicit OneFile(std::filesystem::path path) : path_(std::move(path)) {}

  lictor_store port() {
    lictor_store port;
    LICTOR_INIT(port);
    port.context = this;
    port.load = [](void* self, lictor_contents* contents) -> int {
      return static_cast<OneFile*>(self)->load(contents);
    };
    port.save = [](void* self, const void* contents, std::size_t size, const char* const* lines,
                   std::size_t count) -> int {
      for (const char* line : std::span(lines, count)) std::cout << "event " << line << "\n";
      return static_cast<OneFile*>(self)->save({static_cast<const char*>(contents), size}) ? LICTOR_OK : LICTOR_IO;
    };
    return port;  // no read_events: the product's own log has them
  }

 private:
  int load(lictor_contents* contents) const {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return std::filesystem::exists(path_) ? LICTOR_IO : LICTOR_OK;  // not there: a new device
    const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
    return lictor_contents_set(contents, bytes.data(), bytes.size());
  }

  bool save(std::string_view bytes) const {
    const std::string fresh = path_.string() + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    bool good = true;
    while (good && !bytes.empty()) {
      const auto wrote = ::write(file, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      good = wrote > 0;
      if (good) bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    good = ::fsync(file) == 0 && good;
    good = ::close(file) == 0 && good;
    if (!good || std::rename(fresh.c_str(), path_.c_str()) != 0) return false;
    const auto parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    const bool durable = ::fsync(folder) == 0;
    ::close(folder);
    return durable;
  }

  std::filesystem::path path_;
};

// The machine's source of chance by its name in the file system; a product may have a better one.
class Chance {
 public:
  Chance() {
    device_.rdbuf()->pubsetbuf(nullptr, 0);  // nothing that was read ahead lies about
    device_.open("/dev/urandom", std::ios::binary);
  }
  lictor_entropy port() {
    lictor_entropy port;
    LICTOR_INIT(port);
    port.context = this;
    port.fill = [](void* self, void* bytes, std::size_t size) -> int {
      auto& device = static_cast<Chance*>(self)->device_;
      device.clear();
      return device.read(static_cast<char*>(bytes), static_cast<std::streamsize>(size)) ? LICTOR_OK : LICTOR_IO;
    };
    return port;
  }

 private:
  std::ifstream device_;
};

bool licensed(const Agent& agent, std::string_view feature) {
  const auto found = kFeatures.find(feature);
  return found != kFeatures.end() && agent.tag_state(found->second.tag) == LICTOR_TAG_AUTHORIZED;
}

int complain(const Outcome& bad) {
  std::cerr << lictor_result_name(bad.code) << ": " << bad.text << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: own_ports URL TLS_ROOT LICENSING_ROOT STORE_FILE SERIAL TOKEN\n";
    return 2;
  }
  OneFile file(argv[4]);
  Chance chance;
  Settings settings;
  settings.manager_url(argv[1])
      .tls_root_file(argv[2])
      .licensing_anchor_file(argv[3])
      .store(file.port())
      .entropy(chance.port());
  settings.udi("ACME-T100", argv[5]).product_tag(std::string(kProductTag)).version("2.3.0").key(LICTOR_EC_P256);

  Agent agent;
  if (const Outcome bad = agent.open(settings)) return complain(bad);
  for (const auto& [name, feature] : kFeatures)
    if (const Outcome bad = agent.request(Usage(feature.tag, feature.count, name))) return complain(bad);
  if (const Outcome bad = agent.ready()) return complain(bad);
  if (agent.status().registration != LICTOR_REGISTERED)
    if (const Outcome bad = agent.register_token(argv[6])) return complain(bad);

  pollfd wait{agent.poll_fd(), POLLIN, 0};
  while (!licensed(agent, "analysis") || !licensed(agent, "channels")) {
    if (agent.status().registration == LICTOR_REGISTRATION_FAILED) {
      std::cerr << "the registration failed: " << agent.text(LICTOR_REGISTRATION_REASON) << "\n";
      return 1;
    }
    if (::poll(&wait, 1, static_cast<int>(agent.next_wakeup_ms())) < 0 && errno != EINTR) {
      std::perror("poll");
      return 1;
    }
    if (const Outcome bad = agent.run_due()) return complain(bad);
  }
  for (const auto& [name, feature] : kFeatures)
    std::cout << name << ": " << lictor_tag_state_name(agent.tag_state(feature.tag)) << "\n";
  if (const Outcome bad = agent.close()) return complain(bad);
  return 0;
}
