#include "gateway/rate_limiter.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

using std::chrono::nanoseconds;

std::int64_t ticks(SteadyTime time) {
    return nanoseconds(time.time_since_epoch()).count();
}

}  // namespace

RateAnswer RateLimiter::take(
    std::string_view id, const config::RateLimit& limit, std::size_t tracked_max, SteadyTime now
) {
    const auto at = ticks(now);
    const std::int64_t each = limit.interval().count();
    const std::int64_t whole = each * static_cast<std::int64_t>(limit.size());
    auto& shard = shards_[TextHash{}(id) % shards_.size()];
    const std::scoped_lock lock(shard.mutex);
    auto& full_at = bucket(shard, id, std::max<std::size_t>(1, tracked_max / shards_.size()), at);
    // Never further away than an empty bucket's: a reload may have made the limit smaller.
    const auto missing = std::clamp<std::int64_t>(full_at - at, 0, whole);
    RateAnswer answer;
    answer.limit = limit.size();
    answer.allowed = missing + each <= whole;
    const auto taken = answer.allowed ? missing + each : missing;
    full_at = at + taken;
    answer.remaining = static_cast<std::size_t>((whole - taken) / each);
    answer.reset = nanoseconds(taken);
    answer.retry_after = nanoseconds(answer.allowed ? 0 : missing + each - whole);
    return answer;
}

std::int64_t& RateLimiter::bucket(Shard& shard, std::string_view id, std::size_t max, std::int64_t now) {
    auto& buckets = shard.full_at;
    if (const auto known = buckets.find(id); known != buckets.end()) {
        return known->second;
    }
    if (buckets.size() >= max && now >= shard.sweep_at) {
        shard.sweep_at = now + nanoseconds(kSweep).count();
        std::erase_if(buckets, [now](const auto& entry) { return entry.second <= now; });
    }
    return buckets.size() < max ? buckets.emplace(id, 0).first->second : shard.others_full_at;
}

std::size_t RateLimiter::size() {
    std::size_t count = 0;
    for (auto& shard : shards_) {
        const std::scoped_lock lock(shard.mutex);
        count += shard.full_at.size();
    }
    return count;
}

}  // namespace aihub::gateway
