// How many requests somebody may make in a time: token buckets.
#pragma once

#include "base/clock.hpp"
#include "config/snapshot.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aihub::gateway {

// What a bucket says of one request, in the terms of the x-ratelimit fields.
struct RateAnswer {
    bool allowed = true;
    std::size_t limit = 0;                    // requests at once, when nothing was taken for a while
    std::size_t remaining = 0;                // after this one
    std::chrono::nanoseconds reset{0};        // until all of them are there again
    std::chrono::nanoseconds retry_after{0};  // when not allowed: until the next one is
    WallTime reset_at{};                      // the time of day of `reset`, where a client's dialect has that
};

// A bucket for each key or address, shared by all loops. Any thread; a lock among 64 is held for one look-up. A bucket
// is one time (the generic cell rate algorithm): when it is full again, it is forgotten without a loss.
class RateLimiter {
public:
    // Takes one request of `id` out of its bucket; `limit` is on. Of more than `tracked_max` buckets that are not full,
    // those that come new share one among a few.
    [[nodiscard]] RateAnswer take(
        std::string_view id, const config::RateLimit& limit, std::size_t tracked_max, SteadyTime now
    );
    // Buckets that are held.
    [[nodiscard]] std::size_t size();

private:
    // A shard that is full looks for buckets to forget at most so often.
    static constexpr std::chrono::seconds kSweep{1};
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> full_at;  // steady, nanoseconds
        std::int64_t others_full_at = 0;  // of those that found no room
        std::int64_t sweep_at = 0;
    };
    static std::int64_t& bucket(Shard& shard, std::string_view id, std::size_t max, std::int64_t now);

    std::array<Shard, 64> shards_;
};

}  // namespace aihub::gateway
