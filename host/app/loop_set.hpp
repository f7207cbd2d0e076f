// The event loops of the process and their threads.
#pragma once

#include "base/clock.hpp"
#include "capability/loop.hpp"
#include "net/loop.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace aihub::app {

// Lends a net::Loop to plugins.
class LentLoop final : public capability::Loop {
public:
    explicit LentLoop(net::Loop& loop) : loop_(loop) {}
    void post(std::function<void()> task) override { loop_.post(std::move(task)); }
    std::uint64_t start_timer(std::chrono::nanoseconds delay, std::function<void()> task) override {
        return loop_.start_timer(delay, std::move(task));
    }
    void cancel_timer(std::uint64_t id) override { loop_.cancel_timer(id); }

private:
    net::Loop& loop_;
};

// All loops. Made by the server; run() starts the threads, stop() ends and joins them.
class LoopSet final : public capability::CurrentLoop {
public:
    // `count` 0: one for each core that the process may use.
    LoopSet(std::size_t count, const Clock& clock);
    ~LoopSet() override { stop(); }
    LoopSet(const LoopSet&) = delete;
    LoopSet& operator=(const LoopSet&) = delete;

    void run();
    void stop();

    [[nodiscard]] capability::Loop* current() const override;
    [[nodiscard]] std::size_t size() const { return loops_.size(); }
    [[nodiscard]] net::Loop& at(std::size_t index) { return *loops_[index]; }
    // After run(): the loop's thread.
    [[nodiscard]] std::jthread::native_handle_type thread(std::size_t index) { return threads_[index].native_handle(); }

private:
    std::vector<std::unique_ptr<net::Loop>> loops_;
    std::vector<std::unique_ptr<LentLoop>> lent_;
    std::vector<std::jthread> threads_;
};

}  // namespace aihub::app
