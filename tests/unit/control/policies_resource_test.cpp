#include "control/policies_resource.hpp"

#include "support/policy_api_fixture.hpp"

namespace aihub::control {
namespace {

using ::testing::HasSubstr;

class PoliciesResource : public testing::PolicyApiTest {
protected:
    Answer activate(const std::string& body) { return ask(writer, "POST", "/v1/policies/activate", body); }
    std::string activated(const std::string& body) { return outcome(activate(body)); }
    boost::json::value status() { return boost::json::parse(ask(reader, "GET", "/v1/policies").body); }
};

TEST_F(PoliciesResource, a_bundle_is_activated_and_taken_back) {
    EXPECT_TRUE(status().at("active").is_null());
    const auto one = put("one");
    const auto two = put("two");
    const auto first = activate(R"({"hash":")" + one + R"(","comment":"start"})");
    EXPECT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(testing::PolicyApiTest::text_of(first.body, "hash"), one);
    EXPECT_THAT(testing::PolicyApiTest::text_of(first.body, "actor"), HasSubstr("(test)"));
    ASSERT_EQ(first.fields.size(), 1U);
    EXPECT_EQ(first.fields.front(), (std::pair<std::string, std::string>("ETag", "\"1\"")));
    EXPECT_EQ(activated(R"({"hash":")" + two + R"(","stage":"canary","share":2.5})"), "200");
    EXPECT_EQ(status().at("active").at("hash").as_string(), one);
    EXPECT_EQ(status().at("candidate").at("hash").as_string(), two);
    EXPECT_EQ(status().at("candidate").at("share").as_double(), 2.5);
    EXPECT_EQ(activated(R"({"hash":")" + two.substr(0, 12) + "\"}"), "200");
    EXPECT_EQ(status().at("active").at("hash").as_string(), two);
    EXPECT_EQ(outcome(ask(writer, "POST", "/v1/policies/rollback", R"({"comment":"no"})")), "200");
    EXPECT_EQ(status().at("active").at("hash").as_string(), one);
    EXPECT_EQ(activated(R"({"hash":null})"), "200");
    EXPECT_TRUE(status().at("active").is_null());

    const auto history = boost::json::parse(ask(reader, "GET", "/v1/policies/history?limit=2").body);
    ASSERT_EQ(history.at("data").as_array().size(), 2U);
    EXPECT_EQ(history.at("data").at(0).at("version").as_int64(), 5);
    const auto rest = boost::json::parse(
        ask(reader, "GET", "/v1/policies/history?cursor=" + std::string(history.at("next_cursor").as_string())).body
    );
    ASSERT_EQ(rest.at("data").as_array().size(), 3U);
    EXPECT_EQ(rest.at("data").at(2).at("comment").as_string(), "start");
}

TEST_F(PoliciesResource, who_saw_another_state_changes_nothing) {
    const auto one = put("one");
    const auto two = put("two");
    EXPECT_EQ(activated(R"({"hash":")" + one + R"(","expected":")" + two + "\"}"), "409 policy_conflict");
    EXPECT_EQ(activated(R"({"hash":")" + one + R"(","expected":null})"), "200");
    EXPECT_EQ(activated(R"({"hash":")" + two + R"(","expected":null})"), "409 policy_conflict");
    Incoming incoming;
    incoming.method = "POST";
    incoming.target = "/v1/policies/activate";
    incoming.authorization = "Bearer " + writer;
    incoming.body = R"({"hash":")" + two + "\"}";
    incoming.if_match = "\"7\"";
    EXPECT_EQ(outcome(service->serve(incoming)), "409 policy_conflict");
    incoming.if_match = "W/\"1\"";
    EXPECT_EQ(outcome(service->serve(incoming)), "400 invalid_header if-match");
    incoming.if_match = "\"1\"";
    EXPECT_EQ(outcome(service->serve(incoming)), "200");
    EXPECT_EQ(status().at("version").as_int64(), 2);
}

TEST_F(PoliciesResource, a_wrong_body_is_refused_with_its_member) {
    const auto one = put("one");
    const std::string hash = R"("hash":")" + one + "\"";
    EXPECT_EQ(activated(""), "400 invalid_body hash");
    EXPECT_EQ(activated(R"({"hash":7})"), "400 invalid_body hash");
    EXPECT_EQ(activated("{" + hash + R"(,"stage":"half"})"), "400 invalid_body stage");
    EXPECT_EQ(activated("{" + hash + R"(,"share":5})"), "400 invalid_body share");
    for (const char* share : {"0", "100.01", "0.001", "-5", "\"5\"", "null"}) {
        EXPECT_EQ(activated("{" + hash + R"(,"stage":"canary","share":)" + share + "}"), "400 invalid_body share")
            << share;
    }
    EXPECT_EQ(activated("{" + hash + R"(,"expceted":null})"), "400 invalid_body expceted");
    EXPECT_EQ(activated(R"({"hash":"0123456789abcdef"})").substr(0, 3), "404");
    EXPECT_EQ(status().at("version").as_int64(), 0);
    EXPECT_EQ(outcome(ask(writer, "POST", "/v1/policies/rollback", "{}")).substr(0, 3), "409");
}

TEST_F(PoliciesResource, readers_change_nothing) {
    const auto one = put("one");
    EXPECT_EQ(
        outcome(ask(reader, "POST", "/v1/policies/activate", R"({"hash":")" + one + "\"}")),
        "403 permission_missing policies.write"
    );
    EXPECT_EQ(outcome(ask(reader, "POST", "/v1/policies/rollback")), "403 permission_missing policies.write");
}

TEST_F(PoliciesResource, what_comes_from_a_folder_is_not_changed_here) {
    const auto one = put("one");
    folder = "/etc/policies";
    EXPECT_EQ(activated(R"({"hash":")" + one + "\"}"), "409 policies_from_folder");
    EXPECT_EQ(outcome(ask(writer, "POST", "/v1/policies/rollback")), "409 policies_from_folder");
    EXPECT_EQ(status().at("folder").as_string(), "/etc/policies");
}

}  // namespace
}  // namespace aihub::control
