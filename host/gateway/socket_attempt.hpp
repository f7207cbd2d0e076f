// An attempt at a provider that is a web socket: dialled, its handshake checked, and its codec fed with messages.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/upgrade.hpp"
#include "net/exchange.hpp"
#include "net/websocket.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::gateway {

// What the relay of an open socket does when the call is to end early.
using SocketStop = std::function<void(Errc why)>;

// Dispatch drives it to the provider's 101; then output() holds the head of the client's 101 and the attempt goes on
// until end_socket(). Whatever comes before that is a failure as of any other attempt. relay_socket() does the rest.
class SocketAttempt final : public Attempt, public capability::CallSink {
public:
    // One response of the provider has told what it used.
    using OnUsage = std::function<void(const model::Usage& usage)>;

    SocketAttempt(Worker& worker, Call& call, const catalog::Candidate& candidate);
    ~SocketAttempt() override;
    // Error: the provider cannot make this request.
    Result<void> build(const catalog::Candidate& candidate);

    net::Task<void> advance() override;
    void cancel(Errc why) override;
    [[nodiscard]] SocketAttempt* socket() override { return this; }
    [[nodiscard]] AnswerShape shape() const override { return {}; }

    // After the 101. The provider's connection; it closes with the attempt.
    [[nodiscard]] net::Connection& upstream() { return *exchange_->connection(); }
    // What the provider sent behind its 101. Once.
    [[nodiscard]] std::string take_surplus() { return std::move(surplus_); }
    void on_stop(SocketStop stop) { stop_ = std::move(stop); }
    void on_usage(OnUsage usage) { on_usage_ = std::move(usage); }
    // A whole text message of the provider. Error: the plugin failed; nothing more may be given.
    [[nodiscard]] Result<void> take_message(std::string_view text) { return codec_->on_frame({}, text); }
    void end_socket(capability::FrameEnd why);

    // CallSink: what the codec says, always from within one of its callbacks.
    capability::EmitStatus emit(const capability::Event& event) override;
    capability::EmitStatus complete(const capability::Failure* failure) override;
    [[nodiscard]] SteadyTime deadline() const override { return call_.deadline; }
    [[nodiscard]] bool cancelled() const override { return cancelled_.has_value(); }
    capability::EmitStatus post(void (*)(void*), void*) override { return capability::EmitStatus::gone; }

private:
    [[nodiscard]] net::Task<Result<std::string_view>> ask(const net::Upstream& upstream);
    [[nodiscard]] Result<void> check_reply() const;
    [[nodiscard]] Result<void> tell_head();
    net::Task<void> read_refusal(std::string rest);
    void open_socket(std::string_view rest);
    void fail_with(const Error& error);

    Worker& worker_;
    Call& call_;
    const catalog::Target& target_;
    const catalog::Policy& policy_;
    Upgrade upgrade_;
    std::optional<net::Exchange> exchange_;
    std::optional<Errc> cancelled_;
    std::string surplus_;
    SocketStop stop_;
    OnUsage on_usage_;
    bool open_ = false;
    bool completed_ = false;
    bool codec_ended_ = false;
    std::unique_ptr<capability::CodecCall> codec_;  // last: it may use what stands above until it is gone
};

[[nodiscard]] Result<std::unique_ptr<Attempt>> start_socket_attempt(
    Worker& worker, Call& call, const catalog::Candidate& candidate
);

}  // namespace aihub::gateway
