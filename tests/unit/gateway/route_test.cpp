#include "gateway/route.hpp"

#include "support/fake_provider.hpp"
#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

// acme takes both formats, beta chat only; both list "large".
class Route : public ::testing::Test {
protected:
    Route() {
        auto config = std::make_shared<config::Snapshot>();
        for (const auto* name : {"acme", "beta", "gone"}) {
            config->providers[name].name = name;
            config->providers[name].base_url = "http://127.0.0.1:1";
        }
        config->providers["acme"].models = {"large"};
        config->providers["beta"].models = {"large", "small"};
        const catalog::Catalog::Instances instances{
            {"acme", std::make_shared<testing::FakeCodec>()},
            {"beta", std::make_shared<testing::FakeCodec>(std::vector<std::string>{"openai.chat"})},
        };
        const auto catalog = std::make_shared<const catalog::Catalog>(config, instances);
        call.state = std::make_shared<const LoopState>(LoopState{*State::create(config, catalog, metrics, clock)});
        call.operation = Operation::chat_completions;
    }
    // The providers in order, or status and reason.
    std::string routed(std::string_view model, Operation operation = Operation::chat_completions) {
        call.model = model;
        call.operation = operation;
        const auto verdict = decide(model::Principal{}, call);
        const auto candidates = route(call, *verdict, random, clock);
        if (!candidates) {
            return std::to_string(http_status(candidates.error().code)) + " " + candidates.error().reason;
        }
        std::string text;
        for (const auto& candidate : *candidates) {
            text += (text.empty() ? "" : " ") + candidate.target->name;
        }
        return text;
    }
    SystemClock clock;
    Random random{1};
    telemetry::Metrics metrics;
    Call call;
};

TEST_F(Route, gives_the_candidates_that_take_the_format) {
    EXPECT_EQ(routed("large"), "acme beta");
    EXPECT_EQ(routed("large", Operation::embeddings), "acme");
    EXPECT_EQ(routed("beta/large"), "beta");
}

TEST_F(Route, a_model_that_does_not_take_this_kind_of_request) {
    EXPECT_EQ(routed("small", Operation::embeddings), "400 unsupported_operation");
}

TEST_F(Route, a_provider_that_has_no_files_is_not_a_question_of_sharing_them) {
    call.provider = "acme";
    EXPECT_EQ(routed("", Operation::files_list), "400 unsupported_operation");
}

TEST_F(Route, unknown_is_not_unavailable) {
    EXPECT_EQ(routed("huge"), "404 model_not_found");
    EXPECT_EQ(routed("gone/large"), "503 provider_unavailable");
}

}  // namespace
}  // namespace aihub::gateway
