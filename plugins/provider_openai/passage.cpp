#include "passage.hpp"

#include "body_patch.hpp"
#include "passage_facts.hpp"
#include "provider_failure.hpp"
#include "usage.hpp"
#include "whole_events.hpp"

#include <aihub/json_write.hpp>
#include <aihub/reply_failure.hpp>

namespace aihub::provider_openai {
namespace {

using sdk::FailureKind;

constexpr std::size_t kHeldBytesMax = 65536;

std::string_view unquoted(std::string_view raw) {
    return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : std::string_view();
}

bool starts_with(std::string_view text, std::string_view begin) {
    return text.substr(0, begin.size()) == begin;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// After these nothing of a response follows.
bool ends_response(std::string_view type) {
    return type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
           type == "response.cancelled";
}

// The field `model` of a form is replaced where it stands; a form without one stays as it is.
void add_form(sdk::HttpRequest& http, const sdk::Request& request) {
    const std::string_view body = request.body();
    const std::string_view old_model = request.member("model");
    std::vector<BodyPatch> patches;
    if (!old_model.empty() && !request.model().empty() && old_model != request.model()) {
        const auto offset = static_cast<std::size_t>(old_model.data() - body.data());
        patches.push_back({offset, old_model.size(), std::string(request.model())});
    }
    add_body(http, body, std::move(patches));
}

std::string_view accepted(bool raw, bool sse, bool stream) {
    if (stream) {
        return "text/event-stream";
    }
    return raw || sse ? "*/*" : "application/json";
}

}  // namespace

sdk::HttpRequest Passage::build(const sdk::Request& request) {
    const std::string_view format = request.format();
    const std::string_view path = request.path();
    const bool form = starts_with(request.content_type(), "multipart/");
    responses_ = format == "openai.responses";
    // What an object cost was told to the call that made it; only work in the background is told of later.
    counts_ = !(format == "openai.batches" || (responses_ && path.size() > std::string_view("/responses").size()));
    stored_ = responses_ || format == "openai.batches" || format == "openai.files";
    stream_ = request.stream();
    if (format == "openai.images") {
        picture_event_ = path == "/images/edits" ? "image_edit.completed" : "image_generation.completed";
    }
    may_be_text_ = format == "openai.transcriptions";
    raw_ =
        (format == "openai.speech" && !request.stream()) || (format == "openai.files" && ends_with(path, "/content"));
    // Forms may ask for a stream behind what the host has read: where events are possible, the reply decides.
    sse_ = !raw_ && (request.stream() || may_be_text_ || format == "openai.images");
    auto http = sdk::HttpRequest::of(std::string(request.method()), settings_.path(request))
                    .secret_header(settings_.auth_header, settings_.auth_prefix, "api_key")
                    .framing(
                        raw_   ? AIHUB_FRAMING_RAW
                        : sse_ ? AIHUB_FRAMING_SSE
                               : AIHUB_FRAMING_WHOLE
                    );
    http.add_header("Accept", std::string(accepted(raw_, sse_, request.stream())));
    if (!request.body().empty()) {
        http.add_header("Content-Type", form ? std::string(request.content_type()) : "application/json");
    }
    settings_.add_headers(http, request);
    if (form || request.model().empty()) {
        add_form(http, request);
    } else {
        add_body(http, request.body(), body_patches(request, AskUsage::no));
    }
    http.allow_passing();
    return http;
}

void Passage::on_head(int http_status, const sdk::Headers& headers) {
    const std::string_view type = headers.find("content-type");
    status_ = http_status;
    framed_ = sse_ && http_status < 400 && starts_with(type, "text/event-stream");
    held_ = raw_ && !stored_ && type.find("json") != std::string_view::npos;
    json_ = type.empty() || type.find("json") != std::string_view::npos;
    if (http_status >= 400) {
        retry_after_ = sdk::read_retry_after(headers, settings_.services->wall());
    }
}

void Passage::on_frame(sdk::Frame frame, sdk::Call& call) {
    if (ended_) {
        return;
    }
    if (status_ < 200 || status_ > 299) {
        fail(call, provider_failure(status_, frame.data, retry_after_));
    } else if (raw_) {
        on_bytes(frame.data, call);
    } else if (framed_) {
        on_event(frame, call);
    } else {
        on_whole(frame.data, call);
    }
}

// Some providers put an error into a reply of status 200 where audio was asked for.
void Passage::on_bytes(std::string_view bytes, sdk::Call& call) {
    if (bytes.empty() && !stored_) {  // A file may be empty, a speech not.
        return;
    }
    bytes_seen_ = true;
    if (!held_) {
        call.raw(bytes);
        return;
    }
    held_bytes_ += bytes;
    if (held_bytes_.size() > kHeldBytesMax) {  // No error is so long.
        held_ = false;
        call.raw(held_bytes_);
        held_bytes_.clear();
    }
}

void Passage::on_event(sdk::Frame frame, sdk::Call& call) {
    if (frame.data.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return;
    }
    if (starts_with(frame.data, "[DONE]")) {
        call.raw(frame.data, frame.event);
        succeed(call);
        return;
    }
    PassageFacts facts;
    if (!scan_facts(frame.data, facts)) {
        fail(call, {.kind = FailureKind::upstream, .message = "the provider sent an event that is not valid JSON"});
        return;
    }
    const std::string_view type = unquoted(facts.type).empty() ? frame.event : unquoted(facts.type);
    if (type == "error" || (type.empty() && !facts.error.empty())) {
        fail(call, provider_failure(status_, frame.data, retry_after_));
        return;
    }
    counts_ = counts_ || facts.background == "true";
    tell(facts.usage, facts.model, call);
    call.raw(frame.data, frame.event);
    end_seen_ = end_seen_ || ends_with(type, ".completed") || ends_with(type, ".done");
    if (responses_ && ends_response(type)) {
        succeed(call);
    }
}

void Passage::on_whole(std::string_view body, sdk::Call& call) {
    PassageFacts facts;
    const bool object = scan_facts(body, facts);
    const bool answers = stored_ && !facts.identity.empty();
    if (!object && !(may_be_text_ && !json_)) {
        fail(
            call,
            {.kind = FailureKind::upstream,
             .http_status = status_,
             .message = "the provider's answer is not what was asked for"}
        );
        return;
    }
    if (object && !facts.error.empty() && !answers) {
        fail(call, provider_failure(status_, body, retry_after_));
        return;
    }
    counts_ = counts_ || facts.background == "true";
    tell(facts.usage, facts.model, call);
    std::string room;
    if (!stream_) {
        call.raw(body);
    } else if (!tell_as_events(on_one_line(body, room), call)) {
        fail(
            call,
            {.kind = FailureKind::upstream,
             .http_status = status_,
             .message = "the provider answered in one piece, where a stream was asked for"}
        );
        return;
    }
    succeed(call);
}

bool Passage::tell_as_events(std::string_view body, sdk::Call& call) const {
    if (responses_) {
        return tell_response_as_events(body, call);
    }
    return !picture_event_.empty() && tell_images_as_events(body, picture_event_, call);
}

void Passage::tell(std::string_view usage, std::string_view model, sdk::Call& call) {
    if (const std::string_view name = unquoted(model); !name.empty()) {
        call.model(sdk::json_unescape(name));
    }
    if (!usage.empty() && counts_) {
        if (const auto read = read_usage(usage)) {
            call.usage(*read);
        }
    }
}

void Passage::on_end(sdk::End why, sdk::Call& call) {
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
    PassageFacts facts;
    if (held_ && scan_facts(held_bytes_, facts) && !facts.error.empty()) {
        fail(call, provider_failure(status_, held_bytes_, retry_after_));
        return;
    }
    if (held_ && bytes_seen_) {
        call.raw(held_bytes_);
    }
    // Bytes are whole when HTTP says so; a stream of events must have said its end itself.
    if ((raw_ && bytes_seen_) || (framed_ && end_seen_ && !responses_)) {
        succeed(call);
        return;
    }
    fail(call, {.kind = FailureKind::upstream, .message = "the provider's answer ended too early"});
}

void Passage::succeed(sdk::Call& call) {
    ended_ = true;
    call.succeed();
}

void Passage::fail(sdk::Call& call, const sdk::Failure& failure) {
    ended_ = true;
    call.fail(failure);
}

}  // namespace aihub::provider_openai
