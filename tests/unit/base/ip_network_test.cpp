#include "base/ip_network.hpp"

#include <gtest/gtest.h>

namespace aihub {
namespace {

TEST(IpNetwork, ReadsAddressesInBothFamilies) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
    EXPECT_TRUE(IpAddress::parse("::ffff:192.0.2.1")->is_v4());
    EXPECT_FALSE(IpAddress::parse("::1")->is_v4());
    for (const char* text :
         {"",
          "1",
          "1.2.3",
          "1.2.3.4.5",
          "256.1.1.1",
          "1.2.3.4 ",
          "[::1]",
          "::1%eth0",
          "fe80::1::2",
          "localhost",
          "0x7f.1",
          "127.1",
          "1.2.3.4:80",
          "::ffff:1.2.3.4:80:80:80:80:80:80:80:80:80:80:80"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpNetwork, HoldsTheAddressesThatBeginWithItsBits) {
    struct Case {
        const char* network;
        const char* address;
        bool inside;
    };
    const Case cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},
        {"10.0.0.0/8", "a00::1", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.6/31", "192.0.2.7", true},
        {"192.0.2.6/31", "192.0.2.8", false},
        {"192.0.2.6", "192.0.2.6", true},
        {"192.0.2.6", "192.0.2.7", false},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1/128", "::2", false},
    };
    for (const auto& one : cases) {
        const auto network = IpNetwork::parse(one.network);
        ASSERT_TRUE(network) << one.network;
        EXPECT_EQ(network->contains(*IpAddress::parse(one.address)), one.inside) << one.network << " " << one.address;
        EXPECT_EQ(contains({*IpNetwork::parse("203.0.113.1"), *network}, *IpAddress::parse(one.address)), one.inside);
    }
    EXPECT_FALSE(contains({}, *IpAddress::parse("::1")));
}

TEST(IpNetwork, RefusesWhatIsNoNetwork) {
    for (const char* text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/ 8", "x"}) {
        EXPECT_FALSE(IpNetwork::parse(text)) << text;
    }
    const auto rest = IpNetwork::parse("10.1.2.3/8");
    ASSERT_FALSE(rest);
    EXPECT_EQ(rest.error().message, "the network has bits behind its prefix, write 10.0.0.0/8");
}

}  // namespace
}  // namespace aihub
