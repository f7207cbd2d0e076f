// A provider plugin: requests in, HTTP bytes out; reply frames in, events out. It does no I/O, so everything it does
// can be tested from the files in fixtures/.
#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>
#include <aihub/plugin.hpp>

#include <aihub_manifest.h>

#include <memory>
#include <string>

namespace {

namespace sdk = aihub::sdk;
using aihub::Result;

// One configured block: its settings.
struct Provider {
    std::string path;

    static Result<std::unique_ptr<Provider>> create(const sdk::InstanceContext& context) {
        auto made = std::make_unique<Provider>();
        made->path = context.settings["path"].string_or("/chat/completions");
        if (!made->path.starts_with('/')) {
            return aihub::Error{aihub::Errc::invalid_request, "path: must begin with '/'"};
        }
        return made;
    }
};

// One attempt.
class Attempt {
public:
    explicit Attempt(const Provider& provider) : provider_(provider) {}

    Result<sdk::HttpRequest> build(const sdk::Request& request) {
        sdk::JsonWriter body;
        body.begin_object().field("model", request.model()).key("messages").raw(request.member("messages"));
        body.field("stream", request.stream()).end_object();
        auto http = sdk::HttpRequest::post(provider_.path)
                        .secret_header("Authorization", "Bearer ", "api_key")
                        .json(std::move(body).text());
        return request.stream() ? std::move(http).sse() : std::move(http);
    }

    void on_head(int http_status, const sdk::Headers& /*headers*/) { status_ = http_status; }

    void on_frame(sdk::Frame frame, sdk::Call& call) {
        if (status_ >= 400) {
            return end(call, failure_of(frame.data));
        }
        if (frame.data == "[DONE]") {
            return end(call);
        }
        const auto document = sdk::JsonDocument::parse(frame.data);
        if (!document) {
            return end(
                call, {.kind = sdk::FailureKind::upstream, .message = "the provider sent something that is not JSON"}
            );
        }
        const sdk::JsonValue reply = document->root();
        const sdk::JsonValue choice = reply["choices"][0];
        const bool whole = choice["message"].is(sdk::JsonKind::object);
        const std::string text = choice[whole ? "message" : "delta"]["content"].string_or("");
        if (!text.empty()) {
            call.text(text);
        }
        if (const auto reason = choice["finish_reason"].string()) {
            finished_ = true;
            call.finish(*reason);
        }
        if (const sdk::JsonValue usage = reply["usage"]; usage.is(sdk::JsonKind::object)) {
            call.usage(
                {.input = usage["prompt_tokens"].number<std::uint64_t>(),
                 .output = usage["completion_tokens"].number<std::uint64_t>()}
            );
        }
        if (whole) {
            end(call);
        }
    }

    void on_end(sdk::End why, sdk::Call& call) {
        if (why == sdk::End::complete && finished_) {
            return end(call);
        }
        if (why != sdk::End::cancelled) {
            end(call, {.kind = sdk::FailureKind::upstream, .message = "the provider's answer ended too early"});
        }
    }

private:
    sdk::Failure failure_of(std::string_view body) const {
        const auto document = sdk::JsonDocument::parse(body);
        const sdk::JsonValue error = document ? document->root()["error"] : sdk::JsonValue{};
        sdk::Failure failure;
        failure.kind = status_ == 401 || status_ == 403 ? sdk::FailureKind::auth
                       : status_ == 404                 ? sdk::FailureKind::not_found
                       : status_ == 429                 ? sdk::FailureKind::rate_limit
                       : status_ < 500                  ? sdk::FailureKind::invalid_request
                                                        : sdk::FailureKind::upstream;
        failure.http_status = status_;
        failure.message = error["message"].string_or("the provider answered with an error");
        failure.detail_json = error.raw();
        return failure;
    }
    // A call ends once.
    void end(sdk::Call& call) {
        if (!ended_) {
            ended_ = true;
            call.succeed();
        }
    }
    void end(sdk::Call& call, const sdk::Failure& failure) {
        if (!ended_) {
            ended_ = true;
            call.fail(failure);
        }
    }

    const Provider& provider_;
    int status_ = 0;
    bool finished_ = false;
    bool ended_ = false;
};

}  // namespace

AIHUB_PLUGIN("@ID@", "0.1.0", aihub_manifest_json, aihub::sdk::ProviderCodec<Provider, Attempt>)
