#include "gateway/receive.hpp"

#include "gateway/json_depth.hpp"
#include "gateway/json_peek.hpp"
#include "gateway/operation.hpp"
#include "gateway/request_body.hpp"
#include "gateway/worker.hpp"
#include "net/chunked.hpp"
#include "net/target.hpp"

#include <algorithm>
#include <array>

namespace aihub::gateway {

namespace {

constexpr std::size_t kRequestIdMax = 128;

// A client's own request id is taken when it can stand in a header, a log line and a row as it is.
bool usable_request_id(std::string_view id) {
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
               c == '.';
    };
    return !id.empty() && id.size() <= kRequestIdMax && std::all_of(id.begin(), id.end(), plain);
}

// Appends what the client sends next to `out`. False: it closed.
net::Task<Result<bool>> read_more(net::Connection& client, std::string& out) {
    auto& loop = client.loop();
    AIHUB_CO_TRY(const auto count, co_await client.read_some({loop.scratch(), net::Loop::kScratchBytes}));
    out.append(loop.scratch(), count);
    co_return count > 0;
}

// Waits for the first byte of a request. False: none came.
net::Task<bool> wait_for_request(Worker& worker, net::Connection& client, ClientInput& input) {
    if (!input.carry.empty()) {
        co_return true;
    }
    const Worker::IdleScope idle(worker, client);
    client.set_read_deadline(
        worker.idle_deadline(worker.state()->shared->config->timeouts.keep_alive), Errc::request_timeout
    );
    const auto more = co_await read_more(client, input.carry);
    co_return more&&* more;
}

net::Task<Result<void>> read_head(net::Connection& client, ClientInput& input, Call& call) {
    const auto& config = *call.state->shared->config;
    const net::HeadLimits limits{
        config.limits.header_bytes_max, config.limits.header_fields_max, config.limits.url_bytes_max};
    client.set_read_deadline(call.started + config.timeouts.header, Errc::request_timeout);
    call.head_bytes = std::move(input.carry);
    input.carry.clear();
    for (;;) {
        AIHUB_CO_TRY(const auto progress, net::parse_request_head(call.head_bytes, limits, call.head));
        if (progress == net::HeadProgress::complete) {
            break;
        }
        AIHUB_CO_TRY(const auto more, co_await read_more(client, call.head_bytes));
        if (!more) {
            co_return Error{Errc::client_gone, "the client closed the connection in the middle of a request"};
        }
    }
    // What stands behind the head is body, or the next request. Cutting a string short leaves its bytes in place.
    input.carry.assign(call.head_bytes, call.head.head_bytes);
    call.head_bytes.resize(call.head.head_bytes);
    co_return Result<void>{};
}

// The end of a wait for more of a body.
SteadyTime body_deadline(SteadyTime latest, const Call& call, SteadyTime now) {
    return std::min(latest, now + call.state->shared->config->timeouts.body_idle);
}

net::Task<Result<void>> read_length_body(
    net::Connection& client, ClientInput& input, const Call& call, RequestBody& body, SteadyTime latest
) {
    auto& loop = client.loop();
    const auto length = static_cast<std::size_t>(call.head.length);
    std::size_t received = std::min(input.carry.size(), length);
    AIHUB_CO_CHECK(body.take(std::string_view(input.carry).substr(0, received)));
    input.carry.erase(0, received);
    while (received < length) {
        const auto wanted = std::min(length - received, net::Loop::kScratchBytes);
        client.set_read_deadline(body_deadline(latest, call, loop.now()), Errc::request_timeout);
        AIHUB_CO_TRY(const auto count, co_await client.read_some({loop.scratch(), wanted}));
        if (count == 0) {
            co_return Error{Errc::client_gone, "the client closed the connection in the middle of a request"};
        }
        AIHUB_CO_CHECK(body.take({loop.scratch(), count}));
        received += count;
    }
    co_return body.finish();
}

net::Task<Result<void>> read_chunked_body(
    net::Connection& client, ClientInput& input, const Call& call, RequestBody& body, SteadyTime latest
) {
    net::ChunkedDecoder decoder(Errc::invalid_request);
    for (;;) {
        std::string_view bytes = input.carry;
        bool done = false;
        while (!bytes.empty() && !done) {
            AIHUB_CO_TRY(const auto step, decoder.decode(bytes));
            AIHUB_CO_CHECK(body.take(step.payload));
            bytes.remove_prefix(step.consumed);
            done = step.done;
        }
        input.carry.erase(0, input.carry.size() - bytes.size());
        if (done) {
            co_return body.finish();
        }
        client.set_read_deadline(body_deadline(latest, call, client.loop().now()), Errc::request_timeout);
        AIHUB_CO_TRY(const auto more, co_await read_more(client, input.carry));
        if (!more) {
            co_return Error{Errc::client_gone, "the client closed the connection in the middle of a request"};
        }
    }
}

net::Task<Result<void>> read_body(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    RequestBody body(call, worker.services().body_bytes);
    AIHUB_CO_CHECK(body.begin());
    const auto latest = client.loop().now() + call.state->shared->config->timeouts.body;
    if (call.head.expect_continue && input.carry.empty()) {
        client.set_read_deadline(latest, Errc::request_timeout);
        const std::array<std::string_view, 1> go_on{"HTTP/1.1 100 Continue\r\n\r\n"};
        AIHUB_CO_CHECK(co_await client.write(go_on));
    }
    if (call.head.body == net::BodyKind::chunked) {
        co_return co_await read_chunked_body(client, input, call, body, latest);
    }
    co_return co_await read_length_body(client, input, call, body, latest);
}

// Whether the answer is asked for as a stream of events.
bool wants_stream(const Call& call, bool flag) {
    switch (call.operation) {
        case Operation::chat_completions:
        case Operation::completions:
        case Operation::responses:
        case Operation::images_generations:
        case Operation::images_edits:
            return flag;
        case Operation::audio_speech:
            return std::any_of(call.members.begin(), call.members.end(), [](const capability::JsonMember& member) {
                return member.name == "stream_format" && member.value == "\"sse\"";
            });
        default:
            return false;
    }
}

Result<void> read_json(Call& call) {
    // curl calls everything a form unless told otherwise; what matters is that the body is JSON.
    const auto type = call.head.find("content-type");
    if (type.starts_with("multipart/")) {
        return Error{
            Errc::unsupported_media, "send the request body as application/json", "unsupported_media_type", {}};
    }
    AIHUB_CHECK(check_json_depth(call.body, call.state->shared->config->limits.json_depth_max));
    const auto model = traits_of(call.operation).model;
    Peek out{call.members, call.model, model == ModelUse::required};
    AIHUB_CHECK(peek(call.body, out));
    if (model == ModelUse::none) {
        call.model.clear();  // Whatever the body says of a model is the provider's to read.
    }
    call.stream = wants_stream(call, out.stream);
    call.include_usage = out.include_usage;
    call.base64_embeddings = out.base64_embeddings;
    return {};
}

Result<void> look_into(Call& call) {
    if (traits_of(call.operation).body == BodyForm::none) {
        call.body.clear();  // Some clients send "{}" where nothing is to be said.
        return {};
    }
    return read_json(call);
}

// What the provider is to know of the query of a stored object: all but what names the provider.
Result<void> read_query(const net::Target& target, Call& call) {
    if (!traits_of(call.operation).stored) {
        return {};
    }
    std::string_view rest = target.query();
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (!pair.starts_with("provider=") && !pair.empty()) {
            call.query.append(call.query.empty() ? "" : "&").append(pair);
        }
    }
    const auto provider = AIHUB_TRY(target.parameter("provider"));
    call.provider = provider.value_or(std::string());
    const auto stream = AIHUB_TRY(target.parameter("stream"));
    call.stream = call.operation == Operation::responses_get && stream == "true";
    return {};
}

void name_request(Call& call) {
    const auto id = call.head.find("x-request-id");
    if (usable_request_id(id)) {
        call.request_id = id;
    }
}

}  // namespace

net::Task<Result<Received>> receive(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    if (!co_await wait_for_request(worker, client, input)) {
        co_return Received::closed;
    }
    call.state = worker.state();
    call.started = worker.now();
    call.trail.begin(call.started);
    call.deadline = call.started + call.state->shared->config->timeouts.total;
    call.request_id = make_request_id();
    AIHUB_CO_CHECK(co_await read_head(client, input, call));
    name_request(call);
    AIHUB_CO_TRY(const auto target, net::Target::parse(call.head.target));
    call.path = target.path();
    call.body_read = call.head.body == net::BodyKind::none;
    AIHUB_CO_CHECK(choose_operation(call));
    begin_trace(worker, call);
    AIHUB_CO_CHECK(read_query(target, call));
    client.clear_deadline();
    co_return Received::call;
}

net::Task<Result<void>> receive_body(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    if (!call.body_read) {
        AIHUB_CO_CHECK(co_await read_body(worker, client, input, call));
        call.body_read = true;
        client.clear_deadline();
    }
    co_return look_into(call);
}

}  // namespace aihub::gateway
