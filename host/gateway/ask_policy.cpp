#include "gateway/ask_policy.hpp"

#include "gateway/worker.hpp"
#include "policy/decision_log.hpp"

#include <utility>

namespace aihub::gateway {

namespace {

using policy::Answer;
using policy::Failure;
using policy::Fault;
using policy::Hook;

Failure failure_of(const LoopBundle& bundle, Hook hook, Fault fault, std::string why) {
    return {fault, bundle.label(), std::string(policy::hook_name(hook)), {}, 0, std::move(why)};
}

bool is_stop(Fault fault) {
    return fault == Fault::steps || fault == Fault::time || fault == Fault::memory;
}

// What follows from a failure for everybody but the call.
class FailureReport {
public:
    FailureReport(Worker& worker, const Call& call, LoopBundle& bundle, Hook hook)
        : worker_(worker), call_(call), bundle_(bundle), hook_(hook) {}

    void tell(const Failure& failure) const {
        auto& services = worker_.services();
        auto& figures = bundle_.figures();
        const auto& metrics = worker_.metrics().hooks[static_cast<std::size_t>(hook_)];
        figures.hook_failures.fetch_add(1, std::memory_order_relaxed);
        if (is_stop(failure.fault)) {
            figures.hook_stops.fetch_add(1, std::memory_order_relaxed);
            metrics.stopped->add();
            worker_.metrics().policy_stops.add();
        } else {
            metrics.failed->add();
        }
        const auto* const state = bundle_.state();
        if (state == nullptr || state->done()) {
            replace_stopped(call_.policies->pinned, bundle_, worker_.loop(), services.off_loop);
        }
        const auto notice = bundle_.failed(hook_, worker_.now());
        if (notice.log) {
            log(failure, notice.untold);
        }
        const auto most = call_.state->shared->config->policies.failures_max;
        if (most > 0 && notice.in_a_row >= most && counts() && services.policy_failing && bundle_.report_once()) {
            services.policy_failing(bundle_.bundle(), hook_, failure.text());
        }
    }

private:
    // Callers can make a hook fail. One that then refuses must not go for another bundle that lets them through, nor
    // may what has no say in where a call goes.
    [[nodiscard]] bool counts() const {
        const auto& policies = call_.state->shared->config->policies;
        return hook_ != Hook::price && hook_ != Hook::label &&
               on_error(policies, bundle_.bundle(), hook_) != policy::OnError::refuse;
    }

    void log(const Failure& failure, std::uint64_t untold) const {
        const auto place = failure.file.empty() ? std::string() : failure.file + ":" + std::to_string(failure.line);
        worker_.services().log.warn(
            is_stop(failure.fault) ? "a policy was stopped" : "a policy failed",
            {{"bundle", bundle_.label()},
             {"hook", policy::hook_name(hook_)},
             {"place", place},
             {"fault", policy::fault_name(failure.fault)},
             {"reason", failure.message},
             {"request_id", call_.request_id},
             {"untold", untold}}
        );
    }

    Worker& worker_;
    const Call& call_;
    LoopBundle& bundle_;
    const Hook hook_;
};

policy::AskedHook asked_of(const Call& call, const LoopBundle& bundle, Hook hook) {
    const auto& policies = *call.policies;
    auto part = policy::DecidedAs::active;
    if (&bundle == policies.shadow) {
        part = policy::DecidedAs::shadow;
    } else if (&bundle == policies.pinned->candidate.get()) {
        part = policy::DecidedAs::canary;
    }
    policy::AskedHook asked{hook, part, bundle.bundle().name(), bundle.bundle().hash(), policies.facts};
    asked.values_version = recorded_values(*policies.pinned->set);
    return asked;
}

// `asked` is what the question asks.
template <class Decision, class Question>
std::optional<Decision> ask(
    Worker& worker,
    Call& call,
    LoopBundle& bundle,
    policy::AskedHook asked,
    const Question& question,
    const Check<Decision>& check = nullptr
) {
    const auto hook = asked.hook;
    const auto begin = worker.now();
    bundle.figures().hook_calls.fetch_add(1, std::memory_order_relaxed);
    Answer<Decision> answer;
    if (auto* const state = bundle.state()) {
        answer = question(*state);
        // What the script said: whether it can be done is not the script's doing, and would not come out again.
        auto* const lane = worker.decisions();
        if (lane != nullptr && call.state->shared->config->policies.decisions.record) {
            asked.duration = worker.now() - begin;
            lane->record(asked, answer);
        }
    } else {
        answer.failure =
            failure_of(bundle, hook, Fault::load, "its states were stopped, and a new one is not there yet");
    }
    if (answer.decision && check) {
        if (auto why = check(*answer.decision); !why.empty()) {
            answer.decision.reset();
            answer.failure = failure_of(bundle, hook, Fault::bad_decision, std::move(why));
        }
    }
    const auto& metrics = worker.metrics().hooks[static_cast<std::size_t>(hook)];
    metrics.seconds->observe_ns(std::chrono::nanoseconds(worker.now() - begin).count());
    if (answer.failure) {
        FailureReport(worker, call, bundle, hook).tell(*answer.failure);
        return std::nullopt;
    }
    bundle.succeeded(hook);
    metrics.decided->add();
    return std::move(answer.decision);
}

}  // namespace

std::optional<policy::AdmitDecision> ask_admit(Worker& worker, Call& call, LoopBundle& bundle) {
    return ask<policy::AdmitDecision>(
        worker,
        call,
        bundle,
        asked_of(call, bundle, Hook::admit),
        [&](policy::PolicyState& state) { return state.admit(call.policies->facts); }
    );
}

std::optional<policy::ExperimentDecision> ask_experiment(
    Worker& worker, Call& call, LoopBundle& bundle, const Check<policy::ExperimentDecision>& check
) {
    const auto question = [&](policy::PolicyState& state) { return state.experiment(call.policies->facts); };
    const auto asked = asked_of(call, bundle, Hook::experiment);
    return ask<policy::ExperimentDecision>(worker, call, bundle, asked, question, check);
}

std::optional<policy::RouteDecision> ask_route(
    Worker& worker, Call& call, LoopBundle& bundle, const Check<policy::RouteDecision>& check
) {
    const auto question = [&](policy::PolicyState& state) { return state.route(call.policies->facts); };
    return ask<policy::RouteDecision>(worker, call, bundle, asked_of(call, bundle, Hook::route), question, check);
}

std::optional<policy::FallbackDecision> ask_fallback(
    Worker& worker, Call& call, const policy::AttemptFacts& failed, const Check<policy::FallbackDecision>& check
) {
    const auto question = [&](policy::PolicyState& state) { return state.fallback(call.policies->facts, failed); };
    auto& bundle = *call.policies->bundle;
    auto asked = asked_of(call, bundle, Hook::fallback);
    asked.failed = &failed;
    return ask<policy::FallbackDecision>(worker, call, bundle, asked, question, check);
}

std::optional<policy::LabelDecision> ask_label(Worker& worker, Call& call, const policy::OutcomeFacts& outcome) {
    const auto question = [&](policy::PolicyState& state) { return state.label(call.policies->facts, outcome); };
    auto& bundle = *call.policies->bundle;
    auto asked = asked_of(call, bundle, Hook::label);
    asked.outcome = &outcome;
    return ask<policy::LabelDecision>(worker, call, bundle, asked, question);
}

std::optional<policy::PriceDecision> ask_price(Worker& worker, Call& call, const policy::PriceFacts& facts) {
    const auto question = [&](policy::PolicyState& state) { return state.price(facts); };
    auto& bundle = *call.policies->bundle;
    auto asked = asked_of(call, bundle, Hook::price);
    asked.price = &facts;
    return ask<policy::PriceDecision>(worker, call, bundle, asked, question);
}

}  // namespace aihub::gateway
