#include "gateway/dispatch.hpp"

#include "gateway/continuation.hpp"
#include "gateway/dropped.hpp"
#include "gateway/error_words.hpp"
#include "gateway/health_report.hpp"
#include "gateway/policy_steps.hpp"
#include "gateway/race.hpp"
#include "gateway/record.hpp"
#include "gateway/repeat.hpp"
#include "gateway/upload.hpp"

#include <algorithm>
#include <array>

namespace aihub::gateway {

namespace {

using capability::Failure;
using std::chrono::nanoseconds;

// Candidates that one call looks at; a route has fewer, a model that more providers list has enough.
constexpr std::size_t kCandidatesMax = 64;

enum class Entry { entered, refused, busy };

// One call's way through its candidates: which one is next, and what its end means. dispatch() does the waiting.
class Way {
public:
    Way(Worker& worker, Call& call, std::span<const catalog::Candidate> candidates, ActiveCall& active)
        : worker_(worker),
          call_(call),
          config_(*call.state->shared->config),
          candidates_(candidates.first(std::min(candidates.size(), kCandidatesMax))),
          active_(active) {
        // The time of the whole call is that of the candidate that may take the longest.
        auto total = std::chrono::milliseconds(0);
        for (const auto& each : candidates_) {
            total = std::max(total, each.policy->total);
        }
        deadline_ = call_.started + total;
        attempts_ = call_.trail.row.attempts;  // of a call that goes on
        call_.deadline = deadline_;
    }

    // The next one to try; nullptr: the call is over. A new round begins when all were visited.
    const catalog::Candidate* next() {
        while (!done_ && attempts_ < candidates_.front().policy->retries.attempts_max) {
            for (; at_ < candidates_.size(); ++at_) {
                if ((out_ >> at_ & 1U) == 0) {
                    return &candidates_[at_];
                }
            }
            const auto all = ~0ULL >> (kCandidatesMax - candidates_.size());
            if ((out_ & all) == all) {
                break;
            }
            at_ = 0;
            ++round_;
            const auto wait = backoff(candidates_.front().policy->retries, round_, worker_.random().unit());
            round_begin_ = worker_.now() + wait;
        }
        return nullptr;
    }
    // False: by then the budget of next(), which was tried before, allows no repeat, and the wait would be for nothing.
    [[nodiscard]] bool may_repeat_at(SteadyTime time) const {
        const auto& budget = candidates_[at_].target->health->budget;
        if (budget.holds(config_.retries.budget_per_minute_min, time)) {
            return true;
        }
        outlet().metrics.budget_exhausted->add();
        return false;
    }
    // When next() may be tried; the beginning of time: at once.
    [[nodiscard]] SteadyTime not_before() const {
        return round_ == 0 || at_ >= not_before_.size() ? round_begin_ : std::max(round_begin_, not_before_[at_]);
    }
    [[nodiscard]] SteadyTime deadline() const { return deadline_; }
    // The call goes on to another one; unless it is for good, next() has its turn in the next round.
    void leave(FallbackReason reason, bool for_good = true) {
        note(reason);
        const auto most = candidates_[at_].attempts_max;
        const bool spent = most > 0 && tries_[at_] >= most;
        for_good || spent ? drop() : static_cast<void>(++at_);
    }
    // next() is not tried any more, without a reason that others should know.
    void drop() { out_ |= 1ULL << at_++; }
    void stop() { done_ = true; }

    // busy: it has as many calls as it may, and the call can wait for its turn.
    Entry enter(GatePass& place) {
        auto& health = *candidates_[at_].target->health;
        if (health.gate.try_enter(candidates_[at_].target->settings->in_flight_max)) {
            place = GatePass(health.gate);
            return Entry::entered;
        }
        const bool alone = health.breaker.blocks(worker_.now()) || cooling().count() > 0;
        return alone ? refused_by_health(health) : Entry::busy;
    }
    net::Task<GatePass> wait_for_place() {
        const auto& target = *candidates_[at_].target;
        const auto& settings = *target.settings;
        const GateLimits limits{settings.in_flight_max, settings.queue_max, settings.queue_wait_max};
        auto& waited = *call_.state->shared->outlet(target).metrics.queue_wait;
        auto place = co_await wait_for_turn(worker_, active_, target.health->gate, limits, deadline_, waited);
        call_.trail.mark_waited(Step::dispatch, worker_.now());
        full_ = full_ || !place;
        co_return place;
    }
    // After enter(). False: no call to this provider now.
    bool pass(GatePass place) {
        auto& health = *candidates_[at_].target->health;
        const auto cool = cooling();
        const auto answer = cool.count() > 0 ? catalog::Breaker::Answer{false, false, cool}
                                             : health.breaker.ask(config_.breaker, worker_.services().clock);
        if (!answer.allowed) {
            hint(answer.retry_after);
            leave(FallbackReason::breaker_open);
            return false;
        }
        result_.pass = ProviderPass(std::move(place), health.breaker, answer.probe);
        if (!may_spend()) {
            result_.pass = {};
            drop();
            return false;
        }
        return true;
    }

    // False: the provider cannot make this request.
    bool begin() {
        const auto& candidate = candidates_[at_];
        auto& row = call_.trail.row;
        if (reason_ && reason_at_ != at_) {
            call_.trail.fallback = fallback_name(*reason_);
            worker_.metrics().fallbacks[static_cast<std::size_t>(*reason_)]->add();
        }
        reason_.reset();
        row.provider = candidate.target->name;
        row.model_used = candidate.model;
        ++row.attempts;
        ++attempts_;
        ++tries_[at_];
        outlet().metrics.attempts->add();
        asked_ = worker_.now();
        call_.deadline = std::min(deadline_, asked_ + candidate.policy->total);
        auto started = start_attempt(worker_, call_, candidate);
        const auto may = started ? may_drop(call_, candidate.target->settings->strict, (*started)->dropped())
                                 : Result<void>(started.error());
        if (!may) {
            result_.refusal = refusal_of(may.error());
            result_.pass = {};
            // What it lacks for the moment it may have by then.
            leave(FallbackReason::no_request, may.error().code != Errc::unavailable);
            return false;
        }
        result_.attempt = *std::move(started);
        call_.trail.dropped = listed(call_, result_.attempt->dropped());
        active_.attempt = result_.attempt.get();
        if (active_.cancelled) {
            result_.attempt->cancel(*active_.cancelled);
        }
        call_.trail.mark(Step::dispatch, asked_);
        begin_attempt_span(call_, candidate.target->name, candidate.model, asked_);
        return true;
    }
    [[nodiscard]] Attempt& attempt() { return *result_.attempt; }

    // Advances the attempt; one that is slow gets a second beside it, and the better of the two goes on as attempt().
    [[nodiscard]] bool may_hedge() const {
        return candidates_[at_].policy->hedge_after.count() > 0 && call_.upload == nullptr &&
               call_.operation != Operation::realtime && second_place() < candidates_.size() && !goes_on(call_);
    }
    net::Task<void> race() {
        Race race(worker_.loop());
        race.start(attempt());
        auto* ready = co_await race.next(asked_ + candidates_[at_].policy->hedge_after);
        if (ready == nullptr && begin_second()) {
            race.start(*second_.attempt);
            ready = co_await race.next();
            const bool failed = ready->failure() && ready->output().empty();
            if ((ready == second_.attempt.get()) != failed) {
                swap_second();
                name_current();
            }
            count_hedge(second_.is_hedge ? (failed ? Ended::failed : Ended::lost) : Ended::won);
            failed ? report_second() : second_.attempt->cancel(Errc::unavailable);
            // Who was cancelled ends at once. Of two that fail, the other one is the answer.
            while (!race.idle()) {
                static_cast<void>(co_await race.next());
            }
            end_second();
        }
        while (!race.idle()) {
            static_cast<void>(co_await race.next());
        }
    }

    // The attempt has something to send, or has ended.
    void answered() {
        const auto now = worker_.now();
        const auto& candidate = candidates_[at_];
        const auto& metrics = outlet().metrics;
        call_.trail.mark_waited(Step::dispatch, now);
        metrics.first_output->observe_ns(nanoseconds(now - asked_).count());
        const auto& failure = result_.attempt->failure();
        if (failure && result_.attempt->output().empty()) {
            metrics.failures->add();
            end_attempt_span(call_, &*failure, now);
            take_failure(*failure, now);  // A copy: it is part of the attempt.
            return;
        }
        auto& health = *candidate.target->health;
        health.breaker.succeeded(config_.breaker, now, result_.pass.probe());
        health.slow_models.in_time(candidate.model);
        if (candidate.policy->balance == catalog::Balance::peak_ewma || call_.policies != nullptr) {
            health.latency.observe(now - asked_, now);
        }
        result_.refusal.reset();
        result_.candidate = &candidate;
        done_ = true;
    }

    Dispatched take() {
        if (!result_.attempt) {
            active_.attempt = nullptr;
            refuse();
        }
        return std::move(result_);
    }

private:
    // An attempt beside that of `result_`.
    struct Second {
        std::size_t at = 0;
        std::unique_ptr<Attempt> attempt;
        ProviderPass pass;
        SteadyTime asked;
        bool is_hedge = true;  // the one that was begun later
    };

    using Ended = GatewayMetrics::Hedge;
    void count_hedge(Ended how) { worker_.metrics().hedges[static_cast<std::size_t>(how)]->add(); }

    // The next candidate behind the present one that is still in; their number: there is none.
    [[nodiscard]] std::size_t second_place() const {
        std::size_t place = at_ + 1;
        while (place < candidates_.size() && (out_ >> place & 1U) != 0) {
            ++place;
        }
        return place;
    }

    // False: no second one now. It waits for nothing: a hedge that queues is none.
    bool begin_second() {
        const auto place = second_place();
        if (active_.cancelled || attempts_ >= candidates_.front().policy->retries.attempts_max) {
            return false;
        }
        const auto& candidate = candidates_[place];
        auto& health = *candidate.target->health;
        const auto& clock = worker_.services().clock;
        if (health.cooldown.left(candidate.model, clock).count() > 0 ||
            !health.gate.try_enter(candidate.target->settings->in_flight_max)) {
            return false;
        }
        GatePass gate(health.gate);
        const auto answer = health.breaker.ask(config_.breaker, clock);
        if (!answer.allowed) {
            return false;
        }
        second_ = {place, nullptr, ProviderPass(std::move(gate), health.breaker, answer.probe), worker_.now(), true};
        health.budget.count_call(config_.retries.budget_percent);
        auto started = start_attempt(worker_, call_, candidate);
        if (!started || !may_drop(call_, candidate.target->settings->strict, (*started)->dropped())) {
            second_ = {};
            return false;
        }
        tried_ |= 1ULL << place;
        ++call_.trail.row.attempts;
        ++attempts_;
        call_.state->shared->outlet(*candidate.target).metrics.attempts->add();
        second_.attempt = *std::move(started);
        active_.second = second_.attempt.get();
        return true;
    }

    void swap_second() {
        std::swap(result_.attempt, second_.attempt);
        std::swap(result_.pass, second_.pass);
        std::swap(at_, second_.at);
        std::swap(asked_, second_.asked);
        second_.is_hedge = !second_.is_hedge;
        active_.attempt = result_.attempt.get();
        active_.second = second_.attempt.get();
    }

    // The row and the span are those of the attempt that goes on.
    void name_current() {
        const auto& candidate = candidates_[at_];
        call_.trail.row.provider = candidate.target->name;
        call_.trail.row.model_used = candidate.model;
        call_.trail.dropped = listed(call_, result_.attempt->dropped());
        call_.deadline = std::min(deadline_, asked_ + candidate.policy->total);
        end_attempt_span(call_, nullptr, worker_.now());
        begin_attempt_span(call_, candidate.target->name, candidate.model, asked_);
    }

    // What it had used by then is charged.
    void end_second() {
        if (second_.attempt->usage().known()) {
            record_beside(worker_, call_, candidates_[second_.at], *second_.attempt, {"-hedge"});
        }
        second_.attempt->release();
        active_.second = nullptr;
        second_ = {};
    }

    // The second one has failed: it is out, and its provider hears of it.
    void report_second() {
        swap_second();
        outlet().metrics.failures->add();
        log_failure(worker_.services().log, call_, *candidates_[at_].target, *result_.attempt->failure());
        if (!active_.cancelled) {
            report_failure(*result_.attempt->failure(), worker_.now());
        }
        out_ |= 1ULL << at_;
        swap_second();
        second_.pass = {};  // Others may have its place.
    }

    [[nodiscard]] const Outlet& outlet() const { return call_.state->shared->outlet(*candidates_[at_].target); }

    void note(FallbackReason reason) {
        reason_ = reason;
        reason_at_ = at_;
    }

    // How long the candidate's model is left alone; 0: it is not.
    [[nodiscard]] nanoseconds cooling() const {
        const auto& candidate = candidates_[at_];
        return candidate.target->health->cooldown.left(candidate.model, worker_.services().clock);
    }

    Entry refused_by_health(catalog::Health& health) {
        const auto answer = health.breaker.ask(config_.breaker, worker_.services().clock);
        if (answer.allowed) {
            health.breaker.ended(answer.probe);  // It is the model, or its time ended between two looks.
        }
        hint(std::max(answer.retry_after, cooling()));
        leave(FallbackReason::breaker_open);
        return Entry::refused;
    }

    // Counts a call, or takes a repeat from the provider's budget. False: there is none left.
    bool may_spend() {
        const auto& target = *candidates_[at_].target;
        bool repeat = false;
        for (std::size_t other = 0; other < candidates_.size() && tried_ != 0; ++other) {
            repeat = repeat || ((tried_ >> other & 1U) != 0 && candidates_[other].target == &target);
        }
        tried_ |= 1ULL << at_;
        if (!repeat) {
            target.health->budget.count_call(config_.retries.budget_percent);
            return true;
        }
        const auto& metrics = outlet().metrics;
        const bool spent = target.health->budget.take(config_.retries.budget_per_minute_min, worker_.now());
        (spent ? metrics.retries : metrics.budget_exhausted)->add();
        return spent;
    }

    // What the operator's rules say of the failure; nullptr: nothing.
    [[nodiscard]] const catalog::ErrorVerdict* verdict_on(const Failure& failure) const {
        const auto& rules = candidates_[at_].policy->rules;
        if (rules.empty() || active_.cancelled) {
            return nullptr;
        }
        const auto& attempt = *result_.attempt;
        if (attempt.verdict() != nullptr) {
            return attempt.verdict();
        }
        auto body = attempt.raw_body();
        auto words = read_error_words(body);
        if (words.type.empty() && words.code.empty()) {
            words = read_error_words(failure.detail_json);
        }
        body = body.empty() ? std::string_view(failure.detail_json) : body;
        return rules.match({attempt.raw_status(), words.type, words.code, body});
    }

    void take_failure(Failure failure, SteadyTime now) {
        const auto& policy = *candidates_[at_].policy;
        const auto* verdict = verdict_on(failure);
        if (verdict != nullptr && verdict->kind) {
            count_as(failure, *verdict->kind);
        }
        log_failure(worker_.services().log, call_, *candidates_[at_].target, failure);
        result_.refusal = refusal_of(shown(call_, failure));
        // Who lets streams go on lets them be charged twice.
        const bool accepted = result_.attempt->accepted() && call_.continuation == nullptr;
        const auto next =
            verdict != nullptr ? may_repeat(failure, *verdict, policy) : may_repeat(failure, accepted, policy);
        // What a client has not sent says nothing of the provider.
        const bool by_client = call_.upload != nullptr && call_.upload->error();
        if (!active_.cancelled && !by_client) {
            report_failure(failure, now);
        }
        const bool same = next.same && wait_for(failure, now);
        const bool begun = goes_on(call_) && call_.continuation->answer->touched();
        done_ = active_.cancelled.has_value() || call_.body_gone || begun || (!same && !next.other);
        const auto reason = fallback_reason(failure.kind);
        result_.attempt->release();
        active_.attempt = nullptr;
        result_.attempt.reset();
        result_.pass = {};
        if (!next.other) {
            out_ = ~(1ULL << at_);
            at_ = candidates_.size();
        } else {
            const auto& left = candidates_[at_];
            leave(reason, !same);
            if (call_.policies != nullptr && !done_ && attempts_ < candidates_.front().policy->retries.attempts_max) {
                ask_next(left, failure);
            }
        }
    }

    // The policy's word on what comes next, where it has one.
    void ask_next(const catalog::Candidate& left, const Failure& failure) {
        const auto word = fallback_by_policy(worker_, call_, left, failure);
        done_ = word.stop;
        if (word.next == nullptr || word.next < candidates_.data()) {
            return;
        }
        const auto place = static_cast<std::size_t>(word.next - candidates_.data());
        if (place < kCandidatesMax && (out_ >> place & 1U) == 0) {
            candidates_ = {candidates_.data(), std::max(candidates_.size(), place + 1)};
            at_ = place;
        }
    }

    void report_failure(const Failure& failure, SteadyTime now) {
        const auto& candidate = candidates_[at_];
        hint(failure.retry_after);
        const HealthReport report{config_.breaker, outlet().metrics, worker_.services().log, candidate, now};
        report.failed(failure, result_.attempt->late(), result_.pass.probe(), now - asked_);
    }

    // The next try at this candidate comes after what it asked for. False: that is too long.
    bool wait_for(const Failure& failure, SteadyTime now) {
        const auto& retries = candidates_[at_].policy->retries;
        if (failure.retry_after.count() <= 0) {
            return true;
        }
        if (failure.retry_after > retries.retry_after_max) {
            return false;
        }
        // Those that were sent away together do not come back together.
        const auto spread = std::max<nanoseconds>(retries.backoff_min, failure.retry_after / 4);
        const auto late = static_cast<std::int64_t>(static_cast<double>(spread.count()) * worker_.random().unit());
        not_before_.resize(candidates_.size());
        not_before_[at_] = now + failure.retry_after + nanoseconds(late);
        return true;
    }

    void hint(nanoseconds retry_after) {
        if (retry_after.count() > 0 && (retry_after_.count() == 0 || retry_after < retry_after_)) {
            retry_after_ = retry_after;
        }
    }

    void refuse() {
        if (!result_.refusal) {
            result_.refusal = refusal_of(Error{
                Errc::unavailable,
                full_ ? "the providers of this model have as many calls as they may; try again"
                      : "the providers of this model are left alone for a while after failures; try again",
                full_ ? "overloaded" : "provider_unavailable",
                {}});
        }
        auto& refusal = *result_.refusal;
        // Another candidate may be well by then.
        refusal.retry_is_useless = refusal.retry_is_useless && candidates_.size() == 1;
        if (refusal.status == 429 || refusal.status == 503) {
            const auto told = std::chrono::ceil<std::chrono::seconds>(retry_after_);
            refusal.retry_after = std::max(std::chrono::seconds(1), told);
        }
    }

    Worker& worker_;
    Call& call_;
    const config::Snapshot& config_;
    std::span<const catalog::Candidate> candidates_;
    ActiveCall& active_;
    Dispatched result_;
    Second second_;
    SteadyTime deadline_;
    SteadyTime asked_;
    SteadyTime round_begin_;
    std::vector<SteadyTime> not_before_;  // of each candidate; empty: none asked for anything
    std::size_t at_ = 0;
    std::size_t round_ = 0;
    std::size_t attempts_ = 0;
    std::uint64_t out_ = 0;                             // candidates that are not tried any more, by bit
    std::uint64_t tried_ = 0;                           // those that were
    std::array<std::uint8_t, kCandidatesMax> tries_{};  // how often each was
    std::optional<FallbackReason> reason_;              // why the last one was left
    std::size_t reason_at_ = 0;                         // which one that was
    nanoseconds retry_after_{0};                        // the least that was said; 0: nothing was
    bool full_ = false;
    bool done_ = false;
};

}  // namespace

net::Task<Dispatched> dispatch(
    Worker& worker, Call& call, std::span<const catalog::Candidate> candidates, ActiveCall& active
) {
    Way way(worker, call, candidates, active);
    while (way.next() != nullptr) {
        const auto until = way.not_before();
        if (until >= way.deadline()) {
            way.drop();  // It would answer too late.
            continue;
        }
        if (until > SteadyTime() && until > worker.now()) {
            if (!way.may_repeat_at(until)) {
                way.drop();
                continue;
            }
            Pause pause(worker.loop(), active, until);
            co_await pause;
            call.trail.mark_waited(Step::dispatch, worker.now());
        }
        GatePass place;
        auto entry = active.cancelled ? Entry::refused : way.enter(place);
        if (entry == Entry::busy) {
            place = co_await way.wait_for_place();
            entry = place ? Entry::entered : Entry::refused;
            if (!place) {
                way.leave(FallbackReason::full);
            }
        }
        if (active.cancelled) {
            break;
        }
        if (entry != Entry::entered || !way.pass(std::move(place)) || !way.begin()) {
            continue;
        }
        if (way.may_hedge()) {
            co_await way.race();
        } else {
            co_await way.attempt().advance();
        }
        way.answered();
    }
    co_return way.take();
}

}  // namespace aihub::gateway
