#include "app/loop_set.hpp"

#include "base/thread_kind.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>

namespace aihub::app {

namespace {

std::size_t usable_cores() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (sched_getaffinity(0, sizeof(cores), &cores) != 0) {
        return 1;
    }
    return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&cores)));
}

}  // namespace

LoopSet::LoopSet(std::size_t count, const Clock& clock) {
    const auto wanted = count == 0 ? usable_cores() : count;
    for (std::size_t index = 0; index < wanted; ++index) {
        loops_.push_back(std::make_unique<net::Loop>(index, clock));
        lent_.push_back(std::make_unique<LentLoop>(*loops_.back()));
    }
}

void LoopSet::run() {
    for (auto& loop : loops_) {
        threads_.emplace_back([&loop = *loop] {
            const std::string name = "loop-" + std::to_string(loop.index());
            pthread_setname_np(pthread_self(), name.c_str());
            set_thread_kind(ThreadKind::loop);
            loop.run();
        });
    }
}

void LoopSet::stop() {
    for (const auto& loop : loops_) {
        loop->stop();
    }
    threads_.clear();
}

capability::Loop* LoopSet::current() const {
    const auto* loop = net::Loop::current();
    return loop == nullptr ? nullptr : lent_[loop->index()].get();
}

}  // namespace aihub::app
