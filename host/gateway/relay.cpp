#include "gateway/relay.hpp"

#include "gateway/continuation.hpp"
#include "gateway/refusal.hpp"
#include "gateway/respond.hpp"
#include "gateway/upload.hpp"
#include "net/chunked.hpp"

namespace aihub::gateway {

namespace {

using capability::Failure;
using model::Outcome;

constexpr std::size_t kUsualHeadBytes = 512;

// Counts an open stream for as long as it lives.
class OpenStream {
public:
    explicit OpenStream(telemetry::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
    ~OpenStream() { gauge_.add(-1); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

private:
    telemetry::Gauge& gauge_;
};

Outcome outcome_of_cancel(Errc why) {
    return why == Errc::client_gone ? Outcome::client_closed : Outcome::cancelled;
}

// One answer on its way.
class Relay {
public:
    Relay(Worker& worker, net::Connection& client, Call& call, Attempt& attempt)
        : worker_(worker), client_(client), call_(call), attempt_(&attempt), shape_(attempt.shape()) {
        counted_ = shape_.form == AnswerShape::Form::bytes && shape_.length;
        chunked_ = call.head.minor_version > 0 && !counted_;
    }

    // What comes now is that of another attempt, which goes on with the same answer.
    void go_on_with(Attempt& attempt) { attempt_ = &attempt; }
    [[nodiscard]] const AnswerShape& shape() const { return shape_; }
    // Whether the client knows where the body ends without the connection's end.
    [[nodiscard]] bool delimited() const { return chunked_ || counted_; }

    // A whole answer, in one write.
    net::Task<Result<void>> send_whole(bool keep_alive) {
        auto head = answer_head("application/json");
        text_.reserve(kUsualHeadBytes);
        head.length = attempt_->output().size();
        head.keep_alive = keep_alive;
        append_head(text_, head, call_, worker_.loop());
        parts_.emplace_back(text_);
        co_return co_await flush(FlushEnd::go_on);
    }

    // What there is of a stream, the head before the first of it. `last` ends the body.
    enum class FlushEnd { go_on, last };
    net::Task<Result<void>> send_piece(FlushEnd end, bool keep_alive) {
        text_ = {};  // A stream is long, and its head is sent.
        if (!head_sent_) {
            head_sent_ = true;
            const bool bytes = shape_.form == AnswerShape::Form::bytes;
            auto head = answer_head(bytes ? "application/octet-stream" : "text/event-stream; charset=utf-8");
            head.framing = chunked_ ? BodyFraming::chunked : BodyFraming::until_close;
            if (counted_) {
                head.framing = BodyFraming::length;
                head.length = *shape_.length;
            }
            head.keep_alive = keep_alive;
            text_.reserve(kUsualHeadBytes);
            append_head(text_, head, call_, worker_.loop());
        }
        if (chunked_ && !attempt_->output().empty()) {
            text_.append(net::ChunkHead(attempt_->output().size()).text());
        }
        parts_.emplace_back(text_);
        co_return co_await flush(end);
    }

private:
    AnswerHead answer_head(std::string_view usual_type) const {
        AnswerHead head;
        head.status = shape_.status;
        head.content_type = shape_.content_type.empty() ? usual_type : std::string_view(shape_.content_type);
        head.more = shape_.headers;
        return head;
    }

    net::Task<Result<void>> flush(FlushEnd end) {
        auto& output = attempt_->output();
        const auto bytes = output.size();
        output.append_to(parts_);
        if (head_sent_ && chunked_) {
            if (bytes > 0) {
                parts_.push_back(net::kChunkEnd);
            }
            if (end == FlushEnd::last) {
                parts_.push_back(net::kLastChunk);
            }
        }
        const auto& timeouts = call_.state->shared->config->timeouts;
        client_.set_write_patience(timeouts.write, call_.deadline, Errc::client_gone);
        auto write = client_.write(parts_);
        auto written = co_await write;
        client_.clear_deadline();
        if (write.waited_since()) {
            call_.trail.mark(Step::relay, *write.waited_since());
            call_.trail.mark_waited(Step::relay, worker_.now());
        }
        parts_.clear();
        output.clear();
        if (written) {
            call_.trail.row.bytes_out += bytes;
            auto& first = call_.trail.row.first_byte;
            if (first.count() == 0) {
                first = std::chrono::duration_cast<std::chrono::microseconds>(worker_.now() - call_.started);
            }
        }
        co_return written;
    }

    Worker& worker_;
    net::Connection& client_;
    Call& call_;
    Attempt* attempt_;
    AnswerShape shape_;
    bool counted_ = false;
    bool chunked_ = true;
    bool head_sent_ = false;
    std::string text_;
    std::vector<std::string_view> parts_;
};

Relayed gone(const ActiveCall& active) {
    return {active.cancelled ? outcome_of_cancel(*active.cancelled) : Outcome::client_closed, 499, false};
}

// Why an answer ended too early.
Refusal refusal_of_end(const Call& call, const ActiveCall& active, const Failure& failure) {
    if (call.upload != nullptr && call.upload->error()) {
        return refusal_of(*call.upload->error());  // The client's own fault; it hears which.
    }
    return active.cancelled ? shutting_down() : refusal_of(shown(call, failure));
}

net::Task<Relayed> relay_whole(
    Worker& worker, net::Connection& client, Call& call, Dispatched& dispatched, ActiveCall& active
) {
    auto& attempt = *dispatched.attempt;
    // The whole answer is there at its first output, except from providers that send one in pieces.
    Output gathered;
    std::optional<Failure> failure;
    while (!attempt.ended() && !failure) {
        attempt.output().move_to(gathered);
        if (gathered.size() > call.state->shared->config->limits.reply_bytes_max) {
            failure = answer_too_large();
            break;
        }
        co_await attempt.advance();
    }
    if (!failure) {
        failure = attempt.failure();
    }
    if (active.cancelled == Errc::client_gone) {
        co_return gone(active);
    }
    if (failure) {
        const auto refusal = refusal_of_end(call, active, *failure);
        const auto sent = co_await respond_refusal(worker, client, call, refusal, call.keep_alive);
        co_return Relayed{refusal.outcome, sent ? *sent : refusal.status, sent.has_value() && call.keep_alive};
    }
    if (!gathered.empty()) {
        attempt.output().move_to(gathered);
        gathered.move_to(attempt.output());
    }
    // The provider has done its part: others need not wait for this client.
    attempt.release();
    dispatched.pass = {};
    Relay relay(worker, client, call, attempt);
    const auto sent = co_await relay.send_whole(call.keep_alive);
    if (!sent) {
        co_return gone(active);
    }
    co_return Relayed{Outcome::completed, relay.shape().status, call.keep_alive};
}

Failure stream_too_large() {
    Failure failure;
    failure.kind = capability::FailureKind::upstream;
    failure.message = "the stream is larger than limits.stream_bytes_max";
    return failure;
}

// Ends an answer that has begun without its end mark; a stream of events says why.
net::Task<Relayed> end_with_error(Relay& relay, const Call& call, Attempt& attempt, Refusal refusal) {
    attempt.output().clear();
    if (relay.shape().form == AnswerShape::Form::events) {
        const auto events = call.trail.row.bytes_out == 0 ? 0 : attempt.events_passed();  // that went out
        attempt.output().add_text(error_event(call, refusal, events));
        const auto sent = co_await relay.send_piece(Relay::FlushEnd::go_on, false);
        static_cast<void>(sent);  // The connection closes either way.
    }
    co_return Relayed{refusal.outcome, relay.shape().status, false};
}

// The client has gone. Of an answer that tells at its end what was used, the rest is read: the provider has done the
// work. Bounded like every answer by timeouts.idle, timeouts.total and limits.stream_bytes_max.
net::Task<Relayed> read_unsent(Worker& worker, Call& call, Attempt& attempt, ActiveCall& active) {
    active.cancel(Errc::client_gone);
    auto bytes = call.trail.row.bytes_out;
    while (attempt.outlives_client() && bytes <= call.state->shared->config->limits.stream_bytes_max) {
        attempt.output().clear();
        call.trail.mark(Step::relay, worker.now());
        co_await attempt.advance();
        call.trail.mark_waited(Step::relay, worker.now());
        bytes += attempt.output().size();
    }
    if (!attempt.ended()) {
        attempt.cancel(Errc::upstream_failed);
    }
    co_return gone(active);
}

// A stream of events, or bytes in pieces.
net::Task<Relayed> relay_pieces(
    Worker& worker, net::Connection& client, Call& call, Dispatched& dispatched, ActiveCall& active
) {
    const OpenStream open(worker.metrics().open_streams);
    Relay relay(worker, client, call, *dispatched.attempt);
    for (;;) {
        auto& attempt = *dispatched.attempt;
        if (call.trail.row.bytes_out + attempt.output().size() > call.state->shared->config->limits.stream_bytes_max) {
            attempt.cancel(Errc::upstream_failed);
            const auto too_large = refusal_of(stream_too_large());
            co_return co_await end_with_error(relay, call, attempt, too_large);
        }
        const bool last = attempt.ended() && !attempt.failure();
        const auto end = last ? Relay::FlushEnd::last : Relay::FlushEnd::go_on;
        if (last || !attempt.output().empty()) {
            const auto sent = co_await relay.send_piece(end, call.keep_alive);
            if (!sent) {
                co_return co_await read_unsent(worker, call, attempt, active);
            }
        }
        if (last) {
            co_return Relayed{Outcome::completed, relay.shape().status, call.keep_alive && relay.delimited()};
        }
        if (attempt.ended()) {
            if (co_await go_on(worker, call, dispatched, active)) {
                relay.go_on_with(*dispatched.attempt);
                continue;
            }
            break;
        }
        call.trail.mark(Step::relay, worker.now());
        co_await attempt.advance();
        call.trail.mark_waited(Step::relay, worker.now());
        if (active.cancelled == Errc::client_gone && attempt.outlives_client()) {
            co_return co_await read_unsent(worker, call, attempt, active);
        }
    }
    if (active.cancelled == Errc::client_gone) {
        co_return gone(active);
    }
    const auto refusal = refusal_of_end(call, active, *dispatched.attempt->failure());
    co_return co_await end_with_error(relay, call, *dispatched.attempt, refusal);
}

}  // namespace

net::Task<Relayed> relay(
    Worker& worker, net::Connection& client, Call& call, Dispatched& dispatched, ActiveCall& active
) {
    if (dispatched.attempt->shape().form != AnswerShape::Form::whole) {
        return relay_pieces(worker, client, call, dispatched, active);
    }
    return relay_whole(worker, client, call, dispatched, active);
}

}  // namespace aihub::gateway
