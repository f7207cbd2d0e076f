#include "control/paging.hpp"

#include <gtest/gtest.h>

namespace aihub::control {
namespace {

using Query = std::map<std::string, std::string, std::less<>>;

// One page of 1 to 5, or the parameter that is wrong.
std::string page(const Query& query) {
    const auto wanted = page_of(query);
    if (!wanted) {
        EXPECT_EQ(wanted.error().code, Errc::invalid_request);
        return wanted.error().param;
    }
    const std::vector<int> numbers{1, 2, 3, 4, 5};
    const auto name = [](int number) { return "n" + std::to_string(number); };
    const auto append = [](std::string& out, int number) { out += std::to_string(number); };
    const auto answer = list_page(numbers, *wanted, name, append);
    return answer ? answer->body : answer.error().param;
}

TEST(Paging, goes_through_the_list_by_cursor) {
    EXPECT_EQ(page({}), R"({"data":[1,2,3,4,5],"next_cursor":null})");
    EXPECT_EQ(page({{"limit", "2"}}), R"({"data":[1,2],"next_cursor":"n2"})");
    EXPECT_EQ(page({{"limit", "2"}, {"cursor", "n2"}}), R"({"data":[3,4],"next_cursor":"n4"})");
    EXPECT_EQ(page({{"limit", "2"}, {"cursor", "n4"}}), R"({"data":[5],"next_cursor":null})");
    EXPECT_EQ(page({{"limit", "5"}}), R"({"data":[1,2,3,4,5],"next_cursor":null})");
    EXPECT_EQ(page({{"cursor", "n5"}}), R"({"data":[],"next_cursor":null})");
}

TEST(Paging, refuses_what_it_does_not_know) {
    for (const char* limit : {"0", "201", "-1", "two", "1.5", "", "99999999999999999999999"}) {
        EXPECT_EQ(page({{"limit", limit}}), "limit") << limit;
    }
    EXPECT_EQ(page({{"cursor", "gone"}}), "cursor");
    EXPECT_EQ(page({{"page", "2"}}), "page");
}

}  // namespace
}  // namespace aihub::control
