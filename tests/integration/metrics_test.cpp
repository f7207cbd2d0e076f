// /metrics as a scraper reads it.
#include "gateway_fixture.hpp"
#include "support/prometheus_text.hpp"

#include <cmath>

namespace aihub::testing {
namespace {

using ::testing::IsEmpty;

// The reader itself: what it must not let pass.
TEST(PrometheusReader, FindsWhatIsWrong) {
    const std::string histogram = "# HELP h_seconds H.\n# TYPE h_seconds histogram\n";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a 1\n", "outside of its family"},
        {"# HELP a A.\n# TYPE a counter\na 1\n", "does not end in _total"},
        {"# HELP a_total A.\n# TYPE a_total counter\na_total -1\n", "negative counter"},
        {"# HELP a A.\n# TYPE a gauge\na 1\na 2\n", "a series twice"},
        {"# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\n# HELP a A.\n# TYPE a gauge\n", "one piece"},
        {"# HELP a A.\n# TYPE a gauge\na{x=\"1} 2\n", "not a sample"},
        {"# HELP a A.\n# TYPE a gauge\na{x=\"\\q\"} 2\n", "not a sample"},
        {"# HELP a A.\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 2\n", "not a sample"},
        {"# HELP a A.\n# TYPE a gauge\na 1x\n", "not a sample"},
        {"# HELP a A.\n# TYPE a gauge\na 1", "no end"},
        {"# TYPE a gauge\na 1\n", "without its HELP"},
        {histogram + "h_seconds_bucket{le=\"1\"} 2\nh_seconds_bucket{le=\"+Inf\"} 1\n", "do not rise"},
        {histogram + "h_seconds_bucket{le=\"1\"} 2\n", "no +Inf bucket"},
        {histogram + "h_seconds_bucket{le=\"+Inf\"} 2\nh_seconds_count 3\n", "_count is not"},
        {histogram + "h_seconds_bucket 2\n", "without a bound"},
    };
    for (const auto& [text, problem] : cases) {
        EXPECT_THAT(read_prometheus(text).problems, ::testing::Contains(::testing::HasSubstr(problem))) << text;
    }
}

class MetricsText : public Gateway {
protected:
    [[nodiscard]] PrometheusText scrape() const { return read_prometheus(call(http_request("GET", "/metrics")).body); }
    // The sample of that name whose labels hold `labels`; -1: none.
    static double value_of(
        const PrometheusText& text, std::string_view name, std::map<std::string, std::string> labels
    ) {
        for (const auto& sample : text.samples) {
            const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
                const auto found = sample.labels.find(label.first);
                return found != sample.labels.end() && found->second == label.second;
            });
            if (sample.name == name && fits) {
                return sample.value;
            }
        }
        return -1;
    }
};

TEST_F(MetricsText, FollowsTheGrammarAndCountsEachStepOnce) {
    start();
    upstream.set_handler([](const UpstreamRequest& request) {
        if (request.message.body.find("stream") != std::string::npos) {
            return Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk("[DONE]") + chunk(""));
        }
        return Reply(http_reply(200, chat_answer()));
    });
    const auto empty = scrape();
    EXPECT_THAT(empty.problems, IsEmpty());
    ASSERT_EQ(chat(chat_body()).status(), 200);
    ASSERT_EQ(chat(chat_body("gpt-test", R"(,"stream":true)")).status(), 200);
    ASSERT_EQ(call(http_request("POST", kChat, chat_body())).status(), 401);
    ASSERT_EQ(usage_rows(3).size(), 3U);
    const auto text = scrape();
    EXPECT_THAT(text.problems, IsEmpty());
    for (const auto* step :
         {"receive", "identify", "decide", "route", "admit", "dispatch", "relay", "settle", "record"}) {
        EXPECT_EQ(value_of(text, "aihub_step_seconds_count", {{"step", step}}), 3) << step;
    }
    const std::map<std::string, std::string> chat_operation{{"operation", "chat_completions"}};
    EXPECT_EQ(value_of(text, "aihub_request_seconds_count", chat_operation), 3);
    EXPECT_EQ(value_of(text, "aihub_first_byte_seconds_count", chat_operation), 2) << "refusals have no first byte";
    EXPECT_LE(
        value_of(text, "aihub_first_byte_seconds_sum", chat_operation),
        value_of(text, "aihub_request_seconds_sum", chat_operation)
    );
    EXPECT_EQ(
        value_of(text, "aihub_bytes_total", {{"direction", "in"}}),
        2.0 * static_cast<double>(chat_body().size()) + static_cast<double>(std::string(R"(,"stream":true)").size())
    );
    EXPECT_GT(value_of(text, "aihub_bytes_total", {{"direction", "out"}}), static_cast<double>(chat_answer().size()));
    EXPECT_EQ(value_of(text, "aihub_tokens_total", {{"kind", "input"}}), 11);
    EXPECT_GE(value_of(text, "aihub_loop_lag_seconds", {{"loop", "0"}}), 0);
    EXPECT_EQ(value_of(text, "aihub_step_seconds_bucket", {{"step", "settle"}, {"le", "+Inf"}}), 3);
}

// A fast step falls into the first buckets: they have to be fine enough to say something.
TEST_F(MetricsText, StepsOfMicrosecondsAreTold) {
    start();
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    ASSERT_EQ(chat(chat_body()).status(), 200);
    ASSERT_EQ(usage_rows(1).size(), 1U);
    const auto text = scrape();
    std::vector<double> bounds;
    for (const auto& sample : text.samples) {
        if (sample.name == "aihub_step_seconds_bucket" && sample.labels.at("step") == "route") {
            bounds.push_back(std::strtod(sample.labels.at("le").c_str(), nullptr));
        }
    }
    ASSERT_GE(bounds.size(), 10U);
    EXPECT_DOUBLE_EQ(bounds[0], 1e-6);
    EXPECT_DOUBLE_EQ(bounds[3], 1e-5);
    EXPECT_TRUE(std::isinf(bounds.back()));
}

}  // namespace
}  // namespace aihub::testing
