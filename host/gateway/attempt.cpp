#include "gateway/attempt.hpp"

#include "gateway/error_words.hpp"
#include "gateway/socket_attempt.hpp"

namespace aihub::gateway {

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

void log_failure(
    telemetry::Log& log, const Call& call, const catalog::Target& target, const capability::Failure& failure
) {
    constexpr std::size_t kWordsMax = 500;
    if (failure.http_status == 0) {
        return;  // It did not answer; what happened has its own line.
    }
    const auto words = std::string_view(failure.message).substr(0, kWordsMax);
    log.warn(
        "the provider answered with an error",
        {{"request_id", call.request_id},
         {"provider", target.name},
         {"kind", catalog::failure_name(failure.kind)},
         {"status", failure.http_status},
         {"words",
          call.state->shared->config->log.provider_text ? words : std::string_view("(log.provider_text is off)")}}
    );
}

capability::Failure internal_failure(const Error& error) {
    capability::Failure failure;
    failure.kind = capability::FailureKind::internal;
    failure.message = error.message;
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

AnswerShape made_shape(const Call& call) {
    AnswerShape shape;
    shape.form = call.stream ? AnswerShape::Form::events : AnswerShape::Form::whole;
    shape.content_type = call.array_stream ? "application/json" : "";
    return shape;
}

void Attempt::count_held(std::size_t bytes, std::atomic<std::size_t>& total, const config::Limits& limits) {
    if (bytes > limits.stream_bytes_max || bytes > limits.reply_bytes_max) {
        fail(answer_too_large("limits.reply_bytes_max"));
    } else if (bytes > HeldMemory::kFree) {
        const auto held = memory_.hold(total, bytes, memory_of_replies(limits));
        if (!held) {
            fail(no_room(held.error()));
        }
    }
}

void Attempt::keep_beginning(const catalog::ErrorRules& rules, capability::Framing framing, std::string_view data) {
    if (framing == capability::Framing::sse || framing == capability::Framing::ndjson) {
        raw_body_.clear();  // Each event speaks for itself: one before an error is no part of it.
    }
    raw_body_.append(data.substr(0, catalog::ErrorRules::kBodyBytes - raw_body_.size()));
    if (!rules.looks_at_success() || raw_status_ >= 300) {
        return;
    }
    // No error is as long as what is kept.
    const auto words = data.size() <= catalog::ErrorRules::kBodyBytes ? read_error_words(data) : ErrorWords();
    verdict_ = rules.match({raw_status_, words.type, words.code, raw_body_, false});
    if (verdict_ != nullptr) {
        capability::Failure failure;
        failure.kind = capability::FailureKind::upstream;
        failure.http_status = raw_status_;
        failure.message = "the provider answered with an error";
        fail(std::move(failure));
    }
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
    take(usage.cache_write_1h, said.cache_write_1h);
}

Result<std::unique_ptr<Attempt>> start_attempt(Worker& worker, Call& call, const catalog::Candidate& candidate) {
    if (call.operation == Operation::realtime) {
        return start_socket_attempt(worker, call, candidate);
    }
    if (candidate.target->provider->tier() == capability::ProviderTier::stream) {
        if (call.upload != nullptr) {
            return Error{
                Errc::too_large,
                "this provider takes request bodies up to limits.body_buffer_bytes only",
                "request_too_large",
                {}};
        }
        return start_stream_attempt(worker, call, candidate);
    }
    return start_codec_attempt(worker, call, candidate);
}

}  // namespace aihub::gateway
