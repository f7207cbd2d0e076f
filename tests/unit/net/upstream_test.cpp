#include "net/upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aihub::net {
namespace {

using ::testing::HasSubstr;

std::string parsed_text(std::string_view url) {
    const auto upstream = Upstream::parse(url);
    if (!upstream) {
        EXPECT_EQ(upstream.error().code, Errc::invalid_request);
        EXPECT_THAT(upstream.error().message, HasSubstr(std::string(url)));
        return "error";
    }
    return std::string(upstream->tls ? "tls " : "plain ") + upstream->host + " " + std::to_string(upstream->port) +
           " [" + upstream->authority + "] [" + upstream->base_path + "]";
}

TEST(UpstreamParse, takes_base_urls_apart) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"https://api.example.com/v1", "tls api.example.com 443 [api.example.com] [/v1]"},
        {"https://api.example.com", "tls api.example.com 443 [api.example.com] []"},
        {"https://api.example.com/", "tls api.example.com 443 [api.example.com] []"},
        {"http://api.example.com/a/b//", "plain api.example.com 80 [api.example.com] [/a/b]"},
        {"http://127.0.0.1:11434/v1", "plain 127.0.0.1 11434 [127.0.0.1:11434] [/v1]"},
        {"https://example.com:8443", "tls example.com 8443 [example.com:8443] []"},
        {"http://[::1]:8080/v1", "plain ::1 8080 [[::1]:8080] [/v1]"},
        {"https://[2001:db8::1]/v1", "tls 2001:db8::1 443 [[2001:db8::1]] [/v1]"},
        {"http://localhost:65535", "plain localhost 65535 [localhost:65535] []"},
        {"", "error"},
        {"api.example.com", "error"},
        {"ftp://example.com", "error"},
        {"HTTP//example.com", "error"},
        {"https://", "error"},
        {"https:///v1", "error"},
        {"https://user:word@example.com", "error"},
        {"http://example.com:0", "error"},
        {"http://example.com:65536", "error"},
        {"http://example.com:80x", "error"},
        {"http://example.com:-1", "error"},
        {"http://:8080", "error"},
        {"http://[::1:8080", "error"},
    };
    for (const auto& [url, expected] : cases) {
        EXPECT_EQ(parsed_text(url), expected) << url;
    }
}

// What may_connect() says about `address`.
std::string verdict(const Upstream& upstream, const std::string& address) {
    const auto allowed = upstream.may_connect(*Address::parse(address, 80));
    return allowed ? "yes" : allowed.error().message;
}

TEST(UpstreamMayConnect, names_lead_to_public_addresses_only_unless_it_is_allowed) {
    auto upstream = *Upstream::parse("https://api.example.com/v1");
    upstream.name = "acme";
    const std::string remedy = "; if that is right, set providers.acme.private_network: allow";
    EXPECT_EQ(verdict(upstream, "1.1.1.1"), "yes");
    EXPECT_EQ(verdict(upstream, "127.0.0.1"), "127.0.0.1:80 is an address of this machine" + remedy);
    EXPECT_EQ(verdict(upstream, "::ffff:10.0.0.1"), "[::ffff:10.0.0.1]:80 is an address of a private network" + remedy);
    EXPECT_EQ(verdict(upstream, "169.254.169.254"), "169.254.169.254:80 is a link-local or metadata address" + remedy);
    upstream.private_network = PrivateNetwork::allow;
    for (const std::string address : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"}) {
        EXPECT_EQ(verdict(upstream, address), "yes") << address;
    }
    EXPECT_EQ(verdict(upstream, "224.0.0.1"), "224.0.0.1:80 is no address that can be connected to");
}

TEST(UpstreamMayConnect, an_address_that_was_written_is_permission_except_for_metadata) {
    for (const std::string host : {"127.0.0.1", "10.1.2.3", "[::1]", "[fd00::1]", "0.0.0.0"}) {
        const auto upstream = *Upstream::parse("http://" + host + ":11434");
        EXPECT_EQ(verdict(upstream, upstream.host), "yes") << host;
    }
    for (const std::string host : {"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "100.100.100.200"}) {
        const auto upstream = *Upstream::parse("http://" + host);
        EXPECT_THAT(verdict(upstream, upstream.host), HasSubstr("providers.<name>.private_network: allow")) << host;
    }
}

TEST(UpstreamMayConnect, localhost_means_this_machine) {
    for (const std::string host : {"localhost", "LocalHost", "ollama.localhost"}) {
        const auto upstream = *Upstream::parse("http://" + host + ":11434");
        EXPECT_EQ(verdict(upstream, "127.0.0.1"), "yes") << host;
        EXPECT_EQ(verdict(upstream, "::1"), "yes") << host;
        EXPECT_NE(verdict(upstream, "10.0.0.1"), "yes") << host;
    }
    EXPECT_NE(verdict(*Upstream::parse("http://localhost.evil.test"), "127.0.0.1"), "yes");
}

TEST(UpstreamMayConnect, deny_refuses_what_was_written_too) {
    auto upstream = *Upstream::parse("http://127.0.0.1:11434");
    upstream.private_network = PrivateNetwork::deny;
    EXPECT_NE(verdict(upstream, "127.0.0.1"), "yes");
}

TEST(UpstreamProxy, plain_requests_go_to_it_whole) {
    auto plain = *Upstream::parse("http://api.example.com:8000/v1");
    plain.use_proxy(*HttpProxy::parse("http://u:p@proxy.test:3128"));
    EXPECT_EQ(plain.base_path, "http://api.example.com:8000/v1");
    EXPECT_EQ(plain.proxy_header.expose(), "Proxy-Authorization: Basic dTpw\r\n");
    auto secure = *Upstream::parse("https://api.example.com/v1");
    secure.use_proxy(*HttpProxy::parse("http://u:p@proxy.test:3128"));
    EXPECT_EQ(secure.base_path, "/v1");
    EXPECT_TRUE(secure.proxy_header.empty());
    EXPECT_EQ(secure.host_and_port(), "api.example.com:443");
}

}  // namespace
}  // namespace aihub::net
