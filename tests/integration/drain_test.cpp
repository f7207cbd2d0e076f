// Stop and reload while much is going on: no stream is lost, no request that is on its way.
#include "gateway_fixture.hpp"

#include <system_error>

namespace aihub::testing {
namespace {

constexpr std::size_t kStreams = 200;
constexpr std::size_t kKeepAlive = 50;

class Drain : public Gateway {
protected:
    // A stream's first event, then its rest when `go` is set.
    static Reply stream(const SignalPtr& go) {
        return Reply(stream_head() + event_chunk(stream_frame("a")))
            .wait(go)
            .send(event_chunk(stream_frame("b")) + event_chunk("[DONE]") + chunk(""));
    }
    // The model says which signal a call waits for; other calls are answered at once.
    void answer() {
        upstream.set_handler([this](const UpstreamRequest& request) {
            const auto& body = request.message.body;
            if (body.find("\"stream\":true") == std::string::npos) {
                return Reply(http_reply(200, chat_answer()));
            }
            return stream(body.find("embed-test") == std::string::npos ? go : never);
        });
    }
    std::vector<RawClient> open_streams(std::size_t count, std::string_view model = "gpt-test") {
        std::vector<RawClient> clients;
        for (std::size_t index = 0; index < count; ++index) {
            clients.push_back(connect());
            EXPECT_TRUE(clients.back().send(post(kChat, chat_body(model, R"(,"stream":true)"))));
        }
        for (auto& client : clients) {
            EXPECT_TRUE(client.read_until(stream_frame("a")));
        }
        return clients;
    }
    // Connections that have had an answer and may send another request.
    std::vector<RawClient> open_kept(std::size_t count) {
        std::vector<RawClient> clients;
        for (std::size_t index = 0; index < count; ++index) {
            clients.push_back(connect());
            EXPECT_TRUE(clients.back().send(post(kChat, chat_body())));
            const auto reply = clients.back().reply();
            EXPECT_TRUE(reply);
            EXPECT_EQ(reply->headers.get("connection"), "");
        }
        return clients;
    }
    [[nodiscard]] bool refuses_connections() const {
        return eventually([this] {
            try {
                (void)connect();
                return false;
            } catch (const std::system_error& error) {
                return error.code() == std::errc::connection_refused;
            }
        });
    }
    static std::size_t complete(std::vector<RawClient>& clients) {
        std::size_t count = 0;
        for (auto& client : clients) {
            const auto reply = client.reply();
            const bool whole = reply && reply->complete && has_done(reply->body) && !has_error_event(reply->body);
            count += whole ? 1U : 0U;
        }
        return count;
    }

    SignalPtr go = make_signal();
    SignalPtr never = make_signal();
};

TEST_F(Drain, StopLosesNoStreamAndNoRequest) {
    start("shutdown_idle_grace: 60s\nshutdown_grace: 60s\n");
    answer();
    auto streams = open_streams(kStreams);
    auto kept = open_kept(kKeepAlive);
    auto fresh = connect();
    server->terminate();
    EXPECT_TRUE(refuses_connections());
    for (auto& client : kept) {
        ASSERT_TRUE(client.send(post(kChat, chat_body())));
        const auto reply = client.reply();
        ASSERT_TRUE(reply) << "a kept connection was closed while its request was on the way";
        EXPECT_EQ(reply->status(), 200);
        EXPECT_EQ(reply->headers.get("connection"), "close");
        EXPECT_TRUE(client.wait_for_close());
    }
    ASSERT_TRUE(fresh.send(post(kChat, chat_body())));
    EXPECT_EQ(fresh.reply().value_or(Message{}).status(), 200) << "it had connected before the stop";
    EXPECT_FALSE(server->wait_for_exit(Milliseconds(0))) << "it did not wait for its streams";
    go->set();
    EXPECT_EQ(complete(streams), kStreams);
    // Their heads had promised to keep the connection: it takes one more request.
    ASSERT_TRUE(streams[0].send(post(kChat, chat_body())));
    EXPECT_EQ(streams[0].reply().value_or(Message{}).headers.get("connection"), "close");
    streams.clear();
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
    EXPECT_EQ(usage_rows(kStreams + 2 * kKeepAlive + 2).size(), kStreams + 2 * kKeepAlive + 2);
}

TEST_F(Drain, OverTheGraceTheRestIsCutAndRecorded) {
    start("shutdown_idle_grace: 0s\nshutdown_grace: 2s\n");
    answer();
    auto streams = open_streams(kStreams / 2);
    auto rest = open_streams(kStreams / 2, "embed-test");
    auto kept = open_kept(1);
    server->terminate();
    EXPECT_TRUE(kept[0].wait_for_close()) << "an idle connection outlived shutdown_idle_grace";
    go->set();
    EXPECT_EQ(complete(streams), kStreams / 2);
    std::size_t cut = 0;
    for (auto& client : rest) {
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_FALSE(has_done(reply->body));
        EXPECT_FALSE(reply->complete) << "the last chunk was sent";
        cut += has_error_event(reply->body) ? 1U : 0U;
    }
    EXPECT_EQ(cut, kStreams / 2);
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
    std::map<std::string, std::size_t> outcomes;
    for (const auto& row : usage_rows(kStreams + 1)) {
        ++outcomes[row.at("outcome")];
    }
    EXPECT_EQ(
        outcomes, (std::map<std::string, std::size_t>{{"completed", kStreams / 2 + 1}, {"cancelled", kStreams / 2}})
    );
}

TEST_F(Drain, ReloadLosesNoStream) {
    start();
    answer();
    auto streams = open_streams(kStreams / 4);
    auto kept = open_kept(kKeepAlive);
    for (int round = 0; round < 10; ++round) {
        server->set_config(config("# " + std::to_string(round) + "\n"));
        server->reload();
        for (auto& client : kept) {
            ASSERT_TRUE(client.send(post(kChat, chat_body("fast"))));
            const auto reply = client.reply();
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->status(), 200);
        }
    }
    ASSERT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "configuration loaded"));
    go->set();
    EXPECT_EQ(complete(streams), kStreams / 4);
}

}  // namespace
}  // namespace aihub::testing
