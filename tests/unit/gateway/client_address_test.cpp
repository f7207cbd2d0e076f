#include "gateway/client_address.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

config::Listen listen_with(const std::string& header) {
    config::Listen listen;
    listen.trusted_proxies = {
        *IpNetwork::parse("10.0.0.0/8"), *IpNetwork::parse("127.0.0.1"), *IpNetwork::parse("2001:db8:1::/48")};
    listen.forwarded_header = header;
    return listen;
}

// The client of a request with these header lines that 10.0.0.1 sent.
std::string client_of(const std::string& lines, const std::string& header = "x-forwarded-for") {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
    net::RequestHead head;
    EXPECT_TRUE(net::parse_request_head(bytes, {}, head)) << lines;
    return forwarded_client(head, "10.0.0.1", listen_with(header));
}

struct Case {
    const char* lines;
    const char* client;
};

TEST(ClientAddress, IsTheLastThatIsNotTrusted) {
    const Case cases[] = {
        {"", "10.0.0.1"},
        {"X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
        {"x-forwarded-for:192.0.2.7\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.1.1.1\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\nX-Forwarded-For: 10.1.1.1\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 10.2.2.2, 10.1.1.1\r\n", "10.2.2.2"},
        {"X-Forwarded-For: 192.0.2.7:4711\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"},
        {"X-Forwarded-For: [2001:db8::7]:4711\r\n", "2001:db8::7"},
        {"X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7"},
        {"X-Forwarded-For: 192.0.2.7, 2001:db8:1::5\r\n", "192.0.2.7"},
        // Nobody who is trusted wrote what stands before something that is no address.
        {"X-Forwarded-For: 192.0.2.7, unknown\r\n", "10.0.0.1"},
        {"X-Forwarded-For: 192.0.2.7, unknown, 10.1.1.1\r\n", "10.1.1.1"},
        {"X-Forwarded-For: 192.0.2.7,\r\n", "10.0.0.1"},
        {"X-Forwarded-For:\r\n", "10.0.0.1"},
        {"X-Forwarded-For: 192.0.2.7 10.1.1.1\r\n", "10.0.0.1"},
        {"X-Forwarded-For: localhost\r\n", "10.0.0.1"},
        // The other headers say nothing: a proxy that does not know them lets a client's own pass.
        {"Forwarded: for=192.0.2.7\r\n", "10.0.0.1"},
        {"X-Real-IP: 192.0.2.7\r\n", "10.0.0.1"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(client_of(one.lines), one.client) << one.lines;
    }
}

TEST(ClientAddress, IsReadFromForwardedWhereThatIsChosen) {
    const Case cases[] = {
        {"Forwarded: for=192.0.2.7\r\n", "192.0.2.7"},
        {"Forwarded: proto=https;FOR=\"192.0.2.7:80\";by=10.0.0.1\r\n", "192.0.2.7"},
        {"Forwarded: for=203.0.113.9, for=192.0.2.7;proto=http, for=10.1.1.1\r\n", "192.0.2.7"},
        {"Forwarded: for=\"[2001:db8::7]:4711\"\r\n", "2001:db8::7"},
        {"Forwarded: for=192.0.2.7;host=\"a,b;for=203.0.113.9\"\r\n", "192.0.2.7"},
        {"Forwarded: for=192.0.2.7, for=_hidden\r\n", "10.0.0.1"},
        {"Forwarded: for=192.0.2.7, proto=https\r\n", "10.0.0.1"},
        {"Forwarded: for=\"192.0.2.7\r\n", "10.0.0.1"},
        {"X-Forwarded-For: 192.0.2.7\r\n", "10.0.0.1"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(client_of(one.lines, "forwarded"), one.client) << one.lines;
    }
}

TEST(ClientAddress, OfAPeerIsWithoutItsPort) {
    EXPECT_EQ(address_of("192.0.2.1:80"), "192.0.2.1");
    EXPECT_EQ(address_of("[2001:db8::1]:80"), "2001:db8::1");
    EXPECT_EQ(address_of("[::ffff:192.0.2.1]:80"), "192.0.2.1");
    EXPECT_EQ(address_of("[::ffff:c0a8:1:2]:80"), "::ffff:c0a8:1:2");
    const auto listen = listen_with("forwarded");
    EXPECT_TRUE(is_trusted("127.0.0.1", listen));
    EXPECT_TRUE(is_trusted("2001:db8:1::1", listen));
    EXPECT_FALSE(is_trusted("127.0.0.2", listen));
    EXPECT_FALSE(is_trusted("127.0.0.1", config::Listen{}));
}

TEST(AddressGroup, is_an_address_or_the_network_of_one) {
    EXPECT_EQ(address_group("192.0.2.1").size(), 4U);
    EXPECT_NE(address_group("192.0.2.1"), address_group("192.0.2.2"));
    EXPECT_EQ(address_group("::ffff:192.0.2.1"), address_group("192.0.2.1"));
    EXPECT_EQ(address_group("2001:db8::1"), address_group("2001:db8::ffff:1"));
    EXPECT_NE(address_group("2001:db8::1"), address_group("2001:db8:0:1::1"));
    EXPECT_EQ(address_group("not an address"), "not an address");
}

}  // namespace
}  // namespace aihub::gateway
