// The Asio side of a Loop. Only sources of host/net include this.
#pragma once

#include "net/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <unordered_map>
#include <utility>

namespace aihub::net {

struct Loop::Engine {
    // One thread only, so Asio may leave out what several would need.
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    boost::asio::steady_timer tick{io};
    bool tick_armed = false;
    SteadyTime tick_due;

    using Timers = std::multimap<SteadyTime, std::pair<std::uint64_t, std::function<void()>>>;
    boost::asio::steady_timer timer{io};
    Timers timers;
    std::unordered_map<std::uint64_t, Timers::iterator> timer_by_id;
    std::uint64_t last_timer_id = 0;
};

}  // namespace aihub::net
