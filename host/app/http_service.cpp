#include "app/http_service.hpp"

#include "app/net_framer.hpp"
#include "config/outbound_proxy.hpp"
#include "net/exchange.hpp"

#include <array>
#include <coroutine>
#include <future>
#include <map>
#include <optional>
#include <unordered_map>

namespace aihub::app {

namespace {

using capability::ExchangeEnd;
using capability::Framing;

// Origins whose connections are kept; plugins name theirs in the manifest, so there are few.
constexpr std::size_t kOriginsMax = 256;
constexpr std::size_t kHeadBytesMax = 65536;

// One exchange on its loop.
struct Running {
    capability::OwnedHttpRequest request;
    std::shared_ptr<capability::HttpSink> sink;
    std::optional<net::Exchange> exchange;
    bool cancelled = false;
    bool paused = false;
    std::coroutine_handle<> waiting;  // for the end of a pause

    // Lets the coroutine go on when it waits for the end of a pause.
    void wake() {
        if (const auto handle = std::exchange(waiting, nullptr)) {
            handle.resume();
        }
    }
};

struct PauseEnd {
    Running& running;
    [[nodiscard]] bool await_ready() const { return !running.paused || running.cancelled; }
    void await_suspend(std::coroutine_handle<> handle) const { running.waiting = handle; }
    void await_resume() const {}
};

ExchangeEnd end_of(const Running& running, Errc code) {
    if (running.cancelled) {
        return ExchangeEnd::cancelled;
    }
    switch (code) {
        case Errc::upstream_timeout:
            return ExchangeEnd::timeout;
        case Errc::too_large:
            return ExchangeEnd::limit;
        case Errc::unavailable:
            return ExchangeEnd::unavailable;
        default:
            return ExchangeEnd::upstream;
    }
}

std::string head_of(const capability::OwnedHttpRequest& request, const net::Upstream& upstream) {
    std::string head =
        request.method + " " + upstream.base_path + request.path + " HTTP/1.1\r\nHost: " + upstream.authority;
    for (const auto& [name, value] : request.headers) {
        head.append("\r\n").append(name).append(": ").append(value);
    }
    head.append("\r\n").append(upstream.proxy_header.expose());
    head += "Accept-Encoding: identity\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
    return head;
}

net::Task<Result<void>> read_reply(Running& running, SteadyTime deadline) {
    auto& exchange = *running.exchange;
    AIHUB_CO_TRY(auto bytes, co_await exchange.read_head({kHeadBytesMax, 256, 8192}, deadline));
    std::vector<capability::Header> headers;
    for (const auto& field : exchange.head().fields) {
        headers.push_back({field.name, field.value});
    }
    running.sink->on_head(exchange.head().status, headers);
    const auto framer = make_net_framer(exchange.head().status >= 400 ? Framing::whole : running.request.framing);
    const capability::FrameTaker take = [&running](std::string_view event, std::string_view data) {
        running.sink->on_frame(event, data);
    };
    for (;;) {
        Result<void> framed;
        const auto done = exchange.take(bytes, [&](std::string_view payload) {
            if (framed) {
                framed = framer->feed(payload, take);
            }
        });
        if (!framed || !done) {
            co_return framed ? done.error() : framed.error();
        }
        if (*done) {
            break;
        }
        co_await PauseEnd{running};
        auto more = co_await exchange.read_some(deadline);
        if (!more) {
            co_return more.error();
        }
        bytes = *more;
        if (bytes.empty()) {
            if (exchange.ends_with_close()) {
                break;
            }
            co_return Error{Errc::upstream_failed, "the reply was cut"};
        }
    }
    co_return framer->finish(take);
}

}  // namespace

struct HttpService::PerLoop {
    net::Loop& loop;
    net::Resolver resolver;
    net::UpstreamPool pool;
    config::Proxies proxies;
    std::unordered_map<std::uint64_t, std::shared_ptr<Running>> running;
    std::map<std::string, net::UpstreamPtr> upstreams;
    std::uint64_t last_id = 0;

    std::shared_ptr<const net::TlsContext> tls_context;

    PerLoop(net::Loop& owner, const OutboundOptions& options, std::shared_ptr<const net::TlsContext> context)
        : loop(owner),
          resolver(owner, options.resolver),
          pool(owner, resolver),
          proxies(options.proxies),
          tls_context(std::move(context)) {}

    Result<net::UpstreamPtr> upstream(const std::string& origin) {
        if (const auto known = upstreams.find(origin); known != upstreams.end()) {
            return known->second;
        }
        auto made = std::make_shared<net::Upstream>(AIHUB_TRY(net::Upstream::parse(origin)));
        if (made->tls && !tls_context) {
            return Error{Errc::unavailable, "TLS is not available"};
        }
        made->tls_context = tls_context;
        if (const auto proxy = config::proxy_for(proxies, made->tls, made->host); !proxy.empty()) {
            made->use_proxy(AIHUB_TRY(net::HttpProxy::parse(proxy.expose())));
        }
        if (upstreams.size() >= kOriginsMax) {
            upstreams.clear();
        }
        return upstreams[origin] = std::move(made);
    }

    net::Task<Result<void>> perform(Running& one) {
        const auto deadline = loop.now() + one.request.timeout;
        AIHUB_CO_TRY(const auto where, upstream(one.request.origin));
        AIHUB_CO_TRY(auto lease, co_await pool.acquire(where, deadline, net::UpstreamPool::Reuse::allowed));
        one.exchange.emplace(std::move(lease));
        if (one.cancelled) {
            co_return Error{Errc::unavailable, "cancelled"};
        }
        const auto head = head_of(one.request, *where);
        const std::array<std::string_view, 2> parts{head, one.request.body};
        AIHUB_CO_CHECK(co_await one.exchange->send(
            parts, std::chrono::ceil<std::chrono::milliseconds>(one.request.timeout), deadline
        ));
        AIHUB_CO_CHECK(co_await read_reply(one, deadline));
        one.exchange->give_back();
        co_return Result<void>{};
    }

    void cancel(const std::shared_ptr<Running>& state) const {
        state->cancelled = true;
        if (state->exchange) {
            state->exchange->abort(Errc::unavailable);
        }
        loop.post([state] { state->wake(); });
    }

    net::Task<void> run(std::uint64_t id, std::shared_ptr<Running> state) {
        const auto result = co_await perform(*state);
        running.erase(id);
        const auto end = result ? ExchangeEnd::complete : end_of(*state, result.error().code);
        // Never from within start() or cancel().
        loop.post([state, end] { state->sink->on_end(end); });
    }
};

HttpService::HttpService(LoopSet& loops, const OutboundOptions& options) {
    std::shared_ptr<const net::TlsContext> context;
    if (auto made = net::TlsContext::create({})) {
        context = *std::move(made);
    }
    for (std::size_t index = 0; index < loops.size(); ++index) {
        loops_.push_back(std::make_unique<PerLoop>(loops.at(index), options, context));
    }
}

HttpService::~HttpService() = default;

void HttpService::configure(const OutboundOptions& options) {
    for (const auto& per_loop : loops_) {
        per_loop->loop.post([&one = *per_loop, options] {
            one.resolver.configure(options.resolver);
            one.proxies = options.proxies;
            one.upstreams.clear();  // Those of exchanges under way stay with them.
        });
    }
}

HttpService::PerLoop* HttpService::here() const {
    const auto* loop = net::Loop::current();
    return loop == nullptr ? nullptr : loops_[loop->index()].get();
}

std::uint64_t HttpService::start(capability::OwnedHttpRequest request, std::shared_ptr<capability::HttpSink> sink) {
    auto* per_loop = here();
    if (per_loop == nullptr) {
        return 0;
    }
    auto state = std::make_shared<Running>();
    state->request = std::move(request);
    state->sink = std::move(sink);
    const auto id = ++per_loop->last_id;
    per_loop->running.emplace(id, state);
    per_loop->loop.post([per_loop, id, state] { net::spawn(per_loop->run(id, state)); });
    return id;
}

void HttpService::pause(std::uint64_t id, bool on) {
    auto* per_loop = here();
    if (per_loop == nullptr) {
        return;
    }
    const auto found = per_loop->running.find(id);
    if (found == per_loop->running.end()) {
        return;
    }
    found->second->paused = on;
    if (!on) {
        per_loop->loop.post([state = found->second] { state->wake(); });
    }
}

void HttpService::cancel(std::uint64_t id) {
    auto* per_loop = here();
    if (per_loop == nullptr) {
        return;
    }
    const auto found = per_loop->running.find(id);
    if (found == per_loop->running.end()) {
        return;
    }
    per_loop->cancel(found->second);
}

void HttpService::cancel_all(std::chrono::milliseconds patience) {
    for (const auto& per_loop : loops_) {
        const auto done = std::make_shared<std::promise<void>>();
        per_loop->loop.post([&one = *per_loop, done] {
            for (const auto& [id, state] : one.running) {
                one.cancel(state);
            }
            one.loop.post([done] { done->set_value(); });  // Behind those that were woken.
        });
        static_cast<void>(done->get_future().wait_for(patience));
    }
}

}  // namespace aihub::app
