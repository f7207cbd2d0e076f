// What is measured: the server, and nginx as its peer; both in front of a mock upstream.
#pragma once

#include "support/server_process.hpp"
#include "system/load.hpp"
#include "system/mock_upstream.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::bench {

// A running program that takes chat requests. Stopped when destroyed.
class Subject {
public:
    virtual ~Subject() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    [[nodiscard]] virtual pid_t pid() const = 0;
    // Value of the Authorization header that it takes.
    [[nodiscard]] virtual std::string credential() const = 0;
    // Further header lines that it needs to find the upstream, each with its line end.
    [[nodiscard]] virtual std::string header_lines() const { return {}; }
};
using SubjectPtr = std::unique_ptr<Subject>;

// The mock upstream, as a process of its own.
class MockUpstream final : public Subject {
public:
    explicit MockUpstream(const MockOptions& options);
    [[nodiscard]] std::string_view name() const override { return "direct"; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }
    [[nodiscard]] pid_t pid() const override { return child_.pid(); }
    [[nodiscard]] std::string credential() const override { return "Bearer none"; }

private:
    testing::TempDir directory_;
    testing::ChildProcess child_;
    std::uint16_t port_ = 0;
};

// nginx as a plain reverse proxy. A failure to start ends the program with a message.
[[nodiscard]] SubjectPtr start_nginx(std::uint16_t upstream_port);
// The server with one provider of the chat dialect in front of the mock, request log off.
[[nodiscard]] SubjectPtr start_aihub(std::uint16_t upstream_port);

// The gateway of npm's @portkey-ai/gateway, whose start script $AIHUB_BENCH_PORTKEY names; null when it is not set. As
// it is published it answers streams with 500 under Node.js 20, so it is for calls that do not stream.
[[nodiscard]] SubjectPtr start_portkey(std::uint16_t upstream_port);
// The server's configuration.
[[nodiscard]] std::string aihub_config(std::uint16_t upstream_port);

enum class Streaming { off, on };
// The models that the server knows: of a provider of the chat dialect, and of one of the messages dialect.
inline constexpr std::string_view kChatModel = "gpt-bench";
inline constexpr std::string_view kMessagesModel = "claude-bench";
// A chat request of 0.6 KB, as bytes.
[[nodiscard]] Target chat_target(const Subject& subject, Streaming streaming, std::string_view model = kChatModel);
// POST /v1/messages, of the same size.
[[nodiscard]] Target messages_target(
    const Subject& subject, Streaming streaming, std::string_view model = kMessagesModel
);
// POST /v1/responses, of the same sizes.
[[nodiscard]] Target responses_target(const Subject& subject, Streaming streaming, std::string_view model = kChatModel);
// The body of the first alone, of `bytes`.
[[nodiscard]] std::string chat_body(Streaming streaming, std::size_t bytes = 600, std::string_view model = kChatModel);

// Ends the program with a message.
[[noreturn]] void give_up(const std::string& message);

}  // namespace aihub::bench
