#include "config/nearest.hpp"

#include <algorithm>

namespace aihub::config {
namespace {

constexpr std::size_t kNameBytesMax = 128;  // longer names are no typing slips; bounds the work

std::size_t edits(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1), last(right.size() + 1), now(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                now[j] = std::min(now[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(now);
    }
    return last[right.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
    if (name.size() > kNameBytesMax) {
        return {};
    }
    std::string best;
    std::size_t best_edits = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : names) {
        if (candidate.size() > kNameBytesMax) {
            continue;
        }
        const std::size_t distance = edits(name, candidate);
        if (distance < best_edits && distance < candidate.size()) {
            best_edits = distance;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
    const std::string best = nearest(name, names);
    return best.empty() ? "" : ", did you mean " + best + "?";
}

}  // namespace aihub::config
