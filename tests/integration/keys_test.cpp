// API keys made, listed and revoked beside a running server.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Keys : public Gateway {
protected:
    void SetUp() override {
        start();
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    int status_with(const std::string& other) {
        return call(http_request("POST", kChat, chat_body(), "Authorization: Bearer " + other + "\r\n")).status();
    }
};

TEST_F(Keys, CreateUseListRevoke) {
    const auto made = server->command({"key", "create", "--name", "second", "--json"});
    ASSERT_EQ(made.status, 0) << made.err;
    const auto object = parse(made.out);
    const std::string second(object.at("key").as_string());
    const std::string id(object.at("record").at("id").as_string());
    EXPECT_TRUE(eventually([&] { return status_with(second) == 200; }));

    const auto list = server->command({"key", "list", "--json"});
    ASSERT_EQ(list.status, 0) << list.err;
    EXPECT_THAT(list.out, HasSubstr(id));
    EXPECT_THAT(list.out, HasSubstr("second"));
    EXPECT_THAT(list.out, Not(HasSubstr(second))) << "a key was shown again";

    const auto revoked = server->command({"key", "revoke", id});
    ASSERT_EQ(revoked.status, 0) << revoked.err;
    EXPECT_TRUE(eventually([&] { return status_with(second) == 401; }));
    EXPECT_EQ(status_with(key), 200) << "the first key went with it";
}

TEST_F(Keys, TheListSaysWhatAKeyIsLimitedTo) {
    ASSERT_EQ(server->command({"key", "create", "--name", "narrow", "--models", "fast,other"}).status, 0);
    const auto list = server->command({"key", "list"});
    ASSERT_EQ(list.status, 0) << list.err;
    EXPECT_THAT(list.out, HasSubstr("  narrow  only fast,other\n"));
}

TEST_F(Keys, TheListSaysWhatAKeyMayDoAndItsTags) {
    const auto made = server->command(
        {"key",
         "create",
         "--name",
         "operator",
         "--permission",
         "policies.write",
         "--permission",
         "policies.read",
         "--tag",
         "residency=eu",
         "--tag",
         "note=a=b"}
    );
    ASSERT_EQ(made.status, 0) << made.err;
    const auto list = server->command({"key", "list"});
    ASSERT_EQ(list.status, 0) << list.err;
    EXPECT_THAT(list.out, HasSubstr("  first key  may platform.admin\n"));
    EXPECT_THAT(list.out, HasSubstr("  operator  may policies.read,policies.write  note=a=b  residency=eu\n"));

    const auto unknown = server->command({"key", "create", "--name", "x", "--permission", "policies"});
    EXPECT_GT(unknown.status, 0);
    EXPECT_THAT(unknown.err, HasSubstr("there is no such permission; there are platform.admin, "));
    EXPECT_GT(server->command({"key", "create", "--name", "x", "--tag", "residency"}).status, 0);
}

TEST_F(Keys, RevokingAnUnknownOneFails) {
    const auto revoked = server->command({"key", "revoke", "ak_nothing"});
    EXPECT_GT(revoked.status, 0);
    // It may be a key pasted by mistake, so it is not told back.
    EXPECT_THAT(revoked.err, HasSubstr("no key"));
    EXPECT_THAT(revoked.err, Not(HasSubstr("ak_nothing")));
}

TEST_F(Keys, FirstKeyIsPrivateAndSurvivesARestart) {
    const auto before = key;
    server->terminate();
    ASSERT_EQ(server->wait_for_exit(), 0);
    ASSERT_TRUE(server->start()) << server->output();
    EXPECT_EQ(server->first_key(), before);
    EXPECT_EQ(status_with(before), 200);
}

}  // namespace
}  // namespace aihub::testing
