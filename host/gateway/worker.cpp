#include "gateway/worker.hpp"

#include "gateway/attempt.hpp"
#include "gateway/serve.hpp"

#include <array>

namespace aihub::gateway {

void OpenConnections::add() {
    const std::scoped_lock lock(mutex_);
    ++count_;
}

void OpenConnections::remove() {
    const std::scoped_lock lock(mutex_);
    if (--count_ == 0) {
        none_.notify_all();
    }
}

std::size_t OpenConnections::count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
}

bool OpenConnections::wait_for_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0; });
}

void ActiveCall::cancel(Errc why) {
    if (cancelled) {
        return;
    }
    cancelled = why;
    if (attempt != nullptr) {
        attempt->cancel(why);
    }
}

Worker::Worker(net::Loop& loop, Services& services, GatewayMetrics& metrics, StatePtr state)
    : loop_(loop),
      services_(services),
      metrics_(metrics),
      resolver_(loop),
      pool_(loop, resolver_),
      state_(std::make_shared<const LoopState>(LoopState{std::move(state)})) {}

Worker::~Worker() = default;

void Worker::listen(int descriptor) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_,
        descriptor,
        [this](net::ConnectionPtr connection) { accept(std::move(connection)); },
        [this] {
            metrics_.accept_pauses.add();
            services_.log.warn(
                "accepting connections is paused: out of file descriptors or memory",
                {{"connections", static_cast<std::uint64_t>(services_.connections.count())}}
            );
        }
    ));
    listeners_.back()->start();
}

void Worker::accept(net::ConnectionPtr connection) {
    if (services_.connections.count() >= state_->shared->config->limits.connections_max) {
        metrics_.refused_connections.add();
        constexpr std::string_view kBody =
            "{\"error\":{\"message\":\"the gateway has as many connections as it may (limits.connections_max); "
            "try again\",\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}";
        const auto head =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
            "Connection: close\r\nContent-Length: " +
            std::to_string(kBody.size()) + "\r\n\r\n";
        const std::array<std::string_view, 2> parts{head, kBody};
        auto write = connection->write(parts);
        static_cast<void>(write.await_ready());  // Whoever does not take it at once does not get it.
        return;
    }
    net::spawn(serve_and_count(std::move(connection)));
}

net::Task<void> Worker::serve_and_count(net::ConnectionPtr connection) {
    services_.connections.add();
    metrics_.open_connections.add(1);
    auto* const client = connection.get();
    open_.insert(client);
    co_await serve_connection(*this, std::move(connection));
    open_.erase(client);
    metrics_.open_connections.add(-1);
    services_.connections.remove();
}

void Worker::set_state(StatePtr state) {
    loop_.post([this, state = std::move(state)] { state_ = std::make_shared<const LoopState>(LoopState{state}); });
}

void Worker::drain(std::chrono::milliseconds idle) {
    loop_.post([this, idle] {
        for (const auto& listener : listeners_) {
            listener->accept_rest();
            listener->stop();
        }
        idle_latest_ = now() + idle;
        for (auto* connection : idle_) {
            connection->set_read_deadline(
                idle_deadline(state_->shared->config->timeouts.keep_alive), Errc::unavailable
            );
        }
        pool_.close_idle();
    });
}

void Worker::abort_calls() {
    loop_.post([this] {
        auto others = open_;
        for (auto* call : active_) {
            others.erase(call->client);
            call->client->set_deadline(now() + kLastWords, Errc::client_gone);
            call->cancel(Errc::unavailable);
        }
        for (auto* connection : others) {
            connection->abort(Errc::unavailable);
        }
    });
}

}  // namespace aihub::gateway
