#include "net/poller.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>

namespace aihub::net {

struct Poller::Batch {
    std::array<epoll_event, kBatch> events;
    int count = 0;
    int next = 0;
};

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Poller::~Poller() {
    ::close(epoll_);
}

bool Poller::add(int descriptor, Pollable& target) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &target;
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::remove(int descriptor, Pollable& target) {
    // Asked for, although close() does it, too: a child that is just being started still has the descriptor.
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    if (batch_ == nullptr) {
        return;
    }
    for (int i = batch_->next; i < batch_->count; ++i) {
        auto& event = batch_->events[static_cast<std::size_t>(i)];
        if (event.data.ptr == &target) {
            event.data.ptr = nullptr;
        }
    }
}

void Poller::dispatch() {
    Batch batch;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
    batch.count = ::epoll_wait(epoll_, batch.events.data(), static_cast<int>(batch.events.size()), 0);
    ++rounds_;
    batch_ = &batch;
    while (batch.next < batch.count) {
        const auto& event = batch.events[static_cast<std::size_t>(batch.next++)];
        if (event.data.ptr == nullptr) {
            continue;
        }
        const bool hung_up = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        static_cast<Pollable*>(event.data.ptr)
            ->on_news({(event.events & EPOLLIN) != 0 || hung_up, (event.events & EPOLLOUT) != 0 || hung_up, hung_up});
    }
    batch_ = nullptr;
}

}  // namespace aihub::net
