#include "identity/key_match.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aihub::identity {

namespace {

constexpr std::size_t kShownMax = 5;

using Matches = std::vector<const KeyRecord*>;

// Levenshtein's distance: letters added, left out or changed.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

bool looks_like(const std::string& name, std::string_view which) {
    const std::size_t allowed = std::max<std::size_t>(1, which.size() / 3);
    return name.find(which) != std::string::npos || which.find(name) != std::string_view::npos ||
           distance(name, which) <= allowed;
}

std::string describe(const Matches& keys) {
    std::string text;
    for (std::size_t i = 0; i < std::min(keys.size(), kShownMax); ++i) {
        text += (i == 0 ? "" : ", ") + keys[i]->name + " (" + keys[i]->id.text() + ")";
    }
    return keys.size() > kShownMax ? text + ", ..." : text;
}

template <class Predicate>
Matches where(std::span<const KeyRecord> keys, Predicate fits) {
    Matches found;
    for (const auto& key : keys) {
        if (fits(key)) {
            found.push_back(&key);
        }
    }
    return found;
}

Error ambiguous(const Matches& keys) {
    return {Errc::conflict, "several keys fit, give the id of one: " + describe(keys), "key_ambiguous"};
}

}  // namespace

Result<const KeyRecord*> match_key(std::span<const KeyRecord> keys, std::string_view which) {
    const auto by_id = where(keys, [&](const KeyRecord& key) { return key.id.text() == which; });
    if (!by_id.empty()) {
        return by_id.front();
    }
    const auto by_name = where(keys, [&](const KeyRecord& key) { return key.name == which; });
    const auto active =
        where(keys, [&](const KeyRecord& key) { return key.name == which && key.status == KeyStatus::active; });
    const auto& named = active.empty() ? by_name : active;
    if (named.size() > 1) {
        return ambiguous(named);
    }
    if (!named.empty()) {
        return named.front();
    }
    if (which.size() > 3 && which.starts_with("ak_")) {
        const auto begins = where(keys, [&](const KeyRecord& key) { return key.id.text().starts_with(which); });
        if (begins.size() > 1) {
            return ambiguous(begins);
        }
        if (!begins.empty()) {
            return begins.front();
        }
    }
    const auto near = where(keys, [&](const KeyRecord& key) { return !which.empty() && looks_like(key.name, which); });
    std::string message = "no key has this id or name";
    message += near.empty() ? ", list the keys to see what there is" : ", did you mean " + describe(near) + "?";
    return Error{Errc::not_found, std::move(message), "key_not_found"};
}

}  // namespace aihub::identity
