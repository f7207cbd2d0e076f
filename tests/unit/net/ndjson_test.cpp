#include "net/ndjson.hpp"

#include "support/byte_cases.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace aihub::net {
namespace {

constexpr std::size_t kLineBytesMax = 32;

std::string split(const std::vector<std::string_view>& pieces) {
    NdjsonSplitter splitter(kLineBytesMax);
    std::string text;
    const auto show = [&text](const NdjsonLine& line) {
        text += "[" + test::escape(line.text) + "] raw [" + test::escape(line.raw) + "]\n";
    };
    for (const std::string_view piece : pieces) {
        const std::string copy(piece);
        if (const auto fed = splitter.feed(copy, show); !fed) {
            return text + fed.error().message;
        }
    }
    NdjsonLine last;
    if (splitter.finish(last)) {
        text += "last ";
        show(last);
    }
    return text;
}

TEST(NdjsonSplitter, GivesTheLinesHoweverTheStreamIsCut) {
    struct Case {
        std::string bytes, expected;
    };
    const Case cases[] = {
        {"", ""},
        {"{\"a\":1}\n{\"b\":2}\r\n", "[{\"a\":1}] raw [{\"a\":1}\\n]\n[{\"b\":2}] raw [{\"b\":2}\\r\\n]\n"},
        {"\n\r\n \t\n{}\n\n", "[{}] raw [{}\\n]\n"},
        {" {} \t\n", "[{}] raw [ {} \\t\\n]\n"},
        {"{}\n{\"c\":3}", "[{}] raw [{}\\n]\nlast [{\"c\":3}] raw [{\"c\":3}]\n"},
        {"{}\n  ", "[{}] raw [{}\\n]\n"},
        {"{\"t\":\"\\\\n\"}\n", "[{\"t\":\"\\\\\\\\n\"}] raw [{\"t\":\"\\\\\\\\n\"}\\n]\n"},
        {std::string(31, 'a') + "\n", "[" + std::string(31, 'a') + "] raw [" + std::string(31, 'a') + "\\n]\n"},
        {"{}\n" + std::string(32, 'a') + "\n", "[{}] raw [{}\\n]\na line of the stream is longer than 32 bytes"},
    };
    for (const Case& one : cases) {
        test::for_each_cut(one.bytes, [&one](const auto& pieces) {
            ASSERT_EQ(split(pieces), one.expected) << test::escape(one.bytes) << ", first " << pieces.front().size();
        });
    }
}

TEST(NdjsonSplitter, FailsForGood) {
    NdjsonSplitter splitter(4, Errc::too_large);
    const auto ignore = [](const NdjsonLine&) {};
    EXPECT_EQ(splitter.feed("abcde", ignore).error().code, Errc::too_large);
    EXPECT_FALSE(splitter.feed("\n{}\n", ignore).has_value());
}

TEST(NdjsonSplitter, DoesNotCopyALineThatLiesInOnePiece) {
    const std::string bytes = "{\"a\":1}\n{";
    NdjsonSplitter splitter(kLineBytesMax);
    NdjsonLine line;
    splitter.push(bytes);
    ASSERT_TRUE(*splitter.next(line));
    EXPECT_EQ(line.text.data(), bytes.data());
    ASSERT_FALSE(*splitter.next(line));
    EXPECT_EQ(splitter.partial(), "{");
}

}  // namespace
}  // namespace aihub::net
