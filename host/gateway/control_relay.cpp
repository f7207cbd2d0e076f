#include "gateway/control_relay.hpp"

#include "gateway/admit.hpp"
#include "gateway/identify.hpp"
#include "gateway/receive.hpp"
#include "gateway/respond.hpp"
#include "gateway/worker.hpp"
#include "identity/check_key.hpp"
#include "net/http_chars.hpp"
#include "net/http_rules.hpp"
#include "net/unix_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::gateway {

namespace {

// Of the client's fields these go along. The key goes as Authorization, whatever carried it.
constexpr std::array<std::string_view, 4> kAsked{"accept-language", "content-type", "if-match", "if-none-match"};
// And of the answer's these, beside its content type; framing and connection are ours.
constexpr std::array<std::string_view, 9> kAnswered{
    "etag", "location", "retry-after", "allow", "cache-control", "link", "deprecation", "sunset", "content-language"};

// One of the requests that control may have at a time.
class Place {
public:
    static Result<Place> take(ControlDoor& door) {
        if (door.requests.fetch_add(1, std::memory_order_relaxed) >= door.requests_max) {
            door.requests.fetch_sub(1, std::memory_order_relaxed);
            return Error{
                Errc::unavailable,
                "the management API has as many requests as it may (control.threads, control.queue_max); try again",
                "overloaded",
                {}};
        }
        return Place(door);
    }
    Place(Place&& other) noexcept : door_(std::exchange(other.door_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
        if (door_ != nullptr) {
            door_->requests.fetch_sub(1, std::memory_order_relaxed);
        }
    }

private:
    explicit Place(ControlDoor& door) : door_(&door) {}
    ControlDoor* door_;
};

// What comes back, as far as it has come.
struct Reply {
    std::string bytes;  // head and what came behind it; `head` has views of it
    net::ReplyHead head;
    [[nodiscard]] std::string_view body() const { return std::string_view(bytes).substr(head.head_bytes); }
};

Error away() {
    return {Errc::unavailable, "the management API does not answer; try again", "control_unavailable", {}};
}

// What a failed wait for control means to the client. `cancelled` says better why it ended.
Error meaning(const Error& error, const ActiveCall& active) {
    if (active.cancelled) {
        return Error{*active.cancelled, "the gateway is shutting down; try again", "shutting_down", {}};
    }
    if (error.code == Errc::upstream_timeout) {
        return Error{error.code, "the management API did not answer in time (control.timeout)", "timeout", {}};
    }
    return away();
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

// The path has nothing that would have to be encoded: see leads_to_control().
std::string head_for_control(const Call& call, std::string_view key, bool encrypted) {
    const auto query = call.head.target.find('?');
    std::string out;
    out.append(call.head.method).append(" ").append(call.path);
    out.append(query == std::string_view::npos ? std::string_view() : call.head.target.substr(query));
    out.append(" HTTP/1.1\r\nHost: control\r\nConnection: close\r\n");
    append_field(out, "Authorization", std::string("Bearer ").append(key));
    append_field(out, "x-request-id", call.request_id);
    append_field(out, "x-aihub-client", call.client);
    if (encrypted) {
        append_field(out, "x-aihub-tls", "1");
    }
    for (const auto name : kAsked) {
        if (const auto value = call.head.find(name); !value.empty()) {
            append_field(out, name, value);
        }
    }
    append_field(out, "Content-Length", std::to_string(call.body.size()));
    return out.append("\r\n");
}

net::Task<Result<void>> read_reply_head(net::Connection& control, const Call& call, Reply& reply) {
    const auto& limits = call.state->shared->config->limits;
    const net::HeadLimits allowed{limits.header_bytes_max, limits.header_fields_max, limits.url_bytes_max};
    const auto to = call.head.method == "HEAD" ? net::ReplyTo::head : net::ReplyTo::other;
    for (;;) {
        char* const scratch = control.loop().scratch();
        AIHUB_CO_TRY(const auto count, co_await control.read_some({scratch, net::Loop::kScratchBytes}));
        if (count == 0) {
            co_return away();
        }
        reply.bytes.append(scratch, count);
        AIHUB_CO_TRY(const auto progress, net::parse_reply_head(reply.bytes, allowed, to, reply.head));
        if (progress == net::HeadProgress::complete) {
            break;
        }
    }
    // Its length is always known; anything else is not control's.
    if (reply.head.body == net::BodyKind::chunked || reply.head.body == net::BodyKind::until_close) {
        co_return Error{Errc::upstream_failed, "the management API answered without a length"};
    }
    co_return Result<void>{};
}

// Head and first piece, then the rest as it comes: each piece is taken by the client before the next is read.
net::Task<Result<void>> send_reply(
    Worker& worker, net::Connection& client, net::Connection& control, Call& call, const Reply& reply
) {
    AnswerHead head;
    head.status = reply.head.status;
    head.content_type = reply.head.find("content-type");
    head.length = reply.head.body == net::BodyKind::length ? reply.head.length : 0;
    if (call.head.method == "HEAD") {
        const auto length = net::parse_length(reply.head.find("content-length"));
        head.length = length ? *length : 0;
    }
    head.keep_alive = call.keep_alive;
    std::string more;
    for (const auto name : kAnswered) {
        if (const auto value = reply.head.find(name); !value.empty()) {
            more.append("\r\n").append(name).append(": ").append(value);
        }
    }
    head.more = more;
    std::string text;
    append_head(text, head, call, worker.loop());
    auto left = reply.head.body == net::BodyKind::length ? reply.head.length : 0;
    const auto first = reply.body().substr(0, left);
    const auto& timeouts = call.state->shared->config->timeouts;
    const auto latest = std::max(call.deadline, worker.now() + timeouts.write);
    client.set_write_patience(timeouts.write, latest, Errc::client_gone);
    const std::array<std::string_view, 2> begin{text, first};
    AIHUB_CO_CHECK(co_await client.write(begin));
    for (left -= first.size(); left > 0;) {
        char* const scratch = control.loop().scratch();
        control.set_deadline(worker.now() + timeouts.idle, Errc::upstream_timeout);
        const auto wanted = std::min<std::uint64_t>(left, net::Loop::kScratchBytes);
        AIHUB_CO_TRY(const auto count, co_await control.read_some({scratch, wanted}));
        if (count == 0) {
            co_return away();
        }
        left -= count;
        const std::array<std::string_view, 1> piece{std::string_view(scratch, count)};
        AIHUB_CO_CHECK(co_await client.write(piece));
    }
    co_return Result<void>{};
}

// One exchange on a connection of its own.
net::Task<Result<Relayed>> exchange(
    Worker& worker, net::Connection& client, net::Connection& control, Call& call, std::string_view head
) {
    ActiveCall active;
    active.client = &client;
    active.control = &control;
    const Worker::ActiveScope scope(worker, active);
    client.watch([&active] { active.cancel(Errc::client_gone); });
    const auto timeout = worker.services().control->timeout;
    const auto latest = worker.now() + timeout;
    const std::array<std::string_view, 2> parts{head, call.body};
    control.set_write_patience(timeout, latest, Errc::upstream_timeout);
    // One that takes no more may have said why.
    const auto written = co_await control.write(parts);
    control.set_deadline(latest, Errc::upstream_timeout);
    Reply reply;
    const auto answered = co_await read_reply_head(control, call, reply);
    client.unwatch();
    if (!answered) {
        const auto& error =
            written || answered.error().code == Errc::upstream_timeout ? answered.error() : written.error();
        co_return meaning(error, active);
    }
    const int status = reply.head.status;
    const auto sent = co_await send_reply(worker, client, control, call, reply);
    call.trail.row.bytes_out = reply.head.length;
    if (!sent) {
        const bool left = sent.error().code == Errc::client_gone;
        co_return Relayed{left ? model::Outcome::client_closed : model::Outcome::upstream_error, status, false};
    }
    co_return Relayed{status < 400 ? model::Outcome::completed : model::Outcome::refused, status, call.keep_alive};
}

}  // namespace

bool leads_to_control(Worker& worker, std::string_view path) {
    const auto* const door = worker.services().control;
    if (door == nullptr) {
        return false;
    }
    const auto plain = [](char c) { return net::is_token_byte(static_cast<unsigned char>(c)) ? c != '%' : c == '/'; };
    const auto owns = [path](const std::string& prefix) {
        return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
    };
    return std::any_of(door->prefixes.begin(), door->prefixes.end(), owns) &&
           std::all_of(path.begin(), path.end(), plain);
}

net::Task<Result<Relayed>> ask_control(Worker& worker, net::Connection& client, ClientInput& input, Call& call) {
    auto& services = worker.services();
    auto& door = *services.control;
    AIHUB_CO_CHECK(check_address_rate(worker, call));
    AIHUB_CO_TRY(const auto key, carried_key(call));
    AIHUB_CO_TRY(const auto principal, identity::check_key(services.keys, key, services.clock));
    call.trail.row.key_id = principal->key_id.text();
    AIHUB_CO_CHECK(check_key_rate(worker, *principal, call));
    BodyReader body(client, input, call);
    const WholeBody limit{services.body_bytes, door.body_bytes_max, "control.body_bytes_max"};
    AIHUB_CO_CHECK(co_await receive_whole(client, body, call, limit));
    call.trail.mark_waited(Step::receive, worker.now());
    AIHUB_CO_TRY(const auto place, Place::take(door));
    auto control = net::open_unix(worker.loop(), door.socket);
    if (!control) {
        co_return away();
    }
    const auto head = head_for_control(call, key, client.encrypted());
    auto relayed = co_await exchange(worker, client, **control, call, head);
    (*control)->close();
    call.trail.mark_waited(Step::relay, worker.now());
    co_return relayed;
}

}  // namespace aihub::gateway
