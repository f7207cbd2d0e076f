// Policies that change while the real server runs: by a folder, by command, by themselves.
#include "gateway_fixture.hpp"

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr std::string_view kSettings = "response_headers: {policy: true}\n";

// Sends every call to the model `model`.
std::string route_to(const std::string& model) {
    return "return function(ctx)\n  return { candidates = { { provider = \"up\", model = \"" + model +
           "\" } } }\nend\n";
}

class PolicyLive : public Gateway {
protected:
    void SetUp() override {
        ::mkdir(folder().c_str(), 0700);
        // The answer says which model was asked for; the model "bad" fails.
        upstream.set_handler([](const UpstreamRequest& request) {
            const auto model = std::string(parse(request.message.body).at("model").as_string());
            return Reply(model == "bad" ? http_reply(500, "{}") : http_reply(200, chat_answer(model)));
        });
    }
    [[nodiscard]] std::string folder() const { return directory.file("eu"); }
    void edit(const std::string& name, const std::string& text) const { write_file(folder() + "/" + name, text); }
    [[nodiscard]] std::string folder_config(std::string_view more = {}) const {
        return config(
            std::string(kSettings) + "policies: {folder: \"" + folder() + "\", poll_interval: 100ms}\n" +
            std::string(more)
        );
    }
    // The model that a call ends at; "" for none.
    [[nodiscard]] std::string asked_model(std::uint16_t port) const {
        RawClient client(port);
        EXPECT_TRUE(client.send(post(kChat, chat_body())));
        const auto reply = client.reply();
        if (!reply || reply->status() != 200) {
            return "";
        }
        const auto answer = parse(reply->body);
        return std::string(answer.at("choices").at(0).at("message").at("content").as_string());
    }
    [[nodiscard]] std::string asked_model() const { return asked_model(server->port()); }
    // `aihub policy ...` with the configuration of the server.
    [[nodiscard]] std::string policy(std::vector<std::string> words) const {
        words.insert(words.begin(), {binary_path(), "policy"});
        words.insert(words.end(), {"--config", server->config_file()});
        const auto ended = run_program(words, server->directory());
        EXPECT_EQ(ended.status, 0) << ended.err;
        return ended.out;
    }

    TempDir directory;
};

TEST_F(PolicyLive, AnEditOfTheFolderGoesLiveAndAMistakeStaysOut) {
    edit("route.lua", route_to("one"));
    start_with(folder_config());
    EXPECT_EQ(asked_model(), "one");
    edit("route.lua", route_to("two"));
    EXPECT_TRUE(eventually([&] { return asked_model() == "two"; }));
    edit("route.lua", "return function(ctx)\n  return contxt\nend\n");
    EXPECT_TRUE(eventually([&] { return metric("aihub_policy_refusals_total") == 1; }));
    EXPECT_THAT(server->output(), HasSubstr("/eu: route.lua:2: there is no "));
    EXPECT_EQ(asked_model(), "two");
    EXPECT_EQ(metric("aihub_policy_info{bundle=\"eu\""), 1);
}

TEST_F(PolicyLive, AServerWhosePoliciesCannotRunDoesNotStart) {
    edit("admit.lua", "return 1 +\n");
    ServerProcess wrong(folder_config());
    EXPECT_FALSE(wrong.start());
    EXPECT_THAT(wrong.output(), HasSubstr("policies: "));
    EXPECT_THAT(wrong.output(), HasSubstr("admit.lua:"));
}

TEST_F(PolicyLive, EveryServerOnADatabaseFollowsWithinTwoSeconds) {
    start();
    const auto data = server->data_directory();
    const auto shared =
        config("storage: {url: \"sqlite:" + data + "/aihub.db\"}\nidentity: {pepper_file: \"" + data + "/pepper\"}\n");
    ServerProcess second(shared);
    ASSERT_TRUE(second.start()) << second.output();
    EXPECT_EQ(asked_model(), "gpt-test");
    // Two seconds, and some for a machine that is busy with other tests.
    const auto both = [&](const std::string& model) {
        return eventually(
            [&] { return asked_model() == model && asked_model(second.port()) == model; }, Milliseconds(6000)
        );
    };
    edit("route.lua", route_to("one"));
    EXPECT_THAT(policy({"activate", folder()}), HasSubstr("is active (version 1)"));
    EXPECT_TRUE(both("one"));
    edit("route.lua", route_to("two"));
    EXPECT_THAT(policy({"activate", folder()}), HasSubstr("is active (version 2)"));
    EXPECT_TRUE(both("two"));
    EXPECT_THAT(policy({"rollback"}), HasSubstr("is active (version 3)"));
    EXPECT_TRUE(both("one"));
}

TEST_F(PolicyLive, AFullOneWhoseCallsFailIsTakenBack) {
    start(std::string(kSettings) + "policies: {poll_interval: 100ms, bands: {calls_min: 5}}\n");
    edit("route.lua", route_to("good"));
    (void)policy({"activate", folder()});
    ASSERT_TRUE(eventually([&] { return asked_model() == "good"; }));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(asked_model(), "good");
    }
    edit("route.lua", route_to("bad"));
    (void)policy({"activate", folder()});
    ASSERT_TRUE(eventually([&] { return asked_model() == ""; }));
    // It needs a few more calls to be judged by.
    EXPECT_TRUE(eventually([&] { return asked_model() == "good"; }));
    EXPECT_EQ(metric("aihub_policy_returns_total"), 1);
    EXPECT_THAT(policy({"history"}), ContainsRegex("3 +eu@.* full .*gateway .*taken back: .* of its calls failed"));
}

TEST_F(PolicyLive, ACanaryThatIsStoppedIsTakenBackAndNoCallFails) {
    start(std::string(kSettings) + "policies: {poll_interval: 100ms}\n");
    edit("route.lua", "return function(ctx)\n  while true do end\nend\n");
    (void)policy({"activate", folder(), "--stage", "canary", "--share", "100"});
    ASSERT_TRUE(eventually([&] { return metric("aihub_policy_info{bundle=\"eu\"") == 1; }));
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(asked_model(), "gpt-test");
        return metric("aihub_policy_returns_total") == 1;
    }));
    EXPECT_THAT(policy({"history"}), ContainsRegex("2 +none .*taken back: .*stopped at a limit"));
    EXPECT_EQ(metric("aihub_policy_info{bundle=\"eu\""), -1);
}

// What clients saw while the folder was edited under load.
struct Seen {
    std::mutex mutex;
    std::map<std::string, std::set<std::string>> models;  // by the bundle that the header names
    std::size_t good = 0;
    std::vector<std::string> failed;

    void add(const std::optional<Message>& reply) {
        const std::scoped_lock lock(mutex);
        if (!reply || reply->status() != 200) {
            failed.push_back(reply ? reply->body : "no reply");
            return;
        }
        ++good;
        const auto answer = parse(reply->body);
        const auto model = answer.at("choices").at(0).at("message").at("content").as_string();
        models[std::string(reply->headers.get("x-aihub-policy"))].emplace(model.data(), model.size());
    }
};

TEST_F(PolicyLive, TenEditsUnderLoadLoseNoCallAndMixNoDecisions) {
    constexpr int kEdits = 10;
    constexpr std::size_t kClients = 3;
    const auto number = [](int edit_number) { return "return { text = \"v" + std::to_string(edit_number) + "\" }\n"; };
    edit("number.lua", number(0));
    edit(
        "route.lua",
        "local number = aihub.require(\"number\")\nreturn function(ctx)\n"
        "  return { candidates = { { provider = \"up\", model = number.text } } }\nend\n"
    );
    edit(
        "label.lua", "local number = aihub.require(\"number\")\nreturn function() return { number = number.text } end\n"
    );
    start_with(folder_config());

    Seen seen;
    std::atomic<bool> enough{false};
    {
        std::array<std::jthread, kClients> clients;
        for (auto& client : clients) {
            client = std::jthread([&] {
                RawClient connection(server->port());
                while (!enough && connection.send(post(kChat, chat_body()))) {
                    seen.add(connection.reply());
                }
            });
        }
        for (int i = 1; i <= kEdits; ++i) {
            edit("number.lua", number(i));
            EXPECT_TRUE(eventually([&] { return asked_model() == "v" + std::to_string(i); })) << i;
            server->reload();
        }
        enough = true;
    }
    EXPECT_THAT(seen.failed, ::testing::IsEmpty());
    EXPECT_GT(seen.good, static_cast<std::size_t>(kEdits));
    EXPECT_GE(seen.models.size(), static_cast<std::size_t>(kEdits));
    for (const auto& [bundle, models] : seen.models) {
        EXPECT_EQ(models.size(), 1U) << bundle << " decided as several";
    }
    // The first hook of a call and its last were asked of one bundle.
    for (const auto& row : usage_rows(seen.good)) {
        EXPECT_EQ(row.at("labels"), "number=" + row.at("model_used")) << row.at("policy");
    }
}

}  // namespace
}  // namespace aihub::testing
