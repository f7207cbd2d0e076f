#include "gateway/socket_relay.hpp"

#include "gateway/policy_steps.hpp"
#include "gateway/socket_way.hpp"

#include <algorithm>
#include <coroutine>

namespace aihub::gateway {

namespace {

using capability::FrameEnd;
using model::Outcome;
using net::WebSocketSide;

constexpr Farewell kShuttingDown{net::kCloseGoingAway, "the gateway is shutting down"};
constexpr Farewell kTooIdle{net::kCloseGoingAway, "idle for too long"};
constexpr Farewell kTooLong{net::kCloseGoingAway, "open for too long"};
constexpr Farewell kNotAFrame{net::kCloseProtocolError, "protocol error"};
constexpr Farewell kTooBig{net::kCloseTooBig, "the message is too big"};
constexpr Farewell kClientGone{net::kCloseGoingAway, "the client has gone"};
constexpr Farewell kProviderGone{net::kCloseInternalError, "the provider has gone"};

// Counts an open socket for as long as it lives.
class OpenSocket {
public:
    explicit OpenSocket(telemetry::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
    ~OpenSocket() { gauge_.add(-1); }
    OpenSocket(const OpenSocket&) = delete;
    OpenSocket& operator=(const OpenSocket&) = delete;

private:
    telemetry::Gauge& gauge_;
};

// Both directions of one socket, and what ends them.
class SocketRelay {
public:
    SocketRelay(Worker& worker, net::Connection& client, Call& call, SocketAttempt& attempt)
        : worker_(worker),
          client_(client),
          upstream_(attempt.upstream()),
          call_(call),
          attempt_(attempt),
          timeouts_(call.state->shared->config->timeouts),
          up_(client, upstream_, WebSocketSide::client, Errc::invalid_request),
          down_(upstream_, client, WebSocketSide::server, Errc::upstream_failed),
          open_(worker.metrics().realtime.open),
          active_at_(worker.now()),
          ends_at_(active_at_ + timeouts_.realtime_total) {
        up_.limit_messages(call.state->shared->config->limits.realtime_message_bytes_max);
        down_.limit_messages(call.state->shared->config->limits.realtime_message_bytes_max);
        const auto active = [this] { active_at_ = worker_.now(); };
        up_.on_traffic(active);
        down_.on_traffic(active);
        down_.show_messages(
            [this](std::string_view text) { return show(text); },
            call.state->shared->config->limits.stream_frame_bytes_max
        );
        attempt_.on_stop([this](Errc) { stop(Outcome::cancelled, kShuttingDown); });
        attempt_.on_usage([this](const model::Usage& usage) { record_response(usage); });
        arm();
    }
    ~SocketRelay() {
        worker_.loop().cancel_timer(timer_);
        attempt_.on_stop({});
        attempt_.on_usage({});
    }
    SocketRelay(const SocketRelay&) = delete;
    SocketRelay& operator=(const SocketRelay&) = delete;

    net::Task<Relayed> run(std::string early) {
        net::spawn(run_down());
        co_await up_.run(std::move(early), timeouts_.write);
        co_await after(up_);
        co_await BothEnded{*this};
        upstream_.close();
        co_await let_client_leave();
        attempt_.end_socket(frame_end());
        book_traffic();
        co_return Relayed{outcome(), 101, false};
    }

private:
    // Awaited by the direction that ended first.
    struct BothEnded {
        SocketRelay& relay;
        [[nodiscard]] bool await_ready() const { return relay.down_done_; }
        void await_suspend(std::coroutine_handle<> handle) const { relay.waiting_ = handle; }
        void await_resume() const {}
    };

    net::Task<void> run_down() {
        co_await down_.run(attempt_.take_surplus(), timeouts_.write);
        co_await after(down_);
        down_done_ = true;
        if (waiting_) {
            worker_.loop().post([handle = waiting_] { handle.resume(); });
        }
    }

    // What the end of one direction means for the other.
    net::Task<void> after(SocketWay& way) {
        const bool from_client = &way == &up_;
        auto& other = from_client ? down_ : up_;
        first_ = first_ == nullptr ? &way : first_;
        switch (way.end()) {
            case WayEnd::closed:
                end_within(kSocketCloseWait);
                co_return;
            case WayEnd::stuck:
                end_within(kSocketGoneWait);
                co_return;
            case WayEnd::cut:
                co_await way.say(goodbye(from_client), kLastWord);
                other.drop_the_rest();
                break;
            case WayEnd::broken:
            case WayEnd::too_big:
                log_problem(way, from_client);
                other.stop(way.end() == WayEnd::broken ? kNotAFrame : kTooBig);
                co_await way.say(from_client ? kClientGone : kProviderGone, kLastWord);
                break;
            case WayEnd::refused:
                other.stop({net::kCloseGoingAway, ""});
                co_await way.say({net::kCloseInternalError, "the gateway failed"}, kLastWord);
                break;
            default:
                break;
        }
        if (from_client && way.end() == WayEnd::cut) {
            upstream_.abort(Errc::client_gone);  // Nobody is left to read what else it says.
        }
        end_within(kSocketGoneWait);
    }

    // What the target of a direction hears when its source has gone: its own close frame, if it sent one.
    [[nodiscard]] Farewell goodbye(bool from_client) const {
        const auto& other = from_client ? down_ : up_;
        if (other.end() == WayEnd::closed) {
            constexpr std::uint16_t kNormal = 1000;
            return {other.close_code() == net::kCloseNone ? kNormal : other.close_code(), ""};
        }
        return from_client ? kClientGone : kProviderGone;
    }

    void stop(Outcome outcome, const Farewell& farewell) {
        if (!stopped_) {
            stopped_ = outcome;
            up_.stop(farewell);
            down_.stop(farewell);
            end_within(Worker::kLastWords);
        }
    }

    // Whatever still waits then fails.
    void end_within(std::chrono::nanoseconds patience) {
        const auto at = worker_.now() + patience;
        if (!ending_ || at < *ending_) {
            ending_ = at;
            arm();
        }
    }

    void arm() {
        const auto due = ending_ ? *ending_ : std::min(ends_at_, active_at_ + timeouts_.realtime_idle);
        worker_.loop().cancel_timer(timer_);
        const auto delay = std::max<std::chrono::nanoseconds>(due - worker_.now(), std::chrono::milliseconds(1));
        timer_ = worker_.loop().start_timer(delay, [this] { on_timer(); });
    }

    void on_timer() {
        const auto now = worker_.now();
        timer_ = 0;
        if (ending_) {
            if (now < *ending_) {
                arm();
                return;
            }
            upstream_.abort(Errc::upstream_timeout);
            client_.abort(Errc::client_gone);
        } else if (now >= ends_at_) {
            stop(Outcome::timeout, kTooLong);
        } else if (now >= active_at_ + timeouts_.realtime_idle) {
            stop(Outcome::timeout, kTooIdle);
        } else {
            arm();
        }
    }

    // A close with unread bytes would reset the connection, and the client might not see the close frame.
    net::Task<void> let_client_leave() {
        if (!client_.open() || !down_.said_close()) {
            co_return;
        }
        client_.shutdown_write();
        auto& loop = client_.loop();
        client_.set_read_deadline(loop.now() + kSocketGoneWait, Errc::request_timeout);
        for (;;) {
            const auto count = co_await client_.read_some({loop.scratch(), net::Loop::kScratchBytes});
            if (!count || *count == 0) {
                co_return;
            }
        }
    }

    bool show(std::string_view text) {
        const auto taken = attempt_.take_message(text);
        if (!taken) {
            worker_.services().log.warn(
                "a web socket ends: the provider's plugin failed",
                {{"request_id", call_.request_id}, {"reason", taken.error().message}}
            );
        }
        return taken.has_value();
    }

    // A session may last an hour and use what it likes: each response is on record as soon as it is told.
    void record_response(const model::Usage& usage) {
        const auto& session = call_.trail.row;
        model::UsageRow row;
        row.request_id = call_.request_id;
        row.started_at = worker_.services().clock.wall_now();
        row.key_id = session.key_id;
        row.operation = "realtime_response";
        row.model_asked = call_.model.substr(0, 256);
        row.model_used = session.model_used;
        row.provider = session.provider;
        row.policy = session.policy;
        row.streamed = true;
        row.status = 101;
        row.outcome = Outcome::completed;
        row.usage = usage;
        if (call_.policies) {
            rate_by_policy(worker_, call_, row);
        }
        worker_.metrics().record_tokens(usage);
        static_cast<void>(worker_.services().usage.record(row));  // A full queue is counted there.
    }

    void log_problem(const SocketWay& way, bool from_client) {
        worker_.services().log.warn(
            "a web socket ends: a frame or message that must not be",
            {{"request_id", call_.request_id}, {"from", from_client ? "client" : "provider"}, {"reason", way.problem()}}
        );
    }

    [[nodiscard]] FrameEnd frame_end() const {
        if (stopped_ || (first_ == &up_ && first_->end() != WayEnd::closed)) {
            return FrameEnd::cancelled;
        }
        return first_->end() == WayEnd::closed ? FrameEnd::complete : FrameEnd::cut;
    }

    [[nodiscard]] Outcome outcome() const {
        if (stopped_) {
            return *stopped_;
        }
        const bool by_client = first_ == &up_;
        switch (first_->end()) {
            case WayEnd::closed: {
                const auto code = first_->close_code();
                const bool trouble = code >= net::kCloseProtocolError && code < 3000 && code != net::kCloseNone;
                return trouble && !by_client ? Outcome::upstream_error : Outcome::completed;
            }
            case WayEnd::broken:
            case WayEnd::too_big:
                return by_client ? Outcome::refused : Outcome::upstream_error;
            case WayEnd::refused:
                return Outcome::internal_error;
            case WayEnd::stuck:
                return by_client ? Outcome::upstream_error : Outcome::client_closed;
            default:
                return by_client ? Outcome::client_closed : Outcome::upstream_error;
        }
    }

    void book_traffic() {
        auto& row = call_.trail.row;
        row.bytes_in = up_.traffic().bytes;
        row.bytes_out += down_.traffic().bytes;
        auto& metrics = worker_.metrics().realtime;
        metrics.messages_in.add(up_.traffic().messages);
        metrics.messages_out.add(down_.traffic().messages);
        metrics.unseen.add(down_.traffic().unseen);
    }

    static constexpr std::chrono::milliseconds kLastWord{500};

    Worker& worker_;
    net::Connection& client_;
    net::Connection& upstream_;
    Call& call_;
    SocketAttempt& attempt_;
    const config::Timeouts& timeouts_;
    SocketWay up_;
    SocketWay down_;
    const OpenSocket open_;
    SteadyTime active_at_;
    SteadyTime ends_at_;
    std::optional<SteadyTime> ending_;  // both connections are cut then
    std::optional<Outcome> stopped_;    // ended by us
    const SocketWay* first_ = nullptr;  // the direction that ended first
    std::uint64_t timer_ = 0;
    bool down_done_ = false;
    std::coroutine_handle<> waiting_;
};

}  // namespace

net::Task<Relayed> relay_socket(
    Worker& worker, net::Connection& client, std::string early, Call& call, SocketAttempt& attempt
) {
    std::vector<std::string_view> parts;
    attempt.output().append_to(parts);
    const auto& timeouts = call.state->shared->config->timeouts;
    client.set_write_patience(timeouts.write, SteadyTime::max(), Errc::client_gone);
    const auto sent = co_await client.write(parts);
    client.clear_deadline();
    attempt.output().clear();
    if (!sent) {
        attempt.end_socket(FrameEnd::cancelled);
        co_return Relayed{Outcome::client_closed, 499, false};
    }
    call.trail.mark(Step::relay, worker.now());
    call.trail.row.first_byte = std::chrono::duration_cast<std::chrono::microseconds>(worker.now() - call.started);
    SocketRelay relay(worker, client, call, attempt);
    const auto relayed = co_await relay.run(std::move(early));
    call.trail.mark_waited(Step::relay, worker.now());
    co_return relayed;
}

}  // namespace aihub::gateway
