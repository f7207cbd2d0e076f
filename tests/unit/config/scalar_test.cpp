#include "config/scalar.hpp"

#include <gtest/gtest.h>

namespace aihub::config {
namespace {

TEST(Scalar, SizesAreBytesOrHaveAClearUnit) {
    EXPECT_EQ(*parse_bytes("0"), 0U);
    EXPECT_EQ(*parse_bytes("17"), 17U);
    EXPECT_EQ(*parse_bytes("17B"), 17U);
    EXPECT_EQ(*parse_bytes("4KiB"), 4096U);
    EXPECT_EQ(*parse_bytes("32MiB"), 33554432U);
    EXPECT_EQ(*parse_bytes("8589934591GiB"), 9223372035781033984U);
    for (const char* text :
         {"", "MiB", "-1", "+1", " 1", "1 ", "1K", "1KB", "1kib", "1.5MiB", "0x10", "8589934592GiB", "1e3"}) {
        EXPECT_FALSE(parse_bytes(text).has_value()) << text;
    }
}

TEST(Scalar, DurationsHaveAUnit) {
    EXPECT_EQ(*parse_duration("0s"), 0U);
    EXPECT_EQ(*parse_duration("500ms"), 500U);
    EXPECT_EQ(*parse_duration("30s"), 30000U);
    EXPECT_EQ(*parse_duration("5m"), 300000U);
    EXPECT_EQ(*parse_duration("2h"), 7200000U);
    for (const char* text :
         {"", "30", "s", "-1s", "1.5s", "1 s", "1S", "1d", "1m30s", "99999999999999999999s", "9223372036854775807s"}) {
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
    }
}

TEST(Scalar, CountsAndTruthAreTakenLiterally) {
    EXPECT_EQ(*parse_count("8192"), 8192U);
    EXPECT_TRUE(*parse_bool("true"));
    EXPECT_FALSE(*parse_bool("false"));
    for (const char* text : {"", "1.0", "1_000", "0x1", "-1", "18446744073709551616"}) {
        EXPECT_FALSE(parse_count(text).has_value()) << text;
    }
    for (const char* text : {"", "yes", "True", "1", "on"}) {
        EXPECT_FALSE(parse_bool(text).has_value()) << text;
    }
}

TEST(Scalar, RatiosLieBetweenZeroAndOne) {
    EXPECT_EQ(*parse_ratio("0"), 0);
    EXPECT_EQ(*parse_ratio("1"), 1);
    EXPECT_EQ(*parse_ratio("0.25"), 0.25);
    EXPECT_EQ(ratio_text(0.25), "0.25");
    for (const char* text : {"", "1.1", "-0.1", "nan", "inf", "0,5", "50%", "0.5 ", "1e-3", "0x1"}) {
        EXPECT_FALSE(parse_ratio(text).has_value()) << text;
    }
}

TEST(Scalar, PercentagesHaveTwoDecimalsAtMost) {
    for (const auto& [text, hundredths] :
         {std::pair{"0", 0U},
          {"100", 10000U},
          {"100.00", 10000U},
          {"12.5", 1250U},
          {"33.34", 3334U},
          {"0.01", 1U},
          {"1.05", 105U}}) {
        const auto read = parse_percent(text);
        ASSERT_TRUE(read.has_value()) << text;
        EXPECT_EQ(*read, hundredths) << text;
        EXPECT_EQ(*parse_percent(percent_text(*read)), hundredths) << text;
    }
    for (const char* text : {"", ".", ".5", "5.", "1.234", "100.01", "101", "-1", "1,5", "5%", "1e1", "1.x"}) {
        EXPECT_FALSE(parse_percent(text).has_value()) << text;
    }
}

TEST(Scalar, ErrorsDoNotRepeatTheValue) {
    EXPECT_EQ(parse_duration("hunter2").error().message.find("hunter2"), std::string::npos);
    EXPECT_EQ(parse_bytes("7hunter").error().message.find("hunter"), std::string::npos);
}

TEST(Scalar, TextsReadBackAlike) {
    for (const std::uint64_t value :
         {0ULL, 1ULL, 1000ULL, 1024ULL, 1536ULL, 60000ULL, 90000ULL, 600000ULL, 7200000ULL, 1073741824ULL}) {
        EXPECT_EQ(*parse_bytes(bytes_text(value)), value);
        EXPECT_EQ(*parse_duration(duration_text(value)), value);
    }
    EXPECT_EQ(duration_text(600000), "10m");
    EXPECT_EQ(duration_text(75000), "75s");
    EXPECT_EQ(bytes_text(65536), "64KiB");
}

}  // namespace
}  // namespace aihub::config
