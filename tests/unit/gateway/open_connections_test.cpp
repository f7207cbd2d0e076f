#include "gateway/open_connections.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

using Entry = OpenConnections::Entry;
using std::chrono::milliseconds;

TEST(OpenConnections, HasALimitForAll) {
    OpenConnections open;
    const OpenConnections::Limits limits{2, 2};
    EXPECT_EQ(open.add("192.0.2.1:1", limits), Entry::taken);
    EXPECT_EQ(open.add("192.0.2.2:1", limits), Entry::taken);
    EXPECT_EQ(open.add("192.0.2.3:1", limits), Entry::too_many);
    EXPECT_EQ(open.count(), 2U);
    open.remove("192.0.2.1:1");
    EXPECT_EQ(open.add("192.0.2.3:1", limits), Entry::taken);
}

TEST(OpenConnections, HasALimitForEachAddress) {
    OpenConnections open;
    const OpenConnections::Limits limits{100, 2};
    EXPECT_EQ(open.add("192.0.2.1:1", limits), Entry::taken);
    EXPECT_EQ(open.add("192.0.2.1:2", limits), Entry::taken);
    for (int port = 3; port < 23; ++port) {
        EXPECT_EQ(open.add("192.0.2.1:" + std::to_string(port), limits), Entry::too_many_of_address);
    }
    EXPECT_EQ(open.add("192.0.2.2:1", limits), Entry::taken);
    EXPECT_EQ(open.count(), 3U);
    open.remove("192.0.2.1:2");
    EXPECT_EQ(open.add("192.0.2.1:3", limits), Entry::taken);
}

TEST(OpenConnections, CountsANetworkOfIpv6AsOneAddress) {
    OpenConnections open;
    const OpenConnections::Limits limits{100, 1};
    EXPECT_EQ(open.add("[2001:db8::1]:1", limits), Entry::taken);
    EXPECT_EQ(open.add("[2001:db8:0:0:ffff::2]:1", limits), Entry::too_many_of_address);
    EXPECT_EQ(open.add("[2001:db8:0:1::1]:1", limits), Entry::taken);
    EXPECT_EQ(open.add("[fe80::1%eth0]:1", limits), Entry::taken);
    open.remove("[2001:db8::1]:1");
    EXPECT_EQ(open.add("[2001:db8:0:0:ffff::2]:1", limits), Entry::taken);
}

TEST(OpenConnections, CountsAnIpv4AddressAlikeInBothWritings) {
    OpenConnections open;
    const OpenConnections::Limits limits{100, 1};
    EXPECT_EQ(open.add("[::ffff:192.0.2.1]:1", limits), Entry::taken);
    EXPECT_EQ(open.add("[::ffff:192.0.2.2]:1", limits), Entry::taken);
    EXPECT_EQ(open.add("192.0.2.1:1", limits), Entry::too_many_of_address);
}

TEST(OpenConnections, SharesCountWithTheConnectionsOfTheirAddress) {
    OpenConnections open;
    EXPECT_EQ(open.add("192.0.2.1:1", {100, 2}), Entry::taken);
    {
        const auto share = open.share("192.0.2.1", 2);
        ASSERT_TRUE(share);
        EXPECT_FALSE(open.share("192.0.2.1", 2));
        EXPECT_TRUE(open.share("192.0.2.2", 2));
        EXPECT_EQ(open.add("192.0.2.1:2", {100, 2}), Entry::too_many_of_address);
        EXPECT_EQ(open.count(), 1U) << "a share is no connection";
    }
    EXPECT_TRUE(open.share("192.0.2.1", 2));
    open.remove("192.0.2.1:1");
    EXPECT_TRUE(open.wait_for_none(milliseconds(0)));
}

TEST(OpenConnections, WaitsForTheLast) {
    OpenConnections open;
    EXPECT_TRUE(open.wait_for_none(milliseconds(0)));
    EXPECT_EQ(open.add("192.0.2.1:1", {1, 1}), Entry::taken);
    EXPECT_FALSE(open.wait_for_none(milliseconds(1)));
    open.remove("192.0.2.1:1");
    EXPECT_TRUE(open.wait_for_none(milliseconds(0)));
}

}  // namespace
}  // namespace aihub::gateway
