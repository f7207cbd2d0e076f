#include "net/loop.hpp"

#include "net/connection.hpp"
#include "net/engine.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <ctime>

namespace aihub::net {

namespace {

// Which loop a thread runs is a fact about the thread, like its id.
thread_local Loop* this_thread_loop = nullptr;

// simdjson reads up to this many bytes past the end of what it parses.
constexpr std::size_t kParserPadding = 64;

}  // namespace

Loop::Loop(std::size_t index, const Clock& clock)
    : index_(index),
      clock_(clock),
      engine_(std::make_unique<Engine>()),
      scratch_(std::make_unique<char[]>(kScratchBytes + kParserPadding)) {}

// What waits in the engine holds connections, and those leave the loop's list: it has to be there still.
Loop::~Loop() {
    engine_.reset();
}

void Loop::run() {
    this_thread_loop = this;
    engine_->io.run();
    this_thread_loop = nullptr;
}

void Loop::stop() {
    boost::asio::post(engine_->io, [this] {
        engine_->work.reset();
        engine_->tick.cancel();
        engine_->timer.cancel();
        engine_->io.stop();
    });
}

void Loop::post(std::function<void()> task) {
    boost::asio::post(engine_->io, std::move(task));
}

Loop* Loop::current() {
    return this_thread_loop;
}

std::uint64_t Loop::start_timer(std::chrono::nanoseconds delay, std::function<void()> task) {
    Engine& engine = *engine_;
    if (engine.timers.size() >= kTimersMax) {
        return 0;
    }
    const auto id = ++engine.last_timer_id;
    const auto at = now();
    const auto due = delay < SteadyTime::max() - at ? at + delay : SteadyTime::max();
    const auto place = engine.timers.emplace(due, std::pair(id, std::move(task)));
    engine.timer_by_id.emplace(id, place);
    if (place == engine.timers.begin()) {
        arm_timers();
    }
    return id;
}

void Loop::cancel_timer(std::uint64_t id) {
    const auto found = engine_->timer_by_id.find(id);
    if (found == engine_->timer_by_id.end()) {
        return;
    }
    engine_->timers.erase(found->second);
    engine_->timer_by_id.erase(found);
}

void Loop::arm_timers() {
    if (engine_->timers.empty()) {
        return;
    }
    engine_->timer.expires_at(engine_->timers.begin()->first);
    engine_->timer.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            fire_timers();
        }
    });
}

void Loop::fire_timers() {
    Engine& engine = *engine_;
    const auto until = now();
    while (!engine.timers.empty() && engine.timers.begin()->first <= until) {
        auto node = engine.timers.extract(engine.timers.begin());
        engine.timer_by_id.erase(node.mapped().first);
        node.mapped().second();
    }
    arm_timers();
}

const std::string& Loop::http_date() {
    const auto second = std::chrono::system_clock::to_time_t(clock_.wall_now());
    if (second != date_second_) {
        date_second_ = second;
        std::tm parts{};
        gmtime_r(&second, &parts);
        std::array<char, 40> text{};
        date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
    }
    return date_;
}

void Loop::enlist(Connection& connection) {
    connection.next_ = first_;
    if (first_ != nullptr) {
        first_->previous_ = &connection;
    }
    first_ = &connection;
    arm_tick();
}

void Loop::delist(Connection& connection) {
    if (connection.previous_ != nullptr) {
        connection.previous_->next_ = connection.next_;
    } else {
        first_ = connection.next_;
    }
    if (connection.next_ != nullptr) {
        connection.next_->previous_ = connection.previous_;
    }
}

// The tick runs only while there are connections: an idle process sleeps.
void Loop::arm_tick() {
    if (engine_->tick_armed) {
        return;
    }
    engine_->tick_armed = true;
    engine_->tick_due = now() + kTick;
    engine_->tick.expires_after(kTick);
    engine_->tick.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            tick();
        }
    });
}

void Loop::tick() {
    const auto at = now();
    lag_ns_.store(std::chrono::nanoseconds(at - engine_->tick_due).count(), std::memory_order_relaxed);
    for (Connection* connection = first_; connection != nullptr; connection = connection->next_) {
        connection->on_tick(at);
    }
    engine_->tick_armed = false;
    if (first_ != nullptr) {
        arm_tick();
    } else {
        lag_ns_.store(0, std::memory_order_relaxed);
    }
}

}  // namespace aihub::net
