// The cost of large chats: a client's names, tools and blocks must not hold a loop.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace aihub::testing {
namespace {

constexpr std::size_t kNamesMax = 64;
constexpr std::size_t kNameBytesMax = 128;

std::string listed(std::size_t count, const std::function<std::string(std::size_t)>& one) {
    std::string list = "[";
    for (std::size_t at = 0; at < count; ++at) {
        list.append(at > 0 ? "," : "").append(one(at));
    }
    return list + "]";
}

std::string chat_with(const std::string& blocks, const std::string& members) {
    return R"({"messages":[{"role":"user","content":)" + blocks + "}]," + members + "}";
}

// Fields of a format that no provider has, and of each one's own.
std::string fields(std::size_t count) {
    const auto field = [](std::size_t at) {
        constexpr std::string_view kOrigins[] = {
            "acme.chat", "gemini.generate", "openai.chat", "anthropic.messages", "gemini.generate"};
        const std::string place = at % 5 == 4 ? "generationConfig." : "";
        return R"({"name":")" + place + std::string(200, 'n') + std::to_string(at) + R"(","origin":")" +
               std::string(kOrigins[at % 5]) + R"(","value":1})";
    };
    return chat_with(R"([{"type":"text","text":"hi"}])", R"("provider_fields":)" + listed(count, field));
}

std::string blocks(std::size_t count) {
    const auto block = [](std::size_t at) {
        return R"({"type":"provider","origin":"acme.chat","value":{"type":"t)" + std::to_string(at) + R"("}})";
    };
    const std::string list = listed(count, block);
    return chat_with(R"([{"type":"text","text":"hi"},)" + list.substr(1), R"("user":"u")");
}

// Names that every provider wants changed, and all of them allowed.
std::string tools(std::size_t count) {
    const auto name = [](std::size_t at) { return R"("look up! )" + std::to_string(at) + '"'; };
    const auto tool = [&](std::size_t at) { return R"({"name":)" + name(at) + R"(,"parameters":{"type":"object"}})"; };
    return chat_with(
        R"([{"type":"text","text":"hi"}])",
        R"("tools":)" + listed(count, tool) + R"(,"tool_choice":{"mode":"auto","allowed":)" + listed(count, name) + "}"
    );
}

std::string results(std::size_t count) {
    const auto id = [](std::size_t at) { return R"("id":"call )" + std::to_string(at) + '"'; };
    const auto called = [&](std::size_t at) {
        return R"({"type":"tool_call",)" + id(at) + R"(,"name":"a b )" + std::to_string(at) + R"(","arguments":{}})";
    };
    const auto result = [&](std::size_t at) {
        return R"({"type":"tool_result",)" + id(at) + R"(,"content":[{"type":"text","text":"1"}]})";
    };
    return R"({"messages":[{"role":"assistant","content":)" + listed(count, called) + R"(},{"role":"user","content":)" +
           listed(count, result) + "}]}";
}

// Tools that have the name which a schema's answer would get.
std::string taken_names(std::size_t count) {
    const auto tool = [](std::size_t at) { return R"({"name":"final_answer)" + std::string(at, '_') + R"("})"; };
    return chat_with(
        R"([{"type":"text","text":"hi"}])",
        R"("response_format":{"type":"json_schema","schema":{"type":"object"}},"tools":)" + listed(count, tool)
    );
}

struct Case {
    const char* name;
    const char* library;
    const char* settings;
    std::string (*chat)(std::size_t);
    std::size_t few, many;
};

class LargeChat : public ::testing::TestWithParam<Case> {
protected:
    // Seconds, the least of some runs.
    double seconds(PluginUnderTest& plugin, std::size_t count, int runs) {
        const FakeRequest request("aihub.chat", "m", GetParam().chat(count), 0);
        bytes = request.body().size();
        const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        double least = 1e9;
        for (int run = 0; run < runs; ++run) {
            call = FakeCall{};
            aihub_http_request http{};
            http.struct_size = sizeof http;
            aihub_callstate* state = nullptr;
            const auto begin = std::chrono::steady_clock::now();
            const aihub_status built =
                codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error());
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            least = std::min(least, took.count());
            EXPECT_EQ(built, AIHUB_OK) << plugin.host.error_message;
            if (built == AIHUB_OK) {
                codec->on_end(state, call.handle(), AIHUB_CANCELLED, plugin.host.error());
                codec->destroy(state);
            }
        }
        return least;
    }

    FakeCall call;
    std::size_t bytes = 0;
};

TEST_P(LargeChat, CostsWhatItsBytesCost) {
    PluginUnderTest plugin(GetParam().library, GetParam().settings);
    ASSERT_EQ(plugin.create_status, AIHUB_OK) << plugin.host.error_message;
    const double small = seconds(plugin, GetParam().few, 5);
    const double few_bytes = static_cast<double>(bytes);
    const double large = seconds(plugin, GetParam().many, 1);
    const double growth = static_cast<double>(bytes) / few_bytes;
    EXPECT_LT(large, 10 * growth * small) << "of " << small << " s with " << growth << " times the bytes";
    std::size_t names = 0;
    for (const FakeCall::Event& event : call.events) {
        names += event.kind == AIHUB_EV_DROPPED ? 1 : 0;
        EXPECT_LE(event.text.size(), kNameBytesMax);
    }
    EXPECT_LE(names, kNamesMax);
}

#define AIHUB_LARGE_CASES(provider, library)                                 \
    Case{provider "_fields", library, "{}", &fields, 1000, 100'000},         \
        Case{provider "_blocks", library, "{}", &blocks, 1000, 60'000},      \
        Case{provider "_tools", library, "{}", &tools, 1000, 60'000}, Case { \
        provider "_results", library, "{}", &results, 1000, 60'000           \
    }

INSTANTIATE_TEST_SUITE_P(
    Providers,
    LargeChat,
    ::testing::Values(
        AIHUB_LARGE_CASES("openai", AIHUB_PLUGIN_OPENAI),
        AIHUB_LARGE_CASES("anthropic", AIHUB_PLUGIN_ANTHROPIC),
        AIHUB_LARGE_CASES("google", AIHUB_PLUGIN_GOOGLE),
        Case{
            "anthropic_taken_names", AIHUB_PLUGIN_ANTHROPIC, R"({"structured_output":"tool"})", &taken_names, 100, 3000}
    ),
    [](const auto& one) { return std::string(one.param.name); }
);

}  // namespace
}  // namespace aihub::testing
