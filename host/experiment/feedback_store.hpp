// What users thought of answers.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace aihub::experiment {

// Longer comments are refused, not cut: half a sentence may say the opposite.
inline constexpr std::size_t kCommentMax = 4000;

struct Feedback {
    std::string request_id;
    std::string key_id;   // of who gave it
    double score = 0;     // -1, bad, to 1, good
    std::string comment;  // empty: none was given, or it is not to be stored
    WallTime given_at;
};

// Blocks on the database: never on a loop. Any other thread.
class FeedbackStore {
public:
    // Creates or updates the table. `database` outlives the store.
    static Result<FeedbackStore> create(storage::Database& database);

    // All or nothing. The last of one key for one request replaces those before, also one that was given later than it.
    Result<void> write(std::span<const Feedback> feedback);

private:
    explicit FeedbackStore(storage::Database& database) : database_(&database) {}

    storage::Database* database_;
};

}  // namespace aihub::experiment
