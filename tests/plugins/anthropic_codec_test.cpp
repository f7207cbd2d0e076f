// What the fixtures cannot say: headers, retry hints, secrets, the words of failures, refusals, settings.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::testing {
namespace {

constexpr std::string_view kHello =
    R"({"id":"msg_1","type":"message","model":"m-2","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",)"
    R"("usage":{"input_tokens":5,"output_tokens":1}})";
constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"msg_1","model":"m-2","usage":{"input_tokens":5,"output_tokens":1}}})";
constexpr std::string_view kEnd = R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}})";
constexpr std::string_view kStop = R"({"type":"message_stop"})";

struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {{"Content-Type", "application/json"}};
    std::vector<std::string_view> frames;
    aihub_status end = AIHUB_OK;
};

class AnthropicCodec : public ::testing::Test {
protected:
    void play(const FakeRequest& request, const Reply& reply) { play(plugin, request, reply); }
    void play(PluginUnderTest& target, const FakeRequest& request, const Reply& reply) {
        call = FakeCall{};
        const auto* codec = target.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        aihub_http_request http{};
        http.struct_size = sizeof http;
        aihub_callstate* state = nullptr;
        built = codec->build(target.instance, call.handle(), request.get(), &http, &state, target.host.error());
        if (built != AIHUB_OK) {
            return;
        }
        sent_headers.clear();
        for (std::size_t header = 0; header < http.n_headers; ++header) {
            sent_headers += text_of(http.headers[header].name) + ": " + text_of(http.headers[header].value) + "[" +
                            text_of(http.headers[header].secret) + "]\n";
        }
        flags = http.flags;
        std::vector<aihub_header> headers;
        for (const auto& [name, value] : reply.headers) {
            headers.push_back({slice_of(name), slice_of(value)});
        }
        codec->on_head(state, call.handle(), reply.status, headers.data(), headers.size(), target.host.error());
        for (const std::string_view frame : reply.frames) {
            EXPECT_EQ(codec->on_frame(state, call.handle(), {}, slice_of(frame), target.host.error()), AIHUB_OK);
        }
        EXPECT_EQ(codec->on_end(state, call.handle(), reply.end, target.host.error()), AIHUB_OK);
        codec->destroy(state);
    }
    // The error of a chat whose user says that block.
    std::string refusal_of(const std::string& block) {
        const FakeRequest request("aihub.chat", "m", R"({"messages":[{"role":"user","content":[)" + block + "]}]}", 0);
        play(request, {});
        EXPECT_EQ(built, AIHUB_E_INVALID) << block;
        return std::exchange(plugin.host.error_message, {});
    }

    PluginUnderTest plugin{AIHUB_PLUGIN_ANTHROPIC};
    const FakeRequest messages{"anthropic.messages", "m", R"({"model":"a","messages":[]})", 0};
    const FakeRequest stream{"anthropic.messages", "m", R"({"model":"a","messages":[]})", AIHUB_RF_STREAM};
    const FakeRequest chat{
        "aihub.chat", "m", R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})", 0};
    FakeCall call;
    aihub_status built = AIHUB_OK;
    std::uint32_t flags = 0;
    std::string sent_headers;
};

TEST_F(AnthropicCodec, PassesAnswersOfAnyDepth) {
    const std::string deep = std::string(110, '[') + std::string(110, ']');
    const std::string message =
        R"({"id":"msg_1","type":"message","model":"m-2","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":)" +
        deep + R"(}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":1}})";
    for (const FakeRequest* request : {&messages, &chat}) {
        play(*request, {.frames = {message}});
        EXPECT_FALSE(call.failure);
        EXPECT_EQ(call.completions, 1);
        EXPECT_TRUE(std::ranges::any_of(call.events, [](const auto& event) { return event.kind == AIHUB_EV_USAGE; }));
        const int kind = request == &messages ? AIHUB_EV_RAW : AIHUB_EV_TOOL_ARGS;
        EXPECT_NE(call.joined(kind).find(deep), std::string::npos);
    }
    play(messages, {.frames = {R"({"id":"msg_1","type":"message","content":[}]})"}});
    EXPECT_TRUE(call.failure);
}

TEST_F(AnthropicCodec, SendsTheCredentialByNameOnlyAndTheVersion) {
    play(messages, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("x-api-key: [api_key]\n"), std::string::npos) << sent_headers;
    EXPECT_NE(sent_headers.find("anthropic-version: 2023-06-01[]\n"), std::string::npos) << sent_headers;
    EXPECT_NE(sent_headers.find("Content-Type: application/json[]\n"), std::string::npos) << sent_headers;
    EXPECT_EQ(sent_headers.find("anthropic-beta"), std::string::npos) << sent_headers;
}

TEST_F(AnthropicCodec, PassesOnTheFeaturesThatItsClientAsksFor) {
    RequestLine line;
    line.beta = "two-2025-02-02 ,, bad name,three-2025-03-03";
    const FakeRequest asking("anthropic.messages", "m", R"({"model":"a","messages":[]})", 0, line);
    play(asking, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("anthropic-beta: two-2025-02-02,three-2025-03-03[]\n"), std::string::npos)
        << sent_headers;

    PluginUnderTest other(AIHUB_PLUGIN_ANTHROPIC, R"({"beta":["one-2025-01-01"],"client_beta":["three-2025-03-03"]})");
    ASSERT_EQ(other.create_status, AIHUB_OK) << other.host.error_message;
    play(other, asking, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("anthropic-beta: one-2025-01-01,three-2025-03-03[]\n"), std::string::npos)
        << sent_headers;
}

TEST_F(AnthropicCodec, AsksForTheVersionOfItsClientUnlessOneIsConfigured) {
    RequestLine line;
    line.format_version = "2024-10-22";
    const FakeRequest asking("anthropic.messages", "m", R"({"model":"a","messages":[]})", 0, line);
    play(asking, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("anthropic-version: 2024-10-22[]\n"), std::string::npos) << sent_headers;
    line.format_version = "bad\nversion";
    const FakeRequest broken("anthropic.messages", "m", R"({"model":"a","messages":[]})", 0, line);
    play(broken, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("anthropic-version: 2023-06-01[]\n"), std::string::npos) << sent_headers;

    PluginUnderTest fixed(AIHUB_PLUGIN_ANTHROPIC, R"({"anthropic_version":"2023-01-01"})");
    ASSERT_EQ(fixed.create_status, AIHUB_OK) << fixed.host.error_message;
    play(fixed, asking, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("anthropic-version: 2023-01-01[]\n"), std::string::npos) << sent_headers;
}

TEST_F(AnthropicCodec, SendsTheHeadersOfTheSettings) {
    PluginUnderTest other(
        AIHUB_PLUGIN_ANTHROPIC,
        R"({"auth_header":"Authorization","auth_prefix":"Bearer ","version_in_body":true,)"
        R"("beta":["one-2025-01-01","two-2025-02-02"],"headers":{"x-team":"blue"}})"
    );
    ASSERT_EQ(other.create_status, AIHUB_OK) << other.host.error_message;
    play(other, chat, {.frames = {kHello}});
    EXPECT_NE(sent_headers.find("Authorization: Bearer [api_key]\n"), std::string::npos) << sent_headers;
    EXPECT_NE(sent_headers.find("anthropic-beta: one-2025-01-01,two-2025-02-02[]\n"), std::string::npos);
    EXPECT_NE(sent_headers.find("x-team: blue[]\n"), std::string::npos) << sent_headers;
    EXPECT_EQ(sent_headers.find("anthropic-version"), std::string::npos) << sent_headers;
}

TEST_F(AnthropicCodec, LetsLargeRepliesPassOnlyWhereTheyGoBackAsTheyAre) {
    play(messages, {.frames = {kHello}});
    EXPECT_EQ(flags, AIHUB_HTTP_PASS_LARGE);
    play(chat, {.frames = {kHello}});
    EXPECT_EQ(flags, 0U);
}

TEST_F(AnthropicCodec, ACutIsNeverASuccess) {
    const std::vector<std::pair<std::string, std::string>> events = {{"content-type", "text/event-stream"}};
    for (const auto& [end, kind] : std::initializer_list<std::pair<aihub_status, int>>{
             {AIHUB_E_UPSTREAM, AIHUB_FAIL_NETWORK},
             {AIHUB_E_TIMEOUT, AIHUB_FAIL_TIMEOUT},
             {AIHUB_OK, AIHUB_FAIL_UPSTREAM}}) {
        play(stream, {.headers = events, .frames = {kStart, kEnd}, .end = end});
        ASSERT_TRUE(call.failure);
        EXPECT_EQ(call.failure->kind, kind);
    }
    play(stream, {.headers = events, .frames = {kStart, kEnd, kStop, kStart}});
    EXPECT_FALSE(call.failure);
    EXPECT_EQ(call.completions, 1);
}

TEST_F(AnthropicCodec, ReadsRetryHints) {
    for (const auto& [value, nanoseconds] : std::initializer_list<std::pair<const char*, std::int64_t>>{
             {"17", 17'000'000'000}, {"0.5", 500'000'000}, {"-3", 0}, {"99999999", 86'400'000'000'000}, {"soon", 0}}) {
        play(
            messages,
            {.status = 429,
             .headers = {{"Retry-After", value}},
             .frames = {R"({"type":"error","error":{"type":"rate_limit_error","message":"slow"}})"}}
        );
        ASSERT_TRUE(call.failure);
        EXPECT_EQ(call.failure->kind, AIHUB_FAIL_RATE_LIMIT);
        EXPECT_EQ(call.failure->retry_after_ns, nanoseconds) << value;
    }
}

TEST_F(AnthropicCodec, GivesTheErrorObjectToClientsOfTheSameFormatOnly) {
    const Reply reply{
        .status = 400,
        .frames = {R"({"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}})"}};
    play(messages, reply);
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "max_tokens: too large");
    EXPECT_EQ(call.failure->detail_json, R"({"type":"invalid_request_error","message":"max_tokens: too large"})");
    play(chat, reply);
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "max_tokens: too large");
    EXPECT_EQ(call.failure->detail_json, "");
}

TEST_F(AnthropicCodec, ShowsNoKeyAndNoAddress) {
    play(
        messages,
        {.status = 401,
         .frames = {R"({"type":"error","error":{"type":"authentication_error","message":"bad key sk-ant-api03-x"}})"}}
    );
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "the provider did not accept the credential that is configured for it");
    EXPECT_EQ(call.failure->detail_json, "");
    play(
        messages,
        {.status = 400,
         .frames =
             {R"({"type":"error","error":{"type":"invalid_request_error","message":"see https://a.example/x and sk-ant-1 now"}})"}}
    );
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "see [...] and [...] now");
    EXPECT_EQ(call.failure->detail_json, R"({"type":"invalid_request_error","message":"see [...] and [...] now"})");
}

TEST_F(AnthropicCodec, WrapsWhatIsNotJsonWithoutQuotingIt) {
    play(messages, {.status = 502, .frames = {"<html>upstream 10.0.0.7</html>"}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "the provider answered with HTTP status 502 and no readable error");
    EXPECT_EQ(call.failure->http_status, 502);
    play(messages, {.status = 503, .frames = {}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_OVERLOADED);
}

TEST_F(AnthropicCodec, MapsErrorsByMeaning) {
    struct Case {
        int status;
        const char* body;
        int kind;
    };
    for (const auto& [status, body, kind] : std::initializer_list<Case>{
             {403,
              R"({"error":{"type":"permission_error","message":"Your credit balance is too low"}})",
              AIHUB_FAIL_QUOTA},
             {400,
              R"({"error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits."}})",
              AIHUB_FAIL_QUOTA},
             {400,
              R"({"error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 1 + 2 > 2"}})",
              AIHUB_FAIL_CONTEXT_LENGTH},
             {413, "", AIHUB_FAIL_TOO_LARGE},
             {408, "{}", AIHUB_FAIL_TIMEOUT},
             {500, R"({"error":"boom"})", AIHUB_FAIL_UPSTREAM},
             {500, R"({"type":"error","error":{"type":"overloaded_error"}})", AIHUB_FAIL_OVERLOADED},
             {418, "{}", AIHUB_FAIL_INVALID_REQUEST},
             {302, "", AIHUB_FAIL_UPSTREAM}}) {
        play(chat, {.status = status, .frames = {body}});
        ASSERT_TRUE(call.failure) << body;
        EXPECT_EQ(call.failure->kind, kind) << status << ' ' << body;
        EXPECT_EQ(call.completions, 1);
    }
}

TEST_F(AnthropicCodec, RefusesWhatTheProviderCannotTake) {
    EXPECT_EQ(
        refusal_of(R"({"type":"audio","media_type":"audio/wav","data":"UklGRg=="})"),
        "messages: this provider takes no audio input; leave it out or send its text"
    );
    EXPECT_EQ(
        refusal_of(R"({"type":"video","url":"https://a.example/x.mp4"})"),
        "messages: this provider takes no video input; leave it out or send its text"
    );
    EXPECT_EQ(
        refusal_of(R"({"type":"image","media_type":"image/tiff","data":"SUkq"})"),
        "messages: this provider takes no file of type image/tiff; send a png, jpeg, gif or webp image, a PDF or text"
    );
    EXPECT_EQ(
        refusal_of(R"({"type":"document","media_type":"text/plain","data":"no base64!"})"),
        "messages: the data of a document of type text/plain is no base64"
    );
    EXPECT_EQ(
        refusal_of(R"({"type":"tool_result","id":"c","content":[{"type":"image"}]})"),
        "messages: an image or a document has no content; give its data, its URL or its id"
    );
}

TEST(AnthropicSettings, ErrorsNameTheSetting) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"path_messages":"no slash"})",
         "path_messages: must begin with '/' and hold no space, control character or '#'"},
        {R"({"path_messages_stream":"x"})",
         "path_messages_stream: must begin with '/' and hold no space, control character or '#'"},
        {R"({"beta":["a b"]})", "beta: must be a list of names of features, such as context-1m-2025-08-07"},
        {R"({"anthropic_version":"a\nb"})", "anthropic_version: must be a version such as 2023-06-01"},
        {R"({"max_tokens_default":0})", "max_tokens_default: must be at least 1"},
        {R"({"auth_header":"a:b"})",
         "auth_header: must be an HTTP header name, and auth_prefix plain text without line ends"},
        {R"({"headers":{"x-a":"b\r\nx: y"}})", "headers.x-a: not a valid HTTP header name and value"}};
    for (const auto& [settings, message] : cases) {
        const PluginUnderTest plugin(AIHUB_PLUGIN_ANTHROPIC, settings);
        EXPECT_EQ(plugin.create_status, AIHUB_E_INVALID) << settings;
        EXPECT_EQ(plugin.host.error_message, message);
    }
}

TEST(AnthropicEntry, TellsWhoItIs) {
    const PluginUnderTest plugin(AIHUB_PLUGIN_ANTHROPIC);
    EXPECT_STREQ(plugin.entry->id, "aihub.provider.anthropic");
    EXPECT_TRUE(sdk::JsonDocument::parse(plugin.entry->manifest_json));
    EXPECT_EQ(plugin.extension<void>("aihub.unknown/1"), nullptr);
}

}  // namespace
}  // namespace aihub::testing
