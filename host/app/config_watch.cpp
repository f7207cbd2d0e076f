#include "app/config_watch.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace aihub::app {

namespace {

std::optional<std::size_t> hash_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (file.empty() || !in) {
        return std::nullopt;
    }
    const std::string content(std::istreambuf_iterator<char>(in), {});
    return std::hash<std::string_view>()(content);
}

}  // namespace

ConfigWatch::ConfigWatch(std::string file) : file_(std::move(file)) {
    seen_.known = hash_of(file_);
    seen_.last = seen_.known;
}

void ConfigWatch::also(const std::vector<WatchedFile>& files) {
    std::map<std::string, Seen> now;
    for (const auto& file : files) {
        const auto before = others_.find(file.path);
        now.emplace(file.path, before == others_.end() ? Seen{file.hash, std::nullopt} : before->second);
    }
    others_ = std::move(now);
}

bool ConfigWatch::look() {
    bool changed = look_at(file_, seen_);
    for (auto& [path, seen] : others_) {
        changed = look_at(path, seen) || changed;
    }
    return changed;
}

bool ConfigWatch::look_at(const std::string& path, Seen& seen) {
    const auto now = hash_of(path);
    const bool settled = now && now == seen.last && now != seen.known;
    if (settled) {
        seen.known = now;
    }
    seen.last = now;
    return settled;
}

}  // namespace aihub::app
