// How the server reaches its providers: names, private networks, proxies, TLS, and the pool of connections.
#include "gateway_fixture.hpp"
#include "support/certificate.hpp"
#include "support/connect_proxy.hpp"
#include "support/dns_server.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Outbound : public Gateway {
protected:
    // A provider at `base_url` with more keys of its block, on one loop.
    [[nodiscard]] static std::string at(
        const std::string& base_url, const std::string& keys, std::string_view more = {}
    ) {
        return "listen: 127.0.0.1:0\nloops: 1\nproviders:\n  up: { plugin: aihub.provider.openai, base_url: \"" +
               base_url + "\", api_key: k, models: [gpt-test], " + keys + " }\n" + std::string(more);
    }
    [[nodiscard]] std::string port() const { return std::to_string(upstream.port()); }
    void answer() {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
};

TEST_F(Outbound, ANameThatLeadsToAPrivateAddressNeedsPermission) {
    answer();
    DnsServer dns;
    dns.set("inside.test", {{"127.0.0.1"}, 1});
    const std::string servers = "dns: {servers: [\"" + dns.address() + "\"]}\n";
    const std::string url = "http://inside.test.:" + port() + "/v1";
    start_with(at(url, "private_network: auto", servers));
    for (int i = 0; i < 20; ++i) {
        const auto reply = chat(chat_body());
        EXPECT_GE(reply.status(), 502);
        EXPECT_LE(reply.status(), 503);
        EXPECT_THAT(reply.body, Not(HasSubstr("127.0.0.1"))) << "the address is the operator's business";
    }
    EXPECT_EQ(upstream.connections(), 0U);
    EXPECT_TRUE(server->child().wait_for_line(
        ChildProcess::Output::err, "if that is right, set providers.up.private_network: allow"
    ));
    server->set_config(at(url, "private_network: allow", servers));
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 200; }));
}

TEST_F(Outbound, AddressesThatAreWrittenAreReachedUnlessDenied) {
    answer();
    start_with(at("http://localhost:" + port() + "/v1", "private_network: auto"));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    server->set_config(at("http://127.0.0.1:" + port() + "/v1", "private_network: deny"));
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() >= 502; }));
}

TEST_F(Outbound, MetadataAddressesAreNotReached) {
    start_with(at("http://169.254.169.254/v1", "private_network: auto"));
    EXPECT_GE(chat(chat_body()).status(), 502);
    EXPECT_TRUE(server->child().wait_for_line(
        ChildProcess::Output::err, "169.254.169.254:80 is a link-local or metadata address"
    ));
}

TEST_F(Outbound, AChangeOfTheNameIsFollowedWhenItsTimeIsOver) {
    answer();
    DnsServer dns;
    dns.set("moves.test", {{"127.0.0.2"}, 1});  // nobody listens there
    start_with(
        at("http://moves.test.:" + port() + "/v1",
           "private_network: allow",
           "dns: {servers: [\"" + dns.address() + "\"]}\n")
    );
    EXPECT_GE(chat(chat_body()).status(), 502);
    dns.set("moves.test", {{"127.0.0.1"}, 1});
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 200; }));
}

TEST_F(Outbound, AProxyGetsPlainRequestsWhole) {
    answer();
    start_with(
        at("http://api.example.test/v1",
           "proxy: \"http://user:proxy-password@127.0.0.1:" + port() + "\"",
           "log: {level: debug}\n")
    );
    EXPECT_EQ(chat(chat_body()).status(), 200);
    const auto sent = upstream.bytes(0);
    EXPECT_THAT(sent, ::testing::StartsWith("POST http://api.example.test/v1/chat/completions HTTP/1.1\r\n"));
    EXPECT_THAT(sent, HasSubstr("\r\nHost: api.example.test\r\n"));
    EXPECT_THAT(sent, HasSubstr("\r\nProxy-Authorization: Basic dXNlcjpwcm94eS1wYXNzd29yZA==\r\n"));
    const auto log = server->output();
    EXPECT_THAT(log, Not(HasSubstr("proxy-password")));
    EXPECT_THAT(log, Not(HasSubstr("dXNlcjpwcm94eS1wYXNzd29yZA")));
}

TEST_F(Outbound, AProxyThatRefusesIsABadGateway) {
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(http_reply(407, "", "text/plain", "Proxy-Authenticate: Basic\r\n"));
    });
    start_with(at("https://api.example.test/v1", "proxy: \"http://u:secret-word@127.0.0.1:" + port() + "\""));
    const auto reply = chat(chat_body());
    EXPECT_GE(reply.status(), 502);
    EXPECT_LE(reply.status(), 503);
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "the proxy wants other credentials (407)"));
    EXPECT_THAT(server->output(), Not(HasSubstr("secret-word")));
}

TEST_F(Outbound, ABadProxyUrlStopsTheStartWithoutShowingIt) {
    ServerProcess refused(at("https://api.example.test/v1", "proxy: \"proxy.test:secret-word\""));
    EXPECT_FALSE(refused.start());
    EXPECT_THAT(refused.output(), HasSubstr("providers.up.proxy: not the URL of an HTTP proxy, write it like"));
    EXPECT_THAT(refused.output(), Not(HasSubstr("secret-word")));
}

// A second server as the provider behind TLS, with an authority of its own.
TEST_F(Outbound, TlsWithAnOwnAuthorityAndThroughAProxy) {
    answer();
    const TempDir directory;
    const Certificate certificate({.name = "hub.test"});
    write_file(directory.file("hub.pem"), certificate.pem());
    write_file(directory.file("hub.key"), certificate.key_pem());
    const std::string files =
        "certificate_file: " + directory.file("hub.pem") + ", key_file: " + directory.file("hub.key");
    std::string behind = config();
    const std::string plain = "listen: 127.0.0.1:0\n";
    behind.replace(0, plain.size(), "listen: {port: 0, tls: {" + files + "}}\n");
    ServerProcess second(behind);
    ASSERT_TRUE(second.start()) << second.output();
    ConnectProxy proxy;
    const std::string url = "https://127.0.0.1:" + std::to_string(second.port()) + "/v1";
    const std::string own = "secrets: {api_key: " + second.first_key() + "}, ca_file: " + directory.file("hub.pem");
    const auto provider = [&](const std::string& keys) {
        return "listen: 127.0.0.1:0\nloops: 1\nproviders:\n  up: { plugin: aihub.provider.openai, base_url: \"" + url +
               "\", models: [gpt-test], " + keys + " }\n";
    };
    start_with(provider(own));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(metric("aihub_upstream_connects_total"), 1) << "the connection is kept";
    EXPECT_THAT(proxy.heads(), IsEmpty());
    server->set_config(provider(own + ", proxy: \"http://127.0.0.1:" + std::to_string(proxy.port()) + "\""));
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 200 && !proxy.heads().empty(); }));
    EXPECT_THAT(proxy.heads(), SizeIs(1));
    EXPECT_THAT(
        proxy.heads().front(), ::testing::StartsWith("CONNECT 127.0.0.1:" + std::to_string(second.port()) + " HTTP/1.1")
    );
    EXPECT_THAT(proxy.heads().front(), Not(HasSubstr(second.first_key())));
    server->set_config(provider("secrets: {api_key: " + second.first_key() + "}"));
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() >= 502; })) << "nobody vouches for it";
}

TEST_F(Outbound, ConnectionsHaveACapAndCallsWaitForOne) {
    const auto go = make_signal();
    upstream.enqueue(Reply().wait(go).send(http_reply(200, chat_answer())));
    answer();
    start_with(at("http://127.0.0.1:" + port() + "/v1", "connections_max: 1"));
    auto first = connect();
    auto second = connect();
    ASSERT_TRUE(first.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    ASSERT_TRUE(second.send(post(kChat, chat_body())));
    EXPECT_EQ(get("/v1/models").status(), 200);
    go->set();
    EXPECT_EQ(first.reply().value_or(Message{}).status(), 200);
    EXPECT_EQ(second.reply().value_or(Message{}).status(), 200);
    EXPECT_EQ(upstream.connections(), 1U);
    EXPECT_TRUE(eventually([&] { return metric("aihub_upstream_connections_idle") == 1; }));
    EXPECT_EQ(metric("aihub_upstream_connections_open"), 1);
}

TEST_F(Outbound, WarmConnectionsAreThereBeforeTheFirstCall) {
    answer();
    start_with(at("http://127.0.0.1:" + port() + "/v1", "warm: 2, connection_requests_max: 1"));
    ASSERT_TRUE(eventually([&] { return metric("aihub_upstream_connections_idle") == 2; }));
    EXPECT_EQ(upstream.connections(), 2U);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(metric("aihub_upstream_reuses_total"), 1);
    EXPECT_TRUE(upstream.wait_for_connections(3)) << "one had served its requests";
}

TEST_F(Outbound, TheProxyOfTheEnvironmentIsTakenUnlessTheConfigurationSaysSomethingElse) {
    answer();
    DnsServer dns;  // knows no name: without the proxy nothing is reached
    const std::string servers = "dns: {servers: [\"" + dns.address() + "\"]}\nretries: {attempts_max: 1}\n";
    const std::string by = "http://127.0.0.1:" + port();
    const auto use = [&](const std::string& host, const std::string& keys, const std::string& more) {
        server->set_config(at("http://" + host + "/v1", keys, servers + more));
        server->reload();
    };
    const auto passes = [&](bool wanted) {
        return eventually([&] { return (chat(chat_body()).status() == 200) == wanted; });
    };
    start_with(
        at("http://provider.test/v1", "warm: 0", servers),
        {{"HTTP_PROXY", by}, {"NO_PROXY", "inside.test,.example.com"}}
    );
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(upstream.last().message.target(), "http://provider.test/v1/chat/completions");
    use("a.example.com", "warm: 0", "");
    EXPECT_TRUE(passes(false)) << "NO_PROXY";
    use("provider.test", "warm: 0", "");
    EXPECT_TRUE(passes(true));
    use("provider.test", "proxy: none", "");
    EXPECT_TRUE(passes(false));
    use("a.example.com", "warm: 0", "proxy: " + by + "\n");
    EXPECT_TRUE(passes(true)) << "NO_PROXY is not about a proxy that is configured";
    use("provider.test", "warm: 0", "proxy: none\n");
    EXPECT_TRUE(passes(false));
}

TEST_F(Outbound, AProxyOfTheEnvironmentThatCannotBeUsedIsSaid) {
    server = std::make_unique<ServerProcess>(
        at("https://provider.test/v1", "warm: 0"),
        std::map<std::string, std::string>{{"https_proxy", "socks5://user:hunter2@p:1"}}
    );
    EXPECT_FALSE(server->start());
    EXPECT_THAT(
        server->output(), HasSubstr("environment https_proxy (`proxy: none` in the configuration turns it off)")
    );
    EXPECT_THAT(server->output(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace aihub::testing
