#include "net/inflate.hpp"

#include "support/gzip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace aihub::net {
namespace {

using testing::deflated;
using testing::gzipped;

constexpr std::size_t kMany = 1UL << 20;

Result<std::string> decoded(
    ContentCoding coding, std::string_view bytes, std::size_t limit = kMany, std::size_t cut = 0
) {
    Inflater inflater(coding, limit);
    std::string out;
    const std::size_t step = cut == 0 ? std::max<std::size_t>(bytes.size(), 1) : cut;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        AIHUB_CHECK(inflater.decode(bytes.substr(at, step), out));
    }
    AIHUB_CHECK(inflater.finish());
    return out;
}

std::string text_of(std::size_t size) {
    std::string text;
    for (std::size_t number = 0; text.size() < size; ++number) {
        text += std::to_string(number * 7919) + ",";
    }
    text.resize(size);
    return text;
}

TEST(ContentCoding, TakesOneKnownCoding) {
    EXPECT_EQ(*parse_content_coding(""), ContentCoding::identity);
    EXPECT_EQ(*parse_content_coding("Identity"), ContentCoding::identity);
    EXPECT_EQ(*parse_content_coding("gzip"), ContentCoding::gzip);
    EXPECT_EQ(*parse_content_coding("X-GZIP"), ContentCoding::gzip);
    EXPECT_EQ(*parse_content_coding("deflate"), ContentCoding::deflate);
    for (const auto* value : {"br", "zstd", "gzip, gzip", "gzip,identity", "gzip;q=1", "compress", ","}) {
        const auto coding = parse_content_coding(value);
        ASSERT_FALSE(coding) << value;
        EXPECT_EQ(coding.error().code, Errc::unsupported_media);
    }
}

TEST(Inflater, GivesBackWhatWasPackedHoweverItIsCut) {
    for (const std::size_t size : {0UL, 1UL, 100UL, 16384UL, 16385UL, 700000UL}) {
        const auto text = text_of(size);
        for (const std::size_t cut : {0UL, 1UL, 7UL, 4096UL}) {
            const auto plain = decoded(ContentCoding::gzip, gzipped(text), kMany, cut);
            ASSERT_TRUE(plain) << plain.error().message;
            EXPECT_EQ(*plain, text);
            EXPECT_EQ(*decoded(ContentCoding::deflate, deflated(text), kMany, cut), text);
        }
    }
}

TEST(Inflater, StopsExactlyAtTheLimit) {
    const auto packed = gzipped(std::string(100000, 'x'));
    EXPECT_TRUE(decoded(ContentCoding::gzip, packed, 100000));
    for (const std::size_t limit : {0UL, 1UL, 16384UL, 99999UL}) {
        const auto result = decoded(ContentCoding::gzip, packed, limit);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Errc::too_large);
    }
    // What was decoded before is kept within the limit, and nothing more is taken.
    Inflater inflater(ContentCoding::gzip, 50000);
    std::string out;
    EXPECT_FALSE(inflater.decode(packed, out));
    EXPECT_LE(out.size(), 50000U);
    EXPECT_EQ(inflater.decode({}, out).error().code, Errc::invalid_request);
}

TEST(Inflater, RefusesWhatIsBroken) {
    const auto good = gzipped(text_of(5000));
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 0x55);
    std::string wrong_sum = good;
    wrong_sum[good.size() - 6] = static_cast<char>(wrong_sum[good.size() - 6] ^ 1);
    const std::string cases[] = {
        "",
        "x",
        "hello, hello, hello",
        good.substr(0, good.size() - 1),
        good.substr(0, 12),
        good.substr(1),
        flipped,
        wrong_sum,
        good + "x",
        good + good,
        std::string(1000, '\0'),
        deflated("hello")};
    for (const auto& bytes : cases) {
        for (const std::size_t cut : {0UL, 1UL}) {
            const auto result = decoded(ContentCoding::gzip, bytes, kMany, cut);
            ASSERT_FALSE(result) << bytes.size();
            EXPECT_EQ(result.error().code, Errc::invalid_request);
            EXPECT_EQ(result.error().reason, "invalid_encoding");
        }
    }
    EXPECT_FALSE(decoded(ContentCoding::deflate, good));
}

TEST(Inflater, CanBeMoved) {
    const auto packed = gzipped("hello");
    Inflater first(ContentCoding::gzip, 100);
    std::string out;
    ASSERT_TRUE(first.decode(std::string_view(packed).substr(0, 5), out));
    Inflater second = std::move(first);
    ASSERT_TRUE(second.decode(std::string_view(packed).substr(5), out));
    EXPECT_TRUE(second.finish());
    EXPECT_EQ(out, "hello");
    EXPECT_EQ(second.decoded(), 5U);
}

}  // namespace
}  // namespace aihub::net
