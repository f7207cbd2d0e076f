#include "app/config_watch.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace aihub::app {

namespace {

std::optional<std::string> content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (file.empty() || !in) {
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

ConfigWatch::ConfigWatch(std::string file) : file_(std::move(file)), known_(content_of(file_)), last_(known_) {}

bool ConfigWatch::look() {
    auto now = content_of(file_);
    const bool settled = now && now == last_ && now != known_;
    if (settled) {
        known_ = now;
    }
    last_ = std::move(now);
    return settled;
}

}  // namespace aihub::app
