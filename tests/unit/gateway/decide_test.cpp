#include "gateway/decide.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

Result<Verdict> decided(std::vector<std::string> allowed, std::string model) {
    model::Principal principal;
    principal.models = std::move(allowed);
    Call call;
    call.model = std::move(model);
    return decide(principal, call);
}

TEST(Decide, a_key_without_a_list_may_use_every_model) {
    EXPECT_TRUE(decided({}, "anything"));
}

TEST(Decide, a_key_with_a_list_may_use_exactly_these_names) {
    EXPECT_TRUE(decided({"small", "large"}, "large"));
    for (const auto* other : {"larg", "larger", "Large", "acme/large", ""}) {
        const auto verdict = decided({"small", "large"}, other);
        ASSERT_FALSE(verdict) << other;
        EXPECT_EQ(verdict.error().code, Errc::forbidden);
        EXPECT_EQ(verdict.error().reason, "model_not_allowed");
        EXPECT_EQ(verdict.error().param, "model");
    }
}

TEST(Decide, cuts_a_long_name_in_its_error) {
    EXPECT_LT(decided({"large"}, std::string(100000, 'x')).error().message.size(), 300U);
}

static_assert(!std::is_default_constructible_v<Verdict>);  // only decide() makes one

}  // namespace
}  // namespace aihub::gateway
