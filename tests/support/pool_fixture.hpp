// A pool of upstream connections on a loop of its own.
#pragma once

#include "net/upstream_pool.hpp"
#include "support/loop_thread.hpp"
#include "support/raw_upstream.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aihub::testing {

class PoolTest : public ::testing::Test {
protected:
    explicit PoolTest(std::unique_ptr<Clock> own = std::make_unique<SystemClock>())
        : clock(std::move(own)), thread(*clock), resolver(thread.loop()), pool(thread.loop(), resolver) {}
    ~PoolTest() override {
        thread.call([this] { pool.close_idle(); });
        thread.stop();
    }

    static net::Upstream parsed(const std::string& url, const std::string& ca_file = {}) {
        auto upstream = net::Upstream::parse(url);
        EXPECT_TRUE(upstream) << upstream.error().message;
        if (upstream->tls) {
            auto context = net::TlsContext::create(ca_file);
            EXPECT_TRUE(context) << context.error().message;
            upstream->tls_context = *std::move(context);
        }
        return *std::move(upstream);
    }
    static net::UpstreamPtr local(std::uint16_t port) {
        return std::make_shared<net::Upstream>(parsed("http://127.0.0.1:" + std::to_string(port)));
    }
    [[nodiscard]] SteadyTime soon() const { return clock->steady_now() + kPatience; }

    using Lease = std::optional<net::UpstreamLease>;
    // A lease, or nothing and the reason in `problem`.
    [[nodiscard]] Lease acquire(
        net::UpstreamPtr upstream, net::UpstreamPool::Reuse reuse = net::UpstreamPool::Reuse::allowed
    ) {
        Lease lease;
        thread.run([&]() -> net::Task<void> {
            auto acquired = co_await pool.acquire(upstream, soon(), reuse);
            if (acquired) {
                lease.emplace(*std::move(acquired));
            } else {
                problem = acquired.error();
            }
        });
        return lease;
    }
    void give_back(Lease& lease) {
        thread.call([&] {
            lease->give_back();
            lease.reset();
        });
    }
    void drop(Lease& lease) {
        thread.call([&] { lease.reset(); });
    }
    [[nodiscard]] std::size_t idle() {
        std::size_t count = 0;
        thread.call([&] { count = pool.idle(); });
        return count;
    }

    std::unique_ptr<Clock> clock;
    LoopThread thread;
    net::Resolver resolver;
    net::UpstreamPool pool;
    Error problem;
};

}  // namespace aihub::testing
