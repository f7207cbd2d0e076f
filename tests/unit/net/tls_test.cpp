#include "net/tls.hpp"

#include "support/pool_fixture.hpp"
#include "support/tls_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace aihub::net {
namespace {

using ::testing::HasSubstr;
using testing::TlsServer;

class TlsTest : public testing::PoolTest {
protected:
    [[nodiscard]] UpstreamPtr at(const TlsServer& server, const std::string& host, const std::string& ca_file) const {
        return std::make_shared<Upstream>(parsed("https://" + host + ":" + std::to_string(server.port()), ca_file));
    }
    // Sends `text` and reads as much back.
    Task<void> echo(UpstreamLease& lease, const std::string& text, std::string& out) {
        const std::array<std::string_view, 2> parts{
            std::string_view(text).substr(0, 1), std::string_view(text).substr(1)};
        const auto written = co_await lease.connection().write(parts);
        EXPECT_TRUE(written);
        while (out.size() < text.size()) {
            auto& loop = thread.loop();
            const auto count = co_await lease.connection().read_some({loop.scratch(), Loop::kScratchBytes});
            if (!count || *count == 0) {
                co_return;
            }
            out.append(loop.scratch(), *count);
        }
    }
    testing::TempDir directory;
};

TEST_F(TlsTest, talks_to_a_server_whose_authority_is_trusted) {
    TlsServer server({.name = "localhost"});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        auto lease = acquire(at(server, host, ca));
        ASSERT_TRUE(lease) << problem.message;
        const std::string text(100000, 'x');  // several records
        std::string out;
        thread.run([&] { return echo(*lease, text, out); });
        EXPECT_EQ(out, text);
        drop(lease);
    }
}

TEST_F(TlsTest, the_next_connection_resumes_the_session) {
    TlsServer server({.name = "localhost"});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    const auto upstream = at(server, "localhost", ca);
    const std::string text = "hello";
    for (int expected = 0; expected < 3; ++expected) {
        auto lease = acquire(upstream);
        ASSERT_TRUE(lease) << problem.message;
        std::string out;
        thread.run([&] { return echo(*lease, text, out); });
        EXPECT_EQ(out, text);
        EXPECT_EQ(server.resumptions(), expected);
        drop(lease);
    }
}

TEST_F(TlsTest, a_connection_is_kept_and_used_again) {
    TlsServer server({.name = "localhost"});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    const auto upstream = at(server, "localhost", ca);
    const std::string text = "hello";
    for (int i = 0; i < 3; ++i) {
        auto lease = acquire(upstream);
        ASSERT_TRUE(lease) << problem.message;
        EXPECT_EQ(lease->reused(), i > 0);
        std::string out;
        thread.run([&] { return echo(*lease, text, out); });
        EXPECT_EQ(out, text);
        give_back(lease);
        EXPECT_EQ(idle(), 1U);
    }
}

TEST_F(TlsTest, refuses_a_server_that_nobody_vouches_for) {
    TlsServer server({.name = "localhost"});
    EXPECT_FALSE(acquire(at(server, "localhost", "")));
    EXPECT_EQ(problem.code, Errc::unavailable);
    EXPECT_THAT(problem.message, HasSubstr("cannot connect to localhost:"));
    EXPECT_THAT(problem.message, HasSubstr("certificate verify failed"));
}

TEST_F(TlsTest, refuses_a_server_with_another_name) {
    TlsServer server({.name = "other.test", .address = ""});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        EXPECT_FALSE(acquire(at(server, host, ca))) << host;
        EXPECT_THAT(problem.message, HasSubstr("mismatch")) << host;
    }
}

TEST_F(TlsTest, refuses_an_expired_certificate) {
    TlsServer server({.name = "localhost", .days_left = -1});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    EXPECT_FALSE(acquire(at(server, "localhost", ca)));
    EXPECT_THAT(problem.message, HasSubstr("expired"));
}

TEST_F(TlsTest, refuses_a_server_that_knows_only_tls_1_1) {
    TlsServer server({.name = "localhost", .only_tls_1_1 = true});
    const auto ca = directory.file("ca.pem");
    testing::write_file(ca, server.certificate_pem());
    EXPECT_FALSE(acquire(at(server, "localhost", ca)));
    EXPECT_EQ(problem.code, Errc::unavailable);
    EXPECT_FALSE(server.spoke());
}

TEST_F(TlsTest, a_server_that_does_not_speak_tls_is_told_from_one_that_is_away) {
    testing::RawUpstream plain;
    const auto upstream = std::make_shared<Upstream>(parsed("https://127.0.0.1:" + std::to_string(plain.port())));
    auto patient = std::make_shared<Upstream>(*upstream);
    patient->connect_timeout = std::chrono::milliseconds(100);
    EXPECT_FALSE(acquire(patient));
    EXPECT_EQ(problem.code, Errc::upstream_timeout);  // it waits for more of a request line
}

TEST(TlsContext, refuses_a_ca_file_that_is_not_there) {
    const auto context = TlsContext::create("/nowhere/ca.pem");
    ASSERT_FALSE(context);
    EXPECT_THAT(context.error().message, HasSubstr("/nowhere/ca.pem"));
}

TEST(TlsContext, refuses_a_ca_file_that_holds_no_certificate) {
    const testing::TempDir directory;
    const auto file = directory.file("ca.pem");
    testing::write_file(file, "no certificate");
    const auto context = TlsContext::create(file);
    ASSERT_FALSE(context);
    EXPECT_THAT(context.error().message, HasSubstr(file));
}

}  // namespace
}  // namespace aihub::net
