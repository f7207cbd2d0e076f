#include "policy/bundle_store.hpp"
#include "policy/bundle_text.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::policy {

namespace {

using storage::Access;
using storage::run_sql;

constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kHashDigits = 64;

const std::array<storage::Migration, 1> kMigrations{{{
    1,
    "create policy_bundles and policy_activations",
    {"CREATE TABLE policy_bundles ("
     " hash TEXT NOT NULL PRIMARY KEY,"
     " name TEXT NOT NULL,"
     " author TEXT NOT NULL,"
     " comment TEXT NOT NULL,"
     " parent TEXT NOT NULL,"
     " created_at INTEGER NOT NULL,"
     " bytes INTEGER NOT NULL,"
     " files TEXT NOT NULL)",
     "CREATE TABLE policy_activations ("
     " version INTEGER PRIMARY KEY AUTOINCREMENT,"
     " bundle TEXT NOT NULL,"
     " stage TEXT NOT NULL CHECK (stage IN ('shadow', 'canary', 'full')),"
     " canary_buckets INTEGER NOT NULL,"
     " actor TEXT NOT NULL,"
     " comment TEXT NOT NULL,"
     " reason TEXT NOT NULL,"
     " at INTEGER NOT NULL)"},
}}};

Stage stage_of(const std::string& name) {
    if (name == stage_name(Stage::shadow)) {
        return Stage::shadow;
    }
    return name == stage_name(Stage::canary) ? Stage::canary : Stage::full;
}

std::string shown(const std::string& hash) {
    return hash.empty() ? std::string("none") : hash.substr(0, kShownDigits);
}

// A text that has to be kept whole, or is refused.
Result<void> check_text(std::string_view what, const std::string& text, std::size_t most) {
    if (text.size() > most) {
        return Error{
            Errc::invalid_request,
            "the " + std::string(what) + " has " + std::to_string(text.size()) + " bytes; it may have " +
                std::to_string(most)};
    }
    if (text.find('\0') != std::string::npos) {
        return Error{Errc::invalid_request, "the " + std::string(what) + " has a character of code 0; leave it out"};
    }
    return {};
}

Result<void> check_bundle(const Bundle& bundle, std::size_t bytes) {
    if (bytes > kBundleBytesMax) {
        return Error{
            Errc::too_large,
            "bundle " + bundle.name() + " has " + std::to_string(bytes) + " bytes; one that is stored may have " +
                std::to_string(kBundleBytesMax)};
    }
    for (const auto& file : bundle.files()) {
        AIHUB_CHECK(check_text("file " + file.name, file.text, kBundleBytesMax));
    }
    return {};
}

Result<void> check_activation(const NewActivation& wanted) {
    AIHUB_CHECK(check_text("name of who activates", wanted.actor, kActivationActorBytesMax));
    AIHUB_CHECK(check_text("comment", wanted.comment, kActivationTextBytesMax));
    AIHUB_CHECK(check_text("reason", wanted.reason, kActivationTextBytesMax));
    const bool canary = wanted.stage == Stage::canary;
    if (canary && (wanted.canary_buckets == 0 || wanted.canary_buckets > kBucketsMax)) {
        return Error{Errc::invalid_request, "a canary needs a share of the callers, from 0.01 to 100 percent"};
    }
    if (wanted.bundle.empty() && wanted.stage != Stage::full) {
        return Error{Errc::invalid_request, "without a bundle there is no stage; name the bundle to try"};
    }
    return {};
}

// The whole hash of the one that begins with `which`.
Result<std::string> find_hash(soci::session& sql, std::string_view which) {
    const std::string begin(which);
    const bool letters =
        std::ranges::all_of(begin, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (begin.size() < kHashDigitsMin || begin.size() > kHashDigits || !letters) {
        return Error{
            Errc::invalid_request,
            "name a bundle by its hash, or by at least " + std::to_string(kHashDigitsMin) +
                " of the letters that it begins with (0 to 9, a to f)"};
    }
    const std::string end = begin + "g";
    std::string hash;
    soci::statement rows =
        (sql.prepare << "SELECT hash FROM policy_bundles WHERE hash >= :begin AND hash < :end ORDER BY hash LIMIT 2",
         soci::use(begin),
         soci::use(end),
         soci::into(hash));
    rows.execute();
    std::vector<std::string> found;
    while (rows.fetch()) {
        found.push_back(hash);
    }
    if (found.empty()) {
        return Error{Errc::not_found, "no bundle is stored whose hash begins with " + begin, "policy_not_found"};
    }
    if (found.size() > 1) {
        return Error{
            Errc::invalid_request,
            "more than one bundle begins with " + begin + ": " + shown(found[0]) + " and " + shown(found[1]) +
                "; name more letters"};
    }
    return found.front();
}

// Rows of policy_bundles without their files, as the database library reads them.
struct BoundInfo {
    std::string hash, name, author, comment, parent;
    long long created_at = 0, bytes = 0;

    [[nodiscard]] BundleInfo get() const {
        return {hash, name, author, comment, parent, storage::from_micros(created_at), static_cast<std::size_t>(bytes)};
    }
};

constexpr std::string_view kSelectInfo = "SELECT hash, name, author, comment, parent, created_at, bytes";

struct BoundActivation {
    std::string bundle, bundle_name, stage, actor, comment, reason;
    long long version = 0, canary_buckets = 0, at = 0;

    [[nodiscard]] Activation get() const {
        return {
            static_cast<std::uint64_t>(version),
            bundle,
            bundle_name,
            stage_of(stage),
            static_cast<std::uint32_t>(canary_buckets),
            actor,
            comment,
            reason,
            storage::from_micros(at)};
    }
};

// The newest rows of the history that fulfil `condition`, newest first.
std::vector<Activation> select_activations(soci::session& sql, std::string_view condition, long long limit) {
    BoundActivation row;
    const std::string statement =
        "SELECT a.version, a.bundle, coalesce(b.name, ''), a.stage, a.canary_buckets, a.actor, a.comment, a.reason,"
        " a.at FROM policy_activations a LEFT JOIN policy_bundles b ON b.hash = a.bundle " +
        std::string(condition) + " ORDER BY a.version DESC LIMIT :limit";
    soci::statement rows =
        (sql.prepare << statement,
         soci::use(limit),
         soci::into(row.version),
         soci::into(row.bundle),
         soci::into(row.bundle_name),
         soci::into(row.stage),
         soci::into(row.canary_buckets),
         soci::into(row.actor),
         soci::into(row.comment),
         soci::into(row.reason),
         soci::into(row.at));
    rows.execute();
    std::vector<Activation> found;
    while (rows.fetch()) {
        found.push_back(row.get());
    }
    return found;
}

CurrentPolicies select_current(soci::session& sql) {
    CurrentPolicies current;
    const auto last = select_activations(sql, "", 1);
    if (last.empty()) {
        return current;
    }
    current.version = last.front().version;
    if (last.front().stage != Stage::full) {
        current.candidate = last.front();
    }
    // A candidate that was taken back left a step that names the active bundle again: that is not when it came.
    const auto full = select_activations(sql, "WHERE a.stage = 'full'", static_cast<long long>(kHistoryMax));
    for (const auto& step : full) {
        if (step.bundle.empty() || step.bundle != full.front().bundle) {
            break;
        }
        current.active = step;
    }
    return current;
}

std::string describe(const CurrentPolicies& current) {
    const auto& last = current.candidate ? current.candidate : current.active;
    if (!last) {
        return "no bundle is active (version " + std::to_string(current.version) + ")";
    }
    return last->bundle_name + "@" + shown(last->bundle) + " is, in stage " + std::string(stage_name(last->stage)) +
           " (version " + std::to_string(current.version) + ", by " + (last->actor.empty() ? "unknown" : last->actor) +
           ")";
}

Result<void> check_expected(const NewActivation& wanted, const CurrentPolicies& current) {
    const auto& last = current.candidate ? current.candidate : current.active;
    const std::string hash = last ? last->bundle : std::string();
    std::string expected;
    if (wanted.expected_bundle) {
        const auto& begin = *wanted.expected_bundle;
        const bool fits = begin.empty() ? hash.empty() : hash.starts_with(begin);
        expected = fits ? expected : (begin.empty() ? std::string("no bundle") : "bundle " + shown(begin));
    }
    if (expected.empty() && wanted.expected_version && *wanted.expected_version != current.version) {
        expected = "version " + std::to_string(*wanted.expected_version);
    }
    if (expected.empty()) {
        return {};
    }
    return Error{
        Errc::conflict,
        expected + " was expected to be the last that was activated, but " + describe(current) +
            "; look at it, then activate with what you expect now",
        "policy_conflict"};
}

Activation insert_activation(soci::session& sql, const NewActivation& wanted, const std::string& hash, WallTime now) {
    const std::string stage(stage_name(wanted.stage));
    const long long buckets = wanted.stage == Stage::canary ? wanted.canary_buckets : 0;
    const long long at = storage::to_micros(now);
    sql << "INSERT INTO policy_activations (bundle, stage, canary_buckets, actor, comment, reason, at)"
           " VALUES (:bundle, :stage, :buckets, :actor, :comment, :reason, :at)",
        soci::use(hash), soci::use(stage), soci::use(buckets), soci::use(wanted.actor), soci::use(wanted.comment),
        soci::use(wanted.reason), soci::use(at);
    return select_activations(sql, "", 1).front();
}

// The bundle that was in full before the active one came, so that going back twice goes back two steps and never to
// what was taken back. Nothing: there was none.
std::optional<std::string> bundle_before(soci::session& sql) {
    auto full = select_activations(sql, "WHERE a.stage = 'full'", static_cast<long long>(kHistoryMax));
    std::vector<std::string> came;
    for (auto row = full.rbegin(); row != full.rend(); ++row) {
        came.erase(std::ranges::find(came, row->bundle), came.end());
        came.push_back(std::move(row->bundle));
    }
    constexpr std::size_t kActiveAndBefore = 2;
    if (came.size() < kActiveAndBefore) {
        return std::nullopt;
    }
    return came[came.size() - kActiveAndBefore];
}

void drop_unused(soci::session& sql) {
    const auto most = static_cast<long long>(kUnusedBundlesMax);
    sql << "DELETE FROM policy_bundles WHERE hash IN (SELECT hash FROM policy_bundles"
           " WHERE hash NOT IN (SELECT bundle FROM policy_activations)"
           " ORDER BY created_at DESC, hash LIMIT -1 OFFSET :most)",
        soci::use(most);
}

}  // namespace

Result<BundleStore> BundleStore::create(storage::Database& database, const Clock& clock) {
    AIHUB_CHECK(database.migrate("policy", kMigrations));
    return BundleStore(database, clock);
}

Result<BundleInfo> BundleStore::put(const Bundle& bundle, const NewBundle& about) {
    const auto text = bundle_text(bundle);
    AIHUB_CHECK(check_bundle(bundle, text.size()));
    AIHUB_CHECK(check_text("author", about.author, kActivationActorBytesMax));
    AIHUB_CHECK(check_text("comment", about.comment, kActivationTextBytesMax));
    AIHUB_CHECK(check_text("name of the bundle", bundle.name(), kActivationActorBytesMax));
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto store = [&](soci::session& sql) -> Result<BundleInfo> {
        const long long created = storage::to_micros(clock_->wall_now());
        const auto bytes = static_cast<long long>(text.size());
        sql << "INSERT INTO policy_bundles (hash, name, author, comment, parent, created_at, bytes, files)"
               " VALUES (:hash, :name, :author, :comment, :parent, :created, :bytes, :files)"
               " ON CONFLICT (hash) DO NOTHING",
            soci::use(bundle.hash()), soci::use(bundle.name()), soci::use(about.author), soci::use(about.comment),
            soci::use(about.parent), soci::use(created), soci::use(bytes), soci::use(text);
        drop_unused(sql);
        BoundInfo row;
        sql << std::string(kSelectInfo) + " FROM policy_bundles WHERE hash = :hash", soci::use(bundle.hash()),
            soci::into(row.hash), soci::into(row.name), soci::into(row.author), soci::into(row.comment),
            soci::into(row.parent), soci::into(row.created_at), soci::into(row.bytes);
        return row.get();
    };
    auto info = AIHUB_TRY(run_sql(transaction, store));
    AIHUB_CHECK(transaction.commit());
    return info;
}

Result<StoredBundle> BundleStore::get(std::string_view which) {
    auto transaction = AIHUB_TRY(database_->begin(Access::read));
    return run_sql(transaction, [&](soci::session& sql) -> Result<StoredBundle> {
        const auto hash = AIHUB_TRY(find_hash(sql, which));
        BoundInfo row;
        std::string files;
        sql << std::string(kSelectInfo) + ", files FROM policy_bundles WHERE hash = :hash", soci::use(hash),
            soci::into(row.hash), soci::into(row.name), soci::into(row.author), soci::into(row.comment),
            soci::into(row.parent), soci::into(row.created_at), soci::into(row.bytes), soci::into(files);
        auto bundle = bundle_of_text(row.name, files);
        if (!bundle || bundle->hash() != hash) {
            return Error{
                Errc::internal,
                "bundle " + row.name + "@" + shown(hash) + " is damaged in the database: " +
                    (bundle ? std::string("its content has another hash") : bundle.error().message) +
                    "; activate its folder again or restore a back-up",
                "database_damaged"};
        }
        return StoredBundle{row.get(), std::make_shared<const Bundle>(*std::move(bundle))};
    });
}

Result<std::vector<BundleInfo>> BundleStore::list() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) -> Result<std::vector<BundleInfo>> {
        BoundInfo row;
        soci::statement rows =
            (sql.prepare << std::string(kSelectInfo) + " FROM policy_bundles ORDER BY created_at DESC, hash",
             soci::into(row.hash),
             soci::into(row.name),
             soci::into(row.author),
             soci::into(row.comment),
             soci::into(row.parent),
             soci::into(row.created_at),
             soci::into(row.bytes));
        rows.execute();
        std::vector<BundleInfo> found;
        while (rows.fetch()) {
            found.push_back(row.get());
        }
        return found;
    });
}

Result<std::uint64_t> BundleStore::version() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) -> Result<std::uint64_t> {
        long long version = 0;
        sql << "SELECT coalesce(max(version), 0) FROM policy_activations", soci::into(version);
        return static_cast<std::uint64_t>(version);
    });
}

Result<CurrentPolicies> BundleStore::current() {
    auto transaction = AIHUB_TRY(database_->begin(Access::read));
    return run_sql(transaction, [](soci::session& sql) -> Result<CurrentPolicies> { return select_current(sql); });
}

Result<Activation> BundleStore::activate(const NewActivation& wanted) {
    AIHUB_CHECK(check_activation(wanted));
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto change = [&](soci::session& sql) -> Result<Activation> {
        const auto current = select_current(sql);
        AIHUB_CHECK(check_expected(wanted, current));
        if (wanted.stage == Stage::shadow && !current.active) {
            return Error{
                Errc::conflict,
                "no bundle is active that this one could be compared with; activate it as a canary or in full",
                "policy_conflict"};
        }
        std::string hash;
        if (!wanted.bundle.empty()) {
            hash = AIHUB_TRY(find_hash(sql, wanted.bundle));
        }
        return insert_activation(sql, wanted, hash, clock_->wall_now());
    };
    auto made = AIHUB_TRY(run_sql(transaction, change));
    AIHUB_CHECK(transaction.commit());
    return made;
}

Result<Activation> BundleStore::roll_back(const NewActivation& about) {
    NewActivation wanted = about;
    wanted.stage = Stage::full;
    wanted.bundle.clear();
    AIHUB_CHECK(check_activation(wanted));
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto change = [&](soci::session& sql) -> Result<Activation> {
        const auto current = select_current(sql);
        AIHUB_CHECK(check_expected(wanted, current));
        if (current.candidate) {
            return insert_activation(
                sql, wanted, current.active ? current.active->bundle : std::string(), clock_->wall_now()
            );
        }
        const auto before = bundle_before(sql);
        if (!before) {
            return Error{
                Errc::conflict,
                current.active ? "no bundle was active before this one; to run none, activate none"
                               : "no bundle is active, so there is nothing to take back",
                "policy_conflict"};
        }
        return insert_activation(sql, wanted, *before, clock_->wall_now());
    };
    auto made = AIHUB_TRY(run_sql(transaction, change));
    AIHUB_CHECK(transaction.commit());
    return made;
}

Result<std::optional<std::string>> BundleStore::before_active() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) -> Result<std::optional<std::string>> {
        return bundle_before(sql);
    });
}

Result<std::vector<Activation>> BundleStore::history(std::size_t limit) {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [&](soci::session& sql) -> Result<std::vector<Activation>> {
        return select_activations(sql, "", static_cast<long long>(std::min(limit, kHistoryMax)));
    });
}

}  // namespace aihub::policy
