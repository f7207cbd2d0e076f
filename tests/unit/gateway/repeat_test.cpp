#include "gateway/repeat.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

using capability::Failure;
using capability::FailureKind;
using std::chrono::milliseconds;

constexpr Repeat kNone{false, false};
constexpr Repeat kOther{false, true};
constexpr Repeat kBoth{true, true};

catalog::Policy policy(bool retry_accepted = false) {
    catalog::Policy policy;
    policy.retries.retry_accepted = retry_accepted;
    policy.fallback = catalog::FallbackTable({"default"});
    return policy;
}

Repeat after(FailureKind kind, int status, bool accepted, bool retry_accepted = false, std::string detail = {}) {
    const Failure failure{kind, status, {}, "", std::move(detail)};
    return may_repeat(failure, accepted, policy(retry_accepted));
}

TEST(MayRepeat, what_was_not_begun_goes_anywhere) {
    EXPECT_EQ(after(FailureKind::rate_limit, 429, true), kBoth);
    EXPECT_EQ(after(FailureKind::overloaded, 529, true), kBoth);
    EXPECT_EQ(after(FailureKind::overloaded, 200, true), kBoth);  // said inside a 200
    EXPECT_EQ(after(FailureKind::upstream, 503, true), kBoth);
    EXPECT_EQ(after(FailureKind::network, 0, false), kBoth);
    EXPECT_EQ(after(FailureKind::timeout, 0, false), kBoth);  // of connecting
}

TEST(MayRepeat, an_answer_for_which_there_was_no_room_is_not_asked_for_again) {
    Failure failure{FailureKind::overloaded, 200, {}, "", {}};
    failure.gateway_full = true;
    EXPECT_EQ(may_repeat(failure, true, policy(true)), kNone);
    EXPECT_FALSE(is_outage(failure)) << "the provider did its part";
}

TEST(MayRepeat, what_the_provider_ended_itself_goes_to_others) {
    EXPECT_EQ(after(FailureKind::upstream, 500, true), kOther);
    EXPECT_EQ(after(FailureKind::upstream, 200, true, false, R"({"message":"oops"})"), kOther);
    EXPECT_EQ(after(FailureKind::auth, 401, true), kOther);
    EXPECT_EQ(after(FailureKind::not_found, 404, true), kOther);
    EXPECT_EQ(after(FailureKind::quota, 402, true), kOther);
    EXPECT_EQ(after(FailureKind::invalid_request, 400, true), kNone);
}

TEST(MayRepeat, what_may_have_been_done_goes_nowhere_unless_allowed) {
    for (const auto kind : {FailureKind::network, FailureKind::timeout, FailureKind::upstream}) {
        EXPECT_EQ(after(kind, 0, true), kNone);
        EXPECT_EQ(after(kind, 200, true), kNone);
        EXPECT_EQ(after(kind, 0, true, true), kBoth);
    }
    EXPECT_EQ(after(FailureKind::invalid_request, 400, true, true), kNone);
    // Of a proxy before the provider, whatever it says besides.
    for (const int status : {408, 504, 524}) {
        EXPECT_EQ(after(FailureKind::timeout, status, true), kNone) << status;
        EXPECT_EQ(after(FailureKind::upstream, status, true, false, R"({"message":"late"})"), kNone) << status;
        EXPECT_EQ(after(FailureKind::timeout, status, true, true), kBoth) << status;
        EXPECT_EQ(after(FailureKind::timeout, status, false), kBoth) << status;
    }
}

TEST(MayRepeat, a_rule_of_the_operator_goes_before) {
    using Then = catalog::ErrorVerdict::Then;
    const Failure failure{FailureKind::invalid_request, 400, {}, "", ""};
    const auto by = [&](Then then, FailureKind kind = FailureKind::invalid_request, bool accepted = false) {
        auto counted = failure;
        counted.kind = kind;
        return may_repeat(counted, {then, kind}, policy(accepted));
    };
    EXPECT_EQ(by(Then::retry), kBoth);
    EXPECT_EQ(by(Then::fallback), kOther);
    EXPECT_EQ(by(Then::fail, FailureKind::overloaded), kNone);
    EXPECT_EQ(by(Then::as_its_kind), kNone);
    EXPECT_EQ(by(Then::as_its_kind, FailureKind::overloaded), kBoth);
    EXPECT_EQ(by(Then::as_its_kind, FailureKind::rate_limit), kBoth);
    EXPECT_EQ(by(Then::as_its_kind, FailureKind::upstream), kOther);
    EXPECT_EQ(by(Then::as_its_kind, FailureKind::upstream, true), kBoth);
    EXPECT_EQ(by(Then::as_its_kind, FailureKind::context_length), kNone);
    // The kind decides, not the status that it came with.
    EXPECT_EQ(may_repeat({FailureKind::invalid_request, 500, {}, "", ""}, {Then::as_its_kind, {}}, policy()), kNone);
}

TEST(IsOutage, is_about_the_provider_alone) {
    for (const auto kind :
         {FailureKind::network, FailureKind::timeout, FailureKind::upstream, FailureKind::overloaded}) {
        EXPECT_TRUE(is_outage({kind, 0, {}, "", ""}));
    }
    for (const auto kind :
         {FailureKind::auth, FailureKind::rate_limit, FailureKind::invalid_request, FailureKind::internal}) {
        EXPECT_FALSE(is_outage({kind, 0, {}, "", ""}));
    }
}

TEST(Backoff, doubles_up_to_its_limit_and_is_never_less_than_half) {
    config::Retries retries;
    retries.backoff_min = milliseconds(100);
    retries.backoff_max = milliseconds(1000);
    EXPECT_EQ(backoff(retries, 1, 0), milliseconds(50));
    EXPECT_EQ(backoff(retries, 1, 0.5), milliseconds(75));
    EXPECT_EQ(backoff(retries, 2, 0), milliseconds(100));
    EXPECT_EQ(backoff(retries, 3, 0), milliseconds(200));
    for (const std::size_t round : {5U, 20U, 1000U}) {
        EXPECT_EQ(backoff(retries, round, 0), milliseconds(500)) << round;
        EXPECT_LT(backoff(retries, round, 0.999), milliseconds(1000)) << round;
    }
    retries.backoff_max = milliseconds(10);  // less than the least
    EXPECT_EQ(backoff(retries, 3, 0), milliseconds(50));
}

TEST(FallbackName, each_reason_has_one) {
    EXPECT_EQ(fallback_name(fallback_reason(FailureKind::rate_limit)), "rate_limit");
    EXPECT_EQ(fallback_name(fallback_reason(FailureKind::internal)), "internal");
    EXPECT_EQ(fallback_name(FallbackReason::breaker_open), "breaker_open");
}

}  // namespace
}  // namespace aihub::gateway
