// A server, an upstream and a key: what most integration tests start from.
#pragma once

#include "support/http_text.hpp"
#include "support/raw_client.hpp"
#include "support/raw_upstream.hpp"
#include "support/server_process.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {

inline constexpr std::string_view kUpstreamKey = "test-upstream-key";
inline constexpr std::string_view kChat = "/v1/chat/completions";

// A row of a table: column name to value as text; NULL is left out.
using Row = std::map<std::string, std::string>;

// Replies and frames as a provider sends them.
[[nodiscard]] std::string chat_answer(std::string_view content = "hello");
[[nodiscard]] std::string stream_frame(std::string_view content);
// The same, and its choice is finished by it.
[[nodiscard]] std::string last_frame(std::string_view content);
[[nodiscard]] std::string usage_frame(int input, int output);
// A chat request; `more` are further members with a leading comma.
[[nodiscard]] std::string chat_body(std::string_view model = "gpt-test", std::string_view more = {});

[[nodiscard]] boost::json::value parse(const std::string& text);
// error.message, error.type or error.code of an error body; "" when absent or null.
[[nodiscard]] std::string error_field(const Message& reply, std::string_view field);
// Whether a stream's body holds an error event.
[[nodiscard]] bool has_error_event(std::string_view body);
[[nodiscard]] bool has_done(std::string_view body);

class Gateway : public ::testing::Test {
protected:
    // The configuration of the file comment: one provider `up`, an alias `fast`. `more` is further YAML.
    [[nodiscard]] std::string config(std::string_view more = {}) const;
    // Starts the server with it and waits until it serves.
    void start(std::string_view more = {});
    void start_with(const std::string& config_text, std::map<std::string, std::string> environment = {});
    void TearDown() override;

    [[nodiscard]] RawClient connect(int receive_buffer = 0) const { return RawClient(server->port(), receive_buffer); }
    // The Authorization line of the first key.
    [[nodiscard]] std::string auth() const { return "Authorization: Bearer " + key + "\r\n"; }
    // A POST with the key and `extra` header lines, as bytes.
    [[nodiscard]] std::string post(std::string_view target, std::string_view body, std::string_view extra = {}) const;
    // One request on a connection of its own. Fails the test when no reply comes.
    [[nodiscard]] Message call(const std::string& request) const;
    [[nodiscard]] Message chat(std::string_view body) const { return call(post(kChat, body)); }
    [[nodiscard]] Message get(std::string_view target) const;

    // Rows of the usage table, oldest first, once there are at least `count`.
    [[nodiscard]] std::vector<Row> usage_rows(std::size_t count) const;
    // Value of a metric's series whose text begins with `prefix`; -1: there is none.
    [[nodiscard]] double metric(std::string_view prefix) const;

    RawUpstream upstream;
    std::unique_ptr<ServerProcess> server;
    std::string key;
};

}  // namespace aihub::testing
