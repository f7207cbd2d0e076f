#include "gateway/upgrade.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

const std::string kLines =
    "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

struct Parsed {
    std::string bytes;
    net::RequestHead head;
    explicit Parsed(const std::string& lines, const std::string& first = "GET /v1/realtime HTTP/1.1")
        : bytes(first + "\r\nHost: x\r\n" + lines + "\r\n") {
        EXPECT_TRUE(net::parse_request_head(bytes, {}, head));
    }
    [[nodiscard]] Result<Upgrade> upgrade() const { return parse_upgrade(head); }
};

TEST(Upgrade, TakesAHandshake) {
    const Parsed parsed(kLines);
    const auto upgrade = parsed.upgrade();
    ASSERT_TRUE(upgrade) << upgrade.error().message;
    EXPECT_EQ(upgrade->key, "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_EQ(upgrade->credential, "");
    EXPECT_TRUE(upgrade->protocols.empty());
    EXPECT_EQ(credential_protocol(parsed.head), "");
}

TEST(Upgrade, FindsTheKeyOfABrowserAndKeepsItFromTheProvider) {
    const Parsed parsed(
        kLines +
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-1\r\n"
        "Sec-WebSocket-Protocol: openai-project.p, openai-organization.o, openai-beta.realtime-v1\r\n"
    );
    const auto upgrade = parsed.upgrade();
    ASSERT_TRUE(upgrade) << upgrade.error().message;
    EXPECT_EQ(upgrade->credential, "sk-1");
    EXPECT_EQ(credential_protocol(parsed.head), "sk-1");
    const std::vector<std::string_view> rest{"realtime", "openai-beta.realtime-v1"};
    EXPECT_EQ(upgrade->protocols, rest);
    EXPECT_FALSE(upgrade->several_credentials);
}

TEST(Upgrade, SeesASecondKey) {
    const Parsed parsed(kLines + "Sec-WebSocket-Protocol: openai-insecure-api-key.a, openai-insecure-api-key.b\r\n");
    EXPECT_TRUE(parsed.upgrade()->several_credentials);
}

TEST(Upgrade, RefusesProtocolsThatAreNoNames) {
    std::string many = "a";
    for (int i = 0; i < 16; ++i) {
        many += ", a";
    }
    for (const std::string& value : {std::string("a b"), std::string("a,,b"), std::string("\"a\""), many}) {
        const Parsed parsed(kLines + "Sec-WebSocket-Protocol: " + value + "\r\n");
        ASSERT_FALSE(parsed.upgrade()) << value;
        EXPECT_EQ(parsed.upgrade().error().code, Errc::invalid_request);
    }
}

TEST(Upgrade, AsksForAnUpgradeOrAnotherVersion) {
    EXPECT_EQ(Parsed("").upgrade().error().code, Errc::upgrade_required);
    EXPECT_EQ(Parsed(kLines, "GET /v1/realtime HTTP/1.0").upgrade().error().code, Errc::upgrade_required);
    EXPECT_EQ(Parsed(kLines, "HEAD /v1/realtime HTTP/1.1").upgrade().error().code, Errc::upgrade_required);
    EXPECT_EQ(Parsed("Sec-WebSocket-Version: 8\r\n" + kLines).upgrade().error().code, Errc::upgrade_required);
    EXPECT_EQ(http_status(Errc::upgrade_required), 426);
}

TEST(Upgrade, RefusesABody) {
    EXPECT_EQ(Parsed(kLines + "Content-Length: 1\r\n").upgrade().error().code, Errc::invalid_request);
    EXPECT_EQ(Parsed(kLines + "Transfer-Encoding: chunked\r\n").upgrade().error().code, Errc::invalid_request);
    EXPECT_TRUE(Parsed(kLines + "Content-Length: 0\r\n").upgrade());
}

}  // namespace
}  // namespace aihub::gateway
