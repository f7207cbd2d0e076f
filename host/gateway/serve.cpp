#include "gateway/serve.hpp"

#include "gateway/admit.hpp"
#include "gateway/client_address.hpp"
#include "gateway/continuation.hpp"
#include "gateway/control_relay.hpp"
#include "gateway/decide.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/feedback.hpp"
#include "gateway/health_report.hpp"
#include "gateway/identify.hpp"
#include "gateway/inquiry.hpp"
#include "gateway/policy_steps.hpp"
#include "gateway/receive.hpp"
#include "gateway/record.hpp"
#include "gateway/relay.hpp"
#include "gateway/respond.hpp"
#include "gateway/route.hpp"
#include "gateway/settle.hpp"
#include "gateway/shadow.hpp"
#include "gateway/socket_relay.hpp"
#include "gateway/upload.hpp"

#include <utility>

namespace aihub::gateway {

namespace {

// Runs `step` and books its time.
template <class Function>
auto timed(Worker& worker, Call& call, Step step, Function&& function) {
    auto result = function();
    call.trail.mark(step, worker.now());
    return result;
}

// Brings `dispatched` to the client.
net::Task<Relayed> send_answer(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call, Dispatched& dispatched, ActiveCall& active
) {
    auto* const upload = call.upload;
    const bool unreadable = upload != nullptr && upload->error();
    if (upload != nullptr) {
        upload->leave_deadlines();
    }
    call.keep_alive = call.keep_alive && call.body_read && !worker.services().draining.load(std::memory_order_relaxed);
    if (active.cancelled == Errc::client_gone) {
        co_return Relayed{model::Outcome::client_closed, 499, false};
    }
    auto* const socket = dispatched.attempt ? dispatched.attempt->socket() : nullptr;
    if (socket != nullptr) {
        client.unwatch();
        co_return co_await relay_socket(worker, client, std::exchange(input.carry, {}), call, *socket);
    }
    if (!dispatched.refusal && !unreadable) {
        if (call.stream) {
            input.carry.shrink_to_fit();  // What lasts long holds little.
        }
        const auto relayed = co_await relay(worker, client, call, dispatched, active);
        report_end(worker, call, dispatched, active);
        dispatched.attempt->release();
        co_return relayed;
    }
    client.unwatch();
    if (dispatched.attempt) {
        dispatched.attempt->release();
    }
    const auto refusal = unreadable         ? refusal_of(*upload->error())
                         : active.cancelled ? shutting_down()
                                            : *dispatched.refusal;
    const auto sent = co_await respond_refusal(worker, client, call, refusal, call.keep_alive);
    co_return Relayed{refusal.outcome, sent ? *sent : refusal.status, sent.has_value() && call.keep_alive};
}

// What the steps before dispatch have made.
struct Admitted {
    BodyReader& body;
    FormTailPtr tail;
    const std::vector<catalog::Candidate>& candidates;
    Lease lease;
};

// The candidates behind `one`; nullptr: none.
std::span<const catalog::Candidate> behind(
    const std::vector<catalog::Candidate>& candidates, const catalog::Candidate* one
) {
    const std::span all(candidates);
    return one == nullptr ? all.last(0) : all.subspan(static_cast<std::size_t>(one - all.data()) + 1);
}

// Dispatches and relays an admitted call.
net::Task<Relayed> answer_call(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call, Admitted admitted
) {
    auto& lease = admitted.lease;
    ActiveCall active;
    active.client = &client;
    const Worker::ActiveScope scope(worker, active);
    const auto watch = [&client, &active] { client.watch([&active] { active.cancel(Errc::client_gone); }); };
    std::optional<Upload> upload;
    if (admitted.body.done()) {
        watch();
    } else {
        upload.emplace(client, admitted.body, call, std::move(admitted.tail), [&] {
            upload->error() ? active.cancel(upload->error()->code) : watch();
        });
        call.upload = &*upload;
    }
    Continuation continuation;
    Dispatched dispatched;
    if (lease.waits()) {
        const auto turn = co_await wait_for_lease(worker, call, active, lease);
        call.trail.mark_waited(Step::admit, worker.now());
        if (!turn) {
            dispatched.refusal = refusal_of(turn.error());
        }
    }
    if (!dispatched.refusal) {
        cast_shadow(worker, call, admitted.candidates.front());
        if (may_continue(call, admitted.candidates)) {
            call.continuation = &continuation;
        }
        dispatched = co_await dispatch(worker, call, admitted.candidates, active);
        continuation.rest = behind(admitted.candidates, dispatched.candidate);
    }
    if (dispatched.refusal) {  // Otherwise booked when the provider answered.
        call.trail.mark(Step::dispatch, worker.now());
    }
    const auto relayed = co_await send_answer(worker, client, input, call, dispatched, active);
    client.unwatch();
    call.trail.mark(Step::relay, worker.now());
    if (upload) {
        co_await upload->stop();
        call.trail.mark_waited(Step::relay, worker.now());
    }
    settle(worker, call, std::move(lease), dispatched.attempt.get());
    call.trail.mark(Step::settle, worker.now());
    call.upload = nullptr;
    call.continuation = nullptr;
    co_return relayed;
}

// A close with unread bytes would reset the connection and could destroy the answer on its way: lets the client send
// what is left of its request, see the answer and end by itself.
net::Task<void> linger(net::Connection& client, const config::Snapshot& config) {
    client.shutdown_write();
    auto& loop = client.loop();
    client.set_read_deadline(loop.now() + config.timeouts.linger, Errc::request_timeout);
    for (std::uint64_t read = 0; read <= config.limits.body_bytes_max;) {
        const auto count = co_await client.read_some({loop.scratch(), net::Loop::kScratchBytes});
        if (!count || *count == 0) {
            co_return;
        }
        read += *count;
    }
}

net::Task<Relayed> send_own(Worker& worker, net::Connection& client, Call& call, const Answer& answer) {
    AnswerHead head;
    head.more = answer.headers;
    head.status = answer.status;
    head.content_type = answer.content_type;
    head.keep_alive = call.keep_alive && call.body_read;  // A body of a GET is not read.
    const auto sent = co_await respond(worker, client, call, head, answer.body);
    call.trail.row.bytes_out = answer.body.size();
    if (sent && !call.body_read) {
        co_await linger(client, *call.state->shared->config);
    }
    co_return Relayed{
        answer.status < 400 ? model::Outcome::completed : model::Outcome::refused,
        answer.status,
        sent && head.keep_alive};
}

// The candidates by the configuration, and by policies if there are some.
Result<std::vector<catalog::Candidate>> find_route(Worker& worker, Call& call, const Verdict& verdict) {
    auto configured = AIHUB_TRY(route(call, verdict, worker.random(), worker.services().clock));
    if (call.policies == nullptr) {
        return configured;
    }
    return route_by_policy(worker, call, std::move(configured));
}

// The order is enforced by the types: no step can be called before the one that makes its input. Routing stands before
// admission because what is to be reserved depends on the model chosen.
net::Task<Result<Relayed>> serve_call(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    auto& services = worker.services();
    AIHUB_CO_CHECK(check_address_rate(worker, call));
    AIHUB_CO_TRY(const auto principal, timed(worker, call, Step::identify, [&] {
                     return identify(call, services.keys, services.clock);
                 }));
    call.trail.row.key_id = principal->key_id.text();
    AIHUB_CO_CHECK(check_key_rate(worker, *principal, call));
    AIHUB_CO_CHECK(check_memory(worker));
    AIHUB_CO_TRY(const auto share, client_share(services, call, input));
    BodyReader body(client, input, call);
    AIHUB_CO_TRY(auto tail, co_await receive_body(worker, client, body, call));
    call.trail.mark_waited(Step::receive, worker.now());
    AIHUB_CO_TRY(const auto verdict, timed(worker, call, Step::decide, [&] {
                     return decide(worker, principal, call);
                 }));
    AIHUB_CO_TRY(const auto count, count_here(call));
    if (count) {
        co_return co_await send_own(worker, client, call, *count);
    }
    AIHUB_CO_TRY(auto candidates, timed(worker, call, Step::route, [&] { return find_route(worker, call, verdict); }));
    if (call.policies) {
        call.policies->route = &candidates;
    }
    AIHUB_CO_TRY(auto lease, timed(worker, call, Step::admit, [&] {
                     return admit(call.state->shared->config->limits, services, *principal);
                 }));
    Admitted admitted{body, std::move(tail), candidates, std::move(lease)};
    co_return co_await answer_call(worker, client, input, call, std::move(admitted));
}

Result<Answer> answer_inquiry(Worker& worker, Call& call) {
    auto& services = worker.services();
    switch (call.operation) {
        case Operation::health:
            return health();
        case Operation::ready:
            return readiness(services);
        case Operation::metrics:
            return metrics_text(services);
        case Operation::preflight:
            return Answer{204, {}, {}};
        default:
            break;
    }
    AIHUB_CHECK(check_address_rate(worker, call));  // Those above are for whoever watches over the process.
    const auto principal = AIHUB_TRY(identify(call, services.keys, services.clock));
    AIHUB_CHECK(check_key_rate(worker, *principal, call));
    const auto& catalog = *call.state->shared->catalog;
    if (call.operation == Operation::models_get) {
        return get_model(catalog, call.dialect, call.model_id);
    }
    return list_models(catalog, call.dialect);
}

net::Task<Result<Relayed>> serve_inquiry(Worker& worker, net::Connection& client, Call& call) {
    AIHUB_CO_TRY(const auto answer, answer_inquiry(worker, call));
    co_return co_await send_own(worker, client, call, answer);
}

net::Task<Result<Relayed>> serve_feedback(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    auto& services = worker.services();
    AIHUB_CO_CHECK(check_address_rate(worker, call));
    AIHUB_CO_TRY(const auto principal, identify(call, services.keys, services.clock));
    call.trail.row.key_id = principal->key_id.text();
    AIHUB_CO_CHECK(check_key_rate(worker, *principal, call));
    AIHUB_CO_CHECK(check_memory(worker));
    BodyReader body(client, input, call);
    AIHUB_CO_TRY(const auto tail, co_await receive_body(worker, client, body, call));
    call.trail.mark_waited(Step::receive, worker.now());
    AIHUB_CO_TRY(const auto answer, take_feedback(services, call, *principal));
    co_return co_await send_own(worker, client, call, answer);
}

// Answers `error` and says how the call ended.
net::Task<Relayed> refuse(Worker& worker, net::Connection& client, Call& call, const Error& error, bool keep_alive) {
    Refusal refusal = refusal_of(error);
    if (error.code == Errc::rate_limited && call.rate && !call.rate->allowed) {
        refusal.retry_after = std::chrono::ceil<std::chrono::seconds>(call.rate->retry_after);
    }
    if (error.code == Errc::client_gone) {
        co_return Relayed{refusal.outcome, refusal.status, false};
    }
    const auto sent = co_await respond_refusal(worker, client, call, refusal, keep_alive);
    if (sent && !keep_alive) {
        co_await linger(client, *call.state->shared->config);
    }
    co_return Relayed{refusal.outcome, sent ? *sent : refusal.status, sent && keep_alive};
}

// Answers a call that was received.
net::Task<Result<Relayed>> serve_received(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    if (call.operation == Operation::feedback) {
        return serve_feedback(worker, client, input, call);
    }
    if (call.operation == Operation::management) {
        return ask_control(worker, client, input, call);
    }
    return operation_format(call.operation).empty() ? serve_inquiry(worker, client, call)
                                                    : serve_call(worker, client, input, call);
}

// One request, to its record. False: the connection is done.
net::Task<bool> serve_request(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    const auto received = co_await receive(worker, client, input, call);
    if (received && *received == Received::closed) {
        co_return false;
    }
    call.trail.mark_waited(Step::receive, worker.now());
    // Who asked for another protocol may go on in it, whatever the answer.
    call.keep_alive = received.has_value() && call.head.keep_alive && call.operation != Operation::realtime &&
                      ++input.requests < call.state->shared->config->limits.requests_per_connection_max &&
                      !worker.services().draining.load(std::memory_order_relaxed);
    Relayed relayed;
    bool keep_alive = false;
    std::optional<Error> error;
    if (received) {
        auto served = co_await serve_received(worker, client, input, call);
        if (served) {
            relayed = *served;
        } else {
            error = std::move(served).error();
            keep_alive = call.keep_alive && call.body_read;
        }
    } else {
        error = received.error();
    }
    if (error) {
        relayed = co_await refuse(worker, client, call, *error, keep_alive);
    }
    call.trail.row.outcome = relayed.outcome;
    call.trail.row.status = relayed.status;
    record(worker, call);  // On every outcome, refusals too.
    co_return relayed.intact;
}

}  // namespace

net::Task<void> serve_connection(Worker& worker, net::ConnectionPtr client, std::size_t place, bool proxied) {
    ClientInput input;
    Call call;
    call.client = address_of(client->peer());
    input.place = place;
    input.peer = proxied ? call.client : std::string();
    bool more = true;
    while (more && client->open()) {
        more = co_await serve_request(worker, *client, input, call);
        call.reset();
    }
    client->close();
}

}  // namespace aihub::gateway
