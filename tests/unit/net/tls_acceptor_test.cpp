#include "net/tls_acceptor.hpp"

#include "net/listener.hpp"
#include "support/certificate.hpp"
#include "support/loop_thread.hpp"
#include "support/raw_client.hpp"
#include "support/tls_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <mutex>
#include <string>
#include <vector>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::TlsClient;

// A TLS server that echoes.
class TlsAcceptorTest : public ::testing::Test {
protected:
    void TearDown() override {
        thread.call([&] { listener.reset(); });
        thread.stop();
    }
    [[nodiscard]] TlsAcceptorOptions pair() const {
        testing::write_file(directory.file("certificate.pem"), certificate.pem());
        testing::write_file(directory.file("key.pem"), certificate.key_pem());
        return {directory.file("certificate.pem"), directory.file("key.pem")};
    }
    void serve(const TlsAcceptorOptions& options) {
        auto made = TlsAcceptor::create(options);
        ASSERT_TRUE(made) << made.error().message;
        acceptor = *std::move(made);
        auto sockets = ListenSockets::open("127.0.0.1", 0, 1);
        ASSERT_TRUE(sockets);
        port = sockets->port();
        Listener::Handlers handlers;
        handlers.accepted = [this](ConnectionPtr one) { spawn(echo(std::move(one))); };
        handlers.full = [](Connection&) {};
        handlers.paused = [] {};
        listener = std::make_unique<Listener>(thread.loop(), sockets->take(0), std::move(handlers));
        thread.call([&] { listener->start(); });
    }
    Task<void> echo(ConnectionPtr connection) {
        auto session = acceptor->open(connection->descriptor());
        connection->set_deadline(clock.steady_now() + handshake_patience, Errc::request_timeout);
        const auto shaken = co_await connection->handshake(*std::move(session));
        connection->clear_deadline();
        {
            const std::scoped_lock lock(mutex);
            handshakes.push_back(shaken ? "good" : shaken.error().message);
        }
        if (!shaken) {
            co_return;
        }
        connection->watch([this] { gone.set(); });
        char* scratch = thread.loop().scratch();
        for (;;) {
            const auto count = co_await connection->read_some({scratch, Loop::kScratchBytes});
            if (!count || *count == 0) {
                co_return;
            }
            const std::array<std::string_view, 1> parts{std::string_view(scratch, *count)};
            const auto written = co_await connection->write(parts);
            if (!written) {
                co_return;
            }
        }
    }
    [[nodiscard]] std::string handshake(std::size_t index) {
        EXPECT_TRUE(testing::eventually([&] {
            const std::scoped_lock lock(mutex);
            return handshakes.size() > index;
        }));
        const std::scoped_lock lock(mutex);
        return handshakes.at(index);
    }

    SystemClock clock;
    testing::LoopThread thread{clock};
    testing::TempDir directory;
    const Certificate certificate{{.name = "localhost"}};
    TlsAcceptorPtr acceptor;
    std::unique_ptr<Listener> listener;
    std::uint16_t port = 0;
    std::chrono::milliseconds handshake_patience = testing::kPatience;
    std::mutex mutex;
    std::vector<std::string> handshakes;
    testing::Signal gone;
};

TEST_F(TlsAcceptorTest, speaks_tls_1_2_and_1_3_and_http_1_1_only) {
    serve(pair());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(
            port, {.min_version = version, .max_version = version, .alpn = std::string("\x02h2\x08http/1.1")}
        );
        ASSERT_TRUE(client.connected());
        EXPECT_EQ(client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
        EXPECT_EQ(client.protocol(), "http/1.1");
        EXPECT_EQ(client.server_name(), "localhost");
        ASSERT_TRUE(client.send("hello"));
        EXPECT_EQ(client.read(), "hello");
    }
    TlsClient without(port);
    ASSERT_TRUE(without.connected());
    EXPECT_EQ(without.protocol(), "");
    EXPECT_FALSE(TlsClient(port, {.alpn = "\x02h2"}).connected());
}

TEST_F(TlsAcceptorTest, refuses_older_versions) {
    serve(pair());
    const TlsClient old(port, {.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION});
    EXPECT_FALSE(old.connected());
    EXPECT_NE(handshake(0), "good");
}

TEST_F(TlsAcceptorTest, min_version_1_3_refuses_1_2) {
    auto options = pair();
    options.min_version = TlsVersion::tls_1_3;
    serve(options);
    EXPECT_FALSE(TlsClient(port, {.max_version = TLS1_2_VERSION}).connected());
    EXPECT_TRUE(TlsClient(port).connected());
}

TEST_F(TlsAcceptorTest, resumes_sessions) {
    serve(pair());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient first(port, {.max_version = version});
        ASSERT_TRUE(first.send("x"));
        EXPECT_EQ(first.read(), "x");
        EXPECT_FALSE(first.resumed());
        SSL_SESSION* session = first.session();
        TlsClient second(port, {.max_version = version, .session = session});
        SSL_SESSION_free(session);
        ASSERT_TRUE(second.connected());
        EXPECT_TRUE(second.resumed()) << version;
    }
}

TEST_F(TlsAcceptorTest, tells_plain_http_what_is_wrong) {
    serve(pair());
    RawClient client(port);
    ASSERT_TRUE(client.send("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 400);
    EXPECT_TRUE(reply->complete);
    EXPECT_THAT(reply->body, HasSubstr("HTTPS"));
    EXPECT_TRUE(client.wait_for_close());
}

TEST_F(TlsAcceptorTest, closes_a_half_handshake_at_its_deadline_and_serves_others_meanwhile) {
    handshake_patience = 1s;
    serve(pair());
    std::vector<std::unique_ptr<RawClient>> half;
    for (int i = 0; i < 100; ++i) {
        half.push_back(std::make_unique<RawClient>(port));
        ASSERT_TRUE(half.back()->send(std::string_view("\x16\x03\x01\x02\x00\x01", 6)));
    }
    EXPECT_TRUE(TlsClient(port).connected());
    for (auto& one : half) {
        EXPECT_TRUE(one->wait_for_close());
    }
}

TEST_F(TlsAcceptorTest, sees_a_client_leave_by_its_goodbye) {
    serve(pair());
    TlsClient client(port);
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(handshake(0), "good");
    client.close();
    EXPECT_TRUE(gone.wait());
}

TEST_F(TlsAcceptorTest, says_which_file_is_wrong_and_what_to_do) {
    const Certificate other({.name = "other.test"});
    struct Case {
        TlsAcceptorOptions options;
        std::string message;
    };
    const auto garbage = directory.file("garbage.pem");
    testing::write_file(garbage, "not a certificate");
    const auto good = pair();
    const auto write = [&](const std::string& name, const std::string& text) {
        testing::write_file(directory.file(name), text);
        return directory.file(name);
    };
    const auto missing = directory.file("missing.pem");
    const auto foreign = write("foreign.pem", other.key_pem());
    const auto locked = write("locked.pem", certificate.key_pem("word"));
    const auto damaged = write("damaged.pem", certificate.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n");
    const std::vector<Case> cases{
        {{missing, good.key_file},
         missing + ": cannot be read (No such file or directory), make it a readable PEM file or correct "
                   "certificate_file"},
        {{garbage, good.key_file}, garbage + ": holds no certificate, write one in PEM (-----BEGIN CERTIFICATE-----)"},
        {{damaged, good.key_file},
         damaged + ": a certificate behind the first is damaged, write the whole chain in PEM"},
        {{good.certificate_file, missing},
         missing + ": cannot be read (No such file or directory), make it a readable PEM file or correct key_file"},
        {{good.certificate_file, garbage},
         garbage + ": holds no private key, write one in PEM (-----BEGIN PRIVATE KEY-----)"},
        {{good.certificate_file, locked},
         locked + ": the private key has a passphrase, store it without one, readable by this user only"},
        {{good.certificate_file, foreign},
         foreign + ": is not the private key of the certificate in " + good.certificate_file + ", give the pair"},
    };
    for (const auto& one : cases) {
        const auto made = TlsAcceptor::create(one.options);
        ASSERT_FALSE(made) << one.message;
        EXPECT_EQ(made.error().code, Errc::invalid_request);
        EXPECT_EQ(made.error().message, one.message);
    }
}

TEST_F(TlsAcceptorTest, shows_the_whole_chain) {
    const Certificate above({.name = "above.test"});
    auto options = pair();
    testing::write_file(options.certificate_file, certificate.pem() + above.pem());
    EXPECT_TRUE(TlsAcceptor::create(options));
}

}  // namespace
}  // namespace aihub::net
