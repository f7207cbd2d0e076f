// Planted secrets are looked for in everything that the server writes, whatever becomes of the requests.
#include "gateway_fixture.hpp"

#include <filesystem>

namespace aihub::testing {
namespace {

constexpr std::string_view kProviderSecret = "canary-provider-5f1c9e77";
constexpr std::string_view kPromptCanary = "canary-prompt-81d2aa90";
constexpr std::string_view kAnswerCanary = "canary-answer-c0ffee42";
const std::string kStream = R"(,"stream":true)";

class Secrets : public Gateway {
protected:
    void SetUp() override {
        std::string text = config("log: { level: debug }\ntimeouts: { first_byte: 300ms }\n");
        text.replace(text.find(kUpstreamKey), kUpstreamKey.size(), kProviderSecret);
        start_with(text);
    }
    // Every way a call can end, each with the canaries in it; gives all the client saw that is not an answer.
    std::string all_outcomes() {
        const std::string leak = R"({"error":{"message":"bad key )" + std::string(kProviderSecret) +
                                 R"(","type":"invalid_request_error","code":"invalid_api_key"}})";
        const std::string answer = chat_answer(kAnswerCanary);
        const std::string body = chat_body("fast", ",\"x\":\"" + std::string(kPromptCanary) + "\"");
        const Reply replies[] = {
            Reply(http_reply(401, leak)),
            Reply(http_reply(403, leak)),
            Reply(http_reply(500, leak)),
            Reply(http_reply(404, leak)),
            Reply(http_reply(503, std::string(kProviderSecret), "text/html")),
            Reply(http_reply(200, leak)),
            Reply(http_reply(200, "{\"x\":" + std::string(kAnswerCanary))),
            Reply().reset(),
            Reply().close(),
            Reply().hold(),
            Reply(answer).close(),
            Reply(stream_head() + event_chunk(leak) + chunk("")),
        };
        std::string seen;
        for (const auto& reply : replies) {
            for (const bool stream : {false, true}) {
                upstream.enqueue(reply);
                const auto request = stream ? body.substr(0, body.size() - 1) + kStream + "}" : body;
                const auto got = chat(request);
                EXPECT_GE(got.status(), 400) << got.body;
                seen += got.start_line + got.body;
                for (const auto& [name, value] : got.headers.list) {
                    seen += name + value;
                }
            }
        }
        upstream.set_handler([](const UpstreamRequest&) { return Reply(); });
        upstream.enqueue(Reply(http_reply(200, answer)));
        EXPECT_EQ(chat(body).body, answer);
        seen += chat("{\"model\":\"" + std::string(kPromptCanary) + "\"").body;
        seen += call(http_request("POST", kChat, body, "Authorization: Bearer x" + key + "\r\n")).body;
        seen += call(http_request("POST", "/v1/x?key=" + key, body, auth())).body;
        return seen;
    }
};

TEST_F(Secrets, AppearNowhere) {
    std::map<std::string, std::string> sinks;
    sinks["errors"] = all_outcomes();
    sinks["metrics"] = call(http_request("GET", "/metrics")).body;
    sinks["models"] = get("/v1/models").body;
    sinks["command line"] = read_file("/proc/" + std::to_string(server->pid()) + "/cmdline");
    (void)usage_rows(20);
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0);
    sinks["log"] = server->child().text(ChildProcess::Output::err);
    // The first key is shown once, on purpose, in one line of the first start.
    sinks["output"] = server->child().text(ChildProcess::Output::out);
    const auto shown = sinks["output"].find(key);
    ASSERT_NE(shown, std::string::npos);
    sinks["output"].erase(shown, key.size());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server->data_directory())) {
        if (entry.is_regular_file() && entry.path().filename() != "first-key") {
            sinks[entry.path().filename()] = read_file(entry.path());
        }
    }
    ASSERT_GT(sinks.size(), 5U);
    const std::string secrets[] = {
        key,
        key.substr(key.size() - 30),
        std::string(kProviderSecret),
        std::string(kPromptCanary),
        std::string(kAnswerCanary)};
    for (const auto& [name, bytes] : sinks) {
        for (const auto& secret : secrets) {
            // The client's own bad model name may be told back to the client.
            if (name != "errors" || secret != kPromptCanary) {
                EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " in " << name;
            }
        }
    }
}

}  // namespace
}  // namespace aihub::testing
