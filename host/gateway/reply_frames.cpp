#include "gateway/reply_frames.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// What a Content-Length is believed before the bytes are there.
constexpr std::uint64_t kReserveMax = 1024 * 1024;

}  // namespace

Result<void> ReplyFrames::hold(std::string_view payload) {
    if (whole_.size() + single_.size() + payload.size() > reply_bytes_max_) {
        return Error{Errc::upstream_failed, "the provider's answer is larger than limits.reply_bytes_max"};
    }
    if (whole_.empty() && single_.empty()) {
        single_ = payload;
        return {};
    }
    whole_.reserve(std::min(length_, kReserveMax));
    pause();
    whole_ += payload;
    return {};
}

Result<void> ReplyFrames::named(Result<void> fed) {
    if (fed) {
        return fed;
    }
    return Error{
        Errc::upstream_failed, "an event of the provider's stream is larger than limits.stream_frame_bytes_max"};
}

}  // namespace aihub::gateway
