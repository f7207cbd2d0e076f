// What the fixtures cannot say: what the client does not get, retry hints, secrets, settings.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace aihub::testing {
namespace {

constexpr std::string_view kText =
    R"({"model":"m-2","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]})";
constexpr std::string_view kFinish = R"({"model":"m-2","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
constexpr std::string_view kUsage =
    R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})";

struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {{"Content-Type", "text/event-stream"}};
    std::vector<std::string_view> frames;
    aihub_status end = AIHUB_OK;
};

class OpenAiCodec : public ::testing::Test {
protected:
    void play(const Reply& reply, std::uint32_t flags = AIHUB_RF_STREAM, const std::string& body = R"({"model":"m"})") {
        const FakeRequest request("openai.chat", "m", body, flags, line);
        play(plugin, request, reply);
    }
    void play(PluginUnderTest& used, const FakeRequest& request, const Reply& reply) {
        const auto* codec = used.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        aihub_http_request http{};
        aihub_callstate* state = nullptr;
        ASSERT_EQ(
            codec->build(used.instance, call.handle(), request.get(), &http, &state, used.host.error()), AIHUB_OK
        );
        for (std::size_t part = 0; part < http.n_body; ++part) {
            sent += text_of(http.body[part]);
        }
        for (std::size_t header = 0; header < http.n_headers; ++header) {
            sent_headers += text_of(http.headers[header].name) + ": " + text_of(http.headers[header].value) + "[" +
                            text_of(http.headers[header].secret) + "]\n";
        }
        std::vector<aihub_header> headers;
        for (const auto& [name, value] : reply.headers) {
            headers.push_back({slice_of(name), slice_of(value)});
        }
        codec->on_head(state, call.handle(), reply.status, headers.data(), headers.size(), used.host.error());
        for (const std::string_view frame : reply.frames) {
            EXPECT_EQ(codec->on_frame(state, call.handle(), {}, slice_of(frame), used.host.error()), AIHUB_OK);
        }
        EXPECT_EQ(codec->on_end(state, call.handle(), reply.end, used.host.error()), AIHUB_OK);
        codec->destroy(state);
    }
    std::size_t frames_to_client() const {
        return static_cast<std::size_t>(std::ranges::count(call.events, AIHUB_EV_RAW, [](const FakeCall::Event& event) {
            return event.kind;
        }));
    }

    PluginUnderTest plugin{AIHUB_PLUGIN_OPENAI};
    FakeCall call;
    RequestLine line;
    std::string sent, sent_headers;
};

TEST_F(OpenAiCodec, PassesAnswersOfAnyDepth) {
    const std::string deep = std::string(110, '[') + std::string(110, ']');
    const std::string reply = R"({"choices":[{"index":0,"MESSAGE":{"x":)" + deep +
                              R"(},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}})";
    for (const bool stream : {true, false}) {
        std::string text = reply;
        text.replace(text.find("MESSAGE"), 7, stream ? "delta" : "message");
        call = FakeCall{};
        const std::string type = stream ? "text/event-stream" : "application/json";
        play({.headers = {{"Content-Type", type}}, .frames = {text}}, stream ? AIHUB_RF_STREAM : 0);
        EXPECT_FALSE(call.failure);
        EXPECT_EQ(call.joined(AIHUB_EV_RAW), text);
        EXPECT_EQ(call.completions, 1);
    }
}

TEST_F(OpenAiCodec, CallsOfTwoAnswersHaveTwoIds) {
    const std::string call_of_f = R"("choices":[{"index":0,"message":{"tool_calls":[{"function":{"name":"f"}}]},)"
                                  R"("finish_reason":"tool_calls"}]})";
    std::set<std::string> ids;
    for (const std::string answer :
         {"{",
          "{",
          R"({"id":"chatcmpl-0123456789012345678901234567-1",)",
          R"({"id":"chatcmpl-0123456789012345678901234567-2",)"}) {
        call = FakeCall{};
        const std::string reply = answer + call_of_f;  // The host makes the stream of it.
        play({.headers = {{"Content-Type", "application/json"}}, .frames = {reply}});
        for (const FakeCall::Event& event : call.events) {
            if (event.kind == AIHUB_EV_TOOL_BEGIN) {
                ids.insert(event.extra);
                EXPECT_LE(event.extra.size(), 40U);
            }
        }
    }
    EXPECT_EQ(ids.size(), 4U);  // of the same request id
}

TEST_F(OpenAiCodec, AnOutlineOfALargeReplyIsEnough) {
    const FakeRequest request("openai.chat", "m", R"({"model":"m"})", 0);
    const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
    for (const bool older_host : {false, true}) {
        aihub_http_request http{};
        http.struct_size = older_host ? offsetof(aihub_http_request, flags) : sizeof http;
        aihub_callstate* state = nullptr;
        ASSERT_EQ(
            codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error()), AIHUB_OK
        );
        EXPECT_EQ(http.flags, older_host ? 0U : AIHUB_HTTP_PASS_LARGE);
        EXPECT_EQ(codec->on_end(state, call.handle(), AIHUB_CANCELLED, plugin.host.error()), AIHUB_OK);
        codec->destroy(state);
    }
    const std::string_view outline =
        R"({"model":"m-2","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}})";
    play({.headers = {{"Content-Type", "application/json"}}, .frames = {outline}}, 0);
    EXPECT_EQ(frames_to_client(), 1U);
    EXPECT_EQ(call.events.back().text, outline);
    EXPECT_FALSE(call.failure);
}

TEST_F(OpenAiCodec, DropsTheUsageChunkThatTheClientDidNotAskFor) {
    play({.frames = {kText, kFinish, kUsage, "[DONE]"}});
    EXPECT_EQ(frames_to_client(), 2U);
    EXPECT_EQ(call.completions, 1);
    EXPECT_FALSE(call.failure);
}

TEST_F(OpenAiCodec, GivesOneUsageChunkToTheClientThatAsked) {
    play({.frames = {kText, kUsage, kFinish, kUsage, "[DONE]", kText}}, AIHUB_RF_STREAM | AIHUB_RF_INCLUDE_USAGE);
    ASSERT_EQ(frames_to_client(), 3U);
    EXPECT_EQ(call.events.back().text, kUsage);
    EXPECT_EQ(sent, R"({"model":"m"})");
}

TEST_F(OpenAiCodec, DropsASecondFinishButNotLateText) {
    play({.frames = {kText, kFinish, kFinish, kText, "[DONE]"}});
    EXPECT_EQ(frames_to_client(), 3U);
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "stop");
}

TEST_F(OpenAiCodec, TellsWholeRepliesToStreamsAsEvents) {
    constexpr std::string_view kWhole =
        R"({"object":"chat.completion","model":"m-2","choices":[{"index":0,"message":{"content":"Hi","tool_calls":)"
        R"([{"id":"c1","type":"function","function":{"name":"f","arguments":{"a":12345678901234567890}}}]},)"
        R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":1}})";
    play({.headers = {{"content-type", "application/json"}}, .frames = {kWhole}});
    EXPECT_EQ(frames_to_client(), 0U);
    EXPECT_EQ(call.joined(AIHUB_EV_TEXT), "Hi");
    EXPECT_EQ(call.joined(AIHUB_EV_TOOL_BEGIN), "fc1");
    EXPECT_EQ(call.joined(AIHUB_EV_TOOL_ARGS), R"({"a":12345678901234567890})");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "tool_calls");
    EXPECT_FALSE(call.failure);
}

TEST_F(OpenAiCodec, ACutIsNeverASuccess) {
    play({.frames = {kText, kFinish, kUsage}, .end = AIHUB_E_UPSTREAM});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_NETWORK);
}

TEST_F(OpenAiCodec, AStreamWithoutAnAnswerFails) {
    play({.frames = {"[DONE]"}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_UPSTREAM);
}

TEST_F(OpenAiCodec, AnAnswerGivenUpHalfWayFails) {
    play(
        {.frames =
             {kText,
              R"({"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]})",
              "[DONE]"}}
    );
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "");
}

TEST_F(OpenAiCodec, ReadsRetryHints) {
    struct Case {
        const char *name, *value;
        std::int64_t nanoseconds;
    };
    for (const auto& [name, value, nanoseconds] : std::initializer_list<Case>{
             {"Retry-After", "17", 17'000'000'000},
             {"retry-after", "0.5", 500'000'000},
             {"retry-after-ms", "1500", 1'500'000'000},
             {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT", 30'000'000'000},
             {"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT", 0},
             {"Retry-After", "Sun, 06 Nox 1994 08:50:07 GMT", 0},
             {"Retry-After", "-3", 0},
             {"Retry-After", "99999999999", 86'400'000'000'000},
             {"Retry-After", "soon", 0}}) {
        call = FakeCall{};
        play({.status = 429, .headers = {{name, value}}, .frames = {R"({"error":{"message":"slow down"}})"}});
        ASSERT_TRUE(call.failure);
        EXPECT_EQ(call.failure->kind, AIHUB_FAIL_RATE_LIMIT);
        EXPECT_EQ(call.failure->retry_after_ns, nanoseconds) << value;
    }
}

TEST_F(OpenAiCodec, PassesTheErrorObjectOnButNoWordOfOurCredential) {
    constexpr std::string_view kBad =
        R"({"error":{"message":"bad n","type":"invalid_request_error","param":"n","code":null}})";
    play({.status = 400, .frames = {kBad}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_INVALID_REQUEST);
    EXPECT_EQ(call.failure->message, "bad n");
    EXPECT_EQ(
        call.failure->detail_json, R"({"message":"bad n","type":"invalid_request_error","param":"n","code":null})"
    );

    call = FakeCall{};
    play({.status = 401, .frames = {R"({"error":{"message":"key sk-ab***yz is wrong","code":"invalid_api_key"}})"}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_AUTH);
    EXPECT_EQ((call.failure->message + call.failure->detail_json).find("sk-"), std::string::npos);
}

TEST_F(OpenAiCodec, WrapsWhatIsNotJsonWithoutQuotingIt) {
    play({.status = 502, .headers = {{"content-type", "text/html"}}, .frames = {"<html>upstream 10.0.0.7</html>"}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "the provider answered with HTTP status 502 and no readable error");
    EXPECT_EQ(call.failure->http_status, 502);
}

TEST_F(OpenAiCodec, MapsErrorsByMeaning) {
    struct Case {
        int status;
        const char* body;
        int kind;
    };
    for (const auto& [status, body, kind] : std::initializer_list<Case>{
             {402,
              R"({"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}})",
              AIHUB_FAIL_QUOTA},
             {400, R"([{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}])", AIHUB_FAIL_INVALID_REQUEST},
             {400,
              R"({"object":"error","message":"This model's maximum context length is 10","type":"BadRequestError","code":400})",
              AIHUB_FAIL_CONTEXT_LENGTH},
             {403,
              R"({"error":{"message":"flagged","code":403,"metadata":{"reasons":["violence"]}}})",
              AIHUB_FAIL_CONTENT_FILTER},
             {404, R"({"detail":"Not Found"})", AIHUB_FAIL_NOT_FOUND},
             {413, "", AIHUB_FAIL_TOO_LARGE},
             {500, R"({"error":"boom"})", AIHUB_FAIL_UPSTREAM},
             {503, "no healthy upstream", AIHUB_FAIL_OVERLOADED},
             {504, "", AIHUB_FAIL_TIMEOUT},
             {529, R"({"error":{"type":"overloaded_error"}})", AIHUB_FAIL_OVERLOADED}}) {
        call = FakeCall{};
        play({.status = status, .frames = {body}});
        ASSERT_TRUE(call.failure) << body;
        EXPECT_EQ(call.failure->kind, kind) << body;
        EXPECT_EQ(call.completions, 1);
    }
}

TEST_F(OpenAiCodec, ReadsUsageInEverySpelling) {
    struct Case {
        const char* usage;
        std::array<std::uint64_t, AIHUB_N_COUNT> n;
    };
    constexpr auto kNo = AIHUB_N_UNKNOWN;
    for (const auto& [usage, n] : std::initializer_list<Case>{
             {R"({"prompt_tokens":10,"completion_tokens":4,"prompt_cache_hit_tokens":6})", {10, 4, 6, kNo, kNo, kNo}},
             {R"({"input_tokens":10.0,"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2}})",
              {10, 4, kNo, kNo, 2, kNo}},
             {R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":20,"completion_tokens_details":{"reasoning_tokens":6}})",
              {10, 10, kNo, kNo, 6, kNo}},
             {R"({"prompt_tokens":10,"completion_tokens":null,"prompt_tokens_details":null,"x":-1})",
              {10, kNo, kNo, kNo, kNo, kNo}}}) {
        call = FakeCall{};
        const std::string chunk = std::string(R"({"choices":[],"usage":)") + usage + "}";
        play({.frames = {kText, kFinish, chunk, "[DONE]"}});
        const auto told =
            std::ranges::find(call.events, AIHUB_EV_USAGE, [](const FakeCall::Event& event) { return event.kind; });
        ASSERT_NE(told, call.events.end()) << usage;
        EXPECT_EQ(told->n, n) << usage;
    }
}

TEST_F(OpenAiCodec, ErrorsOfAnotherFormatHaveNoDetail) {
    const FakeRequest request(
        "aihub.chat", "m", R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]})", 0
    );
    const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
    aihub_http_request http{};
    aihub_callstate* state = nullptr;
    ASSERT_EQ(
        codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error()), AIHUB_OK
    );
    EXPECT_EQ(http.flags, 0U);  // All of the answer is needed.
    codec->on_head(state, call.handle(), 400, nullptr, 0, plugin.host.error());
    const std::string_view error = R"({"error":{"message":"bad n","type":"invalid_request_error"}})";
    EXPECT_EQ(codec->on_frame(state, call.handle(), {}, slice_of(error), plugin.host.error()), AIHUB_OK);
    codec->destroy(state);
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "bad n");
    EXPECT_EQ(call.failure->detail_json, "");
}

TEST_F(OpenAiCodec, RefusesWhatHasNothingToAnswer) {
    const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
    for (const auto& [format, body, message] :
         {std::array{
              "aihub.chat", R"({"messages":[]})", "the chat has no message that this provider can be told; add a text"},
          {"aihub.chat",
           R"({"messages":[{"role":"user","content":[{"type":"video","url":"https://a.example/1"}]}]})",
           "the chat has no message that this provider can be told; add a text"},
          {"aihub.chat", "{}", "the chat has no list of messages"},
          {"aihub.embeddings", R"({"input":[]})", "input is empty; give at least one text to embed"}}) {
        const FakeRequest request(format, "m", body, 0);
        aihub_http_request http{};
        aihub_callstate* state = nullptr;
        EXPECT_EQ(
            codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error()),
            AIHUB_E_INVALID
        );
        EXPECT_EQ(plugin.host.error_message, message);
    }
}

TEST_F(OpenAiCodec, GivesUpOnMoreToolCallsThanAnyAnswerHas) {
    std::string calls;
    for (int number = 0; number < 300; ++number) {
        calls += std::string(calls.empty() ? "" : ",") + R"({"id":"c)" + std::to_string(number) +
                 R"(","function":{"name":"f","arguments":"{}"}})";
    }
    const std::string whole =
        R"({"choices":[{"message":{"tool_calls":[)" + calls + R"(]},"finish_reason":"tool_calls"}]})";
    play({.headers = {{"content-type", "application/json"}}, .frames = {whole}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_UPSTREAM);
    EXPECT_EQ(call.completions, 1);
}

TEST_F(OpenAiCodec, SendsTheCredentialByNameOnly) {
    play({.frames = {kText, kFinish, "[DONE]"}});
    EXPECT_NE(sent_headers.find("Authorization: Bearer [api_key]\n"), std::string::npos) << sent_headers;
}

TEST_F(OpenAiCodec, PassesOnTheFeaturesThatItsClientAsksFor) {
    const Reply reply{.frames = {kText, kFinish, "[DONE]"}};
    play(reply);
    EXPECT_EQ(sent_headers.find("openai-beta"), std::string::npos) << sent_headers;
    line.beta = "responses=v1, new=v2";
    play(reply);
    EXPECT_NE(sent_headers.find("openai-beta: responses=v1, new=v2[]\n"), std::string::npos) << sent_headers;
    const FakeRequest files("openai.files", "", "", 0, {"GET", "/files", "", "assistants=v2"});
    sent_headers.clear();
    play(plugin, files, {.headers = {{"content-type", "application/json"}}, .frames = {"{}"}});
    EXPECT_NE(sent_headers.find("openai-beta: assistants=v2[]\n"), std::string::npos) << sent_headers;

    PluginUnderTest fixed(AIHUB_PLUGIN_OPENAI, R"({"headers":{"OpenAI-Beta":"mine=v1"}})");
    ASSERT_EQ(fixed.create_status, AIHUB_OK) << fixed.host.error_message;
    sent_headers.clear();
    play(fixed, files, {.headers = {{"content-type", "application/json"}}, .frames = {"{}"}});
    EXPECT_NE(sent_headers.find("OpenAI-Beta: mine=v1[]\n"), std::string::npos) << sent_headers;
    EXPECT_EQ(sent_headers.find("assistants"), std::string::npos) << sent_headers;
}

TEST_F(OpenAiCodec, SaysNothingOfASignatureThatStandsAlone) {
    const FakeRequest request(
        "aihub.chat",
        "m",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":[)"
        R"({"type":"text","text":"a"},{"type":"text","text":"","signature":"s"}]}]})",
        0
    );
    play(plugin, request, {.headers = {{"content-type", "application/json"}}, .frames = {R"({"choices":[]})"}});
    EXPECT_NE(sent.find(R"({"role":"assistant","content":"a"})"), std::string::npos) << sent;
}

TEST_F(OpenAiCodec, PatchesEscapedNamesAndBodiesWithoutAModel) {
    play({.frames = {}}, 0, R"({"messages":[]})");
    EXPECT_EQ(sent, R"({"model":"m","messages":[]})");
}

TEST(OpenAiSettings, ErrorsNameTheSetting) {
    const PluginUnderTest path(AIHUB_PLUGIN_OPENAI, R"({"path_chat":"no slash"})");
    EXPECT_EQ(path.create_status, AIHUB_E_INVALID);
    EXPECT_EQ(path.host.error_message, "path_chat: must begin with '/' and hold no space, control character or '#'");
    const PluginUnderTest header(AIHUB_PLUGIN_OPENAI, R"({"headers":{"x-a":"b\r\nx: y"}})");
    EXPECT_EQ(header.create_status, AIHUB_E_INVALID);
    EXPECT_EQ(header.host.error_message, "headers.x-a: not a valid HTTP header name and value");
}

TEST(OpenAiSettings, PresetsHaveSettingsThatThereAre) {
    const PluginUnderTest plugin(AIHUB_PLUGIN_OPENAI);
    const auto manifest = sdk::JsonDocument::parse(plugin.entry->manifest_json);
    ASSERT_TRUE(manifest);
    const sdk::JsonValue known = manifest->root()["config_schema"]["properties"];
    EXPECT_GT(manifest->root()["presets"].size(), 10U);
    for (const sdk::JsonValue preset : manifest->root()["presets"]) {
        for (const sdk::JsonValue setting : preset["settings"]) {
            const sdk::JsonValue schema = known[setting.key()];
            ASSERT_TRUE(schema) << preset.key() << " " << setting.key();
            bool allowed = schema["enum"].size() == 0;
            for (const sdk::JsonValue word : schema["enum"]) {
                allowed = allowed || word.raw() == setting.raw();
            }
            EXPECT_TRUE(allowed) << preset.key() << " " << setting.key();
        }
        const PluginUnderTest made(
            AIHUB_PLUGIN_OPENAI, preset["settings"] ? std::string(preset["settings"].raw()) : "{}"
        );
        EXPECT_EQ(made.create_status, AIHUB_OK) << preset.key();
    }
}

TEST(PluginEntry, TellsWhoItIs) {
    const PluginUnderTest openai(AIHUB_PLUGIN_OPENAI);
    const PluginUnderTest simulator(AIHUB_PLUGIN_SIMULATOR);
    EXPECT_STREQ(openai.entry->id, "aihub.provider.openai");
    EXPECT_STREQ(simulator.entry->id, "aihub.provider.simulator");
    for (const PluginUnderTest* plugin : {&openai, &simulator}) {
        EXPECT_TRUE(sdk::JsonDocument::parse(plugin->entry->manifest_json));
        EXPECT_EQ(plugin->extension<void>("aihub.unknown/1"), nullptr);
    }
}

}  // namespace
}  // namespace aihub::testing
