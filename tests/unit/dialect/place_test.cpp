#include "dialect/place.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

TEST(Place, IsAPath) {
    const Place root;
    EXPECT_EQ(root.text(), "");
    EXPECT_EQ(root.member("model").text(), "model");
    EXPECT_EQ(root.member("messages").element(12).member("content").element(0).text(), "messages[12].content[0]");
}

}  // namespace
}  // namespace aihub::dialect
