#include "app/net_framer.hpp"

#include "support/byte_cases.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::app {
namespace {

using capability::Framing;

// "[event|data]" for each frame of `bytes`, in whatever pieces they come.
std::string framed(Framing framing, std::string_view bytes) {
    std::string first;
    bool have_first = false;
    test::for_each_cut(bytes, [&](const std::vector<std::string_view>& pieces) {
        std::string text;
        const auto framer = make_net_framer(framing);
        const auto take = [&](std::string_view event, std::string_view data) {
            text += "[" + std::string(event) + "|" + std::string(data) + "]";
        };
        for (const auto piece : pieces) {
            const std::string copy(piece);
            EXPECT_TRUE(framer->feed(copy, take));
        }
        EXPECT_TRUE(framer->finish(take));
        if (!have_first) {
            first = text;
            have_first = true;
        }
        EXPECT_EQ(text, first);
    });
    return first;
}

TEST(NetFramer, a_whole_reply_is_one_frame) {
    EXPECT_EQ(framed(Framing::whole, "{\"a\":\n1}"), "[|{\"a\":\n1}]");
}

TEST(NetFramer, events_and_what_is_left_at_the_end) {
    EXPECT_EQ(framed(Framing::sse, "data: 1\n\nevent: x\ndata: 2\ndata: 3\n\ndata: cut"), "[|1][x|2\n3][|cut]");
}

TEST(NetFramer, lines_and_what_is_left_at_the_end) {
    EXPECT_EQ(framed(Framing::ndjson, "{\"a\":1}\n{\"b\":2}\n{\"c\":3}"), "[|{\"a\":1}][|{\"b\":2}][|{\"c\":3}]");
}

TEST(NetFramer, raw_bytes_pass_as_they_come) {
    const auto framer = make_net_framer(Framing::raw);
    std::string text;
    const auto take = [&](std::string_view, std::string_view data) { text += data; };
    EXPECT_TRUE(framer->feed("ab", take));
    EXPECT_TRUE(framer->feed("c", take));
    EXPECT_TRUE(framer->finish(take));
    EXPECT_EQ(text, "abc");
}

TEST(NetFramer, an_event_over_the_limit_is_an_error) {
    for (const auto framing : {Framing::sse, Framing::ndjson}) {
        const auto framer = make_net_framer(framing);
        const auto fed = framer->feed(std::string(kFramedEventBytesMax + 100, 'x'), [](auto, auto) {});
        ASSERT_FALSE(fed);
        EXPECT_EQ(fed.error().code, Errc::too_large);
    }
}

}  // namespace
}  // namespace aihub::app
