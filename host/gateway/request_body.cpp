#include "gateway/request_body.hpp"

#include "gateway/body_reader.hpp"
#include "gateway/json_peek.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// What a Content-Length is believed before the bytes are there.
constexpr std::size_t kBelievedMax = 1024UL * 1024;
// Coded bytes decoded between two looks at the memory that all bodies hold: they can become a thousand times as many.
constexpr std::size_t kCodedStep = 4096;

}  // namespace

MemoryLimit memory_of_bodies(const config::Limits& limits) {
    return {limits.body_memory_max, "limits.body_memory_max", "request bodies"};
}

Result<void> RequestBody::begin() {
    const auto coding = AIHUB_TRY(net::parse_content_coding(call_.head.find("content-encoding")));
    const bool has_length = call_.head.body == net::BodyKind::length;
    if (has_length && call_.head.length > limit_.bytes_max) {
        return body_too_large(limit_.bytes_max, limit_.key);
    }
    if (coding != net::ContentCoding::identity) {
        inflater_.emplace(coding, limit_.bytes_max);
    } else if (has_length) {
        reserve_for_peek(call_.body, std::min(static_cast<std::size_t>(call_.head.length), kBelievedMax));
    }
    return {};
}

Result<void> RequestBody::hold() {
    return call_.body_memory.hold(held_, call_.body.size(), memory_of_bodies(call_.state->shared->config->limits));
}

Result<void> RequestBody::take(std::string_view bytes) {
    if (!inflater_) {
        if (bytes.size() > limit_.bytes_max - call_.body.size()) {
            return body_too_large(limit_.bytes_max, limit_.key);
        }
        call_.body.append(bytes);
        return hold();
    }
    while (!bytes.empty()) {
        const auto step = bytes.substr(0, kCodedStep);
        auto decoded = inflater_->decode(step, call_.body);
        if (!decoded) {
            Error error = std::move(decoded).error();
            if (error.code == Errc::too_large) {
                error.message.append(" (").append(limit_.key).append(")");
            }
            return error;
        }
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
