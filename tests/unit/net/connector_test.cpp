#include "net/connector.hpp"

#include "net/upstream.hpp"
#include "support/dns_server.hpp"
#include "support/loop_thread.hpp"
#include "support/raw_upstream.hpp"
#include "support/tls_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using testing::Descriptor;
using ::testing::HasSubstr;
using testing::listen_local;
using testing::local_port;

// A socket at 127.0.0.2, `port`, that answers no SYN: its backlog is full.
class Mute {
public:
    explicit Mute(std::uint16_t port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
        auto* const where = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_.get(), where, sizeof(address)), 0);
        EXPECT_EQ(::listen(listener_.get(), 0), 0);
        for (auto& one : fill_) {
            one = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            ::connect(one.get(), where, sizeof(address));
        }
    }

private:
    Descriptor listener_;
    std::array<Descriptor, 4> fill_;
};

// Listens at 127.0.0.2, `port`. The kernel completes connections; what comes on them is not answered.
Descriptor listen_beside(std::uint16_t port) {
    Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener.get(), 8), 0);
    return listener;
}

// Whether somebody has connected who was not accepted.
bool has_visitor(const Descriptor& listener) {
    pollfd visitor{listener.get(), POLLIN, 0};
    return ::poll(&visitor, 1, 0) == 1;
}

class ConnectorTest : public ::testing::Test {
protected:
    ConnectorTest() {
        ResolverOptions options;
        options.servers = {dns.address()};
        thread.call([&] {
            resolver = std::make_unique<Resolver>(thread.loop(), options);
            connector = std::make_unique<Connector>(thread.loop(), *resolver);
        });
    }
    ~ConnectorTest() override {
        thread.call([this] { resolver.reset(); });
        thread.stop();
    }
    [[nodiscard]] Upstream named(const std::string& name, std::uint16_t port) {
        auto upstream = *Upstream::parse("http://" + name + ":" + std::to_string(port));
        upstream.private_network = PrivateNetwork::allow;
        return upstream;
    }
    [[nodiscard]] Upstream encrypted(const std::string& name, std::uint16_t port, const std::string& ca) {
        const auto file = directory.file("ca.pem");
        testing::write_file(file, ca);
        auto upstream = *Upstream::parse("https://" + name + ":" + std::to_string(port));
        upstream.private_network = PrivateNetwork::allow;
        upstream.tls_context = *TlsContext::create(file);
        return upstream;
    }
    // "connected", or why not.
    std::string connect(const Upstream& upstream, std::chrono::milliseconds patience = testing::kPatience) {
        std::string out;
        thread.run([&]() -> Task<void> {
            const auto made = co_await connector->connect(
                std::make_shared<Upstream>(upstream), nullptr, clock.steady_now() + patience
            );
            out = made ? "connected" : std::to_string(http_status(made.error().code)) + " " + made.error().message;
        });
        return out;
    }

    testing::TempDir directory;
    SystemClock clock;
    testing::DnsServer dns;
    testing::LoopThread thread{clock};
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<Connector> connector;
    Descriptor listener = listen_local();  // at 127.0.0.1
};

TEST_F(ConnectorTest, goes_on_at_once_when_an_address_refuses) {
    dns.set("two.test", {{"127.0.0.2", "127.0.0.3", "127.0.0.1"}});
    auto upstream = named("two.test.", local_port(listener));
    upstream.attempt_delay = 1h;
    EXPECT_EQ(connect(upstream), "connected");
}

TEST_F(ConnectorTest, tries_the_next_address_when_one_keeps_silent) {
    const Mute mute(local_port(listener));
    dns.set("mute.test", {{"127.0.0.2"}});
    dns.set("two.test", {{"127.0.0.2", "127.0.0.1"}});
    auto upstream = named("mute.test.", local_port(listener));
    EXPECT_THAT(connect(upstream, 300ms), HasSubstr("504 cannot connect to mute.test.")) << "it is not silent";
    upstream = named("two.test.", local_port(listener));
    upstream.attempt_delay = 50ms;
    EXPECT_EQ(connect(upstream), "connected");
}

TEST_F(ConnectorTest, families_take_turns) {
    // Nothing listens at ::1; were it not tried second, the delay would not be over in time.
    dns.set("both.test", {{"::1", "127.0.0.1"}});
    auto upstream = named("both.test.", local_port(listener));
    upstream.attempt_delay = 1h;
    EXPECT_EQ(connect(upstream), "connected");
}

TEST_F(ConnectorTest, says_why_the_last_address_failed) {
    dns.set("dead.test", {{"127.0.0.2", "127.0.0.3"}});
    const auto upstream = named("dead.test.", local_port(listener));
    EXPECT_EQ(connect(upstream), "503 cannot connect to " + upstream.authority + ": Connection refused");
}

TEST_F(ConnectorTest, a_name_that_turns_out_private_is_refused_at_each_try) {
    auto upstream = named("rebound.test.", local_port(listener));
    upstream.private_network = PrivateNetwork::automatic;
    upstream.name = "acme";
    for (const std::string address : {"127.0.0.1", "::ffff:127.0.0.1", "::1"}) {
        dns.set("rebound.test", {{address}, 0});
        EXPECT_THAT(connect(upstream), HasSubstr("set providers.acme.private_network: allow")) << address;
    }
    pollfd nobody{listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&nobody, 1, 0), 0) << "it was connected to";
}

TEST_F(ConnectorTest, only_the_public_addresses_of_a_mixed_answer_are_tried) {
    // The public one cannot be reached from a test; what counts is that the private one is not.
    dns.set("mixed.test", {{"127.0.0.1", "192.88.99.1"}});
    auto upstream = named("mixed.test.", local_port(listener));
    upstream.private_network = PrivateNetwork::automatic;
    EXPECT_NE(connect(upstream, 100ms), "connected");
    pollfd nobody{listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&nobody, 1, 0), 0) << "it was connected to";
}

TEST_F(ConnectorTest, a_host_that_closes_instead_of_shaking_hands_is_left_for_the_next) {
    const testing::TlsServer server({.name = "two.test"});
    const auto beside = listen_beside(server.port());
    dns.set("two.test", {{"127.0.0.2", "127.0.0.1"}});
    const std::jthread closer([&] {
        // Unread bytes at the close make it a reset.
        const Descriptor visitor(::accept4(beside.get(), nullptr, nullptr, SOCK_CLOEXEC));
        pollfd hello{visitor.get(), POLLIN, 0};
        static_cast<void>(::poll(&hello, 1, 10000));
    });
    EXPECT_EQ(connect(encrypted("two.test", server.port(), server.certificate_pem())), "connected");
    EXPECT_TRUE(testing::eventually([&] { return server.spoke(); }));
}

TEST_F(ConnectorTest, a_host_that_keeps_silent_is_left_for_the_next_in_half_of_the_time) {
    const testing::TlsServer server({.name = "two.test"});
    const auto beside = listen_beside(server.port());
    dns.set("two.test", {{"127.0.0.2", "127.0.0.1"}});
    const auto upstream = encrypted("two.test", server.port(), server.certificate_pem());
    EXPECT_EQ(connect(upstream, 3s), "connected");
    EXPECT_TRUE(has_visitor(beside)) << "it was not tried";
    dns.set("mute.test", {{"127.0.0.2"}});
    auto mute = upstream;
    mute.host = "mute.test";
    EXPECT_THAT(connect(mute, 200ms), HasSubstr("504 cannot connect to"));
}

TEST_F(ConnectorTest, nobody_is_asked_after_a_certificate_that_is_not_trusted) {
    const testing::TlsServer server({.name = "two.test"});
    const testing::Certificate other({.name = "two.test"});
    const auto beside = listen_beside(server.port());
    dns.set("two.test", {{"127.0.0.1", "127.0.0.2"}});
    const auto upstream = encrypted("two.test", server.port(), other.pem());
    EXPECT_THAT(connect(upstream), HasSubstr("certificate verify failed"));
    EXPECT_FALSE(has_visitor(beside));
}

}  // namespace
}  // namespace aihub::net
