#include "gateway/request_body.hpp"

#include "gateway/json_peek.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// What a Content-Length is believed before the bytes are there.
constexpr std::size_t kBelievedMax = 1024UL * 1024;
// Coded bytes decoded between two looks at the memory that all bodies hold: they can become a thousand times as many.
constexpr std::size_t kCodedStep = 4096;

}  // namespace

Error RequestBody::too_large() const {
    return {
        Errc::too_large,
        "the request body is larger than " + std::to_string(limits().body_bytes_max) + " bytes (limits.body_bytes_max)",
        "request_too_large",
        {}};
}

Result<void> RequestBody::begin() {
    const auto coding = AIHUB_TRY(net::parse_content_coding(call_.head.find("content-encoding")));
    const bool has_length = call_.head.body == net::BodyKind::length;
    if (has_length && call_.head.length > limits().body_bytes_max) {
        return too_large();
    }
    if (coding != net::ContentCoding::identity) {
        inflater_.emplace(coding, limits().body_bytes_max);
    } else if (has_length) {
        reserve_for_peek(call_.body, std::min(static_cast<std::size_t>(call_.head.length), kBelievedMax));
    }
    return {};
}

Result<void> RequestBody::hold() {
    return call_.body_memory.hold(held_, call_.body.size(), limits().body_memory_max);
}

Result<void> RequestBody::take(std::string_view bytes) {
    if (!inflater_) {
        if (bytes.size() > limits().body_bytes_max - call_.body.size()) {
            return too_large();
        }
        call_.body.append(bytes);
        return hold();
    }
    while (!bytes.empty()) {
        const auto step = bytes.substr(0, kCodedStep);
        AIHUB_CHECK(inflater_->decode(step, call_.body));
        AIHUB_CHECK(hold());
        bytes.remove_prefix(step.size());
    }
    return {};
}

Result<void> RequestBody::finish() {
    if (inflater_) {
        AIHUB_CHECK(inflater_->finish());
    }
    reserve_for_peek(call_.body, call_.body.size());
    return {};
}

}  // namespace aihub::gateway
