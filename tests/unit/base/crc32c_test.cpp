#include "base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub {
namespace {

// RFC 3720, B.4.
TEST(Crc32c, IsThatOfTheStandard) {
    EXPECT_EQ(crc32c(""), 0U);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(Crc32c, GoesOnWhereItStopped) {
    const std::string text = "what is summed up in two parts is the same as the whole";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const auto first = crc32c(std::string_view(text).substr(0, cut));
        EXPECT_EQ(crc32c(std::string_view(text).substr(cut), first), crc32c(text)) << cut;
    }
}

}  // namespace
}  // namespace aihub
