#include "control/policy_bundles_resource.hpp"

#include "support/policy_api_fixture.hpp"

namespace aihub::control {
namespace {

using ::testing::HasSubstr;

class PolicyBundlesResource : public testing::PolicyApiTest {};

const std::string kBroken =
    R"x({"name":"eu","files":[{"name":"route.lua","text":"return function()\n  return contxt\nend\n"}]})x";
const std::string kSpecs =
    R"x({"name":"eu","files":[{"name":"admit.lua","text":"return function(ctx) return { allow = true } end"},)x"
    R"x({"name":"admit_spec.lua","text":"it('one', function() expect(aihub.test.admit({}).allow).to_be(WORD) end)"}]})x";

std::string specs_that_expect(const std::string& word) {
    auto text = kSpecs;
    return text.replace(text.find("WORD"), 4, word);
}

TEST_F(PolicyBundlesResource, a_bundle_is_stored_listed_and_shown) {
    const auto stored = ask(writer, "PUT", "/v1/policies/bundles", bundle_body("one", R"(,"comment":"first")"));
    ASSERT_EQ(stored.status, 201) << stored.body;
    const auto hash = text_of(stored.body, "hash");
    EXPECT_EQ(text_of(stored.body, "comment"), "first");
    EXPECT_THAT(text_of(stored.body, "author"), HasSubstr("(test)"));
    ASSERT_EQ(stored.fields.size(), 1U);
    EXPECT_EQ(stored.fields.front().second, "/v1/policies/bundles/" + hash);
    EXPECT_EQ(outcome(ask(writer, "PUT", "/v1/policies/bundles", bundle_body("one"))), "201") << "the same again";
    const auto other = put("two");

    const auto list = boost::json::parse(ask(reader, "GET", "/v1/policies/bundles").body);
    EXPECT_EQ(list.at("data").as_array().size(), 2U);
    const auto page = boost::json::parse(ask(reader, "GET", "/v1/policies/bundles?limit=1").body);
    EXPECT_EQ(page.at("next_cursor"), page.at("data").at(0).at("hash"));

    const auto shown = boost::json::parse(ask(reader, "GET", "/v1/policies/bundles/" + hash.substr(0, 8)).body);
    EXPECT_EQ(shown.at("hash").as_string(), hash);
    EXPECT_THAT(std::string(shown.at("files").at(0).at("text").as_string()), HasSubstr("code = 'one'"));
    EXPECT_EQ(outcome(ask(reader, "GET", "/v1/policies/bundles/0000000000")).substr(0, 3), "404");
    EXPECT_NE(other, hash);
}

TEST_F(PolicyBundlesResource, what_may_not_run_is_not_stored_and_file_and_line_are_said) {
    const auto refused = ask(writer, "PUT", "/v1/policies/bundles", kBroken);
    EXPECT_EQ(outcome(refused), "422 bundle_refused files");
    const auto finding = boost::json::parse(refused.body).at("error").at("findings").at(0);
    EXPECT_EQ(finding.at("file").as_string(), "route.lua");
    EXPECT_EQ(finding.at("line").as_int64(), 2);
    EXPECT_THAT(std::string(finding.at("message").as_string()), HasSubstr("contxt"));
    EXPECT_EQ(
        outcome(ask(writer, "PUT", "/v1/policies/bundles", specs_that_expect("false"))), "422 bundle_refused files"
    );
    EXPECT_EQ(ask(reader, "GET", "/v1/policies/bundles").body, R"({"data":[],"next_cursor":null})");
}

TEST_F(PolicyBundlesResource, lint_says_what_is_wrong_and_stores_nothing) {
    const auto clean = boost::json::parse(ask(reader, "POST", "/v1/policies/lint", bundle_body("one")).body);
    EXPECT_TRUE(clean.at("findings").as_array().empty());
    const auto broken = boost::json::parse(ask(reader, "POST", "/v1/policies/lint", kBroken).body);
    EXPECT_EQ(broken.at("findings").at(0).at("line").as_int64(), 2);
    EXPECT_EQ(ask(reader, "GET", "/v1/policies/bundles").body, R"({"data":[],"next_cursor":null})");
}

TEST_F(PolicyBundlesResource, test_runs_the_specs) {
    const auto good = boost::json::parse(ask(reader, "POST", "/v1/policies/test", specs_that_expect("true")).body);
    EXPECT_TRUE(good.at("passed").as_bool());
    EXPECT_EQ(good.at("results").at(0).at("name").as_string(), "one");
    EXPECT_EQ(good.at("coverage").at(0).at("file").as_string(), "admit.lua");
    const auto bad = boost::json::parse(ask(reader, "POST", "/v1/policies/test", specs_that_expect("false")).body);
    EXPECT_FALSE(bad.at("passed").as_bool());
    EXPECT_THAT(std::string(bad.at("results").at(0).at("failure").as_string()), HasSubstr("expected false, got true"));
    EXPECT_EQ(outcome(ask(reader, "POST", "/v1/policies/test", bundle_body("one"))).substr(0, 3), "400") << "no specs";
}

TEST_F(PolicyBundlesResource, wrong_bodies_and_missing_rights) {
    EXPECT_EQ(
        outcome(ask(reader, "PUT", "/v1/policies/bundles", bundle_body("one"))), "403 permission_missing policies.write"
    );
    EXPECT_EQ(
        outcome(ask(writer, "PUT", "/v1/policies/bundles", bundle_body("one", R"(,"note":"")"))),
        "400 invalid_body note"
    );
    EXPECT_EQ(outcome(ask(writer, "PUT", "/v1/policies/bundles", "{}")), "400 invalid_body name");
    EXPECT_EQ(
        outcome(ask(reader, "POST", "/v1/policies/lint", bundle_body("one", R"(,"comment":"")"))),
        "400 invalid_body comment"
    );
}

}  // namespace
}  // namespace aihub::control
