// Experiments from the configuration to the report: arms, what is recorded of them, feedback, and what may not change.
#include "gateway_fixture.hpp"

#include <cmath>
#include <random>
#include <set>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kExperiment =
    "experiments:\n"
    "  models:\n"
    "    models: [fast]\n"
    "    unit: [session, key]\n"
    "    arms:\n"
    "      - { name: control, share: 50 }\n"
    "      - { name: second, share: 30, model: up/gpt-second }\n"
    "      - { name: third, share: 20, model: up/gpt-third }\n";

class Experiments : public Gateway {
protected:
    void SetUp() override {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
        start(kExperiment);
    }
    // With a session, on a connection that is kept.
    static std::string session_line(const std::string& session) { return "x-aihub-session: " + session + "\r\n"; }
    Message ask(RawClient& client, const std::string& session, std::string_view model = "fast") {
        EXPECT_TRUE(client.send(post(kChat, chat_body(model), session_line(session))));
        auto reply = client.reply();
        EXPECT_TRUE(reply) << "no reply";
        return reply.value_or(Message{});
    }
    // "second" of "models=second/session:123".
    static std::string arm_of(const std::string& experiments) {
        const auto begin = experiments.find('=') + 1;
        return experiments.substr(begin, experiments.find('/') - begin);
    }
    boost::json::value report() {
        const auto ended = server->command({"experiment", "report", "models", "--json"});
        EXPECT_EQ(ended.status, 0) << ended.err;
        return parse(ended.out);
    }
    bool logs(std::string_view what) {
        return eventually([&] {
            return server->child().text(ChildProcess::Output::err).find(what) != std::string::npos;
        });
    }
};

TEST_F(Experiments, AUnitStaysInItsArm) {
    auto client = connect();
    std::set<std::string> models;
    for (int call = 0; call < 10; ++call) {
        EXPECT_EQ(ask(client, "ann").status(), 200);
        models.insert(std::string(parse(upstream.last().message.body).at("model").as_string()));
    }
    EXPECT_EQ(models.size(), 1U);
    std::set<std::string> recorded;
    for (auto& row : usage_rows(10)) {
        recorded.insert(row["experiments"]);
        EXPECT_EQ(row["model_asked"], "fast");
        EXPECT_EQ(row["model_used"], *models.begin());
    }
    ASSERT_EQ(recorded.size(), 1U);
    EXPECT_THAT(*recorded.begin(), HasSubstr("/session:"));
    EXPECT_TRUE(logs(" experiments=\"" + *recorded.begin() + "\""));
}

TEST_F(Experiments, UnitsFallIntoArmsByTheirSharesAndGetTheirModels) {
    constexpr int kUnits = 600;
    const auto seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto client = connect();
    for (int unit = 0; unit < kUnits; ++unit) {
        ASSERT_EQ(ask(client, std::to_string(seed) + "-" + std::to_string(unit)).status(), 200);
    }
    std::map<std::string, int> counts;
    const std::map<std::string, std::string> models{
        {"control", "gpt-test"}, {"second", "gpt-second"}, {"third", "gpt-third"}};
    for (auto& row : usage_rows(kUnits)) {
        const auto arm = arm_of(row["experiments"]);
        ++counts[arm];
        ASSERT_TRUE(models.contains(arm)) << row["experiments"];
        EXPECT_EQ(row["model_used"], models.at(arm));
    }
    for (const auto& [arm, share] : {std::pair{"control", 0.5}, {"second", 0.3}, {"third", 0.2}}) {
        EXPECT_NEAR(counts[arm], kUnits * share, 5 * std::sqrt(kUnits * share * (1 - share))) << arm;
    }
}

TEST_F(Experiments, OnlyCallsThatItIsAboutAreRecorded) {
    auto client = connect();
    EXPECT_EQ(ask(client, "ann", "gpt-test").status(), 200);
    EXPECT_EQ(usage_rows(1).front()["experiments"], "");
}

TEST_F(Experiments, FeedbackIsTakenFromWhoeverMadeTheCall) {
    auto client = connect();
    for (int unit = 0; unit < 20; ++unit) {
        EXPECT_EQ(ask(client, "unit-" + std::to_string(unit)).status(), 200);
    }
    const auto made = server->command({"key", "create", "--name", "other", "--json"});
    const std::string other(parse(made.out).at("key").as_string());
    std::map<std::string, int> given;
    for (auto& row : usage_rows(20)) {
        const auto arm = arm_of(row["experiments"]);
        const std::string score = arm == "control" ? "-0.5" : "1";
        const auto taken =
            call(post("/v1/feedback", R"({"request_id":")" + row["request_id"] + R"(","score":)" + score + "}"));
        EXPECT_EQ(taken.status(), 202) << taken.body;
        EXPECT_EQ(taken.body, R"({"status":"accepted"})");
        ++given[arm];
        const auto body = R"({"request_id":")" + row["request_id"] + R"(","score":-1,"comment":"not mine"})";
        const auto authorization = "Authorization: Bearer " + other + "\r\n";
        EXPECT_TRUE(eventually([&] {
            return call(http_request("POST", "/v1/feedback", body, authorization)).status() == 202;
        }));
    }
    EXPECT_TRUE(eventually([&] { return metric("aihub_feedback_written_total") == 40; }));
    const auto shown = report();
    for (const auto& arm : shown.at("arms").as_array()) {
        const std::string name(arm.at("name").as_string());
        if (given[name] > 0) {
            EXPECT_EQ(arm.at("feedback").at("value").to_number<double>(), name == "control" ? -0.5 : 1) << name;
            EXPECT_EQ(arm.at("feedback").at("requests").to_number<int>(), given[name]);
        }
    }
}

TEST_F(Experiments, FeedbackThatCannotBeReadIsRefused) {
    const auto status = [&](std::string_view body) { return call(post("/v1/feedback", body)).status(); };
    EXPECT_EQ(status(R"({"request_id":"r","score":2})"), 400);
    EXPECT_EQ(status(R"({"score":1})"), 400);
    EXPECT_EQ(status("{"), 400);
    EXPECT_EQ(status("[]"), 400);
    EXPECT_EQ(call(http_request("POST", "/v1/feedback", R"({"request_id":"r","score":1})")).status(), 401);
    EXPECT_EQ(get("/v1/feedback").status(), 405);
    const auto wrong = call(post("/v1/feedback", R"({"request_id":"r","score":"good"})"));
    EXPECT_EQ(error_field(wrong, "code"), "invalid_feedback");
    EXPECT_EQ(error_field(wrong, "param"), "score");
}

TEST_F(Experiments, TheReportAddsUpWhatTheRowsSay) {
    auto client = connect();
    for (int unit = 0; unit < 40; ++unit) {
        EXPECT_EQ(ask(client, "unit-" + std::to_string(unit % 20)).status(), 200);
    }
    std::map<std::string, int> requests;
    std::map<std::string, std::set<std::string>> units;
    for (auto& row : usage_rows(40)) {
        ++requests[arm_of(row["experiments"])];
        units[arm_of(row["experiments"])].insert(row["experiments"]);
    }
    const auto shown = report();
    for (const auto& arm : shown.at("arms").as_array()) {
        const std::string name(arm.at("name").as_string());
        EXPECT_EQ(arm.at("requests").to_number<int>(), requests[name]) << name;
        EXPECT_EQ(arm.at("units").to_number<std::size_t>(), units[name].size()) << name;
        EXPECT_EQ(arm.at("output_tokens_sum").to_number<int>(), 7 * requests[name]) << name;
    }
    const auto text = server->command({"experiment", "report", "models", "--since", "1h", "--planned", "500"});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("experiment models, running, ramp 100 %"));
    EXPECT_THAT(text.out, HasSubstr("second against control, however often you look:"));
    EXPECT_THAT(
        server->command({"experiment", "list"}).out, HasSubstr("control 50, second 30 -> up/gpt-second, third 20")
    );
    EXPECT_THAT(server->command({"experiment", "show", "models"}).out, HasSubstr("session, key"));
    const auto none = server->command({"experiment", "report", "model"});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.err, HasSubstr("there is no experiment \"model\""));
    EXPECT_EQ(server->command({"experiment", "report", "models", "--since", "soon"}).status, 1);
}

TEST_F(Experiments, OneThatHasBegunDoesNotChangeButItsRamp) {
    std::string changed(kExperiment);
    changed.replace(changed.find("share: 30"), 9, "share: 29");
    changed.replace(changed.find("share: 20"), 9, "share: 21");
    server->set_config(config(changed));
    server->reload();
    EXPECT_TRUE(logs("experiments.models: arms may not change after it has begun"));
    EXPECT_TRUE(logs("configuration refused, the old one stays"));

    server->set_config(config(std::string(kExperiment) + "    stopped: true\n"));
    server->reload();
    auto client = connect();
    EXPECT_TRUE(logs("configuration loaded"));
    EXPECT_EQ(ask(client, "ann").status(), 200);
    EXPECT_EQ(usage_rows(1).front()["experiments"], "");

    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0);
    server->set_config(config(changed));
    const auto again = run_program(
        {binary_path(), "serve", "--config", server->config_file(), "--data", server->data_directory()},
        server->directory()
    );
    EXPECT_NE(again.status, 0);
    EXPECT_THAT(again.err, HasSubstr("experiments.models: arms may not change after it has begun"));
}

}  // namespace
}  // namespace aihub::testing
