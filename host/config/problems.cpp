#include "config/problems.hpp"

#include <aihub/text.hpp>

#include <algorithm>
#include <tuple>

namespace aihub::config {
namespace {

// Keys of the file stand in paths. They must not make a second line or steer a terminal.
std::string shown(const std::string& text) {
    constexpr std::size_t kBytesMax = 1024;
    std::string out(sdk::utf8_prefix(text, kBytesMax));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?'
    );
    return out;
}

}  // namespace

std::string Problem::text() const {
    std::string out = file.empty() ? "configuration" : file;
    if (line > 0) {
        out += ":" + std::to_string(line) + (column > 0 ? ":" + std::to_string(column) : "");
    }
    out += ": ";
    if (!path.empty()) {
        out += path + ": ";
    }
    return out + message;
}

bool Problems::has(const std::string& path) const {
    const auto is_of = [written = shown(path)](const Problem& problem) { return problem.path == written; };
    return std::any_of(problems_.begin(), problems_.end(), is_of);
}

void Problems::add(Place place, const std::string& path, const std::string& message) {
    if (problems_.size() >= kProblemsMax) {
        more_ = true;
        return;
    }
    problems_.push_back({file_, place.line, place.column, shown(path), shown(message)});
}

std::vector<Problem> Problems::take() && {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    if (more_) {
        problems_.push_back({file_, 0, 0, {}, "there are more problems than these, correct them first"});
    }
    return std::move(problems_);
}

}  // namespace aihub::config
