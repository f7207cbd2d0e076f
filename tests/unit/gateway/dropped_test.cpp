#include "gateway/dropped.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

const std::vector<std::string> kNames{"seed", "logprobs", "seed"};

TEST(Dropped, is_listed_with_each_name_once) {
    const Call call;
    EXPECT_EQ(listed(call, kNames), "seed,logprobs");
    EXPECT_EQ(listed(call, {}), "");
    EXPECT_EQ(listed(call, {"seed", std::string(300, 'x'), "top_k"}), "seed,...");
    EXPECT_EQ(listed(call, {std::string(300, 'x')}), "...");
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

TEST(Dropped, has_the_names_of_the_client) {
    Call call;
    call.operation = Operation::generate_content;
    call.members = {{"generationConfig", R"({"topK":4,"seed":7})"}};
    EXPECT_EQ(listed(call, {"top_k", "seed", "generationConfig.seed"}), "generationConfig.topK,generationConfig.seed");
    const auto refused = may_drop(call, true, {"top_k"});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().param, "generationConfig.topK");
    EXPECT_NE(refused.error().message.find("told: generationConfig.topK;"), std::string::npos);
    call.operation = Operation::messages;
    call.members = {{"max_tokens", "5"}};
    EXPECT_EQ(listed(call, {"max_output_tokens"}), "max_tokens");
}

}  // namespace
}  // namespace aihub::gateway
