#include "app/shown_policies.hpp"

#include "support/http_text.hpp"
#include "support/posix.hpp"
#include "support/raw_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPage =
    "# TYPE aihub_policy_info gauge\n"
    "aihub_policy_info{bundle=\"eu\",hash=\"1a2b\",stage=\"full\"} 1\n"
    "aihub_policy_info{bundle=\"us\",hash=\"3c4d\",stage=\"canary\"} 1\n"
    "aihub_policy_returns_total 0\n";

TEST(ShownPolicies, AreReadFromTheMetrics) {
    EXPECT_THAT(
        policies_in(kPage), ElementsAre(ShownPolicy{"eu", "1a2b", "full"}, ShownPolicy{"us", "3c4d", "canary"})
    );
    EXPECT_TRUE(policies_in("").empty());
}

TEST(ShownPolicies, AServerIsAsked) {
    const SystemClock clock;
    aihub::testing::RawUpstream server;
    aihub::testing::Reply reply(aihub::testing::http_reply(200, kPage, "text/plain"));
    reply.close();
    server.enqueue(std::move(reply));
    const auto shown = ask_policies("0.0.0.0", server.port(), clock);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->size(), 2U);
}

TEST(ShownPolicies, NobodyAnswersIsSaid) {
    const SystemClock clock;
    const auto silent = aihub::testing::listen_local();
    for (const auto& address : {"127.0.0.1", "::1", "somewhere"}) {
        const auto shown = ask_policies(address, aihub::testing::local_port(silent), clock);
        ASSERT_FALSE(shown);
        EXPECT_THAT(shown.error().message, HasSubstr(std::string("nothing answers at ") + address));
    }
}

}  // namespace
}  // namespace aihub::app
