// An event loop on a thread of its own.
#pragma once

#include "net/loop.hpp"
#include "net/task.hpp"
#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aihub::testing {

class LoopThread {
public:
    explicit LoopThread(const Clock& clock) : loop_(0, clock), thread_([this] { loop_.run(); }) {}
    ~LoopThread() { stop(); }
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    // Whatever belongs to the loop may be destroyed afterwards.
    void stop() {
        if (thread_.joinable()) {
            loop_.stop();
            thread_.join();
        }
    }
    [[nodiscard]] net::Loop& loop() { return loop_; }

    // Runs `function` on the loop and waits for its end.
    template <class Function>
    void call(Function function) {
        const auto done = make_signal();
        loop_.post([&function, done] {
            function();
            done->set();
        });
        ASSERT_TRUE(done->wait());
    }
    // Runs the task that `make` gives on the loop and waits for its end.
    template <class Make>
    void run(Make make) {
        const auto done = make_signal();
        loop_.post([&make, done] { net::spawn(finish(make, done)); });
        ASSERT_TRUE(done->wait()) << "the task did not end";
    }

private:
    template <class Make>
    static net::Task<void> finish(Make& make, SignalPtr done) {
        co_await make();
        done->set();
    }

    net::Loop loop_;
    std::jthread thread_;
};

}  // namespace aihub::testing
