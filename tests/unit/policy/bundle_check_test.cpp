#include "policy/bundle_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace aihub::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

BundleCheck checked(std::vector<SourceFile> files) {
    auto made = Bundle::make("b", std::move(files));
    EXPECT_TRUE(made) << made.error().message;
    return check_bundle(std::make_shared<const Bundle>(*std::move(made)));
}

const SourceFile kAdmit{
    "admit.lua", "return function(ctx)\n  return { allow = ctx.stream, code = 'c', message = 'm' }\nend\n"};
const SourceFile kGoodSpec{
    "admit_spec.lua", "it('streams', function() expect(aihub.test.admit({ stream = true }).allow).to_be(true) end)\n"};

TEST(BundleCheck, AGoodOneMayRun) {
    const auto without = checked({kAdmit});
    EXPECT_TRUE(without.good()) << without.text();
    EXPECT_EQ(without.specs, 0U);
    const auto with = checked({kAdmit, kGoodSpec});
    EXPECT_TRUE(with.good()) << with.text();
    EXPECT_EQ(with.specs, 1U);
}

TEST(BundleCheck, SaysWhereAMistakeIs) {
    const auto misspelt = checked({{"route.lua", "return function(ctx)\n  return contxt.model\nend\n"}, kGoodSpec});
    EXPECT_THAT(misspelt.findings, ElementsAre(HasSubstr("route.lua:2: there is no \"contxt\"")));
    EXPECT_EQ(misspelt.specs, 0U) << "what cannot be loaded needs no specs run";
}

TEST(BundleCheck, AFailedSpecIsAFinding) {
    const auto failed = checked(
        {kAdmit,
         {"admit_spec.lua", "it('streams', function() expect(aihub.test.admit().allow).to_be(true) end)\n"},
         {"other_spec.lua", kGoodSpec.text}}
    );
    EXPECT_EQ(failed.specs, 2U);
    EXPECT_EQ(failed.text(), "admit_spec.lua: spec \"streams\" failed: admit_spec.lua:1: expected true, got false");
}

TEST(BundleCheck, PricesNeedSpecs) {
    const SourceFile price{
        "price.lua",
        "return function(usage)\n"
        "  local amount = aihub.money('0.01'):times(usage.requests)\n"
        "  return { currency = 'USD', lines = { { kind = 'requests', quantity = usage.requests, amount = amount } } }\n"
        "end\n"};
    EXPECT_THAT(checked({kAdmit, price}).text(), HasSubstr("needs specs; write price_spec.lua beside it"));
    EXPECT_THAT(checked({kAdmit, price, kGoodSpec}).text(), HasSubstr("no spec asks aihub.test.price"));
    const SourceFile spec{
        "price_spec.lua",
        "it('costs a cent', function() expect(aihub.test.price({}).total).to_be(aihub.money('0.01')) end)\n"};
    const auto good = checked({kAdmit, price, spec});
    EXPECT_TRUE(good.good()) << good.text();
}

}  // namespace
}  // namespace aihub::policy
