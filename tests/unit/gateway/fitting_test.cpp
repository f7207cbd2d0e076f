#include "gateway/fitting.hpp"

#include "gateway/json_peek.hpp"
#include "support/fake_provider.hpp"
#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

const std::string kImage = R"({"type":"image_url","image_url":{"url":"https://a/b.png"}})";
const std::string kFile = R"({"type":"file","file":{"file_id":"f"}})";

config::ModelFacts facts(std::string name, std::uint64_t context, std::vector<std::string> input = {}) {
    config::ModelFacts entry;
    entry.name = name;
    entry.names = {std::move(name)};
    entry.context_tokens = context;
    entry.input = std::move(input);
    entry.flags = {"tools"};
    entry.tokenizer = model::TokenizerFamily::o200k;
    return entry;
}

// Each model is at the provider "up", but "elsewhere".
class Fitting : public ::testing::Test {
protected:
    Fitting() {
        config->providers["up"].name = "up";
        config->providers["up"].base_url = "http://127.0.0.1:1";
        config->model_table.add(facts("small", 1000, {"text"}));
        config->model_table.add(facts("large", 50000, {"text", "image"}));
        config->model_table.add(facts("largest", 60000, {"text"}));
        config->model_table.add(facts("open", 0));
        auto plain = facts("plain", 0, {"text"});
        plain.flags = {"no_system"};
        config->model_table.add(plain);
    }
    // The models that are left, in order.
    std::string left(const std::vector<std::string>& models, std::string_view body) {
        auto& route = config->models["route"];
        route.name = "route";
        route.candidates.clear();
        for (const auto& model : models) {
            route.candidates.push_back({"up", model});
        }
        const auto codec = std::make_shared<testing::FakeCodec>();
        const auto snapshot = std::make_shared<const config::Snapshot>(*config);
        const auto catalog =
            std::make_shared<const catalog::Catalog>(snapshot, catalog::Catalog::Instances{{"up", codec}});
        call.reset();
        call.operation = operation;
        call.state = std::make_shared<const LoopState>(LoopState{*State::create(snapshot, catalog, metrics, clock)});
        reserve_for_peek(call.body, body.size());
        call.body = body;
        Peek out{call.members, call.model, false};
        EXPECT_TRUE(peek(call.body, out)) << body;
        auto candidates = *catalog->resolve("route");
        pass_over_unfit(call, candidates);
        std::string text;
        for (const auto& candidate : candidates) {
            text += (text.empty() ? "" : " ") + std::string(candidate.model);
        }
        return text;
    }
    static std::string asking(std::size_t words, std::string_view more = {}) {
        std::string text;
        for (std::size_t word = 0; word < words; ++word) {
            text += "word ";
        }
        return R"({"messages":[{"role":"user","content":")" + text + R"("}])" + std::string(more) + "}";
    }
    static std::string with_part(const std::string& part) {
        return R"({"messages":[{"role":"user","content":[)" + part + "]}]}";
    }
    double passed_over(const std::string& reason) {
        const auto text = metrics.render();
        const auto line = "aihub_passed_over_total{provider=\"up\",reason=\"" + reason + "\"} ";
        const auto at = text.find(line);
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
    }
    std::shared_ptr<config::Snapshot> config = std::make_shared<config::Snapshot>();
    SystemClock clock;
    telemetry::Metrics metrics;
    Operation operation = Operation::chat_completions;
    Call call;
};

TEST_F(Fitting, what_fits_stays_in_its_order) {
    EXPECT_EQ(left({"small", "large", "unknown"}, asking(10)), "small large unknown");
    EXPECT_EQ(call.trail.fallback, "");
    EXPECT_EQ(passed_over("context_length"), 0);
}

TEST_F(Fitting, a_context_that_is_too_small_for_the_request_is_passed_over) {
    EXPECT_EQ(left({"small", "large", "unknown", "open"}, asking(3000)), "large unknown open");
    EXPECT_EQ(call.trail.fallback, "context_length");
    EXPECT_EQ(passed_over("context_length"), 1);
    EXPECT_EQ(left({"large", "small"}, asking(3000)), "large");
    EXPECT_EQ(call.trail.fallback, "");  // The first one is tried all the same.
}

TEST_F(Fitting, the_answer_that_is_asked_for_needs_room_too) {
    EXPECT_EQ(left({"small", "large"}, asking(10, R"(,"max_tokens":900)")), "small large");
    EXPECT_EQ(left({"small", "large"}, asking(10, R"(,"max_tokens":1000)")), "large");
}

TEST_F(Fitting, a_request_that_may_be_smaller_than_its_estimate_is_tried) {
    EXPECT_EQ(left({"small", "large"}, asking(1200)), "small large");
    EXPECT_EQ(left({"small", "large"}, asking(1500)), "large");
}

TEST_F(Fitting, when_all_are_too_small_those_with_the_largest_context_are_tried) {
    EXPECT_EQ(left({"small", "large", "largest", "largest"}, asking(100'000)), "largest largest");
    EXPECT_EQ(call.trail.fallback, "context_length");
    EXPECT_EQ(left({"small"}, asking(100'000)), "small");
    EXPECT_EQ(left({"small", "small"}, asking(100'000)), "small small");
}

TEST_F(Fitting, input_that_a_model_does_not_read) {
    EXPECT_EQ(left({"small", "large", "unknown", "open"}, with_part(kImage)), "large unknown open");
    EXPECT_EQ(call.trail.fallback, "input");
    EXPECT_EQ(passed_over("input"), 1);
    EXPECT_EQ(left({"large", "open"}, with_part(kFile)), "open");
    // Nothing is refused because of the table.
    EXPECT_EQ(left({"small", "large"}, with_part(kFile)), "small large");
}

TEST_F(Fitting, tools_for_a_model_that_has_flags_but_not_that_one) {
    const auto body = asking(3, R"(,"tools":[{"type":"function","function":{"name":"f"}}])");
    EXPECT_EQ(left({"plain", "small", "unknown"}, body), "small unknown");
    EXPECT_EQ(call.trail.fallback, "tools");
    EXPECT_EQ(passed_over("tools"), 1);
    EXPECT_EQ(left({"plain", "plain"}, body), "plain plain");
    EXPECT_EQ(left({"plain", "small"}, asking(3)), "plain small");
}

TEST_F(Fitting, only_chats_are_looked_at_and_only_when_it_is_wanted) {
    operation = Operation::embeddings;
    EXPECT_EQ(left({"small", "large"}, asking(3000)), "small large");
    operation = Operation::messages;
    EXPECT_EQ(left({"small", "large"}, asking(3000)), "large");
    config->pass_over_unfit = false;
    EXPECT_EQ(left({"small", "large"}, asking(3000)), "small large");
}

}  // namespace
}  // namespace aihub::gateway
