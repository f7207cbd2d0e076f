#include "net/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aihub::net {
namespace {

Address parsed(const std::string& text, std::uint16_t port = 80) {
    const auto address = Address::parse(text, port);
    EXPECT_TRUE(address) << text;
    return address ? *address : Address{};
}

TEST(Address, reads_and_writes_both_families) {
    EXPECT_EQ(parsed("192.0.2.1", 8080).text(), "192.0.2.1:8080");
    EXPECT_EQ(parsed("2001:db8::1", 443).text(), "[2001:db8::1]:443");
    EXPECT_EQ(parsed("::1", 443).port(), 443);
    for (const char* wrong :
         {"", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.1", "127.1", "2130706433", "[::1]", "::1%lo"}) {
        EXPECT_FALSE(Address::parse(wrong, 1)) << wrong;
    }
    auto address = parsed("::1", 1);
    address.set_port(65535);
    EXPECT_EQ(address.text(), "[::1]:65535");
}

TEST(Address, knows_where_it_leads) {
    using Scope = AddressScope;
    const std::vector<std::pair<Scope, std::vector<std::string>>> cases{
        {Scope::global, {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
                         "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
                         "172.32.0.0",      "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
                         "223.255.255.255", "2606:4700::1111", "2a00::1",         "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
                         "2002:808:808::1"}},
        {Scope::loopback,
         {"127.0.0.1",
          "127.255.255.255",
          "0.0.0.0",
          "0.1.2.3",
          "::",
          "::1",
          "::ffff:127.0.0.1",
          "::127.0.0.1",
          "64:ff9b::127.0.0.1",
          "2002:7f00:1::"}},
        {Scope::private_,
         {"10.0.0.0",        "10.255.255.255",  "172.16.0.0",           "172.31.255.255", "192.168.0.0",
          "192.168.255.255", "100.64.0.0",      "100.127.255.255",      "192.0.0.8",      "192.0.2.1",
          "198.18.0.0",      "198.19.255.255",  "198.51.100.7",         "203.0.113.9",    "fc00::1",
          "fdff::1",         "fec0::1",         "2001:db8::1",          "2001::1",        "64:ff9b:1::1",
          "100::1",          "::ffff:10.0.0.1", "64:ff9b::192.168.0.1", "2002:a00:1::",   "::ffff:0:10.0.0.1"}},
        {Scope::metadata,
         {"169.254.0.0",
          "169.254.169.254",
          "169.254.255.255",
          "100.100.100.200",
          "168.63.129.16",
          "fe80::1",
          "febf::1",
          "fd00:ec2::254",
          "::ffff:169.254.169.254",
          "64:ff9b::169.254.169.254",
          "2002:a9fe:a9fe::"}},
        {Scope::unusable,
         {"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "::ffff:224.0.0.1"}},
    };
    for (const auto& [scope, addresses] : cases) {
        for (const auto& address : addresses) {
            EXPECT_EQ(static_cast<int>(parsed(address).scope()), static_cast<int>(scope)) << address;
        }
    }
    EXPECT_EQ(static_cast<int>(Address{}.scope()), static_cast<int>(Scope::unusable));
}

}  // namespace
}  // namespace aihub::net
