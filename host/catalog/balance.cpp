#include "catalog/balance.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace aihub::catalog {

namespace {

using Group = std::span<Candidate>;

// Each place goes to one of those that are left, by its share of their weights.
void by_weight(Group group, Random& random) {
    for (; group.size() > 1; group = group.subspan(1)) {
        const auto sum = std::accumulate(group.begin(), group.end(), std::size_t{0}, [](auto total, const auto& each) {
            return total + each.weight;
        });
        auto drawn = random.below(sum);
        std::size_t index = 0;
        while (drawn >= group[index].weight) {
            drawn -= group[index++].weight;
        }
        std::rotate(
            group.begin(),
            group.begin() + static_cast<std::ptrdiff_t>(index),
            group.begin() + static_cast<std::ptrdiff_t>(index) + 1
        );
    }
}

void shuffle(Group group, Random& random) {
    for (std::size_t left = group.size(); left > 1; --left) {
        std::swap(group[left - 1], group[random.below(left)]);
    }
}

void by_load(Group group, Random& random) {
    shuffle(group, random);  // Among equals chance decides, else the first would get all calls of a quiet time.
    // Each is asked once: others go on counting meanwhile, and an order that changes while it is made is none.
    std::vector<std::pair<std::size_t, Candidate>> loads;
    loads.reserve(group.size());
    for (const auto& each : group) {
        loads.emplace_back(each.target->health->gate.inside(), each);
    }
    std::stable_sort(loads.begin(), loads.end(), [](const auto& left, const auto& right) {
        return left.first < right.first;
    });
    std::transform(loads.begin(), loads.end(), group.begin(), [](const auto& each) { return each.second; });
}

double cost(const Candidate& candidate, SteadyTime now) {
    const auto& health = *candidate.target->health;
    const auto expected = static_cast<double>(health.latency.expected(now).count());
    // One that was never seen costs what its load says.
    return (expected + 1.0) * static_cast<double>(health.gate.inside() + 1);
}

// Of two drawn by chance the cheaper one: nearly as good as the best of all, without all rushing to that one.
void by_latency(Group group, Random& random, SteadyTime now) {
    for (; group.size() > 1; group = group.subspan(1)) {
        const auto first = random.below(group.size());
        auto second = random.below(group.size() - 1);
        second += second >= first ? 1 : 0;
        const auto taken = cost(group[second], now) < cost(group[first], now) ? second : first;
        std::swap(group[0], group[taken]);
    }
}

}  // namespace

void balance(std::vector<Candidate>& candidates, Random& random, const Clock& clock) {
    if (candidates.size() < 2 || candidates.front().policy->balance == Balance::order) {
        return;
    }
    const auto method = candidates.front().policy->balance;
    for (auto begin = candidates.begin(); begin != candidates.end();) {
        const auto end =
            std::find_if(begin, candidates.end(), [&](const auto& each) { return each.priority != begin->priority; });
        const Group group(begin, end);
        if (method == Balance::weighted) {
            by_weight(group, random);
        } else if (method == Balance::least_busy) {
            by_load(group, random);
        } else {
            by_latency(group, random, clock.steady_now());
        }
        begin = end;
    }
}

}  // namespace aihub::catalog
