#include "control/policy_reviews_resource.hpp"

#include "policy/decision_log.hpp"
#include "support/decision_fixture.hpp"
#include "support/policy_api_fixture.hpp"

#include <thread>

namespace aihub::control {
namespace {

using ::testing::HasSubstr;

class PolicyReviewsResource : public testing::PolicyApiTest {
protected:
    PolicyReviewsResource() {
        PolicyReviews parts{
            clock,
            [this] {
                if (meanwhile) {
                    std::exchange(meanwhile, nullptr)();
                }
                return PolicyReviewSettings{decisions.path(), {}};
            },
            [this](const std::string& which) -> Result<std::shared_ptr<const policy::Bundle>> {
                return AIHUB_TRY(store.get(which)).bundle;
            },
            [this] { return stopping; },
            std::chrono::seconds(1)};
        add_policy_reviews(table, std::move(parts));
        one = put("one");
        two = put("two");
    }
    // What the gateway writes while the bundle of this hash decides about `count` calls: req_0, req_1 ...
    void record(const std::string& hash, int count) {
        const auto bundle = store.get(hash)->bundle;
        const auto state = policy::PolicyState::open(bundle, policy::StateOptions());
        ASSERT_TRUE(state) << state.error().message;
        policy::DecisionLogOptions options;
        options.directory = decisions.path();
        policy::DecisionLog written(options, clock, log, metrics);
        auto& lane = written.lane();
        for (int i = 0; i < count; ++i) {
            const auto id = "req_" + std::to_string(i);
            auto call = testing::full_facts();
            call.request_id = id;
            call.key = i % 2 == 0 ? "ak_1" : "ak_2";
            call.now = clock.wall_now() - std::chrono::hours(i);
            lane.record(
                {policy::Hook::admit, policy::DecidedAs::active, "eu", bundle->hash(), call}, (*state)->admit(call)
            );
        }
        written.stop();
    }
    [[nodiscard]] Answer explain(const std::string& body) { return ask(reader, "POST", "/v1/policies/explain", body); }
    [[nodiscard]] Answer replay(const std::string& hash, const std::string& mode, const std::string& more = {}) {
        return ask(
            reader, "POST", "/v1/policies/replay", R"({"bundle":")" + hash + R"(","mode":")" + mode + "\"" + more + "}"
        );
    }
    [[nodiscard]] static std::int64_t number(const Answer& answer, const char* member) {
        return boost::json::parse(answer.body).at(member).as_int64();
    }
    [[nodiscard]] static bool complete(const Answer& answer) {
        return boost::json::parse(answer.body).at("complete").as_bool();
    }

    testing::DecisionFolder decisions;
    std::function<void()> meanwhile;  // done once, in the middle of a request
    bool stopping = false;
    std::string one;
    std::string two;
};

TEST_F(PolicyReviewsResource, a_recorded_call_is_explained) {
    record(one, 3);
    const auto answer = explain(R"({"request_id":"req_1"})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto explained = boost::json::parse(answer.body);
    ASSERT_EQ(explained.at("hooks").as_array().size(), 1U);
    const auto& hook = explained.at("hooks").at(0);
    EXPECT_EQ(hook.at("hook").as_string(), "admit");
    EXPECT_EQ(hook.at("hash").as_string(), one);
    EXPECT_EQ(hook.at("part").as_string(), "active");
    EXPECT_EQ(hook.at("said").at("text").as_string(), "refused: one (m)");
    EXPECT_TRUE(hook.at("now").is_null());
    EXPECT_EQ(hook.at("lines").at(0).at("line").as_int64(), 2);
    EXPECT_THAT(std::string(hook.at("lines").at(0).at("text").as_string()), HasSubstr("code = 'one'"));

    const auto other = boost::json::parse(explain(R"({"request_id":"req_1","bundle":")" + two + "\"}").body);
    EXPECT_EQ(other.at("hooks").at(0).at("now").at("text").as_string(), "refused: two (m)");
}

TEST_F(PolicyReviewsResource, a_call_that_was_not_made_is_explained) {
    const auto answer = explain(R"({"facts":{"organization":"acme"},"bundle":")" + two.substr(0, 8) + "\"}");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto hook = boost::json::parse(answer.body).at("hooks").at(0);
    EXPECT_TRUE(hook.at("said").is_null());
    EXPECT_EQ(hook.at("now").at("text").as_string(), "refused: two (m)");
    EXPECT_EQ(hook.at("inputs").at(0).at("name").as_string(), "organization");
}

TEST_F(PolicyReviewsResource, what_cannot_be_explained) {
    record(one, 1);
    EXPECT_EQ(outcome(explain(R"({"request_id":"req_7"})")), "404 not_found");
    EXPECT_EQ(outcome(explain(R"({"request_id":"req_0","bundle":"0000000000"})")).substr(0, 3), "404");
    EXPECT_EQ(outcome(explain(R"({"facts":{},"bundle":"0000000000"})")).substr(0, 3), "404");
    const auto bundle = R"(,"bundle":")" + one + "\"}";
    EXPECT_EQ(outcome(explain(R"({"facts":[])" + bundle)), "422 invalid_facts facts");
    EXPECT_EQ(outcome(explain(R"({"facts":{"stream":"yes"})" + bundle)), "422 invalid_facts facts");
    const auto misspelt = explain(R"({"facts":{"organisation":"acme"})" + bundle);
    EXPECT_EQ(outcome(misspelt), "422 invalid_facts facts");
    EXPECT_THAT(misspelt.body, HasSubstr("organisation is not known"));
    EXPECT_EQ(outcome(explain("{}")), "400 invalid_body request_id");
    EXPECT_EQ(outcome(explain(R"({"request_id":""})")), "400 invalid_body request_id");
    EXPECT_EQ(outcome(explain(R"({"request_id":"r","facts":{}})")), "400 invalid_body facts");
    EXPECT_EQ(outcome(explain(R"({"facts":{}})")), "400 invalid_body bundle");
    EXPECT_EQ(outcome(explain(R"({"request_id":"r","lines":1})")), "400 invalid_body lines");
    EXPECT_EQ(outcome(ask(nobody, "POST", "/v1/policies/explain", "{}")), "403 permission_missing policies.read");
}

TEST_F(PolicyReviewsResource, a_bundle_is_verified_and_a_candidate_compared) {
    record(one, 10);
    const auto verified = replay(one, "verify");
    ASSERT_EQ(verified.status, 200) << verified.body;
    EXPECT_EQ(number(verified, "compared"), 10);
    EXPECT_EQ(number(verified, "changed"), 0);
    EXPECT_TRUE(complete(verified));
    EXPECT_EQ(number(replay(two, "verify"), "other_bundle"), 10);
    const auto candidate = replay(two, "candidate");
    EXPECT_EQ(number(candidate, "changed"), 10);
    const auto change = boost::json::parse(candidate.body).at("changes").at(0);
    EXPECT_EQ(change.at("before").as_string(), "refused: one (m)");
    EXPECT_EQ(change.at("after").as_string(), "refused: two (m)");
}

TEST_F(PolicyReviewsResource, a_choice_of_records_is_replayed) {
    record(one, 10);
    EXPECT_EQ(number(replay(one, "verify", R"(,"key":"ak_2")"), "compared"), 5);
    EXPECT_EQ(number(replay(one, "verify", R"(,"since":"150m")"), "compared"), 3);
    EXPECT_EQ(number(replay(one, "verify", R"(,"sample":100)"), "compared"), 10);
    EXPECT_LT(number(replay(one, "verify", R"(,"sample":0.01)"), "compared"), 10);
}

TEST_F(PolicyReviewsResource, what_a_replay_left_out_is_said) {
    record(one, 10);
    const auto few = replay(one, "verify", R"(,"records_max":4)");
    EXPECT_EQ(number(few, "compared"), 4);
    EXPECT_FALSE(complete(few));
    EXPECT_GT(number(few, "unread_bytes"), 0);
    EXPECT_TRUE(complete(replay(one, "verify", R"(,"records_max":10)")));

    // The time is up before anything was read.
    meanwhile = [] {};
    stopping = true;
    const auto none = replay(one, "verify");
    EXPECT_EQ(number(none, "compared"), 0);
    EXPECT_FALSE(complete(none));
    EXPECT_EQ(outcome(explain(R"({"request_id":"req_1"})")), "504 timeout");
}

TEST_F(PolicyReviewsResource, one_runs_at_a_time) {
    record(one, 2);
    Answer second;
    meanwhile = [&] { const std::jthread other([&] { second = replay(one, "verify"); }); };
    EXPECT_EQ(replay(one, "verify").status, 200);
    EXPECT_EQ(outcome(second), "429 busy");
    ASSERT_EQ(second.fields.size(), 1U);
    EXPECT_EQ(second.fields.front().first, "Retry-After");
    meanwhile = [&] { const std::jthread other([&] { second = explain(R"({"request_id":"req_1"})"); }); };
    EXPECT_EQ(explain(R"({"request_id":"req_1"})").status, 200);
    EXPECT_EQ(outcome(second), "429 busy");
    EXPECT_EQ(replay(one, "verify").status, 200);
}

TEST_F(PolicyReviewsResource, what_cannot_be_replayed) {
    EXPECT_EQ(outcome(replay("0000000000", "verify")).substr(0, 3), "404");
    EXPECT_EQ(outcome(replay(one, "both")), "400 invalid_body mode");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"since":"yesterday")")), "400 invalid_body since");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"sample":"5%")")), "400 invalid_body sample");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"sample":0)")), "400 invalid_body sample");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"records_max":0)")), "400 invalid_body records_max");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"records_max":1000001)")), "400 invalid_body records_max");
    EXPECT_EQ(outcome(replay(one, "verify", R"(,"workers":2)")), "400 invalid_body workers");
    EXPECT_EQ(outcome(ask(nobody, "POST", "/v1/policies/replay", "{}")), "403 permission_missing policies.read");
}

}  // namespace
}  // namespace aihub::control
