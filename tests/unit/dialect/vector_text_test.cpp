#include "dialect/vector_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace aihub::dialect {
namespace {

std::string bytes_of(const std::vector<float>& values) {
    std::string bytes;
    for (const float value : values) {
        std::array<char, sizeof(float)> raw{};
        std::memcpy(raw.data(), &value, sizeof(value));
        bytes.append(raw.data(), raw.size());
    }
    return bytes;
}

std::string floats(const std::vector<float>& values) {
    std::string out;
    append_floats(out, bytes_of(values));
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

TEST(VectorText, FloatsAreAsShortAsTheyCanBe) {
    EXPECT_EQ(floats({0.1F, 1.0F, 0.0F, -0.25F, 1e-20F}), "[0.1,1,0,-0.25,1e-20]");
    EXPECT_EQ(floats({}), "[]");
}

TEST(VectorText, WhatJsonDoesNotHaveIsNull) {
    const float infinite = std::numeric_limits<float>::infinity();
    EXPECT_EQ(floats({infinite, -infinite, std::numeric_limits<float>::quiet_NaN(), 2.0F}), "[null,null,null,2]");
}

TEST(VectorText, Base64) {
    // RFC 4648 section 10.
    const std::array<std::pair<std::string_view, std::string_view>, 7> cases{{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    }};
    for (const auto& [bytes, encoded] : cases) {
        EXPECT_EQ(base64(bytes), encoded);
    }
    EXPECT_EQ(base64(bytes_of({1.0F})), "AACAPw==");  // 00 00 80 3f
}

}  // namespace
}  // namespace aihub::dialect
