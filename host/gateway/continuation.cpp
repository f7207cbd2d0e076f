#include "gateway/continuation.hpp"

#include "gateway/answer_events.hpp"
#include "gateway/health_report.hpp"
#include "gateway/record.hpp"
#include "gateway/repeat.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aihub::gateway {

namespace {

using Continued = GatewayMetrics::Continued;

void count(Worker& worker, Continued how) {
    worker.metrics().continued[static_cast<std::size_t>(how)]->add();
}

// Whether another provider may do better, and can.
bool can_go_on(Worker& worker, const Call& call, const Dispatched& dispatched, const ActiveCall& active) {
    const auto* const continuation = call.continuation;
    if (continuation == nullptr || active.cancelled || continuation->rest.empty()) {
        return false;
    }
    const auto& failure = *dispatched.attempt->failure();
    const auto& policy = *dispatched.candidate->policy;
    const auto& limits = call.state->shared->config->limits;
    const bool in_time = std::any_of(continuation->rest.begin(), continuation->rest.end(), [&](const auto& next) {
        return worker.now() < call.started + next.policy->total;
    });
    const auto* const rendering = dispatched.attempt->rendering();
    const auto* const so_far = rendering == nullptr ? nullptr : rendering->so_far();
    return in_time && !failure.gateway_full && policy.fallback.has(failure) && so_far != nullptr &&
           so_far->can_go_on() && so_far->held() < std::min(limits.reply_bytes_max, limits.stream_bytes_max);
}

// The row of what broke off; its number tells it from others of the call.
void record_break(Worker& worker, Call& call, const Dispatched& dispatched, std::size_t number) {
    const auto suffix = number == 1 ? std::string("-cut") : "-cut" + std::to_string(number);
    record_beside(worker, call, *dispatched.candidate, *dispatched.attempt, {suffix, true});
}

// Where there can be none, events that name their model have to do.
void mark_seam(const Call& call, const catalog::Candidate& candidate, Output& output) {
    const auto format = dialect::format_of(operation_format(call.operation));
    if (!format || !dialect::skips_comments(*format)) {
        return;
    }
    Output rest;
    output.move_to(rest);
    output.add_text(": continued by " + candidate.target->name + "/" + std::string(candidate.model) + "\n\n");
    rest.move_to(output);
}

}  // namespace

bool may_continue(const Call& call, std::span<const catalog::Candidate> candidates) {
    return candidates.size() > 1 && candidates.front().policy->continue_streams && call.stream &&
           is_chat(call.operation);
}

Rendering::Rendering(const Call& call, const Asked& asked, std::string_view model, const Clock& clock) {
    if (call.continuation == nullptr) {
        own_ = renderer_of(call, asked, model, clock);
        renderer_ = own_.get();
        return;
    }
    so_far_ = call.continuation->answer.get();
    if (so_far_ == nullptr) {
        const auto text_max = call.state->shared->config->limits.continuation_bytes_max;
        own_so_far_ = std::make_unique<dialect::AnswerSoFar>(renderer_of(call, asked, model, clock), text_max);
        so_far_ = own_so_far_.get();
    }
    renderer_ = so_far_;
    if (goes_on(call)) {
        capability::Event event;
        event.kind = capability::EventKind::model;
        event.text = model;
        std::string nothing;
        so_far_->event(event, nothing);
    }
}

net::Task<bool> go_on(Worker& worker, Call& call, Dispatched& dispatched, ActiveCall& active) {
    if (!can_go_on(worker, call, dispatched, active)) {
        co_return false;
    }
    auto& continuation = *call.continuation;
    auto& attempt = *dispatched.attempt;
    const auto& from = *dispatched.candidate;
    report_end(worker, call, dispatched, active);
    dispatched.reported = true;
    attempt.release();
    dispatched.pass = {};
    active.attempt = nullptr;
    end_attempt_span(call, &*attempt.failure(), worker.now());
    if (auto answer = attempt.rendering()->take_so_far()) {
        continuation.answer = std::move(answer);
    }
    continuation.answer->next_provider(attempt.usage());
    auto next = co_await dispatch(worker, call, continuation.rest, active);
    const bool continued = next.attempt != nullptr && !active.cancelled;
    if (!active.cancelled) {
        count(worker, continued ? Continued::continued : Continued::failed);
    }
    if (!continued) {
        active.attempt = nullptr;
        call.trail.row.provider = from.target->name;
        call.trail.row.model_used = from.model;
        co_return false;
    }
    record_break(worker, call, dispatched, ++continuation.breaks);
    const auto& to = *next.candidate;
    worker.services().log.warn(
        "a stream broke off and goes on at another provider",
        {{"request_id", call.request_id},
         {"from", from.target->name},
         {"to", to.target->name},
         {"text_bytes", static_cast<std::int64_t>(continuation.answer->text().size())}}
    );
    // A policy may have added the one that goes on, behind all others.
    const auto behind = static_cast<std::size_t>(&to - continuation.rest.data()) + 1;
    continuation.rest = continuation.rest.subspan(std::min(behind, continuation.rest.size()));
    mark_seam(call, to, next.attempt->output());
    dispatched = std::move(next);
    co_return true;
}

}  // namespace aihub::gateway
