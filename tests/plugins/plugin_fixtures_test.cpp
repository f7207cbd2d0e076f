// Every fixture of the plugin: the bytes it sends, the events it tells, the outcome; and the same with a cancel at each
// frame. Other plugins are tested alike with their library in AIHUB_TEST_PLUGIN, its fixtures in AIHUB_TEST_FIXTURES.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace aihub::testing {
namespace {

// Empty for a folder: the exchange names no file.
std::string read(const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file)) {
        return {};
    }
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

// The frames of a reply, as a host cuts server-sent events and web sockets.
std::vector<std::string> frames_of(const std::string& reply, std::int32_t framing) {
    if (framing == AIHUB_FRAMING_WHOLE) {
        return {reply};
    }
    std::vector<std::string> frames;
    std::string data;
    std::istringstream lines(reply);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (framing == AIHUB_FRAMING_WEB_SOCKET) {
            frames.push_back(line);
        } else if (line.empty() && !data.empty()) {
            frames.push_back(std::exchange(data, {}));
        } else if (line.starts_with("data:")) {
            data += line.substr(line.starts_with("data: ") ? 6 : 5);
        }
    }
    return frames;
}

std::string library() {
    const char* other = std::getenv("AIHUB_TEST_PLUGIN");
    return other != nullptr ? other : AIHUB_PLUGIN_OPENAI;
}

std::string fixtures() {
    const char* other = std::getenv("AIHUB_TEST_FIXTURES");
    return other != nullptr ? other : AIHUB_OPENAI_FIXTURES;
}

constexpr const char* kKinds[] = {
    "",
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
constexpr const char* kCounts[] = {"input", "output", "cache_read", "cache_write", "reasoning", "audio"};
constexpr const char* kFailures[] = {
    "success",
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

bool matches(const FakeCall::Event& event, const sdk::JsonValue& wanted) {
    if (wanted["kind"].string_or("") != kKinds[event.kind] ||
        wanted["choice"].number<unsigned>().value_or(event.choice) != event.choice ||
        wanted["block"].number<unsigned>().value_or(event.block) != event.block ||
        wanted["text"].string_or(event.text) != event.text || wanted["extra"].string_or(event.extra) != event.extra) {
        return false;
    }
    if (wanted["cache_write_1h"].number<std::uint64_t>().value_or(event.cache_write_1h) != event.cache_write_1h ||
        wanted["block"].number<unsigned>().value_or(event.block) != event.block) {
        return false;
    }
    if (wanted["audio_ms"].number<std::uint64_t>().value_or(event.audio_ms) != event.audio_ms) {
        return false;
    }
    for (std::size_t count = 0; count < std::size(kCounts); ++count) {
        const auto number = wanted[kCounts[count]].number<std::uint64_t>();
        if (number && *number != event.n[count]) {
            return false;
        }
    }
    return true;
}

struct Exchange {
    std::filesystem::path folder;
    std::string text = read(folder / "exchange.json");
    Result<sdk::JsonDocument> document = sdk::JsonDocument::parse(text);
    sdk::JsonValue root = document ? document->root() : sdk::JsonValue{};
    sdk::JsonValue wanted_request = root["request"];
    FakeRequest request{
        wanted_request["format"].string_or(""),
        wanted_request["model"].string_or(""),
        read(folder / wanted_request["body_file"].string_or("")),
        (wanted_request["stream"].boolean_or(false) ? AIHUB_RF_STREAM : 0U) |
            (wanted_request["include_usage"].boolean_or(false) ? AIHUB_RF_INCLUDE_USAGE : 0U),
        {wanted_request["method"].string_or("POST"),
         wanted_request["path"].string_or(""),
         wanted_request["query"].string_or("")}};
};

// Plays an exchange; with `cancel_at` frames the rest does not come.
void play(
    const Exchange& exchange,
    PluginUnderTest& plugin,
    FakeCall& call,
    aihub_http_request& http,
    std::size_t cancel_at,
    std::string& sent
) {
    const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
    aihub_callstate* state = nullptr;
    ASSERT_EQ(
        codec->build(plugin.instance, call.handle(), exchange.request.get(), &http, &state, plugin.host.error()),
        AIHUB_OK
    );
    EXPECT_EQ(text_of(http.path), exchange.root["expect"]["path"].string_or(""));
    EXPECT_EQ(text_of(http.method), exchange.root["expect"]["method"].string_or(""));
    for (std::size_t part = 0; part < http.n_body; ++part) {
        sent += text_of(http.body[part]);
    }
    const sdk::JsonValue reply = exchange.root["reply"];
    const int status = reply["status"].number<int>().value_or(0);
    std::vector<std::string> texts;
    std::vector<aihub_header> headers;
    texts.reserve(2 * reply["headers"].size());
    for (const sdk::JsonValue header : reply["headers"]) {
        const auto& name = texts.emplace_back(header[0].string_or(""));
        const auto& value = texts.emplace_back(header[1].string_or(""));
        headers.push_back({slice_of(name), slice_of(value)});
    }
    codec->on_head(state, call.handle(), status, headers.data(), headers.size(), plugin.host.error());
    const bool events =
        http.framing == AIHUB_FRAMING_SSE && reply["headers"][0][1].string_or("") == "text/event-stream";
    const bool cut = status < 400 && (events || http.framing == AIHUB_FRAMING_WEB_SOCKET);
    const auto framing = cut ? http.framing : AIHUB_FRAMING_WHOLE;
    std::size_t played = 0;
    for (const std::string& frame : frames_of(read(exchange.folder / reply["body_file"].string_or("")), framing)) {
        if (played++ == cancel_at) {
            break;
        }
        EXPECT_EQ(codec->on_frame(state, call.handle(), slice_of(""), slice_of(frame), plugin.host.error()), AIHUB_OK);
    }
    const aihub_status why = played > cancel_at ? AIHUB_CANCELLED : AIHUB_OK;
    EXPECT_EQ(codec->on_end(state, call.handle(), why, plugin.host.error()), AIHUB_OK);
    codec->destroy(state);
}

class PluginFixtures : public ::testing::TestWithParam<std::string> {};

TEST_P(PluginFixtures, SendsTellsAndEndsAsExpected) {
    const Exchange exchange{std::filesystem::path(fixtures()) / GetParam()};
    ASSERT_TRUE(exchange.document) << exchange.document.error().message;
    PluginUnderTest plugin(library(), std::string(exchange.root["settings"].raw()));
    ASSERT_EQ(plugin.create_status, AIHUB_OK) << plugin.host.error_message;
    FakeCall call;
    aihub_http_request http{};
    std::string sent;
    play(exchange, plugin, call, http, SIZE_MAX, sent);

    EXPECT_EQ(sent, read(exchange.folder / exchange.root["expect"]["body_file"].string_or("")));
    EXPECT_EQ(call.completions, 1);
    EXPECT_EQ(kFailures[call.failure ? call.failure->kind : 0], exchange.root["expect"]["outcome"].string_or(""));
    std::size_t at = 0;
    for (const sdk::JsonValue wanted : exchange.root["expect"]["events"]) {
        while (at < call.events.size() && !matches(call.events[at], wanted)) {
            ++at;
        }
        EXPECT_LT(at++, call.events.size()) << "missing event " << wanted.raw();
    }
    for (std::size_t cancel_at = 0; cancel_at < 4; ++cancel_at) {
        FakeCall cancelled;
        std::string again;
        play(exchange, plugin, cancelled, http, cancel_at, again);
        EXPECT_LE(cancelled.completions, 1);
    }
}

std::vector<std::string> fixture_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(fixtures())) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(Files, PluginFixtures, ::testing::ValuesIn(fixture_names()), [](const auto& fixture) {
    return fixture.param;
});

}  // namespace
}  // namespace aihub::testing
