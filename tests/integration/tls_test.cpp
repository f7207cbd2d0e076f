// HTTPS on listeners: as clients see it, and certificates that change while it runs.
#include "gateway_fixture.hpp"
#include "support/certificate.hpp"
#include "support/tls_client.hpp"

#include <atomic>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

class Tls : public Gateway {
protected:
    void start_tls(std::string_view more = {}) {
        show(Certificate({.name = "first.test"}));
        start_with(tls_config(more));
    }
    [[nodiscard]] std::string tls_config(std::string_view more = {}) const {
        std::string text = config(more);
        const std::string plain = "listen: 127.0.0.1:0\n";
        return text.replace(
            text.find(plain),
            plain.size(),
            "listen: {port: 0, tls: {certificate_file: " + certificate_file + ", key_file: " + key_file + "}}\n"
        );
    }
    void show(const Certificate& certificate) const {
        write_file(key_file, certificate.key_pem());
        write_file(certificate_file, certificate.pem());
    }
    // The name in the certificate that a new connection gets.
    [[nodiscard]] std::string shown() const {
        const TlsClient client(server->port());
        return client.connected() ? client.server_name() : "no connection";
    }
    [[nodiscard]] bool serves(TlsClient& client) const {
        return client.send(post(kChat, chat_body())) &&
               client.read_until("total_tokens\":18}").find(" 200 ") != std::string::npos;
    }
    [[nodiscard]] std::string url(std::string_view path) const {
        return "https://first.test:" + std::to_string(server->port()) + std::string(path);
    }
    [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(server->port()); }

    TempDir directory;
    std::string certificate_file = directory.file("hub.pem");
    std::string key_file = directory.file("hub.key");
};

TEST_F(Tls, TheOfficialCurlVerifiesAndTalks) {
    start_tls();
    const auto answer = run_program(
        {"/usr/bin/curl",
         "--silent",
         "--show-error",
         "--cacert",
         certificate_file,
         "--resolve",
         "first.test:" + std::to_string(server->port()) + ":127.0.0.1",
         "--write-out",
         "\n%{http_code} %{http_version}",
         "--header",
         "Authorization: Bearer " + key,
         url("/v1/models")},
        directory.path()
    );
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("gpt-test"));
    EXPECT_THAT(answer.out, HasSubstr("\n200 1.1"));
}

TEST_F(Tls, SClientIsRefusedWithOldVersionsAndRenegotiation) {
    start_tls();
    const auto probe = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"/usr/bin/openssl", "s_client", "-connect", endpoint(), "-no_ign_eof"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(arguments, directory.path());
    };
    for (const std::string old : {"-tls1", "-tls1_1"}) {
        const auto refused = probe({old, "-cipher", "DEFAULT@SECLEVEL=0"});
        EXPECT_NE(refused.status, 0) << old;
        EXPECT_THAT(refused.out, HasSubstr("Cipher is (NONE)")) << old;
    }
    for (const std::string good : {"-tls1_2", "-tls1_3"}) {
        const auto taken = probe({good, "-alpn", "h2,http/1.1"});
        EXPECT_THAT(taken.out, HasSubstr("ALPN protocol: http/1.1")) << good;
    }
    // "R" on its input asks for a renegotiation.
    const auto again = run_program(
        {"/bin/sh", "-c", "echo R | openssl s_client -tls1_2 -connect " + endpoint() + " 2>&1"}, directory.path()
    );
    EXPECT_THAT(again.out, HasSubstr("no renegotiation"));
    EXPECT_EQ(shown(), "first.test");
}

TEST_F(Tls, PlainHttpIsToldToUseHttps) {
    start_tls();
    const auto reply = get("/v1/models");
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(reply.body, HasSubstr("https"));
    EXPECT_GE(TlsClient(server->port()).connected(), true);
}

TEST_F(Tls, HalfHandshakesEndAndStallNobody) {
    start_tls("timeouts: {tls_handshake: 3s}\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    constexpr int kHalf = 500;
    std::vector<std::unique_ptr<RawClient>> half;
    for (int i = 0; i < kHalf; ++i) {
        half.push_back(std::make_unique<RawClient>(server->port()));
        EXPECT_TRUE(half.back()->send("\x16"));
    }
    const Deadline spent;
    TlsClient client(server->port());
    EXPECT_TRUE(serves(client));
    EXPECT_LT(spent.spent(), Milliseconds(2500));
    for (auto& one : half) {
        // A byte now and then does not prolong it.
        static_cast<void>(one->send(std::string_view("\x03", 1)));
        EXPECT_TRUE(one->wait_for_close());
    }
    EXPECT_LT(spent.spent(), Milliseconds(9000));
    TlsClient asks(server->port());
    ASSERT_TRUE(asks.send(http_request("GET", "/metrics")));
    EXPECT_THAT(
        asks.read_until("\naihub_upstream"), HasSubstr("aihub_tls_handshake_failures_total " + std::to_string(kHalf))
    );
}

TEST_F(Tls, AStreamEndsWhenItsClientLeaves) {
    start_tls();
    const auto held = make_signal();
    upstream.set_handler([&](const UpstreamRequest&) {
        return Reply(stream_head() + chunk("data: " + stream_frame("hi") + "\n\n")).hold();
    });
    TlsClient client(server->port());
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", R"(,"stream":true)"))));
    EXPECT_THAT(client.read_until("hi"), HasSubstr("hi"));
    client.close();
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
}

TEST_F(Tls, ACertificateIsRenewedWithoutALostRequest) {
    start_tls();
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    std::atomic<bool> stop{false};
    std::atomic<int> served{0};
    std::atomic<int> failed{0};
    std::vector<std::jthread> load;
    for (int i = 0; i < 2; ++i) {
        load.emplace_back([&, keep = i == 0] {
            std::unique_ptr<TlsClient> kept;
            while (!stop) {
                auto client = keep && kept ? std::move(kept) : std::make_unique<TlsClient>(server->port());
                ++(client->connected() && serves(*client) ? served : failed);
                kept = keep ? std::move(client) : nullptr;
            }
        });
    }
    TlsClient before(server->port());
    EXPECT_EQ(before.server_name(), "first.test");
    for (const std::string name : {"second.test", "third.test"}) {
        const int until = served + 20;
        show(Certificate({.name = name}));
        server->reload();
        EXPECT_TRUE(eventually([&] { return shown() == name; }));
        EXPECT_TRUE(eventually([&] { return served >= until; }));
    }
    stop = true;
    load.clear();
    EXPECT_EQ(failed, 0);
    EXPECT_TRUE(serves(before)) << "a connection of the first certificate goes on";
}

TEST_F(Tls, AChangedCertificateIsNoticed) {
    start_tls();
    show(Certificate({.name = "second.test"}));
    EXPECT_TRUE(eventually([&] { return shown() == "second.test"; }));
}

TEST_F(Tls, ABadCertificateIsRefusedAndTheOldOneStays) {
    start_tls();
    write_file(certificate_file, "garbage");
    server->reload();
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "configuration refused"));
    EXPECT_THAT(server->output(), HasSubstr(certificate_file + ": holds no certificate"));
    EXPECT_EQ(shown(), "first.test");
    const Certificate good({.name = "second.test"});
    show(good);
    server->reload();
    EXPECT_TRUE(eventually([&] { return shown() == "second.test"; }));
}

TEST_F(Tls, ABadKeyStopsTheStartWithFileAndRemedy) {
    show(Certificate({.name = "first.test"}));
    write_file(key_file, Certificate({.name = "other.test"}).key_pem());
    ServerProcess refused(tls_config());
    EXPECT_FALSE(refused.start());
    EXPECT_THAT(refused.output(), HasSubstr(key_file + ": is not the private key of the certificate in"));
    EXPECT_THAT(refused.output(), HasSubstr("give the pair"));
}

TEST(CheckConfig, SaysWhichCertificateFileCannotBeUsedAndWhere) {
    const TempDir directory;
    const Certificate certificate({.name = "hub.test", .days_left = -2});
    const auto pem = directory.file("hub.pem");
    const auto file = directory.file("aihub.yaml");
    write_file(pem, certificate.pem());
    write_file(
        file,
        "loops: 1\nlisten:\n  port: 0\n  tls: {certificate_file: " + pem + ", key_file: " + directory.file("hub.key") +
            "}\n"
    );
    const auto missing = run_program({binary_path(), "check-config", file}, directory.path());
    EXPECT_EQ(missing.status, 1);
    EXPECT_THAT(
        missing.err,
        ::testing::HasSubstr(file + ":4: listen.tls: " + directory.file("hub.key") + ": cannot be read (No such file")
    );
    write_file(directory.file("hub.key"), certificate.key_pem());
    const auto ended = run_program({binary_path(), "check-config", file}, directory.path());
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(
        ended.err, ::testing::HasSubstr("warning: " + file + ":4: listen.tls: " + pem + ": the certificate ended on")
    );
    EXPECT_THAT(ended.out, ::testing::HasSubstr("can be used"));
    const auto json = run_program({binary_path(), "check-config", file, "--json"}, directory.path());
    EXPECT_THAT(json.out, ::testing::HasSubstr(R"({"ok":true,"problems":[],"warnings":[{"file":)"));
}

}  // namespace
}  // namespace aihub::testing
