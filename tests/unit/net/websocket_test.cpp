#include "net/websocket.hpp"

#include "support/byte_cases.hpp"
#include "support/websocket_render.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace aihub::net {
namespace {

void expect_cases(const std::string& extension, WebSocketSide sender, std::size_t at_least) {
    const auto cases = test::load_byte_cases(std::filesystem::path(AIHUB_TESTS_DIR) / "golden/websocket", extension);
    ASSERT_GE(cases.size(), at_least);
    for (const test::ByteCase& one : cases) {
        const std::size_t step = one.bytes.size() > 4096 ? one.bytes.size() / 64 : 1;
        ASSERT_EQ(test::render_websocket({one.bytes}, sender), one.expected) << one.name;
        for (std::size_t at = 0; at < one.bytes.size(); at += step) {
            const std::string_view bytes = one.bytes;
            ASSERT_EQ(test::render_websocket({bytes.substr(0, at), bytes.substr(at)}, sender), one.expected)
                << one.name << ", cut at " << at;
        }
    }
}

TEST(WebSocketReader, ReadsTheFramesOfAServerHoweverTheyAreCut) {
    expect_cases(".server", WebSocketSide::server, 30);
}

TEST(WebSocketReader, ReadsTheFramesOfAClientHoweverTheyAreCut) {
    expect_cases(".client", WebSocketSide::client, 8);
}

TEST(WebSocketReader, FailsForGood) {
    WebSocketReader reader(WebSocketSide::server, Errc::upstream_failed);
    EXPECT_EQ(reader.read("\xf1\x01").error().code, Errc::upstream_failed);
    EXPECT_FALSE(reader.read(std::string_view("\x81\x00", 2)).has_value());
}

// Each 16-bit number is either a code or none: RFC 6455 section 7.4 and the registry that it opened.
TEST(WebSocketReader, KnowsTheCodesThatMayBeSent) {
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool reserved = code == 1004 || code == 1005 || code == 1006 || code == 1015;
        const bool allowed = (code >= 1000 && code <= 1015 && !reserved) || (code >= 3000 && code < 5000);
        ASSERT_EQ(is_close_code(static_cast<std::uint16_t>(code)), allowed) << code;
    }
}

TEST(WebSocketClose, IsReadBack) {
    const auto frame = websocket_close(WebSocketSide::server, 1001, "bye");
    EXPECT_EQ(test::escape(frame), "\\x88\\x05\\x03\\xe9bye");
    EXPECT_EQ(test::render_websocket({frame}, WebSocketSide::server), "8 last \\x03\\xe9bye\nclosed 1001\nwhole\n");
    const auto masked = websocket_close(WebSocketSide::client, 1011, "why", {1, 2, 3, 4});
    EXPECT_EQ(test::escape(masked), "\\x88\\x85\\x01\\x02\\x03\\x04\\x02\\xf1tlx");
    EXPECT_EQ(test::render_websocket({masked}, WebSocketSide::client), "8 last \\x03\\xf3why\nclosed 1011\nwhole\n");
}

TEST(WebSocketClose, CutsALongReason) {
    const auto frame = websocket_close(WebSocketSide::server, 1001, std::string(500, 'a'));
    EXPECT_EQ(frame.size(), 2U + 125U);
}

// The example of RFC 6455 section 1.3.
TEST(WebSocketHandshake, AcceptsAKey) {
    EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, TellsKeysFromOtherText) {
    EXPECT_TRUE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ=="));
    for (const std::string_view text :
         {"",
          "dGhlIHNhbXBsZSBub25jZQ",
          "dGhlIHNhbXBsZSBub25jZR==",
          "dGhlIHNhbXBsZSBub25jZQ=a",
          "dGhlIHNhbXBs ZSBub25jZ==",
          "dGhlIHNhbXBsZSBub25jZSBub25jZQ=="}) {
        EXPECT_FALSE(is_websocket_key(text)) << text;
    }
}

}  // namespace
}  // namespace aihub::net
