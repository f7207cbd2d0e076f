#include "gateway/attempt.hpp"

namespace aihub::gateway {

namespace {

// What the paths of all model calls begin with.
constexpr std::string_view kVersionPrefix = "/v1";

}  // namespace

capability::Failure answer_too_large(std::string_view key) {
    capability::Failure failure;
    failure.kind = capability::FailureKind::upstream;
    failure.message = "the provider's answer is larger than " + std::string(key);
    return failure;
}

capability::Failure reported_failure(
    telemetry::Log& log, const Call& call, const catalog::Target& target, const Error& error
) {
    log.warn("attempt failed", {{"request_id", call.request_id}, {"provider", target.name}, {"reason", error.message}});
    capability::Failure failure;
    failure.message = error.message;
    switch (error.code) {
        case Errc::upstream_timeout:
            failure.kind = capability::FailureKind::timeout;
            failure.message = "the provider took too long to answer";
            break;
        case Errc::upstream_failed:
            failure.kind = capability::FailureKind::upstream;
            break;
        case Errc::internal:
            failure.kind = capability::FailureKind::internal;
            break;
        default:
            failure.kind = capability::FailureKind::network;
            failure.message = "the provider cannot be reached";  // Its address is the operator's business.
    }
    return failure;
}

capability::Failure no_room(const Error& error) {
    capability::Failure failure;
    failure.kind = capability::FailureKind::internal;
    failure.message = error.message;
    failure.gateway_full = true;
    return failure;
}

MemoryLimit memory_of_replies(const config::Limits& limits) {
    return {limits.reply_memory_max, "limits.reply_memory_max", "replies"};
}

bool Attempt::count_whole(std::size_t bytes, std::atomic<std::size_t>& total, const config::Limits& limits) {
    whole_bytes_ += bytes;
    if (whole_bytes_ > limits.reply_bytes_max) {
        fail(answer_too_large());
    } else if (const auto held = memory_.hold(total, whole_bytes_, memory_of_replies(limits)); !held) {
        fail(no_room(held.error()));
    } else {
        return true;
    }
    return false;
}

void merge_usage(model::Usage& usage, const model::Usage& said) {
    const auto take = [](std::optional<std::uint64_t>& field, const std::optional<std::uint64_t>& value) {
        if (value) {
            field = value;
        }
    };
    take(usage.input, said.input);
    take(usage.output, said.output);
    take(usage.cache_read, said.cache_read);
    take(usage.cache_write, said.cache_write);
    take(usage.reasoning, said.reasoning);
    take(usage.audio, said.audio);
    take(usage.audio_ms, said.audio_ms);
}

capability::ProviderRequest provider_request(const Call& call, const catalog::Candidate& candidate) {
    capability::ProviderRequest request;
    request.format = operation_format(call.operation);
    request.model = candidate.model;
    request.request_id = call.request_id;
    request.body = call.body;
    request.members = call.members;
    request.stream = call.stream;
    request.include_usage = call.include_usage;
    request.body_is_beginning = call.upload != nullptr;
    request.method = call.head.method;
    request.path = std::string_view(call.path).substr(kVersionPrefix.size());
    request.query = call.query;
    request.content_type = call.head.find("content-type");
    return request;
}

}  // namespace aihub::gateway
