// Bundles at rest, and which of them run: the tables policy_bundles and policy_activations.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/bundle.hpp"
#include "policy/policy_set.hpp"
#include "storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

// What is known of a stored bundle.
struct BundleInfo {
    std::string hash;
    std::string name;
    std::string author;
    std::string comment;
    std::string parent;  // hash of the bundle that it was made from; empty: none
    WallTime created_at{};
    std::size_t bytes = 0;
};

struct StoredBundle {
    BundleInfo info;
    std::shared_ptr<const Bundle> bundle;
};

// One step of the history, which is only ever added to.
struct Activation {
    std::uint64_t version = 0;  // 1, 2, 3 ...
    std::string bundle;         // hash; empty: from here on no policy runs
    std::string bundle_name;    // empty when `bundle` is
    Stage stage = Stage::full;
    std::uint32_t canary_buckets = 0;  // of 10000
    std::string actor;                 // who did it
    std::string comment;               // what for
    std::string reason;                // why a gateway did it by itself; empty: a person did
    WallTime at{};
};

// What runs by the last activations. A full one ends every candidate.
struct CurrentPolicies {
    std::uint64_t version = 0;            // of the last activation; 0: there was none
    std::optional<Activation> active;     // nothing: no policy runs
    std::optional<Activation> candidate;  // the last activation, when it is none in full
};

struct NewBundle {
    std::string author = {};
    std::string comment = {};
    std::string parent = {};
};

struct NewActivation {
    std::string bundle;  // hash, or the beginning of one; empty: no policy shall run
    Stage stage = Stage::full;
    std::uint32_t canary_buckets = 0;  // 1 to 10000 for a canary
    std::string actor = {};
    std::string comment = {};
    std::string reason = {};
    // Only when this is the bundle of the last activation (hash or beginning; empty: none). Nothing: whatever it is.
    std::optional<std::string> expected_bundle = {};
    // Only when this is the version of the last activation.
    std::optional<std::uint64_t> expected_version = {};
};

inline constexpr std::size_t kBundleBytesMax = 4U << 20U;     // of all files of a bundle
inline constexpr std::size_t kUnusedBundlesMax = 200;         // that are in no activation; over it the oldest go
inline constexpr std::size_t kActivationTextBytesMax = 1024;  // comment and reason
inline constexpr std::size_t kActivationActorBytesMax = 256;  // actor, author
inline constexpr std::size_t kHashDigitsMin = 6;              // of the beginning of a hash
inline constexpr std::size_t kHistoryMax = 1000;              // the most that history() gives
inline constexpr std::uint32_t kBucketsMax = 10000;           // all callers

// Blocks on the database: never on a loop. Any other thread, several processes at once. Errors are those of Database,
// and: invalid_request (a text that is too long, a share out of range), not_found (no such bundle), too_large, conflict
// (reason policy_conflict: the last activation is not the expected one; the message names what is).
class BundleStore {
public:
    // Creates or updates the tables. `database` and `clock` outlive the store.
    [[nodiscard]] static Result<BundleStore> create(storage::Database& database, const Clock& clock);

    // Keeps the bundle; one of the same hash stays as it is, with its first author.
    [[nodiscard]] Result<BundleInfo> put(const Bundle& bundle, const NewBundle& about);
    // By hash or by the beginning of one, at least kHashDigitsMin letters, that fits one bundle only.
    [[nodiscard]] Result<StoredBundle> get(std::string_view which);
    // Newest first.
    [[nodiscard]] Result<std::vector<BundleInfo>> list();

    // The version of the last activation: cheap, for polling.
    [[nodiscard]] Result<std::uint64_t> version();
    [[nodiscard]] Result<CurrentPolicies> current();
    [[nodiscard]] Result<Activation> activate(const NewActivation& wanted);
    // Takes back: a candidate, when there is one, else the active bundle for the one that was in full before it came.
    // `bundle` and `stage` of `about` do not count. conflict: there is nothing to go back to.
    [[nodiscard]] Result<Activation> roll_back(const NewActivation& about);
    // The hash of the bundle that was in full before the active one came; "": none was to run then. Nothing: it is the
    // first.
    [[nodiscard]] Result<std::optional<std::string>> before_active();
    // Newest first; at most `limit`, at most kHistoryMax.
    [[nodiscard]] Result<std::vector<Activation>> history(std::size_t limit);

private:
    BundleStore(storage::Database& database, const Clock& clock) : database_(&database), clock_(&clock) {}

    storage::Database* database_;
    const Clock* clock_;
};

}  // namespace aihub::policy
