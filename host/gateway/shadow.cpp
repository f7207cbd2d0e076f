#include "gateway/shadow.hpp"

#include "gateway/asked.hpp"
#include "gateway/attempt.hpp"
#include "gateway/json_peek.hpp"
#include "gateway/pause.hpp"
#include "gateway/record.hpp"
#include "gateway/request_body.hpp"
#include "gateway/worker.hpp"

#include <memory>
#include <utility>

namespace aihub::gateway {

namespace {

using Shadow = GatewayMetrics::Shadow;

void count(Worker& worker, Shadow how) {
    worker.metrics().shadows[static_cast<std::size_t>(how)]->add();
}

// One copy on its way.
struct Copy {
    explicit Copy(Worker& owner) : hold(owner.services().connections), worker(owner) {
        worker.services().shadow_calls.fetch_add(1, std::memory_order_relaxed);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    ~Copy() { worker.services().shadow_calls.fetch_sub(1, std::memory_order_relaxed); }
    OpenConnections::Hold hold;  // first: what follows still uses the services when it goes
    Worker& worker;
    Call call;
    catalog::Candidate candidate;
};

// False: it cannot be made now.
bool fill(Copy& copy, const Call& source) {
    auto& call = copy.call;
    auto& services = copy.worker.services();
    const auto& limits = source.state->shared->config->limits;
    if (!call.body_memory.hold(services.body_bytes, source.body.size(), memory_of_bodies(limits))) {
        return false;
    }
    call.state = source.state;
    call.head_bytes = source.head_bytes;
    const net::HeadLimits head_limits{limits.header_bytes_max, limits.header_fields_max, limits.url_bytes_max};
    if (!net::parse_request_head(call.head_bytes, head_limits, call.head)) {
        return false;
    }
    reserve_for_peek(call.body, source.body.size());
    call.body = source.body;
    call.path = source.path;
    call.operation = source.operation;
    call.dialect = source.dialect;
    call.request_id = source.request_id;
    call.array_stream = source.array_stream;
    call.stream = source.stream;
    call.model_id = source.model_id;
    Peek peeked{call.members, call.model, false};
    if (!peek(call.body, peeked)) {
        return false;
    }
    call.model = source.model;
    call.include_usage = source.include_usage;
    call.started = copy.worker.now();
    call.trail.begin(call.started);
    call.deadline = call.started + copy.candidate.policy->total;
    return true;
}

// `place` among the calls of the provider is held until the end.
net::Task<void> run(std::unique_ptr<Copy> copy, [[maybe_unused]] GatePass place) {
    auto& worker = copy->worker;
    auto started = start_attempt(worker, copy->call, copy->candidate);
    if (!started) {
        count(worker, Shadow::failed);
        co_return;
    }
    const auto attempt = *std::move(started);
    ActiveCall active;
    active.attempt = attempt.get();
    const Worker::ActiveScope scope(worker, active);
    const auto bytes_max = worker.state()->shared->config->limits.stream_bytes_max;
    std::size_t bytes = 0;
    while (!attempt->ended()) {
        co_await attempt->advance();
        bytes += attempt->output().size();
        attempt->output().clear();
        if (bytes > bytes_max && !attempt->ended()) {
            attempt->cancel(Errc::upstream_failed);
        }
    }
    const bool good = !attempt->failure();
    count(worker, good ? Shadow::completed : Shadow::failed);
    record_beside(worker, copy->call, copy->candidate, *attempt, {"-shadow"});
    attempt->release();
}

}  // namespace

void cast_shadow(Worker& worker, const Call& call, const catalog::Candidate& candidate) {
    const auto& policy = *candidate.policy;
    if (policy.shadow.empty() || worker.random().unit() * 100 >= static_cast<double>(policy.shadow_percent)) {
        return;
    }
    auto& services = worker.services();
    const auto targets = call.state->shared->catalog->resolve(policy.shadow);
    const bool fits = targets && call.upload == nullptr && traits_of(call.operation).body == BodyForm::json &&
                      takes(*targets->front().target, call.operation);
    const auto most = call.state->shared->config->limits.shadow_calls_max;
    if (!fits || services.shadow_calls.load(std::memory_order_relaxed) >= most) {
        count(worker, Shadow::dropped);
        return;
    }
    auto& health = *targets->front().target->health;
    if (!health.gate.try_enter(targets->front().target->settings->in_flight_max)) {
        count(worker, Shadow::dropped);
        return;
    }
    GatePass gate(health.gate);
    const auto answer = health.breaker.ask(call.state->shared->config->breaker, services.clock);
    if (!answer.allowed || answer.probe) {  // Probes are for calls whose end the breaker hears of.
        health.breaker.ended(answer.probe);
        count(worker, Shadow::dropped);
        return;
    }
    auto copy = std::make_unique<Copy>(worker);
    copy->candidate = targets->front();
    copy->call.trail.row.key_id = call.trail.row.key_id;
    if (!fill(*copy, call)) {
        count(worker, Shadow::dropped);
        return;
    }
    net::spawn(run(std::move(copy), std::move(gate)));
}

}  // namespace aihub::gateway
