#include "net/chunked.hpp"

#include "support/byte_cases.hpp"
#include "support/http_render.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

namespace aihub::net {
namespace {

TEST(ChunkedDecoder, TakesOrRefusesAsTheCasesSayHoweverTheBodyIsCut) {
    const auto cases = test::load_byte_cases(std::filesystem::path(AIHUB_TESTS_DIR) / "golden/http/chunked", ".http");
    ASSERT_GE(cases.size(), 60U);
    for (const test::ByteCase& one : cases) {
        test::for_each_cut(one.bytes.substr(0, 12000), [&one](const auto& pieces) {
            ASSERT_EQ(test::render_chunked(pieces), one.expected)
                << one.name << ", first piece " << pieces.front().size();
        });
    }
}

TEST(ChunkedDecoder, GivesPayloadWithoutCopying) {
    const std::string body = "5\r\nhello\r\n0\r\n\r\n";
    ChunkedDecoder decoder(Errc::upstream_failed);
    const auto step = decoder.decode(body);
    ASSERT_TRUE(step.has_value());
    EXPECT_EQ(step->payload.data(), body.data() + 3);
    EXPECT_EQ(step->payload, "hello");
    EXPECT_EQ(step->consumed, 8U);
    EXPECT_FALSE(step->done);
}

TEST(ChunkedDecoder, FailsForGoodWithTheCodeOfItsSide) {
    ChunkedDecoder decoder(Errc::upstream_failed);
    EXPECT_EQ(decoder.decode("x").error().code, Errc::upstream_failed);
    EXPECT_FALSE(decoder.decode("0\r\n\r\n").has_value());
    decoder.restart();
    EXPECT_TRUE(decoder.decode("0\r\n\r\n")->done);
}

TEST(ChunkedDecoder, CountsTheExtensionsOfAllChunksTogether) {
    const ChunkedLimits limits{.extension_bytes_max = 10, .trailer_bytes_max = 10};
    // Four bytes for each extension, up to its CR.
    const std::string chunk = "1;a=b\r\nx\r\n";
    EXPECT_TRUE(test::render_chunked({chunk + chunk + "0\r\n\r\n"}, limits).starts_with("done"));
    EXPECT_TRUE(test::render_chunked({chunk + chunk + chunk}, limits).starts_with("refused 400"));
    EXPECT_TRUE(test::render_chunked({"0\r\na: bcd\r\n\r\n"}, limits).starts_with("done"));
    EXPECT_TRUE(test::render_chunked({"0\r\na: bcde\r\n\r\n"}, limits).starts_with("refused 400"));
}

TEST(ChunkedWriter, WritesWhatTheDecoderReads) {
    std::string body;
    const std::string large(70000, 'z');
    append_chunk(body, "hello");
    append_chunk(body, "");
    append_chunk(body, large);
    body += kLastChunk;
    EXPECT_TRUE(body.starts_with("5\r\nhello\r\n11170\r\n"));
    EXPECT_EQ(test::render_chunked({body}), "done\nhello" + large + "\nrest \n");
    EXPECT_EQ(ChunkHead(std::numeric_limits<std::uint64_t>::max()).text(), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace aihub::net
