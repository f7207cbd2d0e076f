// The cost of large replies: a provider's log probabilities and sources must not hold a loop.
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {
namespace {

std::string listed(std::size_t count, const std::function<std::string(std::size_t)>& one) {
    std::string list = "[";
    for (std::size_t at = 0; at < count; ++at) {
        list.append(at > 0 ? "," : "").append(one(at));
    }
    return list + "]";
}

std::string candidate(const std::string& members) {
    return R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"index":0,)" + members +
           R"(,"finishReason":"STOP"}]})";
}

// A log probability for each token, with two others beside it.
std::vector<std::string> logprobs(std::size_t count) {
    const auto token = [](std::size_t at) {
        return R"({"token":"t)" + std::to_string(at) + R"(","logProbability":-0.5})";
    };
    const auto others = [&](std::size_t at) { return R"({"candidates":[)" + token(at) + "," + token(at + 1) + "]}"; };
    return {candidate(
        R"("logprobsResult":{"topCandidates":)" + listed(count, others) + R"(,"chosenCandidates":)" +
        listed(count, token) + "}"
    )};
}

std::string source(std::size_t at) {
    return R"({"web":{"uri":"https://example.com/)" + std::to_string(at) + R"(","title":"t"}})";
}

// Each source for some words.
std::vector<std::string> supports(std::size_t count) {
    const auto support = [count](std::size_t at) {
        return R"({"segment":{"text":"words )" + std::to_string(at) + R"("},"groundingChunkIndices":[)" +
               std::to_string(count - 1 - at) + "]}";
    };
    return {candidate(
        R"("groundingMetadata":{"groundingChunks":)" + listed(count, source) + R"(,"groundingSupports":)" +
        listed(count, support) + "}"
    )};
}

// The same words for each source, the words as many bytes as the sources.
std::vector<std::string> shared_words(std::size_t count) {
    const auto number = [](std::size_t at) { return std::to_string(at); };
    const auto same = [](std::size_t) { return source(0); };
    return {candidate(
        R"("groundingMetadata":{"groundingChunks":)" + listed(count, same) +
        R"(,"groundingSupports":[{"segment":{"text":")" + std::string(count * 10, 'w') +
        R"("},"groundingChunkIndices":)" + listed(count, number) + "}]}"
    )};
}

// A stream whose chunks each bring a source of their own.
std::vector<std::string> many_chunks(std::size_t count) {
    std::vector<std::string> chunks;
    for (std::size_t at = 0; at < count; ++at) {
        chunks.push_back(candidate(R"("groundingMetadata":{"groundingChunks":[)" + source(at) + "]}"));
    }
    return chunks;
}

struct Case {
    const char* name;
    std::vector<std::string> (*reply)(std::size_t);
    std::size_t few, many;
};

class LargeReply : public ::testing::TestWithParam<Case> {
protected:
    // Seconds, the least of some runs.
    double seconds(std::size_t count, int runs) {
        PluginUnderTest plugin(AIHUB_PLUGIN_GOOGLE);
        const FakeRequest request("aihub.chat", "gemini-2.5-flash", R"({"messages":[]})", AIHUB_RF_STREAM);
        const auto* codec = plugin.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        const std::vector<std::string> frames = GetParam().reply(count);
        bytes = 0;
        for (const std::string& frame : frames) {
            bytes += frame.size();
        }
        double least = 1e9;
        for (int run = 0; run < runs; ++run) {
            call = FakeCall{};
            aihub_http_request http{};
            http.struct_size = sizeof http;
            aihub_callstate* state = nullptr;
            EXPECT_EQ(
                codec->build(plugin.instance, call.handle(), request.get(), &http, &state, plugin.host.error()),
                AIHUB_OK
            );
            const aihub_header type{slice_of("content-type"), slice_of("text/event-stream")};
            codec->on_head(state, call.handle(), 200, &type, 1, plugin.host.error());
            const auto begin = std::chrono::steady_clock::now();
            for (const std::string& frame : frames) {
                codec->on_frame(state, call.handle(), {}, slice_of(frame), plugin.host.error());
            }
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            least = std::min(least, took.count());
            codec->on_end(state, call.handle(), AIHUB_OK, plugin.host.error());
            codec->destroy(state);
        }
        return least;
    }
    [[nodiscard]] std::size_t told(int kind) const {
        return static_cast<std::size_t>(std::ranges::count(call.events, kind, &FakeCall::Event::kind));
    }

    FakeCall call;
    std::size_t bytes = 0;
};

TEST_P(LargeReply, CostsWhatItsBytesCost) {
    const double small = seconds(GetParam().few, 5);
    const auto few_bytes = static_cast<double>(bytes);
    const double large = seconds(GetParam().many, 3);
    const double growth = static_cast<double>(bytes) / few_bytes;
    constexpr double kSlack = 4;  // caches, and other programs
    EXPECT_LT(large, kSlack * growth * small) << "of " << small << " s with " << growth << " times the bytes";
    EXPECT_FALSE(call.failure);
    EXPECT_GT(told(AIHUB_EV_CITATION) + told(AIHUB_EV_LOGPROBS), 0U);
}

// A client's memory and a renderer's time are no more endless than the loop's.
TEST_P(LargeReply, SourcesHaveALimit) {
    seconds(GetParam().many, 1);
    std::size_t sources = 0;
    for (const FakeCall::Event& event : call.events) {
        sources += event.kind == AIHUB_EV_CITATION ? event.text.size() : 0;
    }
    EXPECT_LE(told(AIHUB_EV_CITATION), 1000U);
    EXPECT_LE(sources, std::size_t{4} << 20);
}

INSTANTIATE_TEST_SUITE_P(
    Google,
    LargeReply,
    ::testing::Values(
        Case{"logprobs", &logprobs, 1000, 40'000},
        Case{"supports", &supports, 1000, 40'000},
        Case{"shared_words", &shared_words, 500, 40'000},
        Case{"many_chunks", &many_chunks, 500, 20'000}
    ),
    [](const auto& one) { return std::string(one.param.name); }
);

}  // namespace
}  // namespace aihub::testing
