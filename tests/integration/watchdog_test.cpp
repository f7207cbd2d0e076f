// A plugin that holds its event loop: what the log, the metrics and the service manager see of it.
#include "gateway_fixture.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <filesystem>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

// The provider `up` is a codec for tests whose frame "!hold 1500" holds the loop for so many milliseconds.
class WatchdogOfTheServer : public Gateway {
protected:
    void SetUp() override {
        const auto built = fs::path(binary_path()).parent_path() / "tests/plugins_for_loader/lib/codec.so";
        fs::copy_file(built, plugins.file("codec.so"));
        address.sun_family = AF_UNIX;
        manager_name.copy(address.sun_path, manager_name.size());
        ASSERT_EQ(bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    void start_with_codec(std::string_view more, std::map<std::string, std::string> environment = {}) {
        environment.emplace("NOTIFY_SOCKET", manager_name);
        start_with(
            "listen: 127.0.0.1:0\nloops: 2\nplugins: { directories: [" + plugins.path() +
                "] }\nproviders:\n  up: { plugin: com.example.codec, base_url: \"http://127.0.0.1:" +
                std::to_string(upstream.port()) + "/v1\", models: [m] }\n" + std::string(more),
            std::move(environment)
        );
        upstream.set_handler([](const UpstreamRequest& request) {
            const auto& body = request.message.body;
            const auto at = body.find("!hold ");
            const auto what = at == std::string::npos ? "hello" : body.substr(at, body.find('"', at) - at);
            return Reply(stream_head() + event_chunk(what) + event_chunk("[DONE]") + chunk(""));
        });
    }
    [[nodiscard]] std::string asking(std::string_view what) const {
        return post(
            kChat, R"({"model":"m","stream":true,"messages":[{"role":"user","content":")" + std::string(what) + "\"}]}"
        );
    }
    // The next message to the service manager that is not `other`; waits for it.
    [[nodiscard]] std::string next_notice(std::string_view other = {}) const {
        timeval patience{10, 0};
        setsockopt(manager.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        for (;;) {
            char text[256];
            const auto size = recv(manager.get(), text, sizeof text, 0);
            if (size < 0) {
                return "nothing";
            }
            const std::string message(text, static_cast<std::size_t>(size));
            if (message != other || other.empty()) {
                return message;
            }
        }
    }
    // The loop of the connection that is held must not be the one that answers: asks until one does.
    [[nodiscard]] double stalls() const {
        return metric("aihub_loop_stalls_total{loop=\"0\"}") + metric("aihub_loop_stalls_total{loop=\"1\"}");
    }

    TempDir plugins;
    TempDir sockets;
    const std::string manager_name = sockets.file("notify");
    Descriptor manager{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
};

TEST_F(WatchdogOfTheServer, AHeldLoopIsLoggedWithThePluginAndTheCallGoesOn) {
    start_with_codec("watchdog: { stall: 100ms, abort: 0ms }\n");
    auto client = connect();
    ASSERT_TRUE(client.send(asking("!hold 700")));
    const auto line = server->child().wait_for_line(ChildProcess::Output::err, "event loop is held");
    ASSERT_TRUE(line) << server->output();
    EXPECT_THAT(*line, HasSubstr("plugin=com.example.codec function=on_frame"));
    EXPECT_THAT(*line, HasSubstr("codec.so+0x"));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "event loop goes on")) << server->output();
    EXPECT_EQ(stalls(), 1);
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0);
}

TEST_F(WatchdogOfTheServer, AfterAbortTheProcessEndsAndTheNextStartFindsAWholeDatabase) {
    start_with_codec("watchdog: { stall: 100ms, abort: 400ms }\n");
    ASSERT_EQ(call(asking("x")).status(), 200);
    ASSERT_EQ(usage_rows(1).size(), 1U);
    auto client = connect();
    ASSERT_TRUE(client.send(asking("!hold 30000")));
    EXPECT_EQ(server->wait_for_exit(), 128 + SIGABRT) << server->output();
    const auto output = server->output();
    EXPECT_THAT(output.substr(output.rfind('\n', output.size() - 2)), HasSubstr("longer than watchdog.abort"));
    // What a supervisor does then.
    const auto data = server->data_directory();
    ChildProcess again(
        {binary_path(), "serve", "--config", server->config_file(), "--data", data}, server->directory()
    );
    EXPECT_TRUE(again.wait_for_line(ChildProcess::Output::out, "listening on"));
    EXPECT_EQ(usage_rows(1).size(), 1U);
}

TEST_F(WatchdogOfTheServer, TheServiceManagerHearsOfStartLifeReloadAndStop) {
    start_with_codec("", {{"WATCHDOG_USEC", "200000"}});
    EXPECT_THAT(next_notice("WATCHDOG=1"), HasSubstr("READY=1"));
    EXPECT_EQ(next_notice(), "WATCHDOG=1");
    EXPECT_EQ(next_notice(), "WATCHDOG=1");
    server->reload();
    EXPECT_THAT(next_notice("WATCHDOG=1"), HasSubstr("RELOADING=1"));
    EXPECT_THAT(next_notice("WATCHDOG=1"), HasSubstr("READY=1"));
    server->terminate();
    EXPECT_THAT(next_notice("WATCHDOG=1"), HasSubstr("STOPPING=1"));
    EXPECT_EQ(server->wait_for_exit(), 0);
}

// CPU time is what a wake-up costs; the kernel counts switches of each thread.
TEST_F(WatchdogOfTheServer, AnIdleProcessSleeps) {
    start_with_codec("");
    const auto switches = [&](const std::string& name) {
        for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(server->pid()) + "/task")) {
            const auto status = read_file(task.path().string() + "/status");
            if (status.find("Name:\t" + name + "\n") != std::string::npos) {
                return std::atol(status.c_str() + status.find("\nvoluntary_ctxt_switches:") + 25);
            }
        }
        return -1L;
    };
    // A thread takes its name when it first runs.
    ASSERT_TRUE(eventually([&] { return switches("loop-0") >= 0 && switches("watchdog") >= 0; }));
    const Deadline window(Milliseconds(2500));
    const auto loop = switches("loop-0");
    const auto dog = switches("watchdog");
    EXPECT_FALSE(server->wait_for_exit(Milliseconds(2500)));
    const auto seconds = static_cast<double>(window.spent().count()) / 1000;
    EXPECT_LE(static_cast<double>(switches("loop-0") - loop) / seconds, 3.0);
    EXPECT_LE(static_cast<double>(switches("watchdog") - dog) / seconds, 3.0);
}

}  // namespace
}  // namespace aihub::testing
