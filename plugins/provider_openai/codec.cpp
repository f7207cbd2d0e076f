#include "codec.hpp"

#include "body_patch.hpp"
#include "chat_body.hpp"
#include "embeddings.hpp"
#include "finish_chunk.hpp"
#include "finish_reason.hpp"
#include "provider_failure.hpp"
#include "raw_json.hpp"
#include "realtime.hpp"
#include "usage.hpp"
#include "whole_events.hpp"

#include <aihub/json_read.hpp>
#include <aihub/reply_failure.hpp>

namespace aihub::provider_openai {
namespace {

using sdk::FailureKind;

constexpr int kSwitchingProtocols = 101;

// True when a raw `delta` (or the `text` of a completion) brings nothing that a client would show.
bool is_empty_delta(std::string_view raw) {
    if (!raw.empty() && raw.front() == '"') {
        return raw == "\"\"";
    }
    const auto delta = sdk::JsonDocument::parse(raw.empty() ? std::string_view("{}") : raw);
    if (!delta) {
        return false;
    }
    for (const sdk::JsonValue member : delta->root()) {
        const bool empty = member.is(sdk::JsonKind::null) || member.raw() == "\"\"" || member.raw() == "[]";
        if (!empty && member.key() != "role") {
            return false;
        }
    }
    return true;
}

// The host cuts only such replies into events; everything else comes whole.
bool is_event_stream(std::string_view content_type) {
    constexpr std::string_view kType = "text/event-stream";
    return content_type.substr(0, kType.size()) == kType;
}

}  // namespace

Result<sdk::HttpRequest> Codec::build(const sdk::Request& request, sdk::Call& call) {
    realtime_ = request.format() == "openai.realtime";
    if (realtime_) {
        return build_realtime(request);
    }
    const std::string_view format = request.format();
    canonical_ = format == "aihub.chat" || format == "aihub.embeddings";
    embeddings_ = format == "openai.embeddings" || format == "aihub.embeddings";
    chat_ = format == "openai.chat" || format == "aihub.chat";
    if (!embeddings_ && !chat_ && format != "openai.completions") {
        return passage_.emplace(settings_).build(request);
    }
    stream_ = request.stream() && !embeddings_;
    include_usage_ = request.include_usage() && !canonical_;
    auto http = post(request);
    if (canonical_) {
        http.add_owned(AIHUB_TRY(canonical_body(request, call)));
        return http;
    }
    const bool ask = stream_ && !include_usage_ && settings_.ask_stream_usage;
    add_body(http, request.body(), body_patches(request, ask ? AskUsage::yes : AskUsage::no));
    http.allow_passing();
    return http;
}

sdk::HttpRequest Codec::post(const sdk::Request& request) const {
    auto http = sdk::HttpRequest::post(settings_.path(request))
                    .header("Content-Type", "application/json")
                    .secret_header(settings_.auth_header, settings_.auth_prefix, "api_key")
                    .framing(stream_ ? AIHUB_FRAMING_SSE : AIHUB_FRAMING_WHOLE);
    http.add_header("Accept", stream_ ? "text/event-stream" : "application/json");
    settings_.add_headers(http, request);
    return http;
}

Result<std::string> Codec::canonical_body(const sdk::Request& request, sdk::Call& call) {
    Dropped dropped(call);
    if (embeddings_) {
        return embeddings_body(request, settings_.chat_style, dropped);
    }
    ToolNames names;
    ChatWire wire{settings_.chat_style, ModelTraits::of(request.model()), names, dropped};
    const AskUsage ask = stream_ && settings_.ask_stream_usage ? AskUsage::yes : AskUsage::no;
    auto body = chat_body(request, ask, wire);
    events_.emplace(settings_.call_mark(), std::move(names));
    return body;
}

sdk::HttpRequest Codec::build_realtime(const sdk::Request& request) {
    auto http = sdk::HttpRequest::get(settings_.realtime_path(request.model()))
                    .secret_header(settings_.auth_header, settings_.auth_prefix, "api_key")
                    .web_socket();
    for (const auto& [name, value] : settings_.headers) {
        http.add_header(name, value);
    }
    return http;
}

void Codec::on_head(int http_status, const sdk::Headers& headers) {
    if (passage_) {
        passage_->on_head(http_status, headers);
        return;
    }
    status_ = http_status;
    framed_ = stream_ && http_status < 400 && is_event_stream(headers.find("content-type"));
    if (http_status >= 400) {
        retry_after_ = sdk::read_retry_after(headers, settings_.services->wall());
    }
}

void Codec::on_frame(sdk::Frame frame, sdk::Call& call) {
    if (passage_) {
        passage_->on_frame(frame, call);
        return;
    }
    if (ended_) {
        return;
    }
    if (realtime_ && status_ == kSwitchingProtocols) {
        if (const auto usage = realtime_usage(frame.data)) {
            call.usage(*usage);
        }
        return;
    }
    if (status_ < 200 || status_ > 299) {
        fail(call, provider_failure(status_, frame.data, retry_after_));
        return;
    }
    framed_ ? on_chunk(frame, call) : on_whole(frame.data, call);
}

void Codec::on_chunk(sdk::Frame frame, sdk::Call& call) {
    const std::size_t begin = frame.data.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos || frame.event == "ping") {
        return;
    }
    if (frame.data[begin] == '[' && frame.data.substr(begin, 6) == "[DONE]") {
        succeed(call);
        return;
    }
    if (!scan_chunk(frame.data, facts_)) {
        fail(call, {.kind = FailureKind::upstream, .message = "the provider sent a chunk that is not valid JSON"});
        return;
    }
    if (!facts_.error.empty() || facts_.object == "\"error\"" || frame.event == "error") {
        fail(call, provider_failure(status_, frame.data, retry_after_));
        return;
    }
    const bool usage_only = !facts_.usage.empty() && facts_.choices.empty() && !has_extras(frame.data);
    const bool repeats = !usage_only && repeats_finish() && !has_extras(frame.data);
    if (usage_only && include_usage_) {
        held_usage_ = frame.data;
    }
    if (!tell_facts(call) || usage_only || repeats) {
        return;
    }
    if (canonical_) {
        if (tell_content(call)) {
            tell_finishes(call);
        }
        return;
    }
    call.raw(frame.data, frame.event);
    tell_finishes(call);
    if (beginning_.empty() && seen_ != finished_) {
        beginning_ = chunk_beginning(frame.data);
    }
}

void Codec::on_whole(std::string_view body, sdk::Call& call) {
    if (!scan_chunk(body, facts_) || (!facts_.has_choices && !facts_.has_data && facts_.error.empty())) {
        const bool named_error = facts_.object == "\"error\"";
        fail(
            call,
            named_error
                ? provider_failure(status_, body, retry_after_)
                : sdk::
                      Failure{.kind = FailureKind::upstream, .http_status = status_, .message = "the provider's answer is not what was asked for"}
        );
        return;
    }
    if (!facts_.error.empty()) {
        fail(call, provider_failure(status_, body, retry_after_));
        return;
    }
    if (!tell_facts(call)) {
        return;
    }
    if (canonical_ && embeddings_) {
        if (!tell_embeddings(body, call)) {
            fail(call, {.kind = FailureKind::upstream, .message = "the provider's answer has no embeddings"});
            return;
        }
    } else if (chat_ && (stream_ || canonical_)) {
        tell_whole_as_events(call);  // The host knows how to make a stream of a chat.
        return;
    } else if (stream_) {
        std::string room;
        call.raw(on_one_line(body, room));  // A whole completion is what a chunk of one looks like.
    } else {
        call.raw(body);
    }
    tell_finishes(call);
    ended_ = true;
    call.succeed();
}

void Codec::tell_whole_as_events(sdk::Call& call) {
    if (!events_) {
        events_.emplace(settings_.call_mark());
    }
    if (tell_content(call)) {
        tell_finishes(call);
        succeed(call);
    }
}

bool Codec::tell_content(sdk::Call& call) {
    const bool told = events_->tell(facts_, call);
    if (!told) {
        fail(call, {.kind = FailureKind::upstream, .message = "the provider's answer is larger than any real one"});
    }
    return told;
}

bool Codec::tell_facts(sdk::Call& call) {
    for (const ChoiceFacts& choice : facts_.choices) {
        if (says_broken(choice.finish_reason)) {
            fail(call, {.kind = FailureKind::upstream, .message = "the provider gave up in the middle of the answer"});
            return false;
        }
    }
    if (!model_told_ && facts_.model.size() > 2) {
        model_told_ = true;
        call.model(unquoted(facts_.model));
    }
    if (!facts_.usage.empty()) {
        if (const auto usage = read_usage(facts_.usage)) {
            call.usage(*usage);
        }
    }
    return true;
}

// Behind the chunk itself: what a client sees of an answer comes before its end.
void Codec::tell_finishes(sdk::Call& call) {
    for (const ChoiceFacts& choice : facts_.choices) {
        seen_.set(choice.index);
        if (says_finished(choice.finish_reason) && !finished_.test(choice.index)) {
            finished_.set(choice.index);
            finish(choice, call);
        }
    }
}

void Codec::finish(const ChoiceFacts& choice, sdk::Call& call) {
    if (events_) {
        events_->end(choice.index, call);
    }
    const bool sequence = says_finished(choice.stop_reason) && choice.finish_reason == "\"stop\"";
    call.finish(finish_word(choice.finish_reason), choice.index, sequence ? unquoted(choice.stop_reason) : "");
}

// Some providers finish a choice twice; clients that count on one finish must not see the second.
bool Codec::repeats_finish() const {
    if (facts_.choices.empty() || (!facts_.usage.empty() && include_usage_)) {
        return false;
    }
    for (const ChoiceFacts& choice : facts_.choices) {
        const bool again = finished_.test(choice.index) && says_finished(choice.finish_reason);
        if (!again || !is_empty_delta(choice.content)) {
            return false;
        }
    }
    return true;
}

void Codec::on_end(sdk::End why, sdk::Call& call) {
    if (passage_) {
        passage_->on_end(why, call);
        return;
    }
    if (ended_ || why == sdk::End::cancelled) {
        return;
    }
    if (const auto failure = sdk::end_failure(why)) {
        fail(call, *failure);
        return;
    }
    if (status_ >= 400) {
        fail(call, provider_failure(status_, {}, retry_after_));
        return;
    }
    if (realtime_ && status_ == kSwitchingProtocols) {
        ended_ = true;
        call.succeed();
        return;
    }
    // Without its end marker a stream is whole only if every choice said that it is.
    if (framed_ && seen_.any() && seen_ == finished_) {
        succeed(call);
        return;
    }
    fail(call, {.kind = FailureKind::upstream, .message = "the provider's answer ended too early"});
}

// Some providers end a stream without any finish reason; agents wait for exactly one for each choice.
void Codec::add_finishes(sdk::Call& call) {
    for (std::uint32_t choice = 0; choice < kChoicesMax; ++choice) {
        if (seen_.test(choice) && !finished_.test(choice)) {
            if (!events_) {
                call.raw(finish_chunk(beginning_, chat_, choice));
            }
            finish({.index = choice}, call);
        }
    }
    finished_ = seen_;
}

void Codec::succeed(sdk::Call& call) {
    if (seen_.none()) {
        fail(call, {.kind = FailureKind::upstream, .message = "the provider's stream ended without an answer"});
        return;
    }
    if (seen_ != finished_) {
        add_finishes(call);
    }
    if (!held_usage_.empty()) {
        call.raw(held_usage_);
    }
    ended_ = true;
    call.succeed();
}

void Codec::fail(sdk::Call& call, const sdk::Failure& failure) {
    ended_ = true;
    if (!canonical_ || failure.detail_json.empty()) {
        call.fail(failure);
        return;
    }
    sdk::Failure plain = failure;
    plain.detail_json.clear();  // It is in a format that the client does not speak.
    call.fail(plain);
}

}  // namespace aihub::provider_openai
