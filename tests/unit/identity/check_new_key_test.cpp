#include "identity/check_new_key.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace aihub::identity {
namespace {

const WallTime kNow{std::chrono::hours(1000)};

// The part that is wrong, "fine" without one.
std::string wrong_part(const NewKey& wanted) {
    const auto outcome = check_new_key(wanted, kNow);
    if (outcome) {
        return "fine";
    }
    EXPECT_EQ(outcome.error().code, Errc::invalid_request);
    EXPECT_FALSE(outcome.error().message.empty());
    return outcome.error().param;
}

TEST(CheckNewKey, takes_what_is_right_up_to_the_limits) {
    EXPECT_EQ(wrong_part({"n"}), "fine");
    EXPECT_EQ(wrong_part({"web shop, 2nd floor"}), "fine");
    EXPECT_EQ(wrong_part({std::string(kKeyNameMax, 'n')}), "fine");
    EXPECT_EQ(wrong_part({"n", std::vector<std::string>(kKeyModelsMax, "m")}), "fine");
    EXPECT_EQ(wrong_part({"n", {std::string(200, 'm')}}), "fine");
    EXPECT_EQ(wrong_part({"n", {}, kNow + std::chrono::microseconds(1)}), "fine");
    EXPECT_EQ(wrong_part({"n", {}, {}, "my-brand2", "test"}), "fine");
}

TEST(CheckNewKey, names_the_part_that_is_wrong) {
    EXPECT_EQ(wrong_part({""}), "name");
    EXPECT_EQ(wrong_part({std::string(kKeyNameMax + 1, 'n')}), "name");
    EXPECT_EQ(wrong_part({"line\nbreak"}), "name");
    EXPECT_EQ(wrong_part({"ak_name"}), "name");
    EXPECT_EQ(wrong_part({"n", {""}}), "models");
    EXPECT_EQ(wrong_part({"n", {std::string(201, 'm')}}), "models");
    EXPECT_EQ(wrong_part({"n", {std::string("m\0", 2)}}), "models");
    EXPECT_EQ(wrong_part({"n", std::vector<std::string>(kKeyModelsMax + 1, "m")}), "models");
    EXPECT_EQ(wrong_part({"n", {}, kNow}), "expires_at");
    EXPECT_EQ(wrong_part({"n", {}, {}, "Brand"}), "identity.key_prefix");
    EXPECT_EQ(wrong_part({"n", {}, {}, ""}), "identity.key_prefix");
    EXPECT_EQ(wrong_part({"n", {}, {}, std::string(21, 'b')}), "identity.key_prefix");
    EXPECT_EQ(wrong_part({"n", {}, {}, "aihub", "li_ve"}), "identity.key_prefix");
}

std::string wrong_tags(std::vector<std::pair<std::string, std::string>> tags) {
    NewKey wanted{"n"};
    wanted.tags = std::move(tags);
    return wrong_part(wanted);
}

TEST(CheckNewKey, takes_the_permissions_that_there_are) {
    NewKey wanted{"n"};
    wanted.permissions = {"platform.admin", "policies.read"};
    EXPECT_EQ(wrong_part(wanted), "fine");
    wanted.permissions = {"policies.read", "policies"};
    EXPECT_EQ(wrong_part(wanted), "permissions");
}

TEST(CheckNewKey, takes_tags_that_can_be_named) {
    EXPECT_EQ(wrong_tags({{"residency", "eu"}, {"cost-centre.2", ""}}), "fine");
    EXPECT_EQ(wrong_tags({{std::string(kTagNameMax, 'n'), std::string(kTagValueMax, 'v')}}), "fine");
    EXPECT_EQ(wrong_tags({{std::string(kTagNameMax + 1, 'n'), "v"}}), "tags");
    EXPECT_EQ(wrong_tags({{"n", std::string(kTagValueMax + 1, 'v')}}), "tags");
    EXPECT_EQ(wrong_tags({{"", "v"}}), "tags");
    EXPECT_EQ(wrong_tags({{"Residency", "v"}}), "tags");
    EXPECT_EQ(wrong_tags({{"n", "line\nbreak"}}), "tags");
    EXPECT_EQ(wrong_tags({{"n", "a"}, {"n", "b"}}), "tags");
    std::vector<std::pair<std::string, std::string>> many;
    for (std::size_t i = 0; i < kKeyTagsMax; ++i) {
        many.emplace_back("t" + std::to_string(i), "v");
    }
    EXPECT_EQ(wrong_tags(many), "fine");
    many.emplace_back("one.more", "v");
    EXPECT_EQ(wrong_tags(many), "tags");
}

}  // namespace
}  // namespace aihub::identity
