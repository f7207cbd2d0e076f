#include "codec.hpp"

#include "body_patch.hpp"
#include "chat_body.hpp"
#include "embeddings.hpp"
#include "provider_failure.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/json_scan.hpp>
#include <aihub/reply_failure.hpp>

#include <algorithm>

namespace aihub::provider_google {
namespace {

using sdk::FailureKind;

// The host cuts only such replies into events; everything else comes whole.
bool is_event_stream(std::string_view content_type) {
    constexpr std::string_view kType = "text/event-stream";
    return content_type.substr(0, kType.size()) == kType;
}

std::string_view verb_of(std::string_view format, bool stream) {
    if (format == "gemini.count_tokens") {
        return "countTokens";
    }
    if (format == "gemini.embed") {
        return "embedContent";
    }
    if (format == "gemini.batch_embed") {
        return "batchEmbedContents";
    }
    return stream ? "streamGenerateContent" : "generateContent";
}

// Line ends within JSON stand between values only; an event of a stream has none.
std::string on_one_line(std::string_view json) {
    std::string line(json);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    return line;
}

}  // namespace

Result<sdk::HttpRequest> Codec::build(const sdk::Request& request, sdk::Call& call) {
    const std::string_view format = request.format();
    task_ = format == "aihub.chat"         ? Task::chat
            : format == "aihub.embeddings" ? Task::embeddings
            : format == "gemini.generate"  ? Task::generate
                                           : Task::pass;
    stream_ = request.stream() && (task_ == Task::chat || task_ == Task::generate);
    reply_.set_id(settings_.call_mark());
    if (AccessToken* source = settings_.access_token()) {
        access_token_ = AIHUB_TRY(source->get());
    }
    // The body first: whether there is one text or many decides on the path.
    const bool canonical = task_ == Task::chat || task_ == Task::embeddings;
    if (canonical) {
        AIHUB_CHECK(make_body(request, call));
    }
    std::string_view verb = verb_of(format, stream_);
    if (task_ == Task::embeddings) {
        verb = texts_ == 1 ? "embedContent" : "batchEmbedContents";
    }
    std::string path = settings_.path_for(request.model(), verb);
    // Without it a stream comes as one JSON array.
    path += stream_ ? "?alt=sse" : "";
    auto http = sdk::HttpRequest::post(std::move(path))
                    .header("Content-Type", "application/json")
                    .framing(stream_ ? AIHUB_FRAMING_SSE : AIHUB_FRAMING_WHOLE);
    if (access_token_.empty()) {
        http.add_secret_header(settings_.auth_header, settings_.auth_prefix, "api_key");
    } else {
        http.add_header("Authorization", "Bearer " + access_token_);
    }
    http.add_header("Accept", stream_ ? "text/event-stream" : "application/json");
    for (const auto& [name, value] : settings_.headers) {
        http.add_header(name, value);
    }
    if (canonical) {
        http.add_owned(std::move(made_body_));
    } else {
        add_body(http, request);
        http.allow_passing();
    }
    return http;
}

Result<void> Codec::make_body(const sdk::Request& request, sdk::Call& call) {
    if (task_ == Task::embeddings) {
        EmbeddingsBody made = AIHUB_TRY(make_embeddings_body(request.body(), request.model()));
        texts_ = made.texts;
        made_body_ = std::move(made.json);
        return {};
    }
    const sdk::ChatRequest chat = AIHUB_TRY(sdk::read_chat(request.body()));
    Drops drops(call);
    SchemaBudget schemas;
    made_body_ = AIHUB_TRY(make_chat_body({
        .request = chat,
        .model = Model::of(request.model()),
        .stream = stream_,
        .schema_subset = settings_.schema_subset,
        .schemas = schemas,
        .names = reply_.names(),
        .drops = drops,
    }));
    return {};
}

void Codec::on_head(int http_status, const sdk::Headers& headers) {
    status_ = http_status;
    framed_ = stream_ && http_status < 400 && is_event_stream(headers.find("content-type"));
    if (http_status >= 400) {
        retry_after_ = sdk::read_retry_after(headers, settings_.services->wall());
    }
    constexpr int kUnauthorized = 401;
    if (AccessToken* source = settings_.access_token(); source != nullptr && http_status == kUnauthorized) {
        source->refused(access_token_);
    }
}

void Codec::on_frame(sdk::Frame frame, sdk::Call& call) {
    if (ended_) {
        return;
    }
    if (status_ < 200 || status_ > 299) {
        fail(call, provider_failure(status_, frame.data, retry_after_));
        return;
    }
    const std::size_t begin = frame.data.find_first_not_of(" \t\r\n");
    if (framed_) {
        // Gemini has no such mark, but some proxies put it behind every stream.
        if (begin != std::string_view::npos && frame.data.substr(begin, 6) != "[DONE]") {
            on_chunk(frame.data, call);
        }
        return;
    }
    const bool list = begin != std::string_view::npos && frame.data[begin] == '[';
    list ? on_list(frame.data, call) : on_whole(frame.data, call);
}

bool Codec::take_facts(std::string_view json, sdk::Call& call) {
    if (!scan_reply(json, facts_)) {
        fail(call, FailureKind::upstream, "the provider sent an answer that is not valid JSON");
        return false;
    }
    if (!facts_.error.empty()) {
        fail(call, provider_failure(status_, json, retry_after_));
        return false;
    }
    if (!id_told_ && facts_.id.size() > 2) {
        id_told_ = true;
        const std::string id = plain(facts_.id);
        reply_.set_id(id);
        call.id(id);
    }
    if (!model_told_ && facts_.model.size() > 2) {
        model_told_ = true;
        call.model(plain(facts_.model));
    }
    return true;
}

void Codec::on_chunk(std::string_view json, sdk::Call& call) {
    if (!take_facts(json, call)) {
        return;
    }
    if (task_ == Task::generate) {
        stream_ && !framed_ ? call.raw(on_one_line(json)) : call.raw(json);
    } else if (!tell_chat(json, call)) {
        return;
    }
    if (usage_.take(facts_.usage)) {
        call.usage(usage_.usage());
    }
    note_ends();
}

bool Codec::tell_chat(std::string_view json, sdk::Call& call) {
    constexpr std::size_t kDepthMax = 256;  // of arguments, too
    const auto document = sdk::JsonDocument::parse(json, {.depth_max = kDepthMax});
    if (!document) {
        fail(call, FailureKind::upstream, "the provider sent an answer that is not valid JSON");
        return false;
    }
    reply_.tell(document->root(), call);
    return true;
}

// Some models say an end with every chunk: only the last one counts, when no more comes.
void Codec::note_ends() {
    for (const CandidateFacts& candidate : facts_.candidates) {
        auto known = std::ranges::find(ends_, candidate.index, &End::candidate);
        if (known == ends_.end()) {
            known = ends_.insert(known, End{.candidate = candidate.index});
        }
        if (const std::string_view word = finish_word(candidate.finish_reason); !word.empty()) {
            known->word = word;
            known->spoilt = is_spoilt(candidate.finish_reason);
        }
    }
    if (facts_.block_reason.size() <= 2) {
        return;
    }
    if (ends_.empty()) {
        ends_.push_back({.candidate = 0, .word = "content_filter"});
    }
    for (End& end : ends_) {
        end.word = end.word.empty() ? "content_filter" : end.word;
    }
}

void Codec::on_whole(std::string_view body, sdk::Call& call) {
    const bool chunks = task_ == Task::generate || task_ == Task::chat;
    if (chunks) {
        on_chunk(body, call);
        // The outline of a large reply, which went to the client as it came.
        const bool outline = !ended_ && task_ == Task::generate && !stream_ && ends_.empty() && facts_.has_candidates;
        if (outline) {
            ended_ = true;
            call.succeed();
        }
        if (!ended_) {
            complete(call);
        }
        return;
    }
    if (!take_facts(body, call)) {
        return;
    }
    if (!facts_.is_answer) {
        fail(call, FailureKind::upstream, "the provider's answer is not what was asked for");
        return;
    }
    if (task_ == Task::pass) {
        call.raw(body);
    } else if (auto problem = tell_embeddings(body, texts_, call)) {
        fail(call, FailureKind::upstream, *std::move(problem));
        return;
    }
    if (usage_.take(facts_.usage)) {
        call.usage(usage_.usage());
    }
    ended_ = true;
    call.succeed();
}

// A stream that a proxy asked for without alt=sse; an error, too, may stand in a list.
void Codec::on_list(std::string_view body, sdk::Call& call) {
    const bool chunks = task_ == Task::chat || stream_;
    std::size_t count = 0;
    sdk::JsonScan scan(body);
    const bool read = scan.elements([&](sdk::JsonScan& one) {
        std::string_view chunk;
        if (!one.take(chunk)) {
            return false;
        }
        ++count;
        if (!ended_ && chunks) {
            on_chunk(chunk, call);
        } else if (!ended_) {
            take_facts(chunk, call);
        }
        return true;
    });
    if (ended_) {
        return;
    }
    if (!read || !scan.at_end() || !chunks || count == 0) {
        fail(call, FailureKind::upstream, "the provider's answer is not what was asked for");
        return;
    }
    complete(call);
}

void Codec::complete(sdk::Call& call) {
    const bool whole = std::ranges::none_of(ends_, [](const End& end) { return end.word.empty(); });
    if (ends_.empty() || !whole) {
        fail(call, FailureKind::upstream, "the provider's answer ended too early");
        return;
    }
    const bool chat = task_ == Task::chat;
    const bool useless =
        std::ranges::all_of(ends_, [&](const End& end) { return chat && end.spoilt && !reply_.told(end.candidate); });
    if (useless) {
        fail(call, FailureKind::upstream, "the model made a call of a function that cannot be used");
        return;
    }
    for (const End& end : ends_) {
        const bool called = chat && end.word == "stop" && reply_.called(end.candidate);
        call.finish(called ? "tool_calls" : end.word, end.candidate);
    }
    ended_ = true;
    call.succeed();
}

void Codec::on_end(sdk::End why, sdk::Call& call) {
    if (ended_ || why == sdk::End::cancelled) {
        return;
    }
    if (auto failure = sdk::end_failure(why)) {
        failure->http_status = status_;
        fail(call, *std::move(failure));
        return;
    }
    if (status_ >= 400) {
        fail(call, provider_failure(status_, {}, retry_after_));
        return;
    }
    complete(call);
}

void Codec::fail(sdk::Call& call, sdk::Failure failure) {
    if (task_ == Task::chat || task_ == Task::embeddings) {
        failure.detail_json.clear();  // the client speaks another format
    }
    ended_ = true;
    call.fail(failure);
}

void Codec::fail(sdk::Call& call, FailureKind kind, std::string message) {
    fail(call, sdk::Failure{.kind = kind, .http_status = status_, .message = std::move(message)});
}

}  // namespace aihub::provider_google
