#include "catalog/policy.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

using capability::Failure;
using capability::FailureKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool has(const FallbackTable& table, FailureKind kind, int status = 0) {
    Failure failure;
    failure.kind = kind;
    failure.http_status = status;
    return table.has(failure);
}

TEST(FallbackTable, the_default_leads_on_but_for_what_is_the_clients) {
    const FallbackTable table({"default"});
    for (const int status : {401, 403, 404, 405, 408, 409, 410, 429, 500, 502, 503, 504, 529, 599}) {
        EXPECT_TRUE(has(table, FailureKind::invalid_request, status)) << status;
    }
    for (const int status : {0, 200, 400, 402, 406, 413, 415, 422, 499}) {
        EXPECT_FALSE(has(table, FailureKind::invalid_request, status)) << status;
    }
    for (const auto kind :
         {FailureKind::rate_limit,
          FailureKind::overloaded,
          FailureKind::timeout,
          FailureKind::network,
          FailureKind::upstream,
          FailureKind::auth,
          FailureKind::quota,
          FailureKind::not_found}) {
        EXPECT_TRUE(has(table, kind)) << failure_name(kind);
        EXPECT_TRUE(has(table, kind, 200)) << failure_name(kind);  // an error inside a 200
    }
    for (const auto kind : {FailureKind::content_filter, FailureKind::context_length}) {
        EXPECT_FALSE(has(table, kind, 403)) << failure_name(kind);  // asked for by its name only
        EXPECT_FALSE(has(table, kind, 500)) << failure_name(kind);
    }
    EXPECT_FALSE(has(table, FailureKind::too_large));
    EXPECT_FALSE(has(table, FailureKind::internal));
}

TEST(FallbackTable, words_of_ones_own) {
    const FallbackTable table({"429", "5xx", "content_filter"});
    EXPECT_TRUE(has(table, FailureKind::rate_limit, 429));
    EXPECT_FALSE(has(table, FailureKind::rate_limit, 200));
    EXPECT_TRUE(has(table, FailureKind::content_filter, 400));
    EXPECT_TRUE(has(table, FailureKind::upstream, 588));
    EXPECT_FALSE(has(table, FailureKind::network));
    EXPECT_FALSE(has(table, FailureKind::auth, 401));
    EXPECT_TRUE(has(FallbackTable({"default", "context_length"}), FailureKind::context_length, 400));
    EXPECT_FALSE(has(FallbackTable({}), FailureKind::network));
}

TEST(KindNamed, is_the_reverse_of_its_name) {
    for (std::size_t kind = 0; kind < kFailureKinds; ++kind) {
        EXPECT_EQ(kind_named(failure_name(static_cast<FailureKind>(kind))), static_cast<FailureKind>(kind));
    }
    EXPECT_EQ(kind_named(""), std::nullopt);
    EXPECT_EQ(kind_named("5xx"), std::nullopt);
}

TEST(PolicyOf, the_nearest_time_out_counts) {
    config::Snapshot config;
    config.timeouts.connect = seconds(4);
    config.timeouts.write = seconds(5);
    config.timeouts.first_byte = seconds(1);
    config.timeouts.idle = seconds(2);
    config.timeouts.total = seconds(3);
    config::Provider provider;
    provider.write = seconds(50);
    provider.error_rules = {{{"400"}, "", "", "", "retry", ""}};
    provider.idle = seconds(20);
    provider.total = seconds(30);
    const auto direct = policy_of(config, provider);
    EXPECT_EQ(direct.connect, seconds(4));
    EXPECT_EQ(direct.write, seconds(50));
    EXPECT_NE(direct.rules.match({400, {}, {}, {}}), nullptr);
    EXPECT_EQ(direct.first_byte, seconds(1));
    EXPECT_EQ(direct.idle, seconds(20));
    EXPECT_EQ(direct.total, seconds(30));
    EXPECT_EQ(direct.balance, Balance::order);
    EXPECT_TRUE(has(direct.fallback, FailureKind::network));
    config::Route route;
    route.connect = seconds(400);
    route.error_rules = {{{"400"}, "", "", "", "fail", ""}, {{"401"}, "", "", "", "fail", ""}};
    route.total = seconds(300);
    route.balance = "peak_ewma";
    route.retries.attempts_max = 7;
    route.retries.fallback_on = {"content_filter"};
    const auto routed = policy_of(config, provider, route);
    EXPECT_EQ(routed.connect, seconds(400));
    EXPECT_EQ(routed.write, seconds(50));
    EXPECT_EQ(routed.rules.match({400, {}, {}, {}})->then, ErrorVerdict::Then::fail);
    EXPECT_NE(routed.rules.match({401, {}, {}, {}}), nullptr);
    EXPECT_EQ(routed.first_byte, seconds(1));
    EXPECT_EQ(routed.idle, seconds(20));
    EXPECT_EQ(routed.total, seconds(300));
    EXPECT_EQ(routed.balance, Balance::peak_ewma);
    EXPECT_EQ(routed.retries.attempts_max, 7U);
    EXPECT_FALSE(has(routed.fallback, FailureKind::network));
    EXPECT_TRUE(has(routed.fallback, FailureKind::content_filter));
}

}  // namespace
}  // namespace aihub::catalog
