#include "config/outbound_proxy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aihub::config {
namespace {

Proxies of(const std::map<std::string, std::string>& variables) {
    Sources sources;
    sources.environment = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return environment_proxies(sources);
}

std::string chosen(const Proxies& proxies, bool https, std::string_view host) {
    return std::string(proxy_for(proxies, https, host).expose());
}

TEST(OutboundProxy, ComesFromTheEnvironmentByScheme) {
    const auto proxies = of({{"HTTPS_PROXY", "http://secure:3128"}, {"HTTP_PROXY", "plain:3128"}});
    EXPECT_EQ(chosen(proxies, true, "api.example.com"), "http://secure:3128");
    EXPECT_EQ(chosen(proxies, false, "api.example.com"), "http://plain:3128");
    const auto one = of({{"HTTPS_PROXY", "http://secure:3128"}, {"HTTP_PROXY", ""}});
    EXPECT_EQ(chosen(one, false, "api.example.com"), "");
    EXPECT_EQ(chosen(of({}), true, "api.example.com"), "");
}

TEST(OutboundProxy, NamesInLowerCaseComeFirst) {
    const auto proxies =
        of({{"HTTPS_PROXY", "http://upper:1"},
            {"https_proxy", "http://lower:1"},
            {"NO_PROXY", "a.test"},
            {"no_proxy", "b.test"}});
    EXPECT_EQ(chosen(proxies, true, "a.test"), "http://lower:1");
    EXPECT_EQ(chosen(proxies, true, "b.test"), "");
    EXPECT_EQ(proxies.source, "environment https_proxy (`proxy: none` in the configuration turns it off)");
}

TEST(OutboundProxy, ThisMachineIsReachedWithoutThatOfTheEnvironment) {
    const auto proxies = of({{"HTTP_PROXY", "http://plain:3128"}, {"NO_PROXY", "example.org"}});
    for (const char* host : {"localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
        EXPECT_EQ(chosen(proxies, false, host), "") << host;
    }
    EXPECT_EQ(chosen(proxies, false, "192.0.2.1"), "http://plain:3128");
    const auto configured = configured_proxy(Secret("http://p:1"));
    EXPECT_EQ(chosen(configured, false, "localhost"), "http://p:1") << "the operator wrote it";
    EXPECT_EQ(chosen(configured_proxy(Secret("none")), true, "api.example.com"), "");
}

TEST(OutboundProxy, ExceptionsAreTakenAsCurlTakesThem) {
    struct Case {
        const char* host;
        const char* list;
        bool excepted;
    };
    const Case cases[] = {
        {"example.com", "example.com", true},
        {"www.example.com", "example.com", true},
        {"www.example.com", ".example.com", true},
        {"example.com", ".example.com", true},
        {"nonexample.com", "example.com", false},
        {"example.com", "www.example.com", false},
        {"EXAMPLE.com", "example.COM", true},
        {"example.com.", "example.com", true},
        {"example.com", "example.com.", true},
        {"example.com", "a.test,b.test, example.com", true},
        {"example.com", "a.test b.test example.com", true},
        {"example.com", "a.test,,", false},
        {"example.com", "", false},
        {"example.com", ".", false},
        {"anything", "*", true},
        {"example.com", "*.example.com", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.0/24", true},
        {"192.0.3.1", "192.0.2.0/24", false},
        {"192.0.2.1", "2.1", false},
        {"2001:db8::1", "2001:db8::/32", true},
        {"2001:db8::1", "[2001:DB8::1]", true},
        {"2001:db8::1", "*", true},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(is_excepted(one.host, one.list), one.excepted) << one.host << " in " << one.list;
    }
}

}  // namespace
}  // namespace aihub::config
