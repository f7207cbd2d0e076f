// Configurations with mistakes never take the service down (they are refused with a place), nor does a file that was
// being written when the process was killed.
#include "gateway_fixture.hpp"

#include <atomic>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

struct Line {
    std::string text;  // with a line break
    bool named;        // its key is one of the schema, so that a misspelt one is a mistake
};

class BadConfigurations : public Gateway {
protected:
    void SetUp() override {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
        const auto url = "http://127.0.0.1:" + std::to_string(upstream.port()) + "/v1";
        lines = {
            {"shutdown_grace: 30s\n", true},
            {"shutdown_idle_grace: 1s\n", true},
            {"upgrade_timeout: 30s\n", true},
            {"default_provider: up\n", true},
            {"limits:\n", true},
            {"  header_bytes_max: 64KiB\n", true},
            {"  body_bytes_max: 16MiB\n", true},
            {"  reply_bytes_max: 16MiB\n", true},
            {"  stream_frame_bytes_max: 4MiB\n", true},
            {"  connections_max: 5000\n", true},
            {"  calls_max: 1000\n", true},
            {"timeouts:\n", true},
            {"  header: 10s\n", true},
            {"  body: 60s\n", true},
            {"  connect: 5s\n", true},
            {"  first_byte: 60s\n", true},
            {"  idle: 60s\n", true},
            {"  total: 600s\n", true},
            {"  write: 30s\n", true},
            {"  keep_alive: 75s\n", true},
            {"log:\n", true},
            {"  level: info\n", true},
            {"  requests: false\n", true},
            {"providers:\n", true},
            {"  up:\n", false},
            {"    plugin: aihub.provider.openai\n", true},
            {"    base_url: \"" + url + "\"\n", true},
            {"    api_key: " + std::string(kUpstreamKey) + "\n", false},
            {"    models: [gpt-test]\n", true},
            {"models:\n", true},
            {"  fast: up/gpt-test\n", false},
        };
        start_with(text());
    }
    // The file, with line `index` changed.
    [[nodiscard]] std::string text(std::size_t index = ~0UL, const std::string& instead = {}) const {
        std::string all;
        for (std::size_t at = 0; at < lines.size(); ++at) {
            all += at == index ? instead : lines[at].text;
        }
        return all;
    }
    // What was written to the log behind `from` until it holds `what`.
    [[nodiscard]] bool logs(std::size_t from, std::string_view what) const {
        return eventually([&] {
            return server->child().text(ChildProcess::Output::err).find(what, from) != std::string::npos;
        });
    }
    void expect_refused(std::size_t index, const std::string& instead) {
        const auto from = server->child().text(ChildProcess::Output::err).size();
        server->set_config(text(index, instead));
        server->reload();
        EXPECT_TRUE(logs(from, "aihub.yaml:" + std::to_string(index + 1) + ":")) << instead;
        EXPECT_TRUE(logs(from, "configuration refused, the old one stays")) << instead;
        EXPECT_EQ(chat(chat_body("fast")).status(), 200);
        ++refused;
    }

    std::vector<Line> lines;
    int refused = 0;
};

TEST_F(BadConfigurations, FiftyUnderLoadChangeNothing) {
    std::atomic<int> wrong{0};
    std::atomic<int> calls{0};
    {
        std::jthread load([&](const std::stop_token& stop) {
            RawClient client(server->port());
            while (!stop.stop_requested()) {
                const bool sent = client.send(post(kChat, chat_body("fast")));
                const auto reply = client.reply();
                wrong += sent && reply && reply->status() == 200 ? 0 : 1;
                ++calls;
            }
        });
        for (std::size_t index = 0; index < lines.size(); ++index) {
            const auto& line = lines[index];
            const auto colon = line.text.find(':');
            if (line.named) {
                expect_refused(index, line.text.substr(0, colon) + "_qq" + line.text.substr(colon));
            }
            if (line.text.size() > colon + 2) {
                expect_refused(index, line.text.substr(0, colon) + ": [{a: b}]\n");
            }
        }
    }
    EXPECT_GE(refused, 50);
    EXPECT_EQ(wrong, 0) << "of " << calls;
    EXPECT_GT(calls, refused);
    // And a good one counts again.
    server->set_config(text(lines.size() - 1, "  quick: up/gpt-test\n"));
    server->reload();
    EXPECT_TRUE(eventually([&] { return get("/v1/models/quick").status() == 200; }));
}

TEST_F(BadConfigurations, AnEmptyFileTakesNothingAway) {
    for (const auto* empty : {"", "# later\n", "{}\n"}) {
        const auto from = server->child().text(ChildProcess::Output::err).size();
        server->set_config(empty);
        server->reload();
        EXPECT_TRUE(logs(from, "configuration refused, the old one stays")) << empty;
        EXPECT_TRUE(logs(from, "aihub.yaml: the file names nothing, write its keys again")) << empty;
        EXPECT_EQ(chat(chat_body("fast")).status(), 200);
        const auto checked = run_program({binary_path(), "check-config", server->config_file()}, "/tmp");
        EXPECT_EQ(checked.status, 0);
        EXPECT_THAT(checked.err, HasSubstr("aihub.yaml: the file names nothing"));
    }
    // It may be meant, said in so many words; then the log has the names.
    const auto from = server->child().text(ChildProcess::Output::err).size();
    server->set_config("providers: {}\n");
    server->reload();
    EXPECT_TRUE(logs(from, "providers are no longer configured providers=up"));
    EXPECT_TRUE(eventually([&] { return chat(chat_body("fast")).status() == 404; }));
}

TEST_F(BadConfigurations, TheFileToCheckIsNamedAsForServe) {
    const auto file = server->config_file();
    for (const auto& named :
         std::vector<std::vector<std::string>>{{file}, {"--config", file}, {"--config=" + file}, {"-c", file}}) {
        std::vector<std::string> words{binary_path(), "check-config"};
        words.insert(words.end(), named.begin(), named.end());
        const auto checked = run_program(words, "/tmp");
        EXPECT_EQ(checked.status, 0) << named.front() << "\n" << checked.err;
        EXPECT_THAT(checked.out, HasSubstr(file + ": can be used; 1 provider(s)"));
    }
    for (const auto& wrong : std::vector<std::vector<std::string>>{{}, {file, "-c", file}}) {
        std::vector<std::string> words{binary_path(), "check-config"};
        words.insert(words.end(), wrong.begin(), wrong.end());
        EXPECT_EQ(run_program(words, "/tmp").status, 2);
    }
}

TEST_F(BadConfigurations, KilledWhileTheFileWasWritten) {
    const auto whole = text();
    int refused_starts = 0;
    bool running = true;
    for (const double part : {0.15, 0.35, 0.5, 0.7, 0.9, 1.0}) {
        if (!running) {
            server->set_config(whole);
            ASSERT_TRUE(server->start()) << server->output();
        }
        server->set_config(whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
        server->reload();
        server->child().signal(SIGKILL);
        EXPECT_EQ(server->wait_for_exit(), 128 + SIGKILL);
        running = server->start();
        if (running) {
            EXPECT_EQ(call(http_request("GET", "/readyz")).status(), 200);
            continue;
        }
        ++refused_starts;
        EXPECT_EQ(server->wait_for_exit(), 1);
        EXPECT_THAT(server->output(), HasSubstr("aihub.yaml:")) << part;
    }
    EXPECT_GT(refused_starts, 0) << "no part of the file was a mistake";
    EXPECT_EQ(chat(chat_body("fast")).status(), 200) << "the whole file is back, and so is everything that was stored";
}

}  // namespace
}  // namespace aihub::testing
