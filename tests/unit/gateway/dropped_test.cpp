#include "gateway/dropped.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

const std::vector<std::string> kNames{"seed", "logprobs", "seed"};

TEST(Dropped, is_listed_with_each_name_once) {
    EXPECT_EQ(listed(kNames), "seed,logprobs");
    EXPECT_EQ(listed({}), "");
    EXPECT_EQ(listed({"seed", std::string(300, 'x'), "top_k"}), "seed,...");
    EXPECT_EQ(listed({std::string(300, 'x')}), "...");
}

TEST(Dropped, is_no_obstacle_unless_somebody_wants_it_told) {
    Call call;
    EXPECT_TRUE(may_drop(call, false, kNames).has_value());
    EXPECT_TRUE(may_drop(call, true, {}).has_value());
    const auto refused = may_drop(call, true, kNames);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::invalid_request);
    EXPECT_EQ(refused.error().reason, "unsupported_parameter");
    EXPECT_EQ(refused.error().param, "seed");
    EXPECT_NE(refused.error().message.find("seed,logprobs"), std::string::npos);
}

TEST(Dropped, a_client_may_ask_for_all_or_nothing) {
    Call call;
    call.head.fields.push_back({"X-Aihub-Strict", "true"});
    EXPECT_FALSE(may_drop(call, false, kNames).has_value());
    call.head.fields.back().value = "false";
    EXPECT_TRUE(may_drop(call, false, kNames).has_value());
}

}  // namespace
}  // namespace aihub::gateway
