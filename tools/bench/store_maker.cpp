#include "bench/store_maker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/bodies.hpp"
#include "licensing/pki/issuer.hpp"
#include "licensing/protocol/codec.hpp"
#include "server/device_service/certificate_rows.hpp"
#include "server/manager/authority_files.hpp"
#include "server/row_operations/row_operations.hpp"

namespace lictor::bench {

namespace {

constexpr std::size_t kInstancesInACommit = 1000;
constexpr Count kLicenses = 50'000'000;

class StoreMaker {
 public:
  StoreMaker(Tools& tools, const Product& product, StorePlan plan)
      : tools_(tools), product_(product), plan_(std::move(plan)), now_(tools.clock.wall()) {}

  Result<void> make();

 private:
  struct SharedCertificate {
    Bytes der;
    std::size_t serial_at = 0;
  };

  Result<void> open();
  Result<void> make_account();
  Result<void> make_shared_certificates();
  Result<void> load(storage::Rows& rows);
  Result<void> add(std::size_t first, std::size_t count, LineWriter& devices);
  Result<Bytes> issue(const domain::Instance& instance, const pki::PublicKey& key);
  Result<void> add_instance(storage::Rows& rows, std::size_t number, LineWriter& devices);
  [[nodiscard]] domain::Instance instance_row(storage::Rows& rows, std::size_t number, const pki::PublicKey& key);
  void put_with(storage::Rows& rows, domain::Instance instance, Bytes certificate);
  [[nodiscard]] bool speaks(std::size_t number) const {
    const auto before = number * plan_.speaking / plan_.instances;
    return (number + 1) * plan_.speaking / plan_.instances != before;
  }

  Tools& tools_;
  const Product& product_;
  StorePlan plan_;
  WallTime now_;
  manager::AuthorityFiles authority_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<pki::Issuer> issuer_;
  device_service::Settings settings_;
  Keys keys_;  // of those that speak, then the shared ones
  std::vector<SharedCertificate> shared_;
  std::string payload_;
  Digest digest_;
  std::size_t spoken_ = 0;
};

Result<void> StoreMaker::open() {
  if (auto ok = tools_.files.make_folder(plan_.folder); !ok) return ok;
  pki::AuthoritySettings names;
  names.dns_names = {"localhost"};
  auto authority =
      manager::load_or_make_authority(tools_.files, *tools_.crypto, tools_.entropy, plan_.folder + "/pki", names, now_);
  if (!authority) return authority.error();
  authority_ = std::move(*authority);
  auto& intermediate = authority_.authority.intermediate;
  issuer_ = pki::make_local_issuer(*tools_.crypto, std::move(intermediate.key), {std::move(intermediate.certificate)});
  settings_.authority = authority_.id;
  settings_.id_crl_url = "http://localhost:8480/crl/id-0.crl";
  storage::SqliteSettings sqlite;
  sqlite.path = plan_.folder + "/lictor.db";
  auto store = storage::open_sqlite_store(sqlite);
  if (!store) return store.error();
  store_ = std::move(*store);
  return {};
}

// Only for a store without a manager: licences in the pools alone, no lots.
Result<void> StoreMaker::make_account() {
  plan_.account = AccountId{1};
  plan_.va = VirtualAccountId{1};
  storage::Rows rows;
  if (auto ok = load(rows); !ok) return ok;
  domain::AccountHead head;
  head.account = plan_.account;
  head.next_id = 2;
  rows.heads.put(head);
  rows.accounts.put({plan_.account, "example.com", "Example Corporation", false, now_});
  rows.virtual_accounts.put({plan_.account, plan_.va, "Measured", "", true, now_});
  for (const auto& item : product_.usage) {
    domain::Pool pool;
    pool.account = plan_.account;
    pool.va = plan_.va;
    pool.tag = item.tag;
    pool.owned = kLicenses;
    rows.pools.put(pool);
  }
  return store_->writer().commit(rows);
}

Result<void> StoreMaker::make_shared_certificates() {
  for (std::size_t i = plan_.speaking; i < keys_.size(); ++i) {
    domain::Instance instance;
    instance.account = plan_.account;
    instance.id = InstanceId{static_cast<std::int64_t>(plan_.instances)};
    instance.serial = pki::random_serial(tools_.entropy);
    auto der = issue(instance, keys_[i]->public_key());
    if (!der) return der.error();
    const auto& serial = instance.serial.bytes;
    const auto at = std::search(der->begin(), der->end(), serial.begin(), serial.end());
    const auto position = static_cast<std::size_t>(at - der->begin());
    shared_.push_back({std::move(*der), position});
  }
  return {};
}

Result<Bytes> StoreMaker::issue(const domain::Instance& instance, const pki::PublicKey& key) {
  const auto plan = device_service::plan_certificate(settings_, instance, instance.serial, key, now_);
  Result<Bytes> made = Error{ErrorCode::Internal, "the issuer did not answer"};
  issuer_->issue(plan.certificate, key, [&](Result<Bytes> der) { made = std::move(der); });
  return made;
}

Result<void> StoreMaker::load(storage::Rows& rows) {
  storage::ReadKeys keys;
  keys.account = plan_.account;
  keys.virtual_accounts = {plan_.va};
  return store_->writer().load(keys, now_, rows);
}

domain::Instance StoreMaker::instance_row(storage::Rows& rows, std::size_t number, const pki::PublicKey& key) {
  domain::Instance row;
  row.account = plan_.account;
  row.id = InstanceId{rows.take_id(plan_.account)};
  row.va = plan_.va;
  row.status = domain::InstanceStatus::Active;
  Device device;
  device.udi = numbered_udi(number);
  const auto said = usual_authorize(product_, device);
  row.name = to_string(numbered_udi(number));
  row.product_tag = product_.tag;
  row.software_version = said.software_version;
  row.agent_version = said.agent_version;
  row.udis = said.udis;
  row.registered_at = row.last_contact = row.last_authorized = now_;
  row.public_key = key.spki;
  row.key_algorithm = static_cast<int>(key.algorithm);
  row.serial = pki::random_serial(tools_.entropy);
  row.certificate_ends = now_ - device_service::kBackdate + settings_.id_certificate_lifetime;
  row.last_sequence = 1;
  row.last_request = RequestId::random(tools_.entropy);
  row.generation = said.generation;
  return row;
}

void StoreMaker::put_with(storage::Rows& rows, domain::Instance instance, Bytes certificate) {
  const auto account = plan_.account;
  domain::CertificateRecord record;
  record.account = account;
  record.serial = instance.serial;
  record.instance = instance.id;
  record.status = domain::CertificateStatus::Issued;
  record.der = std::move(certificate);
  record.not_before = now_ - device_service::kBackdate;
  record.not_after = instance.certificate_ends;
  rows.dues.put({account, record.not_after, domain::DueKind::CertificateEnds, record.serial.text()});
  rows.dues.put({account, now_ + settings_.authorization_validity, domain::DueKind::SilenceReturn,
                 std::to_string(instance.id.value)});
  rows.certificates.put(std::move(record));
  rows.udis.put({account, instance.udis.front().udi, instance.id});
  for (const auto& item : product_.usage)
    rows.usage.put({account, instance.id, item.tag, item.count, item.count, true});
  instance.authorize_answer = payload_;
  instance.authorize_digest = digest_;
  rows.instances.put(std::move(instance));
}

Result<void> StoreMaker::add_instance(storage::Rows& rows, std::size_t number, LineWriter& devices) {
  const bool speaking = speaks(number);
  const std::size_t key = speaking ? spoken_++ : plan_.speaking + number % plan_.shared_keys;
  auto instance = instance_row(rows, number, keys_[key]->public_key());
  Bytes certificate;
  if (speaking) {
    auto der = issue(instance, keys_[key]->public_key());
    if (!der) return der.error();
    certificate = std::move(*der);
    devices.line(device_line({key, plan_.account, instance.id, plan_.va, authority_.id,
                              authority_.authority.signing.certificate.serial, instance.serial, numbered_udi(number),
                              certificate}));
  } else {
    const auto& shared = shared_[key - plan_.speaking];
    certificate = shared.der;
    std::copy(instance.serial.bytes.begin(), instance.serial.bytes.end(),
              certificate.begin() + static_cast<std::ptrdiff_t>(shared.serial_at));
  }
  put_with(rows, std::move(instance), std::move(certificate));
  return {};
}

Result<void> StoreMaker::add(std::size_t first, std::size_t count, LineWriter& devices) {
  storage::Rows rows;
  if (auto ok = load(rows); !ok) return ok;
  for (std::size_t i = 0; i < count; ++i) {
    if (auto ok = add_instance(rows, first + i, devices); !ok) return ok;
  }
  std::vector<domain::PoolDelta> deltas;
  for (const auto& item : product_.usage) {
    deltas.push_back({plan_.va, item.tag, 0, 0, item.count * static_cast<Count>(count)});
  }
  auto ok = row_operations::change_pools(rows, product_.catalog.hierarchy(), plan_.account, deltas);
  if (!ok) return ok;
  return store_->writer().commit(rows);
}

Result<void> StoreMaker::make() {
  plan_.speaking = std::min(plan_.speaking, plan_.instances);
  if (plan_.speaking == plan_.instances) plan_.shared_keys = 0;
  if (auto ok = open(); !ok) return ok;
  if (plan_.account.value == 0) {
    if (auto ok = make_account(); !ok) return ok;
  }
  auto keys = make_keys(tools_, pki::KeyAlgorithm::EcP256, plan_.speaking + plan_.shared_keys);
  if (!keys) return keys.error();
  keys_ = std::move(*keys);
  if (auto ok = make_shared_certificates(); !ok) return ok;
  protocol::AuthorizeAnswer answer;
  for (const auto& item : product_.usage) answer.tags.push_back({item.tag, TagStatus::Authorized, item.count});
  answer.next_interval = settings_.renewal_interval;
  answer.deadline = now_ + settings_.authorization_validity;
  answer.virtual_account = plan_.va;
  answer.account_name = "Example Corporation";
  answer.virtual_account_name = "Measured";
  payload_ = protocol::encode(protocol::Answer{answer});
  auto devices = LineWriter::open(plan_.devices_path);
  if (!devices) return devices.error();
  for (std::size_t first = 0; first < plan_.instances; first += kInstancesInACommit) {
    const auto count = std::min(kInstancesInACommit, plan_.instances - first);
    if (auto ok = add(first, count, *devices); !ok) return ok;
  }
  if (auto ok = devices->close(); !ok) return ok;
  keys_.resize(plan_.speaking);
  return write_keys(tools_, plan_.keys_path, keys_);
}

}  // namespace

Result<void> make_store(Tools& tools, const Product& product, const StorePlan& plan) {
  return StoreMaker(tools, product, plan).make();
}

}  // namespace lictor::bench
