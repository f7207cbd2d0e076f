// Running it: health, metrics, reload, stop, start with nothing.
#include "gateway_fixture.hpp"

#include <algorithm>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStream = R"(,"stream":true)";

class Operations : public Gateway {
protected:
    void SetUp() override { start(); }
    void answer() {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
};

TEST_F(Operations, HealthAndReadiness) {
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
    EXPECT_EQ(call(http_request("GET", "/readyz")).status(), 200);
    auto client = connect();
    ASSERT_TRUE(client.send(http_request("HEAD", "/healthz")));
    const auto head = client.head_reply();
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status(), 200);
    ASSERT_TRUE(client.send(http_request("GET", "/healthz")));
    EXPECT_EQ(client.reply()->status(), 200) << "the reply to HEAD had a body";
}

TEST_F(Operations, MetricsCountRequests) {
    answer();
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(call(http_request("POST", kChat, chat_body())).status(), 401);
    const auto reply = call(http_request("GET", "/metrics"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("text/plain; version=0.0.4"));
    EXPECT_THAT(reply.body, HasSubstr("# TYPE aihub_requests_total counter"));
    EXPECT_THAT(reply.body, Not(HasSubstr("gpt-test-0613"))) << "a label came from a provider";
}

TEST_F(Operations, ReloadChangesTheNextRequest) {
    answer();
    server->set_config(config("") + "log: { level: debug }\n");
    std::string text = config();
    text.replace(text.find("fast: up/gpt-test"), 17, "fast: up/gpt-new");
    server->set_config(text);
    server->reload();
    EXPECT_TRUE(eventually([&] {
        return chat(chat_body("fast")).status() == 200 && upstream.last().message.body == chat_body("gpt-new");
    }));
}

TEST_F(Operations, BadReloadKeepsTheOldOne) {
    answer();
    std::string text = config();
    text.replace(text.find("default_provider"), 16, "defualt_provider");
    server->set_config(text);
    server->reload();
    const auto line = server->child().wait_for_line(ChildProcess::Output::err, "defualt_provider");
    ASSERT_TRUE(line) << server->output();
    EXPECT_THAT(*line, HasSubstr("aihub.yaml:5"));
    EXPECT_EQ(chat(chat_body("fast")).status(), 200);
    EXPECT_EQ(call(http_request("GET", "/readyz")).status(), 200);
    // And a good one still works after it.
    text = config();
    text.replace(text.find("fast: up/gpt-test"), 17, "quick: up/gpt-test");
    server->set_config(text);
    server->reload();
    EXPECT_TRUE(eventually([&] { return get("/v1/models/quick").status() == 200; }));
}

TEST_F(Operations, RequestsInFlightKeepTheirSnapshot) {
    const auto go = make_signal();
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")))
                         .wait(go)
                         .send(event_chunk(last_frame("b")) + event_chunk("[DONE]") + chunk("")));
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("fast", kStream))));
    ASSERT_TRUE(client.read_until(stream_frame("a")));
    // The provider that the stream comes from goes away.
    RawUpstream other;
    other.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("other"))); });
    std::string text = config();
    const auto port = std::to_string(upstream.port());
    text.replace(text.find(port), port.size(), std::to_string(other.port()));
    for (auto at = text.find("up"); at != std::string::npos; at = text.find("up", at + 3)) {
        text.replace(at, 2, "neu");
    }
    server->set_config(text);
    server->reload();
    ASSERT_TRUE(eventually([&] { return chat(chat_body("fast")).body == chat_answer("other"); }));
    go->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(has_done(reply->body));
    EXPECT_FALSE(has_error_event(reply->body));
    const auto rows = usage_rows(2);
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](const Row& row) {
        return row.at("provider") == "up" && row.at("outcome") == "completed";
    }));
}

TEST_F(Operations, AChangedFileIsNoticedWithoutASignal) {
    answer();
    std::string text = config();
    text.replace(text.find("fast: up/gpt-test"), 17, "quick: up/gpt-test");
    server->set_config(text);
    EXPECT_TRUE(eventually([&] { return get("/v1/models/quick").status() == 200; }));
}

TEST_F(Operations, AChangedModelTableIsNoticedWithoutASignal) {
    answer();
    const std::string models = server->directory() + "/models.yaml";
    write_file(models, "models: {mine: {names: [mine]}}\n");
    std::string text = config();
    text.replace(text.find("fast: up/gpt-test"), 17, "quick: up/gpt-test");
    server->set_config("models_file: " + models + "\n" + text);
    ASSERT_TRUE(eventually([&] { return get("/v1/models/quick").status() == 200; }));
    write_file(models, "models: {mine: {nmaes: [mine]}}\n");
    const auto line = server->child().wait_for_line(ChildProcess::Output::err, "nmaes");
    ASSERT_TRUE(line) << server->output();
    EXPECT_THAT(*line, HasSubstr("models.yaml:1:"));
    EXPECT_THAT(*line, HasSubstr("did you mean names?"));
    EXPECT_EQ(get("/v1/models/quick").status(), 200) << "the old configuration stays";
}

TEST_F(Operations, ReloadUnderLoadFailsNothing) {
    answer();
    for (int round = 0; round < 10; ++round) {
        server->reload();
        auto client = connect();
        for (int number = 0; number < 20; ++number) {
            ASSERT_TRUE(client.send(post(kChat, chat_body("fast"))));
            const auto reply = client.reply();
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->status(), 200);
        }
    }
}

TEST_F(Operations, StopLetsStreamsFinish) {
    const auto go = make_signal();
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")))
                         .wait(go)
                         .send(event_chunk(last_frame("b")) + event_chunk("[DONE]") + chunk("")));
    auto client = connect();
    auto idle = connect();
    ASSERT_TRUE(idle.send(http_request("GET", "/healthz")));
    ASSERT_TRUE(idle.reply());
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
    ASSERT_TRUE(client.read_until(stream_frame("a")));
    server->terminate();
    EXPECT_TRUE(idle.wait_for_close()) << "an idle connection was kept after the stop began";
    EXPECT_FALSE(server->wait_for_exit(Milliseconds(50)));
    go->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete);
    EXPECT_EQ(event_data(reply->body), (std::vector<std::string>{stream_frame("a"), last_frame("b"), "[DONE]"}));
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
}

TEST_F(Operations, StopWhenIdle) {
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
}

TEST_F(Operations, SecondServerOnTheSamePortSaysSo) {
    const auto second = run_program(
        {binary_path(),
         "serve",
         "--listen",
         "127.0.0.1:" + std::to_string(server->port()),
         "--data",
         server->directory() + "/other"},
        server->directory()
    );
    EXPECT_GT(second.status, 0);
    EXPECT_THAT(second.err + second.out, HasSubstr(std::to_string(server->port())));
}

class Grace : public Gateway {};

TEST_F(Grace, OverItStreamsGetAnErrorEvent) {
    start("shutdown_grace: 200ms\n");
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).hold());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
    ASSERT_TRUE(client.read_until(stream_frame("a")));
    server->terminate();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(has_error_event(reply->body)) << reply->body;
    EXPECT_FALSE(has_done(reply->body));
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
    EXPECT_EQ(usage_rows(1)[0]["outcome"], "cancelled");
}

TEST(ZeroConfiguration, SimulatorAnswers) {
    ServerProcess server("");
    ASSERT_TRUE(server.start()) << server.output();
    const auto key = server.first_key();
    ASSERT_FALSE(key.empty()) << server.output();
    RawClient client(server.port());
    const auto auth = "Authorization: Bearer " + key + "\r\n";
    ASSERT_TRUE(client.send(http_request("GET", "/v1/models", {}, auth)));
    const auto list = client.reply();
    ASSERT_TRUE(list);
    const auto models = parse(list->body).at("data").as_array();
    ASSERT_FALSE(models.empty());
    const std::string model(models[0].at("id").as_string());

    ASSERT_TRUE(client.send(http_request("POST", kChat, chat_body(model), auth)));
    const auto plain = client.reply();
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->status(), 200) << plain->body;
    const auto answer = parse(plain->body);
    EXPECT_FALSE(answer.at("choices").at(0).at("message").at("content").as_string().empty());
    EXPECT_GT(answer.at("usage").at("total_tokens").as_int64(), 0);

    ASSERT_TRUE(client.send(http_request("POST", kChat, chat_body(model, kStream), auth)));
    const auto stream = client.reply();
    ASSERT_TRUE(stream);
    std::string text;
    for (const auto& data : event_data(stream->body)) {
        if (data != "[DONE]") {
            const auto chunk_value = parse(data);
            EXPECT_EQ(chunk_value.at("object").as_string(), "chat.completion.chunk");
            const auto& delta = chunk_value.at("choices").at(0).at("delta").as_object();
            if (const auto* content = delta.if_contains("content"); content != nullptr && content->is_string()) {
                text += content->as_string();
            }
        }
    }
    EXPECT_TRUE(has_done(stream->body));
    EXPECT_FALSE(text.empty());
}

TEST(BadConfiguration, UnknownKeySaysWhere) {
    const TempDir directory;
    write_file(directory.file("aihub.yaml"), "listen: 127.0.0.1:0\nlimits:\n  body_byte_max: 5\n");
    const auto ended = run_program(
        {binary_path(), "serve", "--config", directory.file("aihub.yaml"), "--data", directory.file("var")},
        directory.path()
    );
    EXPECT_GT(ended.status, 0);
    EXPECT_THAT(ended.err, HasSubstr("aihub.yaml:3"));
    EXPECT_THAT(ended.err, HasSubstr("body_byte_max"));
    EXPECT_THAT(ended.err, HasSubstr("body_bytes_max")) << "no remedy";
}

TEST(BadConfiguration, MissingFile) {
    const TempDir directory;
    const auto ended = run_program({binary_path(), "serve", "--config", "/nonexistent/a.yaml"}, directory.path());
    EXPECT_GT(ended.status, 0);
    EXPECT_THAT(ended.err, HasSubstr("/nonexistent/a.yaml"));
}

}  // namespace
}  // namespace aihub::testing
