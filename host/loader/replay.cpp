#include "loader/replay.hpp"

#include "loader/codec_call.hpp"
#include "loader/json_members.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::loader {
namespace {

namespace json = boost::json;

constexpr std::array<const char*, 17> kEventNames = {
    "text",
    "reasoning",
    "tool_begin",
    "tool_args",
    "usage",
    "finish",
    "embedding",
    "raw",
    "model",
    "signature",
    "redacted",
    "refusal",
    "citation",
    "media",
    "logprobs",
    "id",
    "dropped"};
constexpr std::array<const char*, 13> kFailureNames = {
    "invalid_request",
    "auth",
    "not_found",
    "rate_limit",
    "overloaded",
    "content_filter",
    "context_length",
    "too_large",
    "upstream",
    "network",
    "timeout",
    "quota",
    "internal"};

void put(json::object& into, const char* key, const std::optional<std::uint64_t>& count) {
    if (count) {
        into[key] = *count;
    }
}

json::object to_json(const capability::Event& event) {
    json::object made;
    made["kind"] = event_name(event.kind);
    if (!event.text.empty()) {
        made["text"] = event.text;
    }
    if (!event.extra.empty()) {
        made["extra"] = event.extra;
    }
    if (event.choice != 0) {
        made["choice"] = event.choice;
    }
    if (event.block != 0) {
        made["block"] = event.block;
    }
    put(made, "input", event.usage.input);
    put(made, "output", event.usage.output);
    put(made, "cache_read", event.usage.cache_read);
    put(made, "cache_write", event.usage.cache_write);
    put(made, "reasoning", event.usage.reasoning);
    put(made, "audio", event.usage.audio);
    put(made, "audio_ms", event.usage.audio_ms);
    put(made, "cache_write_1h", event.usage.cache_write_1h);
    return made;
}

// Whether the reply comes whole: an error, or a reply that is no stream although one was asked for.
bool is_whole(const Fixture& fixture, capability::Framing framing) {
    if (fixture.reply_status >= 400 || framing == capability::Framing::whole) {
        return true;
    }
    if (framing != capability::Framing::sse) {
        return false;
    }
    return std::none_of(fixture.reply_headers.begin(), fixture.reply_headers.end(), [](const auto& header) {
        return header.second.starts_with("text/event-stream");
    });
}

// Gives frames to the codec until it is told to stop, the codec fails or the call is complete.
class Feeder {
public:
    Feeder(capability::CodecCall& call, const TraceSink& sink, const Disturbance& how)
        : call_(call), sink_(sink), how_(how) {}

    void take(std::string_view event, std::string_view data) {
        for (int i = 0; i < (how_.duplicate ? 2 : 1) && !stopped(); ++i) {
            const Result<void> done = call_.on_frame(event, data);
            failed_ = !done;
        }
        ++frames_;
    }

    [[nodiscard]] bool stopped() const { return failed_ || frames_ >= how_.frames_max || sink_.completed(); }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t frames() const { return frames_; }

private:
    capability::CodecCall& call_;
    const TraceSink& sink_;
    const Disturbance& how_;
    bool failed_ = false;
    std::size_t frames_ = 0;
};

std::vector<std::string_view> reads_of(std::string_view body, const Disturbance& how) {
    std::vector<std::string_view> reads;
    if (how.byte_by_byte && !body.empty()) {
        for (std::size_t i = 0; i < body.size(); ++i) {
            reads.push_back(body.substr(i, 1));
        }
    } else if (how.cut_at < body.size()) {
        reads = {body.substr(0, how.cut_at), body.substr(how.cut_at)};
    } else {
        reads = {body};
    }
    return reads;
}

Result<void> feed(
    Feeder& feeder,
    const Fixture& fixture,
    capability::Framing framing,
    const capability::FramerFactory& make_framer,
    const Disturbance& how
) {
    if (is_whole(fixture, framing)) {
        if (!feeder.stopped()) {
            feeder.take({}, fixture.reply_body);
        }
        return {};
    }
    const std::unique_ptr<capability::Framer> framer = make_framer(framing);
    const capability::FrameTaker take = [&feeder](std::string_view event, std::string_view data) {
        if (!feeder.stopped()) {
            feeder.take(event, data);
        }
    };
    for (const std::string_view read : reads_of(fixture.reply_body, how)) {
        AIHUB_CHECK(framer->feed(read, take));
    }
    return framer->finish(take);
}

}  // namespace

const char* event_name(capability::EventKind kind) {
    return kEventNames[static_cast<std::size_t>(kind)];
}

const char* failure_name(capability::FailureKind kind) {
    return kFailureNames[static_cast<std::size_t>(kind)];
}

capability::EmitStatus TraceSink::emit(const capability::Event& event) {
    trace_.with([&event](Trace& trace) { trace.events.push_back(to_json(event)); });
    return answer_;
}

capability::EmitStatus TraceSink::complete(const capability::Failure* failure) {
    trace_.with([failure](Trace& trace) {
        ++trace.completions;
        trace.outcome = failure == nullptr ? "success" : failure_name(failure->kind);
    });
    return capability::EmitStatus::ok;
}

capability::EmitStatus TraceSink::post(void (*task)(void* argument), void* argument) {
    // A codec call is checked on its own thread, between two frames of which it has no loop to come back to.
    task(argument);
    return capability::EmitStatus::ok;
}

Result<FixtureRequest> FixtureRequest::create(const Fixture& fixture) {
    FixtureRequest made(fixture);
    if (!fixture.request_body.empty()) {
        made.members_ = AIHUB_TRY(json_members(fixture.request_body));
    }
    return made;
}

capability::ProviderRequest FixtureRequest::request() const {
    capability::ProviderRequest request;
    request.format = fixture_->format;
    request.model = fixture_->model;
    request.request_id = "req_check";
    request.body = fixture_->request_body;
    request.members = members_;
    request.method = fixture_->client_method;
    request.path = fixture_->client_path;
    request.query = fixture_->client_query;
    request.content_type = fixture_->request_body.empty() ? "" : "application/json";
    request.stream = fixture_->stream;
    request.include_usage = fixture_->include_usage;
    return request;
}

Result<Trace> replay(
    const std::shared_ptr<Instance>& instance,
    const Fixture& fixture,
    const capability::FramerFactory& make_framer,
    const Disturbance& disturbance
) {
    const FixtureRequest request = AIHUB_TRY(FixtureRequest::create(fixture));
    TraceSink sink(disturbance.again ? capability::EmitStatus::again : capability::EmitStatus::ok);
    Result<std::unique_ptr<capability::CodecCall>> built = PluginCodecCall::build(instance, request.request(), sink);
    if (!built) {
        Trace trace = sink.trace();
        trace.outcome =
            built.error().code == Errc::invalid_request ? "invalid_request" : "refused: " + built.error().message;
        ++trace.completions;
        return trace;
    }
    capability::CodecCall& call = **built;
    const capability::HttpRequest http = call.request();
    std::string body;
    for (const std::string_view part : http.body) {
        body += part;
    }
    const std::string method(http.method);
    const std::string path(http.path);

    std::vector<capability::Header> headers;
    for (const auto& [name, value] : fixture.reply_headers) {
        headers.push_back({name, value});
    }
    Feeder feeder(call, sink, disturbance);
    bool failed = !call.on_head(fixture.reply_status, headers);
    if (!failed) {
        AIHUB_CHECK(feed(feeder, fixture, http.framing, make_framer, disturbance));
        failed = feeder.failed();
    }
    if (disturbance.leave) {
        sink.cancel();
    } else {
        failed = !call.on_end(failed ? capability::FrameEnd::cancelled : disturbance.end) || failed;
    }
    built->reset();

    Trace trace = sink.trace();
    trace.web_socket = http.framing == capability::Framing::web_socket;
    trace.raw_framing = http.framing == capability::Framing::raw && !is_whole(fixture, http.framing);
    trace.method = method;
    trace.path = path;
    trace.body = std::move(body);
    trace.frames = feeder.frames();
    if (failed && trace.completions == 0) {
        // As the gateway sees it: a callback that fails ends the attempt.
        trace.outcome = failure_name(capability::FailureKind::upstream);
        ++trace.completions;
    }
    return trace;
}

}  // namespace aihub::loader
