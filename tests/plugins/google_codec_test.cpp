// What the fixtures cannot say: the bytes themselves, names of functions, retry hints, secrets, settings.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace aihub::testing {
namespace {

constexpr std::string_view kText =
    R"({"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":5,"thoughtsTokenCount":2}})";
constexpr std::string_view kEnd =
    R"({"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"candidatesTokenCount":1}})";

struct Exchange {
    std::string format = "gemini.generate";
    std::string body = R"({"contents":[]})";
    std::string model = "gemini-2.5-flash";
    std::uint32_t flags = AIHUB_RF_STREAM;
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::vector<std::string_view> frames{};
    aihub_status end = AIHUB_OK;
};

class GoogleCodec : public ::testing::Test {
protected:
    void play(const Exchange& exchange, const char* settings = "{}") {
        PluginUnderTest plugin(AIHUB_PLUGIN_GOOGLE, settings);
        play(plugin, exchange);
    }
    void play(PluginUnderTest& plugin, const Exchange& exchange) {
        ASSERT_EQ(plugin.create_status, AIHUB_OK) << plugin.host.error_message;
        call = FakeCall{};
        const FakeRequest request(exchange.format, exchange.model, exchange.body, exchange.flags);
        const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        aihub_http_request http{};
        http.struct_size = sizeof http;
        aihub_callstate* state = nullptr;
        const aihub_status built =
            codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error());
        refusal = built == AIHUB_OK ? "" : plugin.host.error_message;
        if (built != AIHUB_OK) {
            return;
        }
        note(http, request);
        std::vector<aihub_header> headers;
        for (const auto& [name, value] : exchange.headers) {
            headers.push_back({slice_of(name), slice_of(value)});
        }
        if (exchange.headers.empty()) {
            const bool stream = (exchange.flags & AIHUB_RF_STREAM) != 0;
            headers.push_back({slice_of("Content-Type"), slice_of(stream ? "text/event-stream" : "application/json")});
        }
        codec->on_head(state, call.handle(), exchange.status, headers.data(), headers.size(), plugin.host.error());
        for (const std::string_view frame : exchange.frames) {
            EXPECT_EQ(codec->on_frame(state, call.handle(), {}, slice_of(frame), plugin.host.error()), AIHUB_OK);
        }
        EXPECT_EQ(codec->on_end(state, call.handle(), exchange.end, plugin.host.error()), AIHUB_OK);
        codec->destroy(state);
    }
    void note(const aihub_http_request& http, const FakeRequest& request) {
        sent.clear();
        sent_headers.clear();
        path = text_of(http.path);
        passes = (http.flags & AIHUB_HTTP_PASS_LARGE) != 0;
        for (std::size_t part = 0; part < http.n_body; ++part) {
            sent += text_of(http.body[part]);
        }
        borrowed = http.n_body == 1 && http.body[0].ptr == request.body().data();
        for (std::size_t header = 0; header < http.n_headers; ++header) {
            sent_headers += text_of(http.headers[header].name) + ": " + text_of(http.headers[header].value) + "[" +
                            text_of(http.headers[header].secret) + "]\n";
        }
    }

    FakeCall call;
    std::string path, sent, sent_headers, refusal;
    bool borrowed = false;
    bool passes = false;
};

TEST_F(GoogleCodec, LendsTheClientsBytesOn) {
    play({.frames = {kText, kEnd}});
    EXPECT_TRUE(borrowed);
    EXPECT_EQ(path, "/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    EXPECT_EQ(call.completions, 1);
    EXPECT_FALSE(call.failure);
}

TEST_F(GoogleCodec, PassesAnswersOfAnyDepth) {
    const std::string deep = std::string(110, '[') + std::string(110, ']');
    const std::string reply = R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":)" + deep +
                              R"(}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5}})";
    for (const std::uint32_t flags : {0U, std::uint32_t{AIHUB_RF_STREAM}}) {
        for (const bool same : {true, false}) {
            play(
                {.format = same ? "gemini.generate" : "aihub.chat",
                 .body = R"({"messages":[]})",
                 .flags = flags,
                 .frames = {reply}}
            );
            EXPECT_FALSE(call.failure);
            EXPECT_NE(call.joined(same ? AIHUB_EV_RAW : AIHUB_EV_TOOL_ARGS).find(deep), std::string::npos);
        }
    }
}

TEST_F(GoogleCodec, CallsOfTwoAnswersHaveTwoIds) {
    const std::string reply =
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]})";
    PluginUnderTest plugin(AIHUB_PLUGIN_GOOGLE);
    std::set<std::string> ids;
    for (int answer = 0; answer < 3; ++answer) {
        play(plugin, {.format = "aihub.chat", .body = R"({"messages":[]})", .frames = {reply}});
        ASSERT_FALSE(call.events.empty());
        ids.insert(call.events.front().extra);
        EXPECT_TRUE(call.events.front().extra.ends_with("_0"));
    }
    EXPECT_EQ(ids.size(), 3U);  // of the same request id
}

TEST_F(GoogleCodec, SchemasWithTooManyReferencesAreRefused) {
    std::string parts, targets;
    for (int at = 0; at < 1001; ++at) {
        const std::string name = std::to_string(at);
        parts += (at > 0 ? "," : "") + (R"({"$ref":"#/$defs/)" + name) + "\"}";
        targets += (at > 0 ? ",\"" : "\"") + name + R"(":{"type":"object"})";
    }
    const std::string many = R"({"allOf":[)" + parts + R"(],"$defs":{)" + targets + "}}";
    const std::string one = R"({"$ref":"#/$defs/)" + std::string(1100, 'x') + R"("})";
    for (const std::string& schema : {many, one}) {
        play(
            {.format = "aihub.chat", .body = R"({"messages":[],"tools":[{"name":"f","parameters":)" + schema + "}]}"},
            R"({"schema":"subset"})"
        );
        EXPECT_NE(refusal.find(schema == one ? "too long" : "grows too large"), std::string::npos)
            << refusal.substr(0, 200);
    }
}

// Each of them would do.
TEST_F(GoogleCodec, TheSchemasOfARequestHaveOneBudget) {
    const auto with = [&](int tools, std::size_t words) {
        std::string properties, list;
        for (int at = 0; at < 100; ++at) {
            properties += (at > 0 ? ",\"" : "\"") + ("p" + std::to_string(at)) + R"(":{"$ref":"#/$defs/w"})";
        }
        for (int at = 0; at < tools; ++at) {
            list += (at > 0 ? R"(,{"name":"f)" : R"({"name":"f)") + std::to_string(at) +
                    R"(","parameters":{"type":"object","properties":{)" + properties +
                    R"(},"$defs":{"w":{"type":"string","description":")" + std::string(words, 'w') + R"("}}}})";
        }
        play(
            {.format = "aihub.chat", .body = R"({"messages":[],"tools":[)" + list + "]}", .frames = {kText, kEnd}},
            R"({"schema":"subset"})"
        );
        return refusal;
    };
    EXPECT_EQ(with(1, 3000), "");
    EXPECT_EQ(with(50, 300), "");  // their own bytes allow it
    EXPECT_EQ(
        with(50, 3000),
        "the schema of tool f1 makes those of this request too large together when its references are put in: simplify "
        "it, or set the provider's setting schema to json_schema"
    );
}

TEST_F(GoogleCodec, AnOutlineOfALargeReplyIsEnough) {
    constexpr std::string_view kOutline = R"({"candidates":[],"usageMetadata":{"promptTokenCount":5}})";
    play({.flags = 0, .frames = {kOutline}});
    EXPECT_TRUE(passes);
    EXPECT_EQ(call.joined(AIHUB_EV_RAW), kOutline);
    EXPECT_EQ(call.completions, 1);
    EXPECT_FALSE(call.failure);
    play({.format = "aihub.chat", .body = R"({"messages":[]})", .flags = 0, .frames = {kOutline}});
    EXPECT_FALSE(passes);
    EXPECT_TRUE(call.failure);
}

TEST_F(GoogleCodec, TheKeyStandsInAHeaderAndNeverInTheQuery) {
    play({.frames = {kText, kEnd}});
    EXPECT_NE(sent_headers.find("x-goog-api-key: [api_key]\n"), std::string::npos) << sent_headers;
    EXPECT_EQ(path.find("key"), std::string::npos);
    play({.frames = {kText, kEnd}}, R"({"auth_header":"Authorization","auth_prefix":"Bearer "})");
    EXPECT_NE(sent_headers.find("Authorization: Bearer [api_key]\n"), std::string::npos) << sent_headers;
}

TEST_F(GoogleCodec, NamesOfModelsStayOneSegment) {
    play({.model = "a/b?c", .frames = {kText, kEnd}});
    EXPECT_EQ(path, "/models/a%2Fb%3Fc:streamGenerateContent?alt=sse");
}

TEST_F(GoogleCodec, MakesTheSameBytesOfTheSameChat) {
    const std::string chat =
        R"({"instructions":[{"type":"text","text":"Be \u00e9 brief"}],"messages":[{"role":"user","content":[{"type":"text","text":"h\ud83d\ude00"}]}],)"
        R"("tools":[{"name":"z","parameters":{"b": 1.0, "a":[ ]}},{"name":"a"}],"tool_choice":{"mode":"required"},"temperature":0.30,"max_output_tokens":9})";
    for (int again = 0; again < 2; ++again) {
        play({.format = "aihub.chat", .body = chat, .frames = {kText, kEnd}});
        EXPECT_EQ(
            sent,
            R"({"systemInstruction":{"parts":[{"text":"Be \u00e9 brief"}]},"contents":[{"role":"user","parts":[{"text":"h\ud83d\ude00"}]}],)"
            R"("tools":[{"functionDeclarations":[{"name":"z","parametersJsonSchema":{"b": 1.0, "a":[ ]}},{"name":"a"}]}],)"
            R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"generationConfig":{"temperature":0.30,"maxOutputTokens":9}})"
        );
    }
}

TEST_F(GoogleCodec, NamesOfFunctionsGoOutAsGeminiTakesThemAndComeBackAsTheyWere) {
    const std::string longest(70, 'n');
    for (const std::string& name :
         {std::string("get weather"),
          std::string("get/weather"),
          std::string("9lives"),
          longest,
          std::string("caf\xC3\xA9")}) {
        const std::string chat = R"({"messages":[],"tools":[{"name":")" + name + R"("}]})";
        play({.format = "aihub.chat", .body = chat, .frames = {kText, kEnd}});
        const auto document = sdk::JsonDocument::parse(sent);
        ASSERT_TRUE(document);
        const std::string outside = document->root()["tools"][0]["functionDeclarations"][0]["name"].string_or("");
        EXPECT_LE(outside.size(), 64U);
        EXPECT_NE(outside, name);
        EXPECT_EQ(outside.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << outside;
        EXPECT_EQ(std::string_view("0123456789").find(outside.front()), std::string_view::npos) << outside;
        const std::string reply = R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":")" + outside +
                                  R"("}}]},"finishReason":"STOP"}]})";
        play({.format = "aihub.chat", .body = chat, .frames = {reply}});
        ASSERT_FALSE(call.events.empty());
        EXPECT_EQ(call.events.front().text, name);
        EXPECT_TRUE(call.events.front().extra.starts_with("call_")) << call.events.front().extra;
    }
    play(
        {.format = "aihub.chat",
         .body = R"({"messages":[],"tools":[{"name":"a b"},{"name":"a/b"},{"name":"a.b:c-d"}]})"}
    );
    const auto document = sdk::JsonDocument::parse(sent);
    const auto names = document->root()["tools"][0]["functionDeclarations"];
    EXPECT_NE(names[0]["name"].raw(), names[1]["name"].raw());
    EXPECT_EQ(names[2]["name"].string_or(""), "a.b:c-d");
}

TEST_F(GoogleCodec, UsageKeepsWhatALaterChunkDoesNotTell) {
    play({.frames = {kText, kText, kEnd}});
    std::vector<std::array<std::uint64_t, AIHUB_N_COUNT>> told;
    for (const FakeCall::Event& event : call.events) {
        if (event.kind == AIHUB_EV_USAGE) {
            told.push_back(event.n);
        }
    }
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told.front()[AIHUB_N_OUTPUT], 2U);
    EXPECT_EQ(told.back()[AIHUB_N_INPUT], 5U);
    EXPECT_EQ(told.back()[AIHUB_N_OUTPUT], 3U);
    EXPECT_EQ(told.back()[AIHUB_N_REASONING], 2U);
}

TEST_F(GoogleCodec, ACutIsNeverASuccess) {
    play({.frames = {kText, kEnd}, .end = AIHUB_E_UPSTREAM});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_NETWORK);
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "");
    play({.frames = {kText, kEnd}, .end = AIHUB_E_TIMEOUT});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_TIMEOUT);
    play({.frames = {kText}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "the provider's answer ended too early");
}

TEST_F(GoogleCodec, TellsVectorsAsFloats) {
    play(
        {.format = "aihub.embeddings",
         .body = R"({"input":["a","b"]})",
         .flags = 0,
         .frames = {R"({"embeddings":[{"values":[0.5,-2]},{"values":[1e-3]}]})"}}
    );
    ASSERT_EQ(call.events.size(), 2U);
    float values[2];
    ASSERT_EQ(call.events[0].text.size(), sizeof values);
    std::memcpy(values, call.events[0].text.data(), sizeof values);
    EXPECT_EQ(values[0], 0.5F);
    EXPECT_EQ(values[1], -2.0F);
    EXPECT_EQ(call.events[1].choice, 1U);
    EXPECT_FALSE(call.failure);
}

TEST_F(GoogleCodec, ReadsRetryHints) {
    struct Case {
        const char* header;
        const char* delay;
        std::int64_t nanoseconds;
    };
    for (const auto& [header, delay, nanoseconds] : std::initializer_list<Case>{
             {"", "34.5s", 34'500'000'000},
             {"7", "2s", 2'000'000'000},
             {"7", "soon", 7'000'000'000},
             {"", "99999999s", 86'400'000'000'000},
             {"x", "-1s", 0}}) {
        const std::string body =
            R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"check your plan and billing details",)"
            R"("details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":")" +
            std::string(delay) + R"("}]}})";
        play({.status = 429, .headers = {{"retry-after", header}}, .frames = {body}});
        ASSERT_TRUE(call.failure);
        EXPECT_EQ(call.failure->kind, AIHUB_FAIL_RATE_LIMIT);
        EXPECT_EQ(call.failure->retry_after_ns, nanoseconds) << delay;
    }
}

TEST_F(GoogleCodec, PassesTheErrorOnToItsOwnFormatOnlyAndNoWordOfOurCredential) {
    constexpr std::string_view kBad = R"({"error":{"code":400,"message":"bad n","status":"INVALID_ARGUMENT"}})";
    play({.status = 400, .frames = {kBad}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "bad n");
    EXPECT_EQ(call.failure->detail_json, R"({"code":400,"message":"bad n","status":"INVALID_ARGUMENT"})");
    play({.format = "aihub.chat", .body = R"({"messages":[]})", .status = 400, .frames = {kBad}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "bad n");
    EXPECT_EQ(call.failure->detail_json, "");
    play(
        {.status = 400,
         .frames = {R"({"error":{"code":400,"message":"API key not valid. AIzaSy123","status":"INVALID_ARGUMENT"}})"}}
    );
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_AUTH);
    EXPECT_EQ((call.failure->message + call.failure->detail_json).find("AIza"), std::string::npos);
}

TEST_F(GoogleCodec, WrapsWhatIsNotJsonWithoutQuotingIt) {
    play({.status = 502, .headers = {{"content-type", "text/html"}}, .frames = {"<html>upstream 10.0.0.7</html>"}});
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->message, "the provider answered with HTTP status 502 and no readable error");
    EXPECT_EQ(call.failure->http_status, 502);
}

// Each definition holds the one before it twice.
std::string doubling(int levels) {
    std::string schema = R"({"$ref":"#/$defs/D)" + std::to_string(levels) + R"(","$defs":{"D0":{"type":"string"})";
    for (int level = 1; level <= levels; ++level) {
        const std::string inner = R"({"$ref":"#/$defs/D)" + std::to_string(level - 1) + R"("})";
        schema += ",\"D" + std::to_string(level) + R"(":{"type":"object","properties":{"a":)" + inner +
                  ",\"b\":" + inner + "}}";
    }
    return schema + "}}";
}

TEST_F(GoogleCodec, SchemasThatHaveNoEndAreRefusedWithARemedy) {
    const auto with = [&](const std::string& schema) {
        play(
            {.format = "aihub.chat",
             .body = R"({"messages":[],"tools":[{"name":"f","parameters":)" + schema + "}]}",
             .frames = {kText, kEnd}},
            R"({"schema":"subset"})"
        );
        return refusal;
    };
    constexpr std::string_view kRemedy = ": simplify it, or set the provider's setting schema to json_schema";
    EXPECT_EQ(with(R"({"$ref":"#"})"), "the schema of tool f refers to itself" + std::string(kRemedy));
    EXPECT_EQ(with(doubling(5)), "");
    EXPECT_EQ(
        with(doubling(20)), "the schema of tool f grows too large when its references are put in" + std::string(kRemedy)
    );
}

TEST_F(GoogleCodec, AResultWithoutItsCallIsRefusedWithARemedy) {
    play(
        {.format = "aihub.chat",
         .body = R"({"messages":[{"role":"user","content":[{"type":"tool_result","id":"call_9"}]}]})"}
    );
    EXPECT_EQ(
        refusal,
        "a tool's result is for the call \"call_9\", which is not among the messages before it: send the assistant's "
        "message with that call, too"
    );
}

TEST(GoogleSettings, ErrorsNameTheSetting) {
    struct Case {
        const char* settings;
        const char* message;
    };
    for (const auto& [settings, message] : std::initializer_list<Case>{
             {R"({"path":"models"})", "path: must begin with '/' and hold no space, control character, '?' or '#'"},
             {R"({"path":"/x?key=1{verb}"})",
              "path: must begin with '/' and hold no space, control character, '?' or '#'"},
             {R"({"path":"/models/{model}"})", "path: must hold {verb}, which stands for what is asked of the model"},
             {R"({"path":"/{project}:{verb}"})",
              "project: the path holds {project}: set the id of the Google Cloud project"},
             {R"({"schema":"openapi"})", "schema: must be json_schema or subset"},
             {R"({"headers":{"x-a":"b\r\nx: y"}})", "headers.x-a: not a valid HTTP header name and value"}}) {
        const PluginUnderTest plugin(AIHUB_PLUGIN_GOOGLE, settings);
        EXPECT_EQ(plugin.create_status, AIHUB_E_INVALID) << settings;
        EXPECT_EQ(plugin.host.error_message, message);
    }
}

TEST(GoogleEntry, TellsWhoItIs) {
    const PluginUnderTest plugin(AIHUB_PLUGIN_GOOGLE);
    EXPECT_STREQ(plugin.entry->id, "aihub.provider.google");
    EXPECT_TRUE(sdk::JsonDocument::parse(plugin.entry->manifest_json));
    EXPECT_EQ(plugin.extension<void>("aihub.unknown/1"), nullptr);
}

}  // namespace
}  // namespace aihub::testing
