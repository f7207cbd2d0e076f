#include "gateway/receive.hpp"

#include "gateway/client_address.hpp"
#include "gateway/control_relay.hpp"
#include "gateway/cors.hpp"
#include "gateway/form_body.hpp"
#include "gateway/json_depth.hpp"
#include "gateway/json_peek.hpp"
#include "gateway/operation.hpp"
#include "gateway/request_body.hpp"
#include "gateway/upgrade.hpp"
#include "gateway/worker.hpp"
#include "net/form_data.hpp"
#include "net/http_rules.hpp"
#include "net/target.hpp"

#include <algorithm>
#include <array>

namespace aihub::gateway {

namespace {

constexpr std::size_t kRequestIdMax = 128;
constexpr std::string_view kManagementMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";

// A client's own request id is taken when it can stand in a header, a log line and a row as it is.
bool usable_request_id(std::string_view id) {
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
               c == '.';
    };
    return !id.empty() && id.size() <= kRequestIdMax && std::all_of(id.begin(), id.end(), plain);
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
    char* const scratch = client.loop().scratch();
    const auto count = co_await client.read_some({scratch, net::Loop::kScratchBytes});
    if (!count || *count == 0) {
        co_return false;
    }
    input.carry.append(scratch, *count);
    co_return true;
}

// With the name of the limit that was passed: the operator may raise it.
Error named_limit(Error error) {
    if (error.reason == net::kTooManyFields) {
        error.message += " (limits.header_fields_max)";
    } else if (error.reason == net::kHeadTooLong) {
        error.message += " (limits.header_bytes_max)";
    } else if (error.reason == net::kTargetTooLong) {
        error.message += " (limits.url_bytes_max, limits.header_bytes_max)";
    }
    return error;
}

net::Task<Result<void>> read_head(net::Connection& client, ClientInput& input, Call& call) {
    const auto& config = *call.state->shared->config;
    const net::HeadLimits limits{
        config.limits.header_bytes_max, config.limits.header_fields_max, config.limits.url_bytes_max};
    client.set_read_deadline(call.started + config.timeouts.header, Errc::request_timeout);
    call.head_bytes = std::move(input.carry);
    input.carry.clear();
    for (;;) {
        const auto progress = net::parse_request_head(call.head_bytes, limits, call.head);
        if (!progress) {
            co_return named_limit(progress.error());
        }
        if (*progress == net::HeadProgress::complete) {
            break;
        }
        char* const scratch = client.loop().scratch();
        AIHUB_CO_TRY(const auto count, co_await client.read_some({scratch, net::Loop::kScratchBytes}));
        if (count == 0) {
            co_return Error{Errc::client_gone, "the client closed the connection in the middle of a request"};
        }
        call.head_bytes.append(scratch, count);
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

bool is_form(const Call& call) {
    const auto body = traits_of(call.operation).body;
    return body == BodyForm::form ||
           (body == BodyForm::either && call.head.find("content-type").starts_with("multipart/"));
}

// Whether the rest of a form need not be held. What is refused does not depend on how the bytes were cut.
Result<bool> holds_enough(const net::FormScan& form, const Call& call) {
    const auto& limits = call.state->shared->config->limits;
    const auto most = std::max(limits.form_buffer_bytes_max, limits.body_buffer_bytes);
    if (call.body.size() > most && !knows_its_way(form, call, most)) {
        return Error{
            Errc::too_large,
            "the form's field \"model\" did not come within " + std::to_string(most) +
                " bytes (limits.form_buffer_bytes_max): send it before the file, or name the model in the header "
                "x-aihub-model",
            "model_too_late",
            "model"};
    }
    return call.body.size() > limits.body_buffer_bytes && knows_its_way(form, call, call.body.size());
}

// Reads the body into memory; of a form only as much as is needed when it is large.
net::Task<Result<void>> read_body(
    net::Connection& client, BodyReader& body, const Call& call, RequestBody& held, net::FormScan* form
) {
    AIHUB_CO_CHECK(held.begin());
    const auto latest = client.loop().now() + call.state->shared->config->timeouts.body;
    if (body.awaited()) {
        client.set_read_deadline(latest, Errc::request_timeout);
        const std::array<std::string_view, 1> go_on{"HTTP/1.1 100 Continue\r\n\r\n"};
        AIHUB_CO_CHECK(co_await client.write(go_on));
    }
    AIHUB_CO_CHECK(body.take_carried(held));
    for (;;) {
        bool enough = false;
        if (form != nullptr) {
            AIHUB_CO_CHECK(form->scan(call.body));
            AIHUB_CO_TRY(enough, holds_enough(*form, call));
        }
        if (body.done()) {
            break;
        }
        if (enough) {
            client.clear_deadline();
            co_return Result<void>{};
        }
        client.set_read_deadline(body_deadline(latest, call, client.loop().now()), Errc::request_timeout);
        AIHUB_CO_CHECK(co_await body.more(held));
    }
    client.clear_deadline();
    co_return held.finish();
}

// Whether the answer is asked for as a stream of events.
bool wants_stream(const Call& call, bool flag) {
    switch (call.operation) {
        case Operation::chat_completions:
        case Operation::completions:
        case Operation::responses:
        case Operation::images_generations:
        case Operation::images_edits:
        case Operation::messages:
            return flag;
        case Operation::stream_generate_content:
            return true;
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
    } else if (model == ModelUse::in_path) {
        call.model = call.model_id;
    }
    call.stream = wants_stream(call, out.stream);
    call.include_usage = out.include_usage;
    call.base64_embeddings = out.base64_embeddings;
    return {};
}

// Both limits hold for JSON.
BodyLimit json_limit(const config::Limits& limits) {
    if (limits.json_bytes_max < limits.body_bytes_max) {
        return {limits.json_bytes_max, "limits.json_bytes_max"};
    }
    return {limits.body_bytes_max, "limits.body_bytes_max"};
}

Result<net::FormScan> open_form(const Call& call) {
    const auto encoding = call.head.find("content-encoding");
    if (!encoding.empty() && encoding != "identity") {
        return Error{Errc::unsupported_media, "send the form without a content encoding", "unsupported_encoding", {}};
    }
    net::FormLimits limits;
    limits.parts_max = call.state->shared->config->limits.multipart_parts_max;
    return net::FormScan::create(call.head.find("content-type"), limits);
}

net::Task<Result<FormTailPtr>> receive_form(Worker& worker, net::Connection& client, BodyReader& body, Call& call) {
    const auto& limits = call.state->shared->config->limits;
    auto& total = worker.services().body_bytes;
    AIHUB_CO_TRY(auto form, open_form(call));
    if (!body.done()) {
        RequestBody held(call, total, {limits.body_bytes_max, "limits.body_bytes_max"});
        AIHUB_CO_CHECK(co_await read_body(client, body, call, held, &form));
    }
    AIHUB_CO_CHECK(read_form(form, body.done(), call));
    if (body.done()) {
        co_return FormTailPtr();
    }
    // The pieces on their way count, too.
    const auto bytes = call.body.size() + 2 * net::Loop::kScratchBytes;
    AIHUB_CO_CHECK(call.body_memory.hold(total, bytes, memory_of_bodies(limits)));
    if (traits_of(call.operation).model == ModelUse::none) {
        co_return FormTailPtr();  // Nothing was decided by what it says.
    }
    co_return std::make_unique<FormTail>(std::move(form), call);
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

// What trusted proxies say of where the request comes from. A reload may have changed whom to trust.
void name_client(const ClientInput& input, Call& call) {
    const auto& listens = call.state->shared->config->listen;
    const bool trusted = input.place < listens.size() && is_trusted(input.peer, listens[input.place]);
    call.client = trusted ? forwarded_client(call.head, input.peer, listens[input.place]) : input.peer;
}

// A path that no model call and no inquiry has, but the management API.
Result<void> choose_management(Call& call) {
    if (is_preflight(call)) {
        call.operation = Operation::preflight;
        call.allow = kManagementMethods;
        return check_preflight(call);
    }
    call.operation = Operation::management;
    return {};
}

// The operation of a request, or of what a page asks before it. A preflight keeps the methods that its path takes.
Result<void> choose_any(Worker& worker, Call& call) {
    auto chosen = choose_operation(call);
    if (!chosen && chosen.error().code == Errc::not_found && leads_to_control(worker, call.path)) {
        return choose_management(call);
    }
    if (chosen || chosen.error().code != Errc::method_not_allowed || !is_preflight(call)) {
        return chosen;
    }
    call.operation = Operation::preflight;
    return check_preflight(call);
}

void name_request(Call& call) {
    const auto id = call.head.find("x-request-id");
    if (usable_request_id(id)) {
        call.request_id = id;
    }
}

// Why a request ended before it was known what it asks for. Its client is told so in the shape of the path it wrote.
Error not_understood(Call& call, Error error) {
    call.dialect = dialect_of_request_line(call.head_bytes);
    return error;
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
    assign_request_id(call.request_id);
    if (!input.peer.empty()) {
        call.client = input.peer;  // until the head is there
    }
    if (auto read = co_await read_head(client, input, call); !read) {
        co_return not_understood(call, std::move(read).error());
    }
    name_request(call);
    if (!input.peer.empty()) {
        name_client(input, call);
    }
    auto parsed = net::Target::parse(call.head.target);
    if (!parsed) {
        co_return not_understood(call, std::move(parsed).error());
    }
    const auto& target = *parsed;
    call.path = target.path();
    call.body_read = call.head.body == net::BodyKind::none;
    const auto chosen = choose_any(worker, call);
    call.dialect = dialect_of(call);
    AIHUB_CO_CHECK(chosen);
    begin_trace(worker, call);
    AIHUB_CO_CHECK(read_query(target, call));
    if (call.operation == Operation::stream_generate_content) {
        AIHUB_CO_TRY(const auto form, target.parameter("alt"));
        call.array_stream = form != "sse";
    }
    if (call.operation == Operation::realtime) {
        AIHUB_CO_CHECK(receive_upgrade(target, call));
    }
    client.clear_deadline();
    co_return Received::call;
}

net::Task<Result<void>> receive_whole(net::Connection& client, BodyReader& body, Call& call, WholeBody limit) {
    if (body.done()) {
        co_return Result<void>{};
    }
    RequestBody held(call, limit.total, {limit.bytes_max, limit.key});
    co_return co_await read_body(client, body, call, held, nullptr);
}

net::Task<Result<FormTailPtr>> receive_body(Worker& worker, net::Connection& client, BodyReader& body, Call& call) {
    if (is_form(call)) {
        co_return co_await receive_form(worker, client, body, call);
    }
    if (!body.done()) {
        RequestBody held(call, worker.services().body_bytes, json_limit(call.state->shared->config->limits));
        AIHUB_CO_CHECK(co_await read_body(client, body, call, held, nullptr));
    }
    if (traits_of(call.operation).body == BodyForm::none) {
        call.body.clear();  // Some clients send "{}" where nothing is to be said.
        co_return FormTailPtr();
    }
    AIHUB_CO_CHECK(read_json(call));
    co_return FormTailPtr();
}

}  // namespace aihub::gateway
