// The Asio side of a Loop. Only sources of host/net include this.
#pragma once

#include "net/loop.hpp"
#include "net/poller.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <unordered_map>
#include <utility>

namespace aihub::net {

struct Loop::Engine {
    Poller poller;  // first: what waits in `io` holds connections, and those leave it
    // One thread runs it, others only post: no locks around its descriptors.
    boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    boost::asio::posix::stream_descriptor news{io};  // the poller's descriptor, on loan
    boost::asio::steady_timer tick{io};
    bool tick_armed = false;
    SteadyTime tick_due;

    using Timers = std::multimap<SteadyTime, std::pair<std::uint64_t, std::function<void()>>>;
    boost::asio::steady_timer timer{io};
    Timers timers;
    std::unordered_map<std::uint64_t, Timers::iterator> timer_by_id;
    std::uint64_t last_timer_id = 0;

    Engine() {
        news.assign(poller.descriptor());
        await_news();
    }
    ~Engine() { news.release(); }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    void await_news() {
        news.async_wait(
            boost::asio::posix::stream_descriptor::wait_read,
            [this](const boost::system::error_code& error) {
                if (!error) {
                    poller.dispatch();
                    await_news();
                }
            }
        );
    }
};

}  // namespace aihub::net
