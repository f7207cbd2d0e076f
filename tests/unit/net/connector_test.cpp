#include "net/connector.hpp"

#include "net/upstream.hpp"
#include "support/dns_server.hpp"
#include "support/loop_thread.hpp"
#include "support/raw_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>

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

}  // namespace
}  // namespace aihub::net
