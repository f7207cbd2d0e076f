// Upgrade: a new process takes over the listening sockets, and nobody notices.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"
#include "support/certificate.hpp"
#include "support/tls_client.hpp"
#include "support/websocket_peer.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Upgrade : public Gateway {
protected:
    void SetUp() override {
        // Processes whose parent has gone become ours, so that they can be waited for and ended.
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        upstream.set_handler([this](const UpstreamRequest& request) {
            if (request.message.body.find("\"stream\":true") == std::string::npos) {
                return Reply(http_reply(200, chat_answer()));
            }
            return Reply(stream_head() + event_chunk(stream_frame("a")))
                .wait(go)
                .send(event_chunk(stream_frame("b")) + event_chunk("[DONE]") + chunk(""));
        });
    }
    void TearDown() override {
        Gateway::TearDown();
        for (const pid_t pid : successors) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    }
    void start_with_pid_file(const std::string& config_text, std::map<std::string, std::string> environment = {}) {
        server = std::make_unique<ServerProcess>(config_text, std::move(environment));
        program = server->directory() + "/aihub-link";
        fs::create_symlink(binary_path(), program);
        server->set_program(program);
        server->add_arguments({"--pid-file", pid_file()});
        ASSERT_TRUE(server->start()) << server->output();
        server->child().share_outputs();
        ASSERT_TRUE(eventually([this] { return serving() == server->pid(); }));
        key = server->first_key();
    }
    [[nodiscard]] std::string pid_file() const { return server->directory() + "/pid"; }
    // The process that the pid file names.
    [[nodiscard]] pid_t serving() const { return std::atoi(read_file(pid_file()).c_str()); }
    // Waits until another process than `old` serves.
    pid_t wait_for_other_than(pid_t old) {
        EXPECT_TRUE(eventually([&] { return serving() > 0 && serving() != old; })) << server->output();
        if (serving() != old) {
            successors.insert(serving());
        }
        return serving();
    }
    pid_t upgrade() {
        const pid_t old = serving();
        ::kill(old, SIGUSR2);
        return wait_for_other_than(old);
    }
    // Waits for the end of a process; gives its exit status, -1 when it did not end.
    int ended(pid_t pid) {
        if (pid == server->pid()) {
            return server->wait_for_exit().value_or(-1);
        }
        int status = 0;
        if (!eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) {
            return -1;
        }
        successors.erase(pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    void replace_program(const std::string& target) const {
        fs::create_symlink(target, program + ".new");
        fs::rename(program + ".new", program);
    }
    static std::size_t descriptors(pid_t pid) {
        const fs::directory_iterator list("/proc/" + std::to_string(pid) + "/fd");
        return static_cast<std::size_t>(std::distance(begin(list), end(list)));
    }
    static std::size_t resident_kb(pid_t pid) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with("VmRSS:")) {
                return std::strtoull(line.c_str() + 6, nullptr, 10);
            }
        }
        return 0;
    }

    std::string program;
    std::set<pid_t> successors;
    SignalPtr go = make_signal();
};

// A client of the load below: most requests on a kept connection, some on one of their own.
class Loader {
public:
    Loader(std::uint16_t port, std::string request) : port_(port), request_(std::move(request)) {}
    // One request. False: it did not get its answer.
    bool call(bool fresh) {
        try {
            if (fresh || !client_) {
                client_.emplace(port_);
            }
            const bool sent = client_->send(request_);
            const auto reply = client_->reply();
            if (!sent || !reply || reply->status() != 200 || !reply->complete) {
                why_ = reply ? reply->start_line : sent ? "no reply" : "not sent";
                client_.reset();
                return false;
            }
            if (reply->headers.get("connection") == "close") {
                client_.reset();
            }
            return true;
        } catch (const std::system_error& error) {
            why_ = error.what();
            return false;
        }
    }
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    std::uint16_t port_;
    std::string request_;
    std::optional<RawClient> client_;
    std::string why_;
};

TEST_F(Upgrade, TenUnderLoadLoseNothing) {
    constexpr int kRequests = 12000;
    constexpr int kClients = 8;
    constexpr int kUpgrades = 10;
    constexpr int kPaceMs = 15;  // between the requests of a client: about 500 a second in all
    start_with_pid_file(config("log: { level: warn }\n"));
    for (int index = 0; index < 200; ++index) {
        ASSERT_EQ(chat(chat_body()).status(), 200);
    }
    const auto descriptors_before = descriptors(serving());
    const auto resident_before = resident_kb(serving());

    std::atomic<int> next{0};
    std::atomic<int> failed{0};
    std::mutex mutex;
    std::string why;
    std::vector<std::jthread> clients;
    for (int index = 0; index < kClients; ++index) {
        clients.emplace_back([&] {
            Loader loader(server->port(), post(kChat, chat_body()));
            for (int number = next++; number < kRequests; number = next++) {
                if (!loader.call(number % 5 == 0)) {
                    ++failed;
                    const std::scoped_lock lock(mutex);
                    why += std::to_string(number) + ": " + loader.why() + "\n";
                }
                ::poll(nullptr, 0, kPaceMs);
            }
        });
    }
    std::vector<pid_t> old{server->pid()};
    for (int round = 1; round <= kUpgrades; ++round) {
        ASSERT_TRUE(eventually([&] { return next >= round * kRequests / (kUpgrades + 1); }, Milliseconds(60000)));
        old.push_back(upgrade());
    }
    clients.clear();
    EXPECT_EQ(failed, 0) << why;
    const pid_t last = old.back();
    old.pop_back();
    for (const pid_t pid : old) {
        EXPECT_EQ(ended(pid), 0) << "an old process is still there\n" << server->output();
    }
    EXPECT_EQ(usage_rows(kRequests + 200).size(), kRequests + 200U);
    // Each client may have left one kept upstream connection. One more socket an upgrade would be ten.
    EXPECT_TRUE(eventually([&] { return descriptors(last) <= descriptors_before + kClients; }))
        << descriptors(last) << " after " << descriptors_before;
    EXPECT_LE(resident_kb(last), resident_before + resident_before / 2);
    ::kill(last, SIGTERM);
    EXPECT_EQ(ended(last), 0);
    EXPECT_FALSE(fs::exists(pid_file()));
}

TEST_F(Upgrade, StreamsEndWhereTheyBegan) {
    start_with_pid_file(config());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", R"(,"stream":true)"))));
    ASSERT_TRUE(client.read_until(stream_frame("a")));
    auto idle = connect();
    const pid_t now = upgrade();
    ASSERT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "this one ends"));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    ASSERT_TRUE(idle.send(post(kChat, chat_body())));
    EXPECT_EQ(idle.reply().value_or(Message{}).status(), 200);
    EXPECT_FALSE(server->wait_for_exit(Milliseconds(0))) << "it left its stream behind";
    go->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete && has_done(reply->body));
    client.close();
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
    EXPECT_EQ(serving(), now) << "the old process took the new one's pid file";
}

// Handshakes that were begun with the old process end there, and sessions of the old one are not needed by the new one.
TEST_F(Upgrade, OverTlsLosesNothing) {
    constexpr int kRequests = 600;
    constexpr int kClients = 4;
    constexpr int kUpgrades = 3;
    constexpr int kPaceMs = 10;
    const TempDir directory;
    const Certificate certificate({.name = "hub.test"});
    write_file(directory.file("hub.pem"), certificate.pem());
    write_file(directory.file("hub.key"), certificate.key_pem());
    std::string text = config();
    const std::string plain = "listen: 127.0.0.1:0\n";
    text.replace(
        text.find(plain),
        plain.size(),
        "listen: {port: 0, tls: {certificate_file: " + directory.file("hub.pem") +
            ", key_file: " + directory.file("hub.key") + "}}\n"
    );
    start_with_pid_file(text);

    std::atomic<int> next{0};
    std::atomic<int> failed{0};
    std::vector<std::jthread> clients;
    for (int index = 0; index < kClients; ++index) {
        clients.emplace_back([&] {
            std::unique_ptr<TlsClient> client;
            for (int number = next++; number < kRequests; number = next++) {
                if (!client || number % 4 == 0) {
                    client = std::make_unique<TlsClient>(server->port());
                }
                const bool sent = client->send(post(kChat, chat_body()));
                const auto answer = client->read_until("null]}");
                failed += sent && answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("null]}") ? 0 : 1;
                if (answer.find("Connection: close") != std::string::npos) {
                    EXPECT_EQ(client->read(), "");
                    EXPECT_TRUE(client->ended_cleanly());
                    client.reset();
                }
                ::poll(nullptr, 0, kPaceMs);
            }
        });
    }
    std::vector<pid_t> old{server->pid()};
    for (int round = 1; round <= kUpgrades; ++round) {
        ASSERT_TRUE(eventually([&] { return next >= round * kRequests / (kUpgrades + 1); }, Milliseconds(60000)));
        old.push_back(upgrade());
    }
    clients.clear();
    EXPECT_EQ(failed, 0);
    old.pop_back();
    for (const pid_t pid : old) {
        EXPECT_EQ(ended(pid), 0) << "an old process is still there\n" << server->output();
    }
    EXPECT_EQ(usage_rows(kRequests).size(), kRequests + 0U);
}

TEST_F(Upgrade, WebSocketsStayWithTheOldProcess) {
    const Descriptor provider = listen_local();
    start_with_pid_file(
        "listen: 127.0.0.1:0\nproviders:\n  rt: { plugin: aihub.provider.openai, api_key: k, models: [rt-1], "
        "base_url: \"http://127.0.0.1:" +
        std::to_string(local_port(provider)) + "/v1\" }\n"
    );
    const auto open = [&] {
        std::pair sides{
            WebSocketPeer(connect_local(server->port()), PeerRole::client),
            WebSocketPeer(Descriptor(), PeerRole::server)};
        sides.first.send(http_request(
            "GET",
            "/v1/realtime?model=rt-1",
            {},
            auth() + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                std::string(kSocketKey) + "\r\n"
        ));
        sides.second = WebSocketPeer(accept_local(provider), PeerRole::server);
        EXPECT_NE(sides.second.head(), "");
        sides.second.send(
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
            std::string(kSocketAccept) + "\r\n\r\n"
        );
        EXPECT_THAT(sides.first.head(), ::testing::StartsWith("HTTP/1.1 101 "));
        return sides;
    };
    auto [client, upstream_side] = open();
    ASSERT_TRUE(is_listening(server->pid(), server->port()));
    const pid_t now = upgrade();
    ASSERT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "this one ends"));
    // Until it has closed its socket the old process may take a connection, too.
    ASSERT_TRUE(eventually([&] { return !is_listening(server->pid(), server->port()); }));
    auto [next_client, next_upstream] = open();
    ASSERT_TRUE(client.text("still here") && next_client.text("new here"));
    EXPECT_EQ(upstream_side.next().value_or(PeerFrame{}).payload, "still here");
    EXPECT_EQ(next_upstream.next().value_or(PeerFrame{}).payload, "new here");
    EXPECT_FALSE(server->wait_for_exit(Milliseconds(0))) << "it left its web socket behind";
    ASSERT_TRUE(client.close_frame(1000));
    EXPECT_EQ(upstream_side.next_close(), 1000);
    ASSERT_TRUE(upstream_side.close_frame(1000));
    EXPECT_EQ(client.next_close(), 1000);
    client.close();
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
    next_client.close();
    EXPECT_EQ(next_upstream.next_close(), 1001);
    EXPECT_EQ(serving(), now);
}

TEST_F(Upgrade, AnotherNumberOfLoops) {
    start_with_pid_file(config("loops: 2\n"));
    for (const auto* loops : {"1", "4", "2"}) {
        server->set_config(config("loops: " + std::string(loops) + "\n"));
        const pid_t old = serving();
        upgrade();
        EXPECT_EQ(ended(old), 0);
        for (int index = 0; index < 40; ++index) {
            EXPECT_EQ(chat(chat_body()).status(), 200);
        }
    }
}

TEST_F(Upgrade, WhatCannotStartChangesNothing) {
    start_with_pid_file(config("upgrade_timeout: 6s\nloops: 1\n"));
    ASSERT_EQ(chat(chat_body()).status(), 200);
    const auto expect_refused = [&](const std::string& reason) {
        const auto before = server->child().text(ChildProcess::Output::err).size();
        ::kill(server->pid(), SIGUSR2);
        ASSERT_TRUE(eventually([&] {
            const auto text = server->child().text(ChildProcess::Output::err).substr(before);
            return text.find("upgrade failed, this process goes on") != std::string::npos &&
                   text.find(reason) != std::string::npos;
        })) << reason
            << "\n"
            << server->output();
        EXPECT_EQ(serving(), server->pid());
        EXPECT_EQ(chat(chat_body("fast")).status(), 200);
    };
    const auto before = descriptors(server->pid());
    server->set_config(config("nonsense: 1\n"));
    expect_refused("ended with status 1");
    const auto good = config();
    const auto wrong_line = std::count(good.begin(), good.end(), '\n') + 1;
    EXPECT_THAT(server->output(), HasSubstr("aihub.yaml:" + std::to_string(wrong_line)))
        << "the new process's reason is not there";
    server->set_config(config());
    replace_program("/bin/false");
    expect_refused("ended with status 1");
    replace_program("/nonexistent/aihub");
    expect_refused("cannot start");
    const auto script = server->directory() + "/hangs";
    write_file(script, "#!/bin/sh\nexec sleep 600\n");
    fs::permissions(script, fs::perms::owner_all);
    server->set_config(config("upgrade_timeout: 6s\n"));
    replace_program(script);
    expect_refused("not ready in time");
    // The way back: the next one works.
    replace_program(binary_path());
    EXPECT_LE(descriptors(server->pid()), before + 1);
    upgrade();
    EXPECT_EQ(server->wait_for_exit(), 0);
    EXPECT_EQ(chat(chat_body("fast")).status(), 200);
}

TEST_F(Upgrade, ByCommand) {
    start_with_pid_file(config());
    const std::vector<std::string> command{binary_path(), "upgrade", "--pid-file", pid_file()};
    const auto done = run_program(command, server->directory());
    const pid_t now = wait_for_other_than(server->pid());
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_THAT(done.out, HasSubstr("process " + std::to_string(now) + " serves now"));
    EXPECT_EQ(server->wait_for_exit(), 0);
    replace_program("/bin/false");
    const auto failed = run_program(command, server->directory());
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, HasSubstr("process " + std::to_string(now) + " goes on"));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    const auto nobody = run_program({binary_path(), "upgrade", "--pid-file", "/nonexistent/pid"}, server->directory());
    EXPECT_EQ(nobody.status, 1);
    EXPECT_THAT(nobody.err, HasSubstr("/nonexistent/pid"));
}

TEST_F(Upgrade, TheServiceManagerIsTold) {
    const TempDir directory;
    const Descriptor manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = directory.file("notify");
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    start_with_pid_file(config(), {{"NOTIFY_SOCKET", path}});
    const pid_t now = upgrade();
    EXPECT_EQ(server->wait_for_exit(), 0);
    std::string said;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; count >= 0;) {
        count = ::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        said += count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) + "\n" : "";
    }
    EXPECT_THAT(said, HasSubstr("MAINPID=" + std::to_string(now)));
    EXPECT_THAT(said, ::testing::Not(HasSubstr("STOPPING=1"))) << "the service is not stopping";
}

}  // namespace
}  // namespace aihub::testing
