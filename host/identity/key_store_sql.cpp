#include "base/json_text.hpp"
#include "identity/check_new_key.hpp"
#include "identity/key_match.hpp"
#include "identity/key_store.hpp"
#include "identity/permissions.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::identity {

namespace {

using storage::Access;
using storage::from_micros;
using storage::run_sql;
using storage::to_micros;

constexpr std::size_t kIdRandom = 16;
constexpr std::size_t kPrefixSize = 12;

// Hashed with the pepper and kept, so that another pepper is noticed before every key looks unknown.
constexpr std::string_view kPepperProbe = "aihub pepper probe";

const std::array<storage::Migration, 2> kMigrations{{
    {
        1,
        "create api_keys and identity_state",
        {"CREATE TABLE api_keys ("
         " id TEXT NOT NULL PRIMARY KEY,"
         " name TEXT NOT NULL,"
         " hash TEXT NOT NULL UNIQUE,"
         " prefix TEXT NOT NULL,"
         " last4 TEXT NOT NULL,"
         " models TEXT NOT NULL,"
         " status TEXT NOT NULL CHECK (status IN ('active', 'revoked')),"
         " created_at INTEGER NOT NULL,"
         " expires_at INTEGER,"
         " revoked_at INTEGER)",
         "CREATE TABLE identity_state ("
         " id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),"
         " epoch INTEGER NOT NULL,"
         " pepper_probe TEXT NOT NULL)"},
    },
    {2,
     "permissions and tags of api_keys",
     {"ALTER TABLE api_keys ADD COLUMN permissions TEXT NOT NULL DEFAULT '[]'",
      "ALTER TABLE api_keys ADD COLUMN tags TEXT NOT NULL DEFAULT '{}'"}},
}};

std::string hex(const KeyHash& hash) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(hash.size() * 2);
    for (const unsigned char byte : hash) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 0xfU]);
    }
    return text;
}

Result<KeyHash> from_hex(const std::string& text) {
    KeyHash hash{};
    if (text.size() != hash.size() * 2) {
        return Error{Errc::internal, "a stored key hash is damaged, restore a back-up", "database_damaged"};
    }
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 0xfU; };
    for (std::size_t i = 0; i < hash.size(); ++i) {
        hash[i] = static_cast<unsigned char>(digit(text[2 * i]) << 4U | digit(text[2 * i + 1]));
    }
    return hash;
}

using Tags = std::vector<std::pair<std::string, std::string>>;

std::string to_json(const std::vector<std::string>& names) {
    std::string text = "[";
    for (const auto& name : names) {
        if (text.size() > 1) {
            text += ",";
        }
        append_json_string(text, name);
    }
    return text + "]";
}

std::string to_json(const Tags& tags) {
    std::string text = "{";
    for (const auto& [name, value] : tags) {
        if (text.size() > 1) {
            text += ",";
        }
        append_json_string(text, name);
        text += ":";
        append_json_string(text, value);
    }
    return text + "}";
}

Result<std::vector<std::string>> from_json(const std::string& text, std::string_view what, const std::string& id) {
    boost::json::error_code error;
    const auto value = boost::json::parse(text, error);
    std::vector<std::string> names;
    // A list that cannot be read must not become the empty one: that would allow every model.
    const Error damaged{
        Errc::internal, "the " + std::string(what) + " of key " + id + " are damaged", "database_damaged"};
    if (error || !value.is_array()) {
        return damaged;
    }
    for (const auto& element : value.get_array()) {
        if (!element.is_string()) {
            return damaged;
        }
        names.emplace_back(std::string_view(element.get_string()));
    }
    return names;
}

Result<Tags> tags_from_json(const std::string& text, const std::string& id) {
    boost::json::error_code error;
    const auto value = boost::json::parse(text, error);
    const Error damaged{Errc::internal, "the tags of key " + id + " are damaged", "database_damaged"};
    if (error || !value.is_object()) {
        return damaged;
    }
    Tags tags;
    for (const auto& [name, content] : value.get_object()) {
        if (!content.is_string()) {
            return damaged;
        }
        tags.emplace_back(std::string_view(name), std::string_view(content.get_string()));
    }
    return tags;
}

void raise_epoch(soci::session& sql) {
    sql << "UPDATE identity_state SET epoch = epoch + 1 WHERE id = 1";
}

// One row as the database library sees it.
struct Row {
    KeyRecord record;
    std::string hash;
};

Result<std::vector<Row>> select_rows(soci::session& sql, bool active_only) {
    std::string id, name, hash, prefix, last4, models, status, permissions, tags;
    long long created = 0, expires = 0, revoked = 0;
    soci::indicator expires_said{}, revoked_said{};
    const std::string statement = std::string(
                                      "SELECT id, name, hash, prefix, last4, models, status, created_at, expires_at, "
                                      "revoked_at, permissions, tags"
                                      " FROM api_keys"
                                  ) +
                                  (active_only ? " WHERE status = 'active'" : "") + " ORDER BY created_at, id";
    soci::statement rows =
        (sql.prepare << statement,
         soci::into(id),
         soci::into(name),
         soci::into(hash),
         soci::into(prefix),
         soci::into(last4),
         soci::into(models),
         soci::into(status),
         soci::into(created),
         soci::into(expires, expires_said),
         soci::into(revoked, revoked_said),
         soci::into(permissions),
         soci::into(tags));
    rows.execute();
    std::vector<Row> found;
    while (rows.fetch()) {
        KeyRecord record;
        record.id = KeyId(id);
        record.name = name;
        record.prefix = prefix;
        record.last4 = last4;
        record.models = AIHUB_TRY(from_json(models, "models", id));
        record.permissions = AIHUB_TRY(from_json(permissions, "permissions", id));
        record.tags = AIHUB_TRY(tags_from_json(tags, id));
        record.status = status == "active" ? KeyStatus::active : KeyStatus::revoked;
        record.created_at = from_micros(created);
        if (expires_said == soci::i_ok) {
            record.expires_at = from_micros(expires);
        }
        if (revoked_said == soci::i_ok) {
            record.revoked_at = from_micros(revoked);
        }
        found.push_back({std::move(record), hash});
    }
    return found;
}

Result<std::vector<KeyRecord>> select_records(soci::session& sql) {
    auto rows = AIHUB_TRY(select_rows(sql, false));
    std::vector<KeyRecord> records;
    records.reserve(rows.size());
    for (auto& row : rows) {
        records.push_back(std::move(row.record));
    }
    return records;
}

void insert(soci::session& sql, const KeyRecord& record, const KeyHash& hash) {
    const std::string id = record.id.text();
    const std::string hash_text = hex(hash);
    const std::string models = to_json(record.models);
    const std::string permissions = to_json(record.permissions);
    const std::string tags = to_json(record.tags);
    const long long created = to_micros(record.created_at);
    const long long expires = record.expires_at ? to_micros(*record.expires_at) : 0;
    soci::indicator expires_said = record.expires_at ? soci::i_ok : soci::i_null;
    sql << "INSERT INTO api_keys (id, name, hash, prefix, last4, models, status, created_at, expires_at,"
           " permissions, tags)"
           " VALUES (:id, :name, :hash, :prefix, :last4, :models, 'active', :created, :expires, :permissions, :tags)",
        soci::use(id), soci::use(record.name), soci::use(hash_text), soci::use(record.prefix), soci::use(record.last4),
        soci::use(models), soci::use(created), soci::use(expires, expires_said), soci::use(permissions),
        soci::use(tags);
}

Result<long long> count_where(soci::session& sql, const std::string& condition) {
    long long count = 0;
    sql << "SELECT count(*) FROM api_keys WHERE " << condition, soci::into(count);
    return count;
}

}  // namespace

Result<KeyStore> KeyStore::create(storage::Database& database, const Clock& clock, Secret pepper) {
    AIHUB_CHECK(database.migrate("identity", kMigrations));
    const std::string probe = hex(hash_key(pepper, kPepperProbe));
    auto transaction = AIHUB_TRY(database.begin(Access::write));
    const auto check_probe = [&](soci::session& sql) -> Result<void> {
        std::string stored;
        sql << "SELECT pepper_probe FROM identity_state WHERE id = 1", soci::into(stored);
        if (!sql.got_data()) {
            sql << "INSERT INTO identity_state (id, epoch, pepper_probe) VALUES (1, 1, :probe)", soci::use(probe);
            return {};
        }
        if (stored == probe) {
            return {};
        }
        if (AIHUB_TRY(count_where(sql, "status = 'active'")) > 0) {
            return Error{
                Errc::conflict,
                "the pepper is not the one that the API keys in the database were made with, so none would work; "
                "restore the pepper file from a back-up",
                "pepper_differs",
                "identity.pepper_file"};
        }
        sql << "UPDATE identity_state SET pepper_probe = :probe WHERE id = 1", soci::use(probe);
        return {};
    };
    AIHUB_CHECK(run_sql(transaction, check_probe));
    AIHUB_CHECK(transaction.commit());
    return KeyStore(database, clock, std::move(pepper));
}

Result<CreatedKey> KeyStore::create_key(const NewKey& wanted) {
    const auto now = clock_->wall_now();
    AIHUB_CHECK(check_new_key(wanted, now));
    Secret key = make_key(wanted.brand, wanted.env);
    const auto text = key.expose();
    KeyRecord record;
    record.id = KeyId("ak_" + random_base62(kIdRandom));
    record.name = wanted.name;
    record.prefix = text.substr(0, kPrefixSize);
    record.last4 = text.substr(text.size() - 4);
    record.models = wanted.models;
    record.created_at = now;
    record.expires_at = wanted.expires_at;
    record.permissions = wanted.permissions;
    std::sort(record.permissions.begin(), record.permissions.end());
    record.permissions.erase(
        std::unique(record.permissions.begin(), record.permissions.end()), record.permissions.end()
    );
    record.tags = wanted.tags;
    std::sort(record.tags.begin(), record.tags.end());

    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto store = [&](soci::session& sql) -> Result<void> {
        if (AIHUB_TRY(count_where(sql, "status = 'active'")) >= static_cast<long long>(kKeysMax)) {
            return Error{Errc::conflict, "there are 100000 active keys already, revoke some first", "key_limit"};
        }
        insert(sql, record, hash_key(pepper_, text));
        raise_epoch(sql);
        return {};
    };
    AIHUB_CHECK(run_sql(transaction, store));
    if (auto committed = transaction.commit(); !committed) {
        Error error = std::move(committed).error();
        error.message = "it is not known whether the key was stored; if key " + record.id.text() +
                        " is listed, revoke it and make another: " + error.message;
        return error;
    }
    return CreatedKey{std::move(key), std::move(record)};
}

Result<std::vector<KeyRecord>> KeyStore::list() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, select_records);
}

Result<KeyRecord> KeyStore::revoke(std::string_view which) {
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto mark = [&](soci::session& sql) -> Result<KeyRecord> {
        const auto records = AIHUB_TRY(select_records(sql));
        KeyRecord record = *AIHUB_TRY(match_key(records, which));
        if (record.status == KeyStatus::revoked) {
            return record;
        }
        record.status = KeyStatus::revoked;
        record.revoked_at = clock_->wall_now();
        const long long now = to_micros(*record.revoked_at);
        const std::string id = record.id.text();
        sql << "UPDATE api_keys SET status = 'revoked', revoked_at = :now WHERE id = :id", soci::use(now),
            soci::use(id);
        raise_epoch(sql);
        return record;
    };
    auto revoked = AIHUB_TRY(run_sql(transaction, mark));
    AIHUB_CHECK(transaction.commit());
    return revoked;
}

Result<std::uint64_t> KeyStore::epoch() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) -> Result<std::uint64_t> {
        long long epoch = 0;
        sql << "SELECT epoch FROM identity_state WHERE id = 1", soci::into(epoch);
        return static_cast<std::uint64_t>(epoch);
    });
}

Result<KeySnapshotPtr> KeyStore::load_all() {
    // One transaction, so that the epoch and the rows are of one state.
    auto transaction = AIHUB_TRY(database_->begin(Access::read));
    return run_sql(transaction, [&](soci::session& sql) -> Result<KeySnapshotPtr> {
        long long epoch = 0;
        sql << "SELECT epoch FROM identity_state WHERE id = 1", soci::into(epoch);
        std::vector<KeySnapshot::Entry> entries;
        auto rows = AIHUB_TRY(select_rows(sql, true));
        entries.reserve(rows.size());
        for (auto& row : rows) {
            auto& record = row.record;
            const auto hash = AIHUB_TRY(from_hex(row.hash));
            entries.push_back(
                {hash,
                 std::make_shared<const model::Principal>(model::Principal{
                     std::move(record.id),
                     std::move(record.name),
                     std::move(record.models),
                     record.expires_at,
                     permission_set(record.permissions),
                     std::move(record.tags)})}
            );
        }
        return KeySnapshotPtr(
            std::make_shared<const KeySnapshot>(pepper_, std::move(entries), static_cast<std::uint64_t>(epoch))
        );
    });
}

}  // namespace aihub::identity
