#include "gateway/socket_attempt.hpp"

#include "gateway/asked.hpp"
#include "gateway/upstream_request.hpp"
#include "gateway/worker.hpp"
#include "net/http_chars.hpp"

#include <algorithm>
#include <array>

namespace aihub::gateway {

namespace {

using capability::EmitStatus;
using capability::Event;
using capability::EventKind;
using capability::Failure;
using capability::FrameEnd;

Error broken_handshake(const std::string& what) {
    return {Errc::upstream_failed, "the provider's web socket handshake " + what};
}

}  // namespace

SocketAttempt::SocketAttempt(Worker& worker, Call& call, const catalog::Candidate& candidate)
    : worker_(worker), call_(call), target_(*candidate.target), policy_(*candidate.policy) {
    model_ = candidate.model;
}

SocketAttempt::~SocketAttempt() {
    end_socket(FrameEnd::cancelled);
}

Result<void> SocketAttempt::build(const catalog::Candidate& candidate) {
    upgrade_ = AIHUB_TRY(parse_upgrade(call_.head));
    codec_ = AIHUB_TRY(target_.provider->build(Asked().request(call_, candidate), *this));
    if (codec_->request().framing != capability::Framing::web_socket) {
        return Error{Errc::internal, "the provider's plugin does not know how to open a web socket"};
    }
    return {};
}

net::Task<void> SocketAttempt::advance() {
    if (open_ || ended()) {
        co_return;
    }
    const auto& outlet = call_.state->shared->outlet(target_);
    auto lease = co_await worker_.pool().acquire(
        outlet.upstream, call_.deadline, net::UpstreamPool::Reuse::never, policy_.connect
    );
    if (!lease) {
        fail_with(lease.error());
        co_return;
    }
    outlet.metrics.connects->add();
    exchange_.emplace(*std::move(lease));
    if (cancelled_) {
        exchange_->abort(*cancelled_);
    }
    const auto rest = co_await ask(*outlet.upstream);
    if (!rest) {
        fail_with(rest.error());
        co_return;
    }
    std::string behind(*rest);
    if (const auto told = tell_head(); !told) {
        fail_with(told.error());
    } else if (exchange_->head().status >= 400) {
        co_await read_refusal(std::move(behind));
    } else if (const auto checked = check_reply(); !checked) {
        fail_with(checked.error());
    } else {
        open_socket(behind);
    }
}

net::Task<Result<std::string_view>> SocketAttempt::ask(const net::Upstream& upstream) {
    const auto& config = *call_.state->shared->config;
    std::string trace;
    append_trace_fields(trace, call_);
    const auto head = upstream_upgrade_head(
        codec_->request(),
        {upstream.base_path, upstream.authority, upstream.proxy_header.expose()},
        *target_.settings,
        {upgrade_.key, upgrade_.protocols, call_.head.find("openai-beta"), trace}
    );
    const std::array<std::string_view, 1> parts{head};
    AIHUB_CO_CHECK(co_await exchange_->send(parts, policy_.write, call_.deadline));
    const net::HeadLimits limits{config.limits.header_bytes_max, 256, 8192};
    const auto deadline = std::min(call_.deadline, worker_.now() + policy_.first_byte);
    const auto rest = co_await exchange_->read_head(limits, deadline, net::ReplyTo::upgrade);
    late_ = !rest && rest.error().code == Errc::upstream_timeout;
    co_return rest;
}

Result<void> SocketAttempt::tell_head() {
    raw_status_ = exchange_->head().status;
    std::vector<capability::Header> headers;
    for (const auto& field : exchange_->head().fields) {
        headers.push_back({field.name, field.value});
    }
    return codec_->on_head(exchange_->head().status, headers);
}

// RFC 6455 section 4.1, what a client has to check.
Result<void> SocketAttempt::check_reply() const {
    const auto& head = exchange_->head();
    if (head.status != 101) {
        return broken_handshake("was answered with status " + std::to_string(head.status));
    }
    if (!net::equals_ignoring_case(head.find("upgrade"), "websocket") ||
        !net::lists_element(head.find("connection"), "upgrade")) {
        return broken_handshake("is an upgrade to something else");
    }
    if (head.find("sec-websocket-accept") != net::websocket_accept(upgrade_.key)) {
        return broken_handshake("answers another key");
    }
    if (!head.find("sec-websocket-extensions").empty()) {
        return broken_handshake("has extensions that were not asked for");
    }
    const auto chosen = head.find("sec-websocket-protocol");
    const auto& offered = upgrade_.protocols;
    if (!chosen.empty() && std::find(offered.begin(), offered.end(), chosen) == offered.end()) {
        return broken_handshake("has a subprotocol that was not asked for");
    }
    return {};
}

void SocketAttempt::open_socket(std::string_view rest) {
    open_ = true;
    accepted_ = true;
    surplus_ = rest;
    exchange_->connection()->clear_deadline();
    call_.trail.mark_waited(Step::dispatch, worker_.now());
    std::string head;
    append_upgrade_head(head, call_, upgrade_.key, exchange_->head().find("sec-websocket-protocol"));
    output_.add_text(head);
}

// A refusal has a body like any other error of the provider; its codec says what it means.
net::Task<void> SocketAttempt::read_refusal(std::string rest) {
    const auto& config = *call_.state->shared->config;
    std::string body;
    bool done = exchange_->head().body == net::BodyKind::none;
    std::string_view bytes = rest;
    while (!done) {
        if (!bytes.empty()) {
            const auto taken = exchange_->take(bytes, [&](std::string_view part) { body += part; });
            if (!taken) {
                fail_with(taken.error());
                co_return;
            }
            done = *taken;
        }
        if (body.size() > config.limits.reply_bytes_max) {
            fail(answer_too_large());
            co_return;
        }
        if (!done) {
            const auto read = co_await exchange_->read_some(std::min(call_.deadline, worker_.now() + policy_.idle));
            done = !read || read->empty();  // A cut refusal is a refusal, too.
            bytes = read ? *read : std::string_view();
        }
    }
    raw_body_ = body.substr(0, policy_.rules.empty() ? 0 : catalog::ErrorRules::kBodyBytes);
    auto told = codec_->on_frame({}, body);
    end_socket(FrameEnd::complete);
    if (!ended()) {
        fail_with(told ? broken_handshake("was refused") : told.error());
    }
}

void SocketAttempt::cancel(Errc why) {
    cancelled_ = why;
    if (open_ && stop_) {
        stop_(why);
    } else if (exchange_) {
        exchange_->abort(why);
    }
}

// The contract wants on_end() for every build().
void SocketAttempt::end_socket(FrameEnd why) {
    if (!codec_ || codec_ended_) {
        return;
    }
    codec_ended_ = true;
    static_cast<void>(codec_->on_end(why));
    if (open_) {
        end();
    }
}

EmitStatus SocketAttempt::emit(const Event& event) {
    if (ended() || completed_) {
        return EmitStatus::gone;
    }
    if (event.kind == EventKind::usage && on_usage_) {
        on_usage_(event.usage);
    }
    return EmitStatus::ok;  // The messages themselves are relayed as they came.
}

EmitStatus SocketAttempt::complete(const Failure* failure) {
    if (ended() || completed_) {
        return EmitStatus::gone;
    }
    completed_ = true;
    if (failure != nullptr && !open_) {
        fail(*failure);
    }
    return EmitStatus::ok;
}

void SocketAttempt::fail_with(const Error& error) {
    fail(reported_failure(worker_.services().log, call_, target_, error));
}

Result<std::unique_ptr<Attempt>> start_socket_attempt(Worker& worker, Call& call, const catalog::Candidate& candidate) {
    auto attempt = std::make_unique<SocketAttempt>(worker, call, candidate);
    AIHUB_CHECK(attempt->build(candidate));
    return std::unique_ptr<Attempt>(std::move(attempt));
}

}  // namespace aihub::gateway
