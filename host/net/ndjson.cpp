#include "net/ndjson.hpp"

namespace aihub::net {

namespace {

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

void NdjsonSplitter::push(std::string_view bytes) {
    if (carry_done_) {
        carry_.clear();
        carry_done_ = false;
    }
    input_ = bytes;
}

Result<bool> NdjsonSplitter::next(NdjsonLine& line) {
    while (!failed_) {
        if (carry_done_) {
            carry_.clear();
            carry_done_ = false;
        }
        const std::size_t end = input_.find('\n');
        const std::size_t size = end == std::string_view::npos ? input_.size() : end + 1;
        if (size > line_bytes_max_ - carry_.size()) {
            failed_ = true;
            break;
        }
        std::string_view raw = input_.substr(0, size);
        input_.remove_prefix(size);
        if (end == std::string_view::npos) {
            carry_.append(raw);
            return false;
        }
        if (!carry_.empty()) {
            raw = carry_.append(raw);
            carry_done_ = true;
        }
        const std::string_view text = trim(raw);
        if (!text.empty()) {
            line = {text, raw};
            return true;
        }
    }
    return Error{too_large_, "a line of the stream is longer than " + std::to_string(line_bytes_max_) + " bytes"};
}

bool NdjsonSplitter::finish(NdjsonLine& line) {
    const std::string_view text = trim(carry_);
    if (carry_done_ || failed_ || text.empty()) {
        return false;
    }
    line = {text, carry_};
    carry_done_ = true;
    return true;
}

}  // namespace aihub::net
