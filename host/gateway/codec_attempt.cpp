// An attempt at a codec-tier provider: the plugin says what to send and what the reply means, this file does the I/O.
#include "gateway/acquisition.hpp"
#include "gateway/answer_events.hpp"
#include "gateway/answer_head.hpp"
#include "gateway/asked.hpp"
#include "gateway/attempt.hpp"
#include "gateway/error_words.hpp"
#include "gateway/reply_frames.hpp"
#include "gateway/upload.hpp"
#include "gateway/upstream_request.hpp"
#include "gateway/worker.hpp"
#include "net/exchange.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

using capability::CallSink;
using capability::EmitStatus;
using capability::Event;
using capability::EventKind;
using capability::Failure;
using capability::FailureKind;
using capability::FrameEnd;
using capability::Framing;

// How long a reply that has already told its end may take to end its body, so that its connection can be kept.
constexpr std::chrono::seconds kDrain{1};

class CodecAttempt final : public Attempt, public CallSink {
public:
    CodecAttempt(Worker& worker, const Call& call, const catalog::Candidate& candidate)
        : worker_(worker),
          call_(call),
          target_(*candidate.target),
          policy_(*candidate.policy),
          frames_(call.state->shared->config->limits),
          answer_(
              call,
              asked_,
              model_,
              worker.services().clock,
              {worker.loop().scratch(), net::Loop::kScratchBytes},
              output_
          ) {
        model_ = candidate.model;
    }

    ~CodecAttempt() override { end_silently(); }

    Result<void> build(const catalog::Candidate& candidate) {
        auto& bodies = worker_.services().body_bytes;
        asked_ = AIHUB_TRY(Asked::create(call_, candidate, bodies));
        codec_ = AIHUB_TRY(target_.provider->build(asked_.request(call_, candidate), *this));
        return asked_.count_sent(call_, codec_->request().body, bodies);
    }

    net::Task<void> advance() override {
        passed_ = exchange_.has_value();
        if (frames_.passing()) {
            memory_.release();  // What was held before it passed is written.
        }
        if (!exchange_) {
            co_await begin();
        }
        while (!ended() && output_.empty()) {
            const auto limit = read_limit();
            if (!limit) {
                co_return;
            }
            const auto bytes = co_await exchange_->read_some(*limit);
            take_read(bytes);
        }
        if (failure() && frames_.passing()) {
            output_.clear();  // The last of a body makes it look complete.
        }
    }

    void cancel(Errc why) override {
        if (why == Errc::client_gone && outlives_client()) {
            return;
        }
        cancelled_ = true;
        cancel_code_ = why;
        if (exchange_) {
            exchange_->abort(why);
        } else if (acquisition_) {
            acquisition_->cancel();
        }
    }

    // What a large JSON reply used stands at its end.
    [[nodiscard]] bool outlives_client() const override { return frames_.passing() && !ended() && !cancelled_; }

    [[nodiscard]] AnswerShape shape() const override {
        using Form = AnswerShape::Form;
        if (!answer_.passed_through()) {
            return made_shape(call_);
        }
        auto shape = shape_;
        const auto framing = frames_.framing();
        if (framing == Framing::whole && call_.stream) {
            shape.form = Form::events;  // made of it
            shape.content_type = made_shape(call_).content_type;
            return shape;
        }
        shape.form = framing == Framing::raw || frames_.passing() ? Form::bytes
                     : framing == Framing::whole                  ? Form::whole
                                                                  : Form::events;
        return shape;
    }

    [[nodiscard]] bool accepted() const override { return request_sent_ && all_uploaded(); }
    [[nodiscard]] Rendering* rendering() override { return answer_.rendering(); }
    [[nodiscard]] std::uint64_t events_passed() const override { return answer_.frames_passed(); }

    void release() override {
        if (!exchange_ || cancelled_) {
            return;
        }
        if (call_.upload != nullptr && call_.upload->started() && !call_.upload->sent()) {
            call_.upload->detach();
            exchange_->abort(Errc::unavailable);  // Half a request is on it.
        } else if (exchange_->body_done()) {
            exchange_->give_back();  // Also after an error that was read to its end.
        } else if (!failure() && !over_) {
            net::Exchange::drain(std::move(*exchange_), kDrain);
        }
        exchange_.reset();
    }

    // CallSink: what the codec says, always from within one of its callbacks.
    EmitStatus emit(const Event& event) override {
        if (ended()) {
            return EmitStatus::gone;
        }
        switch (event.kind) {
            case EventKind::usage:
                merge_usage(usage_, event.usage);
                break;
            case EventKind::model:
                model_ = event.text;
                answer_.model(event);
                break;
            case EventKind::raw:
                pass_on(event);
                break;
            case EventKind::dropped:
                note_dropped(event.text);
                break;
            case EventKind::finish:
                answer_.finish_reason(event);
                break;
            default:
                if (within_limit(event)) {
                    answer_.event(event);
                    count_stream();
                }
        }
        return EmitStatus::ok;
    }

    EmitStatus complete(const Failure* failure) override {
        if (ended() || completed_) {
            return EmitStatus::gone;
        }
        completed_ = failure == nullptr;
        if (failure != nullptr) {
            fail(asked_.failure(*failure));
        }
        return EmitStatus::ok;
    }

    [[nodiscard]] SteadyTime deadline() const override { return call_.deadline; }
    [[nodiscard]] bool cancelled() const override { return cancelled_; }
    EmitStatus post(void (*)(void*), void*) override { return EmitStatus::gone; }  // A codec does nothing by itself.

private:
    // Connects, sends the request and takes the head of the reply.
    net::Task<void> begin() {
        const auto& outlet = call_.state->shared->outlet(target_);
        // What is streamed cannot be sent again when a kept connection turns out to be closed.
        using Reuse = net::UpstreamPool::Reuse;
        auto reuse = call_.upload == nullptr ? Reuse::allowed : Reuse::never;
        for (;;) {
            auto lease = co_await connect(outlet, reuse);
            if (!lease) {
                cancelled_ ? fail_cut(lease.error()) : fail_with(lease.error());
                co_return;
            }
            exchange_.emplace(*std::move(lease));
            const bool reused = exchange_->reused();
            (reused ? outlet.metrics.reuses : outlet.metrics.connects)->add();
            if (cancelled_) {
                exchange_->abort(cancel_code_);
            }
            const auto rest = co_await ask(*outlet.upstream);
            if (rest) {
                take_head(*rest);
                co_return;
            }
            // A kept connection that did not take the whole request: the provider had closed it. Once more, on a new
            // one. A provider that took it all may have worked on it, however it ended: a POST is not executed twice.
            if (!reused || request_sent_ || exchange_->begun() || cancelled_ ||
                rest.error().code != Errc::unavailable) {
                fail_cut(rest.error());
                co_return;
            }
            reuse = net::UpstreamPool::Reuse::never;
        }
    }

    // One that may be beaten by another attempt must be able to stop in the middle of it.
    net::Task<Result<net::UpstreamLease>> connect(const Outlet& outlet, net::UpstreamPool::Reuse reuse) {
        if (policy_.hedge_after.count() == 0) {
            return worker_.pool().acquire(outlet.upstream, call_.deadline, reuse, policy_.connect);
        }
        acquisition_ = std::make_unique<Acquisition>(worker_.loop(), worker_.pool(), worker_.services().connections);
        return acquisition_->wait(outlet.upstream, call_.deadline, reuse, policy_.connect);
    }

    // Sends the request and reads the head of the reply; gives what came behind it.
    net::Task<Result<std::string_view>> ask(const net::Upstream& upstream) {
        auto* const upload = call_.upload;
        std::string trace;
        append_trace_fields(trace, call_);
        const RequestParts request(
            codec_->request(),
            {upstream.base_path, upstream.authority, upstream.proxy_header.expose()},
            *target_.settings,
            upload == nullptr ? std::optional<std::uint64_t>(0) : upload->rest(),
            trace
        );
        const auto sent = co_await exchange_->send(request.all(), policy_.write, call_.deadline);
        request_sent_ = sent.has_value();
        if (!sent && sent.error().code != Errc::unavailable) {
            co_return sent.error();
        }
        // Also when it stopped listening: it may have said why.
        const net::HeadLimits limits{call_.state->shared->config->limits.header_bytes_max, 256, 8192};
        if (sent && upload != nullptr) {
            upload->start(exchange_->connection(), policy_.write, policy_.first_byte);
        }
        const bool sending = upload != nullptr && !upload->sent();
        first_by_ = sending ? call_.deadline : until(policy_.first_byte);
        const auto bytes = co_await exchange_->read_head(limits, first_by_);
        first_by_ = sending ? SteadyTime::max() : first_by_;
        if (!bytes && !sent) {
            co_return sent.error();
        }
        if (bytes && upload != nullptr && exchange_->head().status >= 400) {
            upload->detach();  // It refuses before it has seen all.
        }
        co_return bytes;
    }

    [[nodiscard]] bool all_uploaded() const { return call_.upload == nullptr || call_.upload->sent(); }

    // The deadline of a wait of at most `patience`.
    [[nodiscard]] SteadyTime until(std::chrono::milliseconds patience) const {
        return std::min(call_.deadline, worker_.now() + patience);
    }

    // The head of a stream came, but nothing of the answer yet, though the provider has the whole request.
    [[nodiscard]] bool awaits_event() const {
        const auto framing = frames_.framing();
        return all_uploaded() && !event_seen_ && (framing == Framing::sse || framing == Framing::ndjson);
    }

    void take_head(std::string_view rest) {
        const auto& head = exchange_->head();
        const auto encoding = head.find("content-encoding");
        if (!encoding.empty() && encoding != "identity") {
            fail_with({Errc::upstream_failed, "the provider sent a content encoding that was not asked for"});
            return;
        }
        auto framing = codec_->request().framing;
        if (head.status >= 400 ||
            (framing == Framing::sse && !head.find("content-type").starts_with("text/event-stream"))) {
            framing = Framing::whole;  // An error, or an answer in one piece where a stream was asked for.
        }
        const auto length = head.body == net::BodyKind::length ? head.length : 0;
        frames_.begin(framing, length, may_pass(head));
        const auto& limits = call_.state->shared->config->limits;
        if (frames_.may_pass() && length > limits.reply_buffer_bytes && length > limits.stream_bytes_max) {
            fail(answer_too_large("limits.stream_bytes_max"));  // Better now than in the middle of it.
            return;
        }
        std::vector<capability::Header> headers;
        headers.reserve(head.fields.size());
        for (const auto& field : head.fields) {
            headers.push_back({field.name, field.value});
        }
        head_taken_ = true;
        raw_status_ = head.status;
        if (traits_of(call_.operation).verbatim && !asked_.translated()) {
            shape_ = passed_head(head, call_.rate.has_value());
            if (call_.array_stream) {
                shape_.content_type = "application/json";
            }
        } else if (frames_.may_pass()) {
            shape_.content_type = "application/json";
            shape_.length = head.body == net::BodyKind::length ? std::optional(head.length) : std::nullopt;
        }
        if (const auto result = codec_->on_head(head.status, headers); !result) {
            fail(internal_failure(result.error()));
            return;
        }
        const bool empty_body =
            head.body == net::BodyKind::none || (head.body == net::BodyKind::length && head.length == 0);
        exchange_->forget_fields();
        if (!ended() && (!rest.empty() || empty_body)) {
            take_bytes(rest);
        }
    }

    // Whether the client gets the body as it is, so that it need not be held.
    [[nodiscard]] bool may_pass(const net::ReplyHead& head) const {
        // To HTTP/1.0 only a length shows that an answer was cut.
        const bool framed = call_.head.minor_version > 0 || head.body == net::BodyKind::length;
        return codec_->request().pass_large && !call_.stream && head.status < 300 && framed &&
               head.find("content-type").starts_with("application/json");
    }

    // What a codec gives back of a body that is passing has gone out.
    void pass_on(const Event& event) {
        if (asked_.translated()) {
            fail_with({Errc::upstream_failed, "the plugin passes on what is not the client's format"});
            return;
        }
        if (from_whole() && !within_limit(event)) {
            return;
        }
        if (!frames_.passing()) {
            answer_.raw(event, frame_, frames_.framing());
        } else if (event.text.data() != frame_.data.data() || event.text.size() != frame_.data.size()) {
            fail_with({Errc::upstream_failed, "the plugin changes an answer that it said it would pass on"});
        }
    }

    // Until when the next bytes may take; nothing: time is over, and the attempt has failed.
    std::optional<SteadyTime> read_limit() {
        const auto now = worker_.now();
        if (now >= call_.deadline) {  // A read that finds bytes at once never waits for its deadline.
            fail_with({Errc::upstream_timeout, "timeouts.total has passed"});
            return std::nullopt;
        }
        const auto limit = std::min(call_.deadline, now + policy_.idle);
        if (!awaits_event()) {
            return limit;
        }
        if (first_by_ == SteadyTime::max()) {
            first_by_ = until(policy_.first_byte);  // The rest of the request went out behind the head of the reply.
        }
        if (now >= first_by_) {  // Comments that keep a connection alive are no answer.
            fail_with({Errc::upstream_timeout, "no event came within timeouts.first_byte"});
            return std::nullopt;
        }
        return std::min(limit, first_by_);
    }

    void take_read(const Result<std::string_view>& bytes) {
        over_ = !bytes || bytes->empty();
        if (!bytes) {
            fail_cut(bytes.error());
        } else if (!bytes->empty()) {
            take_bytes(*bytes);
        } else if (exchange_->ends_with_close()) {
            finish_body();
        } else {
            fail_cut({Errc::upstream_failed, "the provider closed the connection in the middle of its answer"});
        }
    }

    void take_bytes(std::string_view bytes) {
        Result<void> cut;
        const auto sink = [this](const ReplyFrame& frame) { give_frame(frame); };
        const auto done = exchange_->take(bytes, [&](std::string_view payload) {
            if (cut && !ended() && !completed_) {
                cut = frames_.add(payload, sink);
            }
        });
        if (cut && frames_.held() > HeldMemory::kFree) {
            cut = hold_reply(sink);
        }
        if (ended()) {
            return;
        }
        if (!done || !cut) {
            fail_with(done ? cut.error() : done.error());
        } else if (*done) {
            finish_body();
        } else {
            frames_.pause();
        }
    }

    // Where there is no room for it, a reply goes out as it comes, if it may.
    template <class Sink>
    Result<void> hold_reply(Sink& sink) {
        const auto& limits = call_.state->shared->config->limits;
        const auto held = memory_.hold(worker_.services().reply_bytes, frames_.held(), memory_of_replies(limits));
        if (held) {
            return {};
        }
        if (frames_.may_pass()) {
            return frames_.pass(sink);
        }
        fail(no_room(held.error()));
        return {};
    }

    void give_frame(const ReplyFrame& frame) {
        if (ended() || completed_) {
            return;
        }
        if (!policy_.rules.empty() && output_.empty() && !passed_) {
            keep_beginning(policy_.rules, frames_.framing(), frame.passed ? frame.raw : frame.data);
            if (ended()) {
                return;
            }
        }
        if (frame.held != nullptr) {
            // It counts until the client has it. The last read of it may be over the limit.
            static_cast<void>(memory_.hold(
                worker_.services().reply_bytes,
                frame.held->size(),
                memory_of_replies(call_.state->shared->config->limits)
            ));
            answer_.pass_held(std::move(*frame.held));
            return;
        }
        if (frame.passed) {
            answer_.pass(frame.raw);
            return;
        }
        event_seen_ = event_seen_ || !frame.data.empty();
        frame_ = frame;
        const auto result = codec_->on_frame(frame.event, frame.data);
        frame_ = {};
        if (!result && !ended()) {
            fail_with({Errc::upstream_failed, result.error().message});
        }
        if (completed_) {
            finish_answer();
        }
    }

    void count_stream() {
        if (call_.stream && !from_whole()) {
            count_held(answer_.held(), worker_.services().reply_bytes, call_.state->shared->config->limits);
        }
    }

    // Whether a stream is made of a whole reply.
    [[nodiscard]] bool from_whole() const { return call_.stream && frames_.framing() == Framing::whole; }

    // Such a stream is made at once, and the reply is still held beside it.
    bool within_limit(const Event& event) {
        if (call_.stream && !from_whole()) {
            return true;
        }
        const auto& limits = call_.state->shared->config->limits;
        auto& total = worker_.services().reply_bytes;
        bool within = count_whole(event.text.size(), total, limits);
        if (within && from_whole()) {
            made_ += event.text.size();
            const auto held = memory_.hold(total, frames_.held() + made_, memory_of_replies(limits));
            if (!held) {
                fail(no_room(held.error()));
            }
            within = held.has_value();
        }
        if (!within && from_whole()) {
            output_.clear();  // Nothing of it is sent: this is a clean error.
        }
        return within;
    }

    // The codec said that the answer is complete.
    void finish_answer() {
        if (ended()) {
            return;
        }
        const auto made = answer_.end(usage_, frames_.framing());
        made ? end() : fail_with(made.error());
    }

    void finish_body() {
        const auto cut = frames_.finish([this](const ReplyFrame& frame) { give_frame(frame); });
        if (!cut && !ended()) {
            fail_with(cut.error());
        }
        if (!ended()) {
            end_codec(FrameEnd::complete);
        }
    }

    void end_codec(FrameEnd why) {
        if (codec_ended_) {
            return;
        }
        codec_ended_ = true;
        const auto result = codec_->on_end(why);
        if (completed_) {
            finish_answer();
        }
        if (!ended()) {
            fail_with(
                {Errc::upstream_failed, result ? "the provider's answer was not complete" : result.error().message}
            );
        }
    }

    // The contract wants on_end() for every build(), also when nobody listens any more.
    void end_silently() {
        if (codec_ && !codec_ended_) {
            codec_ended_ = true;
            completed_ = true;
            const auto ignored = codec_->on_end(FrameEnd::cancelled);
            static_cast<void>(ignored);
        }
    }

    void fail_cut(const Error& error) {
        if (cancelled_) {
            Failure failure;
            failure.kind = FailureKind::network;
            failure.message = "cancelled";
            fail(std::move(failure));
            return;
        }
        if (head_taken_ && error.code != Errc::upstream_timeout) {
            end_codec(FrameEnd::cut);  // Only the codec knows whether what came so far is a complete answer.
            return;
        }
        fail_with(error);
    }

    void fail_with(const Error& error) {
        const bool timed_out = error.code == Errc::upstream_timeout;
        late_ = timed_out && accepted() && (!head_taken_ || awaits_event());
        if (timed_out && call_.upload != nullptr && call_.upload->awaits_client()) {
            call_.upload->expire();
        }
        fail(reported_failure(worker_.services().log, call_, target_, error));
    }

    Worker& worker_;
    const Call& call_;
    const catalog::Target& target_;
    const catalog::Policy& policy_;
    std::optional<net::Exchange> exchange_;
    ReplyFrames frames_;
    AnswerEvents answer_;
    AnswerShape shape_;  // of an answer that is passed through, but for its form
    ReplyFrame frame_;   // while the codec looks at it
    Errc cancel_code_ = Errc::client_gone;
    std::size_t made_ = 0;   // bytes of a stream that is made of a whole reply
    SteadyTime first_by_{};  // when the first event of a stream must be there; max: not known yet
    bool head_taken_ = false;
    bool passed_ = false;  // something of the answer has gone on to the client
    bool event_seen_ = false;
    bool request_sent_ = false;
    bool completed_ = false;
    bool codec_ended_ = false;
    bool cancelled_ = false;
    bool over_ = false;  // nothing more can come on the connection
    Asked asked_;
    std::unique_ptr<Acquisition> acquisition_;
    std::unique_ptr<capability::CodecCall> codec_;  // last: it may use what stands above until it is gone
};

}  // namespace

Result<std::unique_ptr<Attempt>> start_codec_attempt(
    Worker& worker, const Call& call, const catalog::Candidate& candidate
) {
    auto attempt = std::make_unique<CodecAttempt>(worker, call, candidate);
    AIHUB_CHECK(attempt->build(candidate));
    return std::unique_ptr<Attempt>(std::move(attempt));
}

}  // namespace aihub::gateway
