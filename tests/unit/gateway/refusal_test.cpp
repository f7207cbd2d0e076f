#include "gateway/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace aihub::gateway {
namespace {

using capability::Failure;
using capability::FailureKind;
using model::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kDetail =
    R"({"message":"too long","type":"invalid_request_error","param":"messages","code":"x"})";

Failure failure_of(FailureKind kind, int status = 0) {
    return {kind, status, {}, "the provider's own words", ""};
}

TEST(Refusal, what_counts_as_another_kind_is_told_as_that_kind_would_be) {
    auto limit = failure_of(FailureKind::rate_limit, 429);
    limit.detail_json = kDetail;
    limit.retry_after = std::chrono::seconds(7);
    count_as(limit, FailureKind::rate_limit);
    EXPECT_EQ(limit.http_status, 429) << "it is what it was";
    EXPECT_EQ(limit.detail_json, kDetail);
    count_as(limit, FailureKind::invalid_request);
    auto told = refusal_of(limit);
    EXPECT_EQ(told.status, 400);
    EXPECT_EQ(told.retry_after.count(), 0);
    EXPECT_THAT(told.body, Not(HasSubstr("too long")));

    auto filtered = failure_of(FailureKind::invalid_request, 422);
    filtered.detail_json = kDetail;
    count_as(filtered, FailureKind::content_filter);
    told = refusal_of(filtered);
    EXPECT_EQ(told.status, 400);
    EXPECT_THAT(told.body, HasSubstr("too long")) << "it was for the client before";

    for (const auto kind : {FailureKind::auth, FailureKind::quota}) {
        auto account = failure_of(kind, 403);
        count_as(account, FailureKind::not_found);
        EXPECT_THAT(refusal_of(account).body, Not(HasSubstr("own words")));
    }
    auto busy = failure_of(FailureKind::upstream, 500);
    busy.retry_after = std::chrono::seconds(7);
    count_as(busy, FailureKind::overloaded);
    EXPECT_EQ(refusal_of(busy).status, 503);
    EXPECT_EQ(refusal_of(busy).retry_after.count(), 7);
}

TEST(Refusal, every_kind_of_failure_has_its_status_code_and_outcome) {
    struct Case {
        FailureKind kind;
        int status;
        std::string_view type;
        std::string_view code;
    };
    const std::vector<Case> cases{
        {FailureKind::invalid_request, 400, "invalid_request_error", "null"},
        {FailureKind::auth, 502, "server_error", "\"provider_auth_failed\""},
        {FailureKind::not_found, 404, "invalid_request_error", "\"model_not_found\""},
        {FailureKind::rate_limit, 429, "rate_limit_error", "\"rate_limit_exceeded\""},
        {FailureKind::overloaded, 503, "server_error", "\"overloaded\""},
        {FailureKind::content_filter, 400, "invalid_request_error", "\"content_filter\""},
        {FailureKind::context_length, 400, "invalid_request_error", "\"context_length_exceeded\""},
        {FailureKind::too_large, 413, "invalid_request_error", "\"request_too_large\""},
        {FailureKind::upstream, 502, "server_error", "\"upstream_error\""},
        {FailureKind::network, 502, "server_error", "\"upstream_error\""},
        {FailureKind::timeout, 504, "server_error", "\"timeout\""},
        {FailureKind::quota, 503, "server_error", "\"provider_quota\""},
        {FailureKind::internal, 500, "server_error", "\"internal_error\""},
    };
    std::set<FailureKind> seen;
    for (const auto& item : cases) {
        const auto refusal = refusal_of(failure_of(item.kind));
        SCOPED_TRACE(refusal.body);
        EXPECT_EQ(refusal.status, item.status);
        const std::string tail =
            ",\"type\":\"" + std::string(item.type) + "\",\"param\":null,\"code\":" + std::string(item.code) + "}}";
        EXPECT_TRUE(refusal.body.starts_with(R"({"error":{"message":")"));
        EXPECT_TRUE(refusal.body.ends_with(tail)) << tail;
        EXPECT_EQ(refusal.outcome, item.kind == FailureKind::timeout ? Outcome::timeout : Outcome::upstream_error);
        EXPECT_EQ(refusal.retry_after.count(), item.status == 429 || item.status == 503 ? 1 : 0);
        seen.insert(item.kind);
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(FailureKind::internal) + 1);
}

TEST(Refusal, the_whole_body_of_one) {
    EXPECT_EQ(
        refusal_of(failure_of(FailureKind::overloaded)).body,
        R"({"error":{"message":"the provider's own words","type":"server_error","param":null,"code":"overloaded"}})"
    );
    EXPECT_EQ(
        refusal_of(Failure{FailureKind::upstream, 500, {}, "", ""}).body,
        R"({"error":{"message":"the provider failed","type":"server_error","param":null,"code":"upstream_error"}})"
    );
}

TEST(Refusal, says_nothing_of_the_providers_about_our_account) {
    for (const auto kind : {FailureKind::auth, FailureKind::quota}) {
        Failure failure{kind, 401, {}, "key sk-abc of org-7 is wrong", R"({"message":"key sk-abc of org-7 is wrong"})"};
        const auto refusal = refusal_of(failure);
        EXPECT_THAT(refusal.body, Not(HasSubstr("sk-abc")));
        EXPECT_THAT(refusal.body, Not(HasSubstr("org-7")));
        EXPECT_THAT(refusal.body, HasSubstr("the gateway's"));
        EXPECT_GE(refusal.status, 500);
    }
}

TEST(Refusal, says_when_another_try_is_useless) {
    for (int i = 0; i <= static_cast<int>(FailureKind::internal); ++i) {
        const auto kind = static_cast<FailureKind>(i);
        EXPECT_EQ(
            refusal_of(failure_of(kind)).retry_is_useless, kind == FailureKind::auth || kind == FailureKind::quota
        ) << i;
    }
    EXPECT_FALSE(shutting_down().retry_is_useless);
}

TEST(Refusal, shows_the_providers_error_object_only_where_it_is_about_the_input) {
    const std::set<FailureKind> shown{
        FailureKind::invalid_request,
        FailureKind::not_found,
        FailureKind::content_filter,
        FailureKind::context_length,
        FailureKind::too_large,
    };
    for (int i = 0; i <= static_cast<int>(FailureKind::internal); ++i) {
        auto failure = failure_of(static_cast<FailureKind>(i));
        failure.detail_json = kDetail;
        const auto refusal = refusal_of(failure);
        if (shown.contains(failure.kind)) {
            EXPECT_EQ(refusal.body, "{\"error\":" + std::string(kDetail) + "}") << i;
        } else {
            EXPECT_THAT(refusal.body, Not(HasSubstr("too long"))) << i;
        }
    }
}

TEST(Refusal, passes_the_status_of_an_invalid_request_on_but_never_one_that_blames_the_clients_key) {
    EXPECT_EQ(refusal_of(failure_of(FailureKind::invalid_request, 422)).status, 422);
    EXPECT_EQ(refusal_of(failure_of(FailureKind::invalid_request, 400)).status, 400);
    for (const int status : {0, 200, 302, 401, 403, 500, 503}) {
        EXPECT_EQ(refusal_of(failure_of(FailureKind::invalid_request, status)).status, 400) << status;
    }
    for (int i = 0; i <= static_cast<int>(FailureKind::internal); ++i) {
        for (const int status : {401, 403}) {
            const auto got = refusal_of(failure_of(static_cast<FailureKind>(i), status)).status;
            EXPECT_TRUE(got != 401 && got != 403) << i;
        }
    }
}

TEST(Refusal, rounds_retry_after_up) {
    auto failure = failure_of(FailureKind::rate_limit, 429);
    failure.retry_after = std::chrono::milliseconds(1);
    EXPECT_EQ(refusal_of(failure).retry_after.count(), 1);
    failure.retry_after = std::chrono::milliseconds(2001);
    EXPECT_EQ(refusal_of(failure).retry_after.count(), 3);
    failure.retry_after = std::chrono::seconds(60);
    EXPECT_EQ(refusal_of(failure).retry_after.count(), 60);
    failure.retry_after = std::chrono::seconds(-5);
    EXPECT_EQ(refusal_of(failure).retry_after.count(), 1);
}

TEST(Refusal, an_answer_without_room_is_the_gateways_own_trouble) {
    auto failure = failure_of(FailureKind::internal);
    failure.message = "no room";
    failure.gateway_full = true;
    const auto refusal = refusal_of(failure);
    EXPECT_EQ(refusal.status, 503);
    EXPECT_EQ(refusal.code, "overloaded");
    EXPECT_EQ(refusal.outcome, Outcome::refused);
    EXPECT_EQ(refusal.retry_after.count(), 1);
    EXPECT_THAT(refusal.body, HasSubstr("no room"));
}

TEST(Refusal, escapes_what_the_provider_said) {
    auto failure = failure_of(FailureKind::overloaded);
    failure.message = "a \"quote\"\nand \xff";
    EXPECT_THAT(refusal_of(failure).body, HasSubstr("\"a \\\"quote\\\"\\nand \xEF\xBF\xBD\""));
}

TEST(Refusal, every_error_of_ours_has_its_status_and_type) {
    for (int i = 0; i <= static_cast<int>(Errc::upstream_timeout); ++i) {
        const Error error{static_cast<Errc>(i), "what was wrong", "reason_word", "model"};
        const auto refusal = refusal_of(error);
        SCOPED_TRACE(i);
        EXPECT_EQ(refusal.status, http_status(error.code));
        const bool passing = refusal.status >= 500 && refusal.status != 501;
        const std::string type = refusal.status == 429 ? "rate_limit_error"
                                 : passing             ? "server_error"
                                                       : "invalid_request_error";
        EXPECT_EQ(
            refusal.body,
            R"({"error":{"message":"what was wrong","type":")" + type + R"(","param":"model","code":"reason_word"}})"
        );
        const bool retry = error.code == Errc::unavailable || error.code == Errc::rate_limited;
        EXPECT_EQ(refusal.retry_after.count(), retry ? 1 : 0);
    }
}

TEST(Refusal, tells_the_outcomes_of_our_errors_apart) {
    const auto outcome = [](Errc code) { return refusal_of(Error{code, "x"}).outcome; };
    EXPECT_EQ(outcome(Errc::invalid_request), Outcome::refused);
    EXPECT_EQ(outcome(Errc::unauthorized), Outcome::refused);
    EXPECT_EQ(outcome(Errc::request_timeout), Outcome::refused);
    EXPECT_EQ(outcome(Errc::unavailable), Outcome::refused);
    EXPECT_EQ(outcome(Errc::client_gone), Outcome::client_closed);
    EXPECT_EQ(outcome(Errc::internal), Outcome::internal_error);
    EXPECT_EQ(outcome(Errc::upstream_failed), Outcome::upstream_error);
    EXPECT_EQ(outcome(Errc::upstream_timeout), Outcome::timeout);
}

TEST(Refusal, what_is_not_implemented_is_no_fault_that_passes) {
    const auto refusal = refusal_of(Error{Errc::not_implemented, "x", "unsupported_transfer_encoding", {}});
    EXPECT_EQ(refusal.status, 501);
    EXPECT_TRUE(refusal.retry_is_useless);
    EXPECT_THAT(refusal.body, HasSubstr(R"("type":"invalid_request_error")"));
    EXPECT_FALSE(refusal_of(Error{Errc::internal, "x"}).retry_is_useless);
}

TEST(Refusal, an_error_without_a_reason_has_no_code_or_a_general_one) {
    EXPECT_THAT(refusal_of(Error{Errc::invalid_request, "x"}).body, HasSubstr(R"("param":null,"code":null)"));
    EXPECT_THAT(refusal_of(Error{Errc::internal, "x"}).body, HasSubstr(R"("code":"internal_error")"));
}

}  // namespace
}  // namespace aihub::gateway
