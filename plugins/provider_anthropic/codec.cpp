#include "codec.hpp"

#include "body_patch.hpp"
#include "chat_body.hpp"
#include "finish_reason.hpp"
#include "json_texts.hpp"

#include <aihub/json_read.hpp>
#include <aihub/reply_failure.hpp>

#include <string>
#include <utility>

namespace aihub::provider_anthropic {
namespace {

using sdk::FailureKind;

constexpr std::string_view kNotJson = "the provider's answer is not valid JSON";

// The host cuts only such replies into events; everything else comes whole.
bool is_event_stream(std::string_view content_type) {
    return content_type.starts_with("text/event-stream");
}

}  // namespace

Result<sdk::HttpRequest> Codec::build(const sdk::Request& request, sdk::Call& call) {
    format_ = request.format() == "anthropic.messages" ? Format::messages
              : request.format() == "aihub.chat"       ? Format::chat
                                                       : Format::count_tokens;
    stream_ = request.stream() && format_ != Format::count_tokens;
    auto http = settings_.http_for(request);
    if (format_ != Format::chat) {
        add_patched_body(http, request, settings_);
        http.allow_passing();
        return http;
    }
    Dropped dropped;
    ChatBody body = AIHUB_TRY(chat_body(request, settings_, dropped));
    for (const std::string& name : dropped.names()) {
        call.dropped(name);
    }
    answer_ = Answer(std::move(body.names), std::move(body.answer_tool));
    http.add_owned(std::move(body.json));
    return http;
}

void Codec::on_head(int http_status, const sdk::Headers& headers) {
    status_ = http_status;
    framed_ = stream_ && http_status < 400 && is_event_stream(headers.find("content-type"));
    if (http_status >= 400) {
        retry_after_ = sdk::read_retry_after(headers, settings_.services->wall());
    }
}

void Codec::on_frame(sdk::Frame frame, sdk::Call& call) {
    if (ended_) {
        return;
    }
    if (status_ < 200 || status_ > 299) {
        fail_with(call, frame.data);
        return;
    }
    framed_ ? on_stream(frame, call) : on_whole(frame.data, call);
}

void Codec::on_whole(std::string_view body, sdk::Call& call) {
    StreamEvent message;
    if (!scan_event(body, message)) {
        fail_upstream(call, kNotJson);
        return;
    }
    if (message.type == "error" || !message.error.empty()) {
        fail_with(call, body);
        return;
    }
    const bool told = format_ == Format::chat || stream_;
    if (!told) {
        pass_whole(message, body, call);
        return;
    }
    // The host knows how to make a stream of a message.
    if (const auto read = answer_.on_whole(body, call); !read) {
        fail_upstream(call, read.error().message);
        return;
    }
    succeed(call);
}

void Codec::pass_whole(const StreamEvent& message, std::string_view body, sdk::Call& call) {
    MessageHead head;
    if (!scan_head(body, head)) {
        fail_upstream(call, kNotJson);
        return;
    }
    const bool count =
        !head.input_tokens.empty() && head.input_tokens.find_first_not_of("0123456789.eE+-") == head.input_tokens.npos;
    const bool whole = format_ == Format::count_tokens ? count : message.type == "message";
    if (!whole) {
        fail_upstream(call, "the provider's answer is no message");
        return;
    }
    if (format_ == Format::messages) {
        tell_message(body, call);
    }
    call.raw(body);
    if (format_ == Format::messages) {
        call.finish(finish_reason(head.stop_reason), 0, plain(head.stop_sequence));
    }
    ended_ = true;
    call.succeed();
}

void Codec::on_stream(sdk::Frame frame, sdk::Call& call) {
    if (frame.data.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return;
    }
    StreamEvent event;
    if (!scan_event(frame.data, event)) {
        fail_upstream(call, "the provider sent an event that is not valid JSON");
        return;
    }
    if (event.type == "error" || !event.error.empty()) {
        fail_with(call, frame.data);
        return;
    }
    if (format_ != Format::chat) {
        pass(event, frame, call);
        return;
    }
    if (event.type == "message_stop") {
        succeed(call);
        return;
    }
    if (const auto read = answer_.on_event(event, call); !read) {
        fail_upstream(call, read.error().message);
    }
}

void Codec::pass(const StreamEvent& event, sdk::Frame frame, sdk::Call& call) {
    const bool stop = event.type == "message_stop";
    if (stop && !begun_) {
        fail_upstream(call, "the provider's stream ended without an answer");
        return;
    }
    if (event.type == "message_start") {
        tell_message(event.message, call);
    }
    if (event.type == "message_delta") {
        tell_usage(event.usage, call);
    }
    if (stop && !finished_) {
        call.finish("stop");
    }
    call.raw(frame.data, frame.event.empty() ? event.type : frame.event);
    if (event.type == "message_delta") {
        tell_stop(event.delta, call);
    }
    if (stop) {
        ended_ = true;
        call.succeed();
    }
}

void Codec::tell_message(std::string_view message, sdk::Call& call) {
    MessageHead head;
    if (!scan_head(message.empty() ? std::string_view("{}") : message, head)) {
        return;
    }
    begun_ = true;
    if (!head.id.empty()) {
        call.id(sdk::json_unescape(head.id));
    }
    if (!head.model.empty()) {
        call.model(sdk::json_unescape(head.model));
    }
    tell_usage(head.usage, call);
}

void Codec::tell_usage(std::string_view raw, sdk::Call& call) {
    if (!raw.empty() && usage_.read(raw)) {
        call.usage(usage_.total());
    }
}

// Behind the event itself: what a client sees of an answer comes before its end.
void Codec::tell_stop(std::string_view raw, sdk::Call& call) {
    StreamDelta delta;
    if (finished_ || raw.empty() || !scan_delta(raw, delta) || delta.stop_reason.empty()) {
        return;
    }
    finished_ = true;
    call.finish(finish_reason(delta.stop_reason), 0, plain(delta.stop_sequence));
}

void Codec::on_end(sdk::End why, sdk::Call& call) {
    if (ended_ || why == sdk::End::cancelled) {
        return;
    }
    if (const auto failure = sdk::end_failure(why)) {
        fail(call, *failure);
        return;
    }
    if (status_ >= 400) {
        fail_with(call, {});
        return;
    }
    fail_upstream(call, "the provider's answer ended too early");
}

void Codec::succeed(sdk::Call& call) {
    if (!answer_.finish(call)) {
        fail_upstream(call, "the provider's stream ended without an answer");
        return;
    }
    ended_ = true;
    call.succeed();
}

void Codec::fail(sdk::Call& call, const sdk::Failure& failure) {
    ended_ = true;
    call.fail(failure);
}

void Codec::fail_upstream(sdk::Call& call, std::string_view message) {
    fail(call, {.kind = FailureKind::upstream, .http_status = 0, .message = std::string(message)});
}

void Codec::fail_with(sdk::Call& call, std::string_view error_body) {
    const Detail detail = format_ == Format::chat ? Detail::without : Detail::with;
    fail(call, provider_failure(status_, error_body, retry_after_, detail));
}

}  // namespace aihub::provider_anthropic
