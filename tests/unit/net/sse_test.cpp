#include "net/sse.hpp"

#include "net/sse_write.hpp"
#include "support/byte_cases.hpp"
#include "support/http_render.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::net {
namespace {

constexpr std::size_t kEventBytesMax = 64;

TEST(SseSplitter, GivesTheEventsOfTheCasesHoweverTheStreamIsCut) {
    const auto cases = test::load_byte_cases(std::filesystem::path(AIHUB_TESTS_DIR) / "golden/sse", ".sse");
    ASSERT_GE(cases.size(), 30U);
    for (const test::ByteCase& one : cases) {
        test::for_each_cut(one.bytes, [&one](const auto& pieces) {
            ASSERT_EQ(test::render_sse(pieces, kEventBytesMax), one.expected)
                << one.name << ", first piece " << pieces.front().size();
        });
    }
}

// Every stream of up to seven of these parts: what is one event does not depend on the cut.
TEST(SseSplitter, GivesTheSameEventsForAnyMixtureOfLineEnds) {
    constexpr std::string_view kParts[] = {"\r", "\n", "data:a", ":", "x"};
    constexpr int kLength = 7;
    std::vector<std::string> streams{""};
    for (int length = 0; length < kLength; ++length) {
        std::vector<std::string> longer;
        for (const std::string& stream : streams) {
            for (const std::string_view part : kParts) {
                longer.push_back(stream + std::string(part));
            }
        }
        streams = std::move(longer);
    }
    for (const std::string& stream : streams) {
        const std::string whole = test::render_sse({stream}, kEventBytesMax);
        std::vector<std::string_view> single;
        for (std::size_t at = 0; at < stream.size(); ++at) {
            single.push_back(std::string_view(stream).substr(at, 1));
        }
        ASSERT_EQ(test::render_sse(single, kEventBytesMax), whole) << test::escape(stream);
    }
}

TEST(SseSplitter, DoesNotCopyAnEventThatLiesInOnePiece) {
    const std::string bytes = "event: e\ndata: a\n\ndata: b\n\ndata: c";
    SseSplitter splitter(kEventBytesMax);
    SseFrame frame;
    splitter.push(bytes);
    ASSERT_TRUE(*splitter.next(frame));
    EXPECT_EQ(frame.raw.data(), bytes.data());
    EXPECT_EQ(frame.data.data(), bytes.data() + 15);
    ASSERT_TRUE(*splitter.next(frame));
    EXPECT_EQ(frame.raw.data(), bytes.data() + 18);
    ASSERT_FALSE(*splitter.next(frame));
    EXPECT_EQ(splitter.partial(), "data: c");
}

// An upstream that sends CR alone must not make a client wait for its next event.
TEST(SseSplitter, GivesAnEventAtItsLastByte) {
    for (const std::string_view bytes : {"data: a\n\n", "data: a\r\r", "data: a\r\n\r\n"}) {
        SseSplitter splitter(kEventBytesMax);
        SseFrame frame;
        splitter.push(bytes);
        EXPECT_TRUE(*splitter.next(frame)) << test::escape(bytes);
    }
}

TEST(SseSplitter, FailsForGoodWithTheCodeItWasGiven) {
    SseSplitter splitter(8, Errc::too_large);
    const auto ignore = [](const SseFrame&) {};
    EXPECT_EQ(splitter.feed("data: abc", ignore).error().code, Errc::too_large);
    EXPECT_FALSE(splitter.feed("\n\ndata:a\n\n", ignore).has_value());
}

TEST(SseSplitter, KeepsNoMoreThanItsLimit) {
    SseSplitter splitter(kEventBytesMax);
    const auto ignore = [](const SseFrame&) {};
    std::size_t fed = 0;
    while (splitter.feed("x", ignore)) {
        ASSERT_LE(++fed, kEventBytesMax);
    }
    EXPECT_EQ(fed, kEventBytesMax);
}

TEST(SseWrite, ContentCannotForgeAnEvent) {
    std::string out;
    append_sse(out, "delta\ndata: forged", "one\n\ndata: [DONE]\r\n\r\nfour\rfive");
    append_sse_comment(out, "ping\n\ndata: forged");
    append_sse(out, "", "{}");
    EXPECT_EQ(
        test::render_sse({out}, 1000),
        "event [delta] data [one\\n\\ndata: [DONE]\\n\\nfour\\nfive] raw [event: delta\\ndata: one\\ndata: \\n"
        "data: data: [DONE]\\ndata: \\ndata: four\\ndata: five\\n\\n]\n"
        "event [] data [{}] raw [data: {}\\n\\n]\n"
        "partial []\n"
    );
}

}  // namespace
}  // namespace aihub::net
