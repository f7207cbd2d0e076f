#include "gateway_fixture.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>

namespace aihub::testing {
namespace {

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;
using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

// Rows of one query. An error (locked, no such table yet) gives none: the caller asks again.
std::vector<Row> query(const std::string& path, const std::string& sql) {
    sqlite3* raw = nullptr;
    sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    const Database database(raw, &sqlite3_close);
    sqlite3_busy_timeout(raw, 1000);
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(raw, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
        return {};
    }
    const Statement statement(prepared, &sqlite3_finalize);
    std::vector<Row> rows;
    while (sqlite3_step(prepared) == SQLITE_ROW) {
        Row& row = rows.emplace_back();
        for (int column = 0; column < sqlite3_column_count(prepared); ++column) {
            if (const auto* text = sqlite3_column_text(prepared, column)) {
                row[sqlite3_column_name(prepared, column)] = reinterpret_cast<const char*>(text);
            }
        }
    }
    return rows;
}

}  // namespace

std::string chat_answer(std::string_view content) {
    return R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-test-0613",)"
           R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
           std::string(content) +
           R"("},"finish_reason":"stop","x_vendor":{"score":0.10}}],)"
           R"("usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18},"x_unknown": [1, 2.50, null]})";
}

std::string stream_frame(std::string_view content) {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-test-0613",)"
           R"("choices":[{"index":0,"delta":{"content":")" +
           std::string(content) + R"("},"finish_reason":null}],"x_unknown":{"a": 1.0}})";
}

std::string last_frame(std::string_view content) {
    auto frame = stream_frame(content);
    const std::string_view open = "\"finish_reason\":null";
    return frame.replace(frame.find(open), open.size(), "\"finish_reason\":\"stop\"");
}

std::string usage_frame(int input, int output) {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-test-0613",)"
           R"("choices":[],"usage":{"prompt_tokens":)" +
           std::to_string(input) + R"(,"completion_tokens":)" + std::to_string(output) + R"(,"total_tokens":)" +
           std::to_string(input + output) + "}}";
}

std::string chat_body(std::string_view model, std::string_view more) {
    return R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":"hi"}])" +
           std::string(more) + "}";
}

boost::json::value parse(const std::string& text) {
    boost::json::error_code error;
    auto value = boost::json::parse(text, error);
    EXPECT_FALSE(error) << "not JSON: " << text;
    return error ? boost::json::value() : value;
}

std::string error_field(const Message& reply, std::string_view field) {
    const auto value = parse(reply.body);
    const auto* object = value.if_object();
    const auto* error = object != nullptr ? object->if_contains("error") : nullptr;
    if (error == nullptr || !error->is_object()) {
        ADD_FAILURE() << "no error object: " << reply.body;
        return {};
    }
    const auto* member = error->as_object().if_contains(field);
    return member != nullptr && member->is_string() ? std::string(member->as_string()) : std::string();
}

bool has_error_event(std::string_view body) {
    const auto events = event_data(body);
    return std::any_of(events.begin(), events.end(), [](const auto& data) { return data.starts_with(R"({"error":)"); });
}

bool has_done(std::string_view body) {
    const auto events = event_data(body);
    return std::find(events.begin(), events.end(), "[DONE]") != events.end();
}

std::string Gateway::config(std::string_view more) const {
    return "listen: 127.0.0.1:0\n"
           "providers:\n"
           "  up: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
           std::to_string(upstream.port()) + "/v1\", api_key: " + std::string(kUpstreamKey) +
           ", models: [gpt-test, embed-test] }\n"
           "models: { fast: up/gpt-test }\n"
           "default_provider: up\n"
           // What a failure does to later attempts and calls is for the tests of retries and breakers.
           "retries: { budget_percent: 0, budget_per_minute_min: 0 }\n"
           "breaker: { failures_max: 0, error_percent: 0, cooldown_max: 0s, first_byte_timeouts_max: 0 }\n" +
           std::string(more);
}

void Gateway::start(std::string_view more) {
    start_with(config(more));
}

void Gateway::start_with(const std::string& config_text, std::map<std::string, std::string> environment) {
    server = std::make_unique<ServerProcess>(config_text, std::move(environment));
    ASSERT_TRUE(server->start()) << binary_path() << " did not come up\n" << server->output();
    key = server->first_key();
    ASSERT_FALSE(key.empty()) << server->output();
}

void Gateway::TearDown() {
    if (HasFailure() && server != nullptr) {
        const auto status = server->wait_for_exit(Milliseconds(0));
        std::fprintf(
            stderr,
            "%s\nthe server %s\n",
            server->output().c_str(),
            status ? ("had ended with status " + std::to_string(*status)).c_str() : "was running"
        );
    }
}

std::string Gateway::post(std::string_view target, std::string_view body, std::string_view extra) const {
    return http_request("POST", target, body, auth() + std::string(extra));
}

Message Gateway::call(const std::string& request) const {
    auto client = connect();
    EXPECT_TRUE(client.send(request));
    auto reply = client.reply();
    EXPECT_TRUE(reply.has_value()) << "no reply to " << request.substr(0, 200);
    return reply.value_or(Message{});
}

Message Gateway::get(std::string_view target) const {
    return call(http_request("GET", target, {}, auth()));
}

std::vector<Row> Gateway::usage_rows(std::size_t count) const {
    const std::string path = server->data_directory() + "/aihub.db";
    std::vector<Row> rows;
    EXPECT_TRUE(eventually([&] {
        rows = query(path, "SELECT * FROM usage_rows ORDER BY started_at, id");
        return rows.size() >= count;
    })) << "usage rows: "
        << rows.size() << ", expected " << count;
    rows.resize(std::max(rows.size(), count));
    return rows;
}

double Gateway::metric(std::string_view prefix) const {
    const std::string text = call(http_request("GET", "/metrics")).body;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = std::string_view(text).substr(at, end - at);
        if (line.starts_with(prefix)) {
            return std::strtod(line.substr(line.rfind(' ') + 1).data(), nullptr);
        }
        at = end + 1;
    }
    return -1;
}

}  // namespace aihub::testing
