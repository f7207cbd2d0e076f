#include "policy/report_json.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

TEST(ReportJson, PutsCommasBetweenMembersAndItems) {
    ReportJson json;
    json.open({}, '{');
    json.member("name", "a\"b");
    json.member("count", std::uint64_t{3});
    json.member("share", 0.5);
    json.member("whole", true);
    json.null("none");
    json.open("list", '[');
    json.item(1);
    json.item(2);
    json.open({}, '{');
    json.close('}');
    json.close(']');
    json.open("empty", '[');
    json.close(']');
    json.close('}');
    EXPECT_EQ(
        json.take(),
        "{\"name\":\"a\\\"b\",\"count\":3,\"share\":0.500000,\"whole\":true,\"none\":null,"
        "\"list\":[1,2,{}],\"empty\":[]}\n"
    );
}

TEST(ReportJson, ADecimalHasItsPlaces) {
    EXPECT_EQ(decimal(1.005, 1), "1.0");
    EXPECT_EQ(decimal(-2, 3), "-2.000");
}

}  // namespace
}  // namespace aihub::policy
