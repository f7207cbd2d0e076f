// An attempt at a stream-tier provider: the plugin makes the answer itself and sends events from any thread.
#include "gateway/answer_events.hpp"
#include "gateway/asked.hpp"
#include "gateway/attempt.hpp"
#include "gateway/kept_event.hpp"
#include "gateway/worker.hpp"
#include "net/sse_write.hpp"

#include <mutex>

namespace aihub::gateway {

namespace {

using capability::CallSink;
using capability::EmitStatus;
using capability::Event;
using capability::EventKind;
using capability::Failure;
using capability::FailureKind;

// Bytes of events that wait for the client; over it the plugin is asked to pause.
constexpr std::size_t kQueuedBytesMax = 64 * 1024;
// A plugin that goes on all the same is cut off here.
constexpr std::size_t kQueuedBytesLimit = 16 * kQueuedBytesMax;

// Where the plugin's threads meet the loop. Lives as long as the plugin may use it; the attempt takes itself out when
// it goes.
class Inbox final : public CallSink, public std::enable_shared_from_this<Inbox> {
public:
    Inbox(net::Loop& loop, SteadyTime deadline) : loop_(loop), deadline_(deadline) {}

    EmitStatus emit(const Event& event) override {
        EmitStatus status = EmitStatus::ok;
        {
            const std::scoped_lock lock(mutex_);
            if (closed_ || completed_) {
                return EmitStatus::gone;
            }
            if (cancelled_) {
                return EmitStatus::cancelled;
            }
            events_.emplace_back(event);
            bytes_ += event.text.size() + event.extra.size() + sizeof(KeptEvent);
            if (bytes_ > kQueuedBytesLimit) {
                cut_off();
                status = EmitStatus::cancelled;
            } else if (bytes_ > kQueuedBytesMax) {
                paused_ = true;
                status = EmitStatus::again;
            }
        }
        wake();
        return status;
    }

    EmitStatus complete(const Failure* failure) override {
        {
            const std::scoped_lock lock(mutex_);
            if (closed_ || completed_) {
                return EmitStatus::gone;
            }
            completed_ = true;
            if (failure != nullptr) {
                failure_ = *failure;
            }
        }
        wake();
        return EmitStatus::ok;
    }

    [[nodiscard]] SteadyTime deadline() const override { return deadline_; }

    [[nodiscard]] bool cancelled() const override {
        const std::scoped_lock lock(mutex_);
        return cancelled_ || closed_;
    }

    EmitStatus post(void (*task)(void*), void* argument) override {
        {
            const std::scoped_lock lock(mutex_);
            if (closed_) {
                return EmitStatus::gone;
            }
        }
        loop_.post([self = shared_from_this(), task, argument] {
            if (!self->closed_) {  // Written on this thread only.
                task(argument);
            }
        });
        return EmitStatus::ok;
    }

    // The rest is for the attempt, on the loop.
    struct Taken {
        std::vector<KeptEvent> events;
        bool completed = false;
        bool was_paused = false;
        std::optional<Failure> failure;
    };
    Taken take() {
        const std::scoped_lock lock(mutex_);
        Taken taken;
        taken.events.swap(events_);
        taken.completed = completed_;
        taken.was_paused = std::exchange(paused_, false);
        taken.failure = failure_;
        bytes_ = 0;
        return taken;
    }
    void cancel() {
        const std::scoped_lock lock(mutex_);
        cancelled_ = true;
    }
    void close() {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        waiter_ = nullptr;
    }

    // Waits until there is something to take; resumed by wake() or by the attempt.
    struct Wait {
        Inbox& inbox;
        [[nodiscard]] bool await_ready() const {
            const std::scoped_lock lock(inbox.mutex_);
            return inbox.completed_ || !inbox.events_.empty();
        }
        bool await_suspend(std::coroutine_handle<> handle) const {
            const std::scoped_lock lock(inbox.mutex_);
            if (inbox.completed_ || !inbox.events_.empty()) {
                return false;
            }
            inbox.waiter_ = handle;
            return true;
        }
        void await_resume() const {}
    };

    // On the loop: lets the waiting attempt go on.
    void resume_waiter() {
        std::coroutine_handle<> waiter;
        {
            const std::scoped_lock lock(mutex_);
            waiter = std::exchange(waiter_, nullptr);
        }
        if (waiter) {
            waiter.resume();
        }
    }

private:
    // With the lock held.
    void cut_off() {
        cancelled_ = true;
        completed_ = true;
        events_.clear();
        Failure failure;
        failure.kind = FailureKind::internal;
        failure.message = "the provider plugin does not stop when it is asked to";
        failure_ = std::move(failure);
    }

    // Always by way of the loop's queue: the plugin may be inside one of its own callbacks.
    void wake() {
        {
            const std::scoped_lock lock(mutex_);
            if (!waiter_ || wake_posted_) {
                return;
            }
            wake_posted_ = true;
        }
        loop_.post([self = shared_from_this()] {
            {
                const std::scoped_lock lock(self->mutex_);
                self->wake_posted_ = false;
            }
            self->resume_waiter();
        });
    }

    net::Loop& loop_;
    const SteadyTime deadline_;
    mutable std::mutex mutex_;
    std::vector<KeptEvent> events_;
    std::size_t bytes_ = 0;
    std::optional<Failure> failure_;
    std::coroutine_handle<> waiter_;
    bool completed_ = false;
    bool cancelled_ = false;
    bool closed_ = false;
    bool paused_ = false;
    bool wake_posted_ = false;
};

class StreamAttempt final : public Attempt {
public:
    StreamAttempt(Worker& worker, const Call& call, const catalog::Candidate& candidate)
        : worker_(worker), call_(call), policy_(*candidate.policy), model_asked_(candidate.model) {}

    ~StreamAttempt() override {
        inbox_->close();
        worker_.loop().cancel_timer(timer_);
    }

    Result<void> start(const catalog::Candidate& candidate) {
        inbox_ = std::make_shared<Inbox>(worker_.loop(), call_.deadline);
        accepted_ = true;
        asked_ = AIHUB_TRY(Asked::create(call_, candidate, worker_.services().body_bytes));
        renderer_ = Rendering(call_, asked_, model_asked_, worker_.services().clock);
        stream_ = AIHUB_TRY(candidate.target->provider->start(asked_.request(call_, candidate), inbox_));
        return {};
    }

    [[nodiscard]] AnswerShape shape() const override { return made_shape(call_); }

    net::Task<void> advance() override {
        while (!ended() && output_.empty()) {
            arm_deadline();
            co_await Inbox::Wait{*inbox_};
            worker_.loop().cancel_timer(std::exchange(timer_, 0));
            take();
        }
    }

    [[nodiscard]] Rendering* rendering() override { return passed_through_ ? nullptr : &renderer_; }
    [[nodiscard]] std::uint64_t events_passed() const override { return renderer_ ? renderer_->events() : 0; }

    void cancel(Errc) override {
        stop(FailureKind::network, "cancelled");
        worker_.loop().post([inbox = inbox_] { inbox->resume_waiter(); });
    }

private:
    void arm_deadline() {
        const auto until = std::min(call_.deadline, worker_.now() + (first_ ? policy_.first_byte : policy_.idle));
        timer_ = worker_.loop().start_timer(until - worker_.now(), [this] {
            timer_ = 0;
            late_ = first_;
            stop(FailureKind::timeout, "the provider took too long to answer");
            inbox_->resume_waiter();
        });
    }

    void stop(FailureKind kind, std::string_view message) {
        inbox_->cancel();
        if (stream_) {
            stream_->cancel();
        }
        Failure failure;
        failure.kind = kind;
        failure.message = message;
        fail(std::move(failure));
    }

    void take() {
        auto taken = inbox_->take();
        if (ended()) {
            return;
        }
        auto& held = worker_.services().reply_bytes;
        const auto& limits = call_.state->shared->config->limits;
        for (const auto& kept : taken.events) {
            first_ = false;
            const Event event = kept.view();
            if (event.kind == EventKind::usage) {
                merge_usage(usage_, event.usage);
            } else if (!call_.stream && !count_whole(event.text.size(), held, limits)) {
                inbox_->cancel();
                stream_->cancel();
                return;
            } else if (event.kind == EventKind::raw) {
                add_raw(event);
            } else {
                render(event);
                if (call_.stream && renderer_) {
                    count_held(renderer_->held(), held, limits);
                }
                if (ended()) {
                    inbox_->cancel();
                    stream_->cancel();
                    return;
                }
            }
        }
        if (taken.completed) {
            if (taken.failure) {
                raw_status_ = taken.failure->http_status;
                fail(asked_.failure(*taken.failure));
                return;
            }
            finish();
            return;
        }
        if (taken.was_paused) {
            stream_->resume();
        }
    }

    void render(const Event& event) {
        if (event.kind == EventKind::model) {
            model_ = event.text;
        }
        if (renderer_) {
            text_.clear();
            renderer_->event(event, text_);
            output_.add_text(text_);
        }
    }

    void add_raw(const Event& event) {
        if (asked_.translated()) {
            stop(FailureKind::internal, "the plugin passes on what is not the client's format");
            return;
        }
        passed_through_ = true;
        if (!call_.stream) {
            output_.add_text(event.text);
            return;
        }
        std::string frame;
        net::append_sse(frame, event.extra, event.text);
        output_.add_text(frame);
    }

    void finish() {
        if (passed_through_) {
            output_.add_text(call_.stream ? stream_end(call_, false) : std::string_view());
        } else if (renderer_) {
            text_.clear();
            renderer_->finish(usage_, text_);
            output_.add_text(text_);
        } else {
            stop(FailureKind::internal, "the plugin gave no answer in the format of the call");
        }
        end();
    }

    Worker& worker_;
    const Call& call_;
    const catalog::Policy& policy_;
    std::string_view model_asked_;
    Rendering renderer_;
    std::string text_;  // what it makes
    Asked asked_;
    std::shared_ptr<Inbox> inbox_;
    std::uint64_t timer_ = 0;
    bool first_ = true;
    bool passed_through_ = false;
    std::unique_ptr<capability::StreamCall> stream_;
};

}  // namespace

Result<std::unique_ptr<Attempt>> start_stream_attempt(
    Worker& worker, const Call& call, const catalog::Candidate& candidate
) {
    auto attempt = std::make_unique<StreamAttempt>(worker, call, candidate);
    AIHUB_CHECK(attempt->start(candidate));
    return std::unique_ptr<Attempt>(std::move(attempt));
}

}  // namespace aihub::gateway
