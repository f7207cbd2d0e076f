#include "gateway/caller.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

class CallerTest : public ::testing::Test {
protected:
    std::string user_of(std::string_view name, std::string_view value) {
        call.members = {{"model", "\"m\""}, {name, value}};
        return std::string(caller_of(call, principal).user);
    }
    Call call;
    model::Principal principal;
};

TEST_F(CallerTest, of_nothing_nothing_is_known) {
    const auto caller = caller_of(call, principal);
    EXPECT_EQ(caller.organization, "");
    EXPECT_EQ(caller.user, "");
    EXPECT_EQ(caller.session, "");
}

TEST_F(CallerTest, tags_of_the_key_say_who_it_is) {
    principal.tags = {{"organization", "acme"}, {"region", "eu"}, {"team", "search"}, {"user", "ann"}};
    call.trail.row.key_id = "ak_1";
    const auto caller = caller_of(call, principal);
    EXPECT_EQ(caller.organization, "acme");
    EXPECT_EQ(caller.team, "search");
    EXPECT_EQ(caller.region, "eu");
    EXPECT_EQ(caller.key, "ak_1");
    EXPECT_EQ(user_of("user", "\"bob\""), "ann") << "the operator's word goes first";
}

TEST_F(CallerTest, without_a_tag_the_request_may_name_the_user) {
    EXPECT_EQ(user_of("user", "\"bob\""), "bob");
    EXPECT_EQ(user_of("metadata", R"({"other":1,"user_id":"bob"})"), "bob");
    EXPECT_EQ(user_of("metadata", R"({"user_id":7})"), "");
    EXPECT_EQ(user_of("metadata", "\"bob\""), "");
    EXPECT_EQ(user_of("user", R"("b\u006fb")"), "");
    EXPECT_EQ(user_of("user", "{}"), "");
    EXPECT_EQ(user_of("user", "\"" + std::string(300, 'x') + "\""), "");
}

TEST_F(CallerTest, the_session_is_a_header_of_bounded_length) {
    const std::string session(300, 's');
    call.head.fields = {{"X-AIHub-Session", session}};
    EXPECT_EQ(caller_of(call, principal).session.size(), 256U);
}

}  // namespace
}  // namespace aihub::gateway
