// API keys at rest.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/keys.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::identity {

enum class KeyStatus { active, revoked };

// What is kept of a key. The key itself is not: only its hash is, and that stays inside the store.
struct KeyRecord {
    KeyId id;                         // "ak_..."
    std::string name;                 // for people; two keys may share one
    std::string prefix;               // first 12 characters of the key
    std::string last4;                // last four
    std::vector<std::string> models;  // names it may use; empty: all
    KeyStatus status = KeyStatus::active;
    WallTime created_at;
    std::optional<WallTime> expires_at;
    std::optional<WallTime> revoked_at;
    std::vector<std::string> permissions = {};                   // names, see permissions.hpp; sorted
    std::vector<std::pair<std::string, std::string>> tags = {};  // sorted by name
};

struct NewKey {
    std::string name;
    std::vector<std::string> models = {};
    std::optional<WallTime> expires_at = {};
    std::string brand = "aihub";
    std::string env = "live";
    std::vector<std::string> permissions = {};                   // in the management API; none: model calls only
    std::vector<std::pair<std::string, std::string>> tags = {};  // what policies may ask about its owner
};

// The only time that a key can be shown.
struct CreatedKey {
    Secret key;
    KeyRecord record;
};

// Limits; over them create_key() is refused.
inline constexpr std::size_t kKeyNameMax = 100;
inline constexpr std::size_t kKeyModelsMax = 1000;
inline constexpr std::size_t kKeyTagsMax = 32;
inline constexpr std::size_t kTagNameMax = 64;
inline constexpr std::size_t kTagValueMax = 256;
inline constexpr std::size_t kKeysMax = 100000;  // active ones

// The table of keys. Every call blocks on the database: never on a loop. Any other thread, several processes at once.
class KeyStore {
public:
    // Creates or updates the tables. `database` and `clock` outlive the store.
    static Result<KeyStore> create(storage::Database& database, const Clock& clock, Secret pepper);

    // A fresh key. When the database cannot tell whether it was stored (a failed commit may still have happened), the
    // error says so and names the id.
    Result<CreatedKey> create_key(const NewKey& wanted);
    // All keys, oldest first, revoked ones too.
    Result<std::vector<KeyRecord>> list();
    // `which`: an id, the unique beginning of an id, or a name that one active key has. Revoking a revoked key is no
    // error. not_found names keys that look alike; conflict: more than one fits.
    Result<KeyRecord> revoke(std::string_view which);

    // Rises with every change of a key, in whichever process. Cheap: one row.
    Result<std::uint64_t> epoch();
    // All active keys, with the epoch they belong to.
    Result<KeySnapshotPtr> load_all();

private:
    KeyStore(storage::Database& database, const Clock& clock, Secret pepper)
        : database_(&database), clock_(&clock), pepper_(std::move(pepper)) {}

    storage::Database* database_;
    const Clock* clock_;
    Secret pepper_;
};

}  // namespace aihub::identity
