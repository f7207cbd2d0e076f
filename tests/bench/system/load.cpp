#include "system/load.hpp"

#include "support/posix.hpp"

#include <fcntl.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace aihub::bench {
namespace {

constexpr std::string_view kMark = "t=";
constexpr std::size_t kDigits = 19;
constexpr std::uint64_t kTimer = ~std::uint64_t{0};  // in place of the number of a caller
constexpr std::int64_t kGiveUpNs = 60'000'000'000;   // no progress at all for this long: the run is void

std::int64_t now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

float microseconds(std::int64_t nanoseconds) {
    return static_cast<float>(nanoseconds) / 1000.0F;
}

// Reads one reply as it comes in. Knows lengths and chunks enough to see the end; looks for marks of events on the way.
class ReplyReader {
public:
    enum class State { more, done, bad };

    void begin() {
        buffer_.clear();
        in_body_ = chunked_ = whole_ = false;
        events_ = 0;
        left_ = 0;
    }

    // `delays`: gets the delay of each event.
    State take(std::string_view bytes, std::int64_t now, std::vector<float>* delays) {
        buffer_ += bytes;
        if (!in_body_ && !read_head()) {
            return bad_ ? State::bad : State::more;
        }
        if (!chunked_) {
            return buffer_.size() >= left_ ? State::done : State::more;
        }
        return scan(now, delays);
    }

    [[nodiscard]] std::size_t events() const { return events_; }

private:
    bool read_head() {
        const auto end = buffer_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return false;
        }
        bad_ = buffer_.compare(0, 12, "HTTP/1.1 200") != 0;
        if (bad_) {
            return false;
        }
        for (auto at = buffer_.find("\r\n"); at < end; at = buffer_.find("\r\n", at + 2)) {
            const char* line = buffer_.c_str() + at + 2;
            if (::strncasecmp(line, "content-length:", 15) == 0) {
                left_ = std::strtoull(line + 15, nullptr, 10);
            } else if (::strncasecmp(line, "transfer-encoding: chunked", 26) == 0) {
                chunked_ = true;
            }
        }
        buffer_.erase(0, end + 4);
        in_body_ = true;
        return true;
    }

    // A mark may be cut by the end of what has come: what could be the start of one stays in the buffer.
    State scan(std::int64_t now, std::vector<float>* delays) {
        std::size_t at = 0;
        while (true) {
            const auto mark = buffer_.find(kMark, at);
            if (mark == std::string::npos || buffer_.size() < mark + kMark.size() + kDigits) {
                break;
            }
            ++events_;
            if (delays != nullptr) {
                delays->push_back(microseconds(now - std::atoll(buffer_.c_str() + mark + kMark.size())));
            }
            at = mark + kMark.size() + kDigits;
        }
        static constexpr std::string_view kEnd = "\r\n0\r\n\r\n";
        const bool ended = buffer_.size() >= kEnd.size() && buffer_.ends_with(kEnd);
        // Where a proxy cuts a chunk, one of the two places that name the last event may be cut.
        for (const auto* last : {"[DONE]", "response.completed", "message_stop"}) {
            whole_ = whole_ || buffer_.find(last, at) != std::string::npos;
        }
        if (ended) {
            return whole_ ? State::done : State::bad;
        }
        constexpr std::size_t kKeep = 64;
        const auto keep_from = std::max(at, buffer_.size() - std::min(buffer_.size(), kKeep));
        buffer_.erase(0, keep_from);
        return State::more;
    }

    std::string buffer_;
    bool in_body_ = false;
    bool chunked_ = false;
    bool whole_ = false;  // the last event was seen
    bool bad_ = false;
    std::size_t left_ = 0;
    std::size_t events_ = 0;
};

struct Caller {
    testing::Descriptor socket;
    ReplyReader reader;
    std::int64_t sent_at = 0;
    std::size_t seen = 0;
    bool busy = false;
};

// Drives callers over epoll until all have nothing more to do.
class Driver {
public:
    Driver(const Target& target, std::size_t connections, std::size_t requests)
        : target_(target), requests_left_(requests), callers_(connections), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

    LoadResult run(std::chrono::milliseconds ramp) {
        const auto start = now_ns();
        std::size_t opened = 0;
        auto progress = start;
        while (opened < callers_.size() || busy_ > 0) {
            const auto now = now_ns();
            const auto due = ramp.count() == 0
                                 ? callers_.size()
                                 : std::min<std::size_t>(
                                       callers_.size(),
                                       static_cast<std::size_t>(
                                           static_cast<double>(now - start) / 1e6 / static_cast<double>(ramp.count()) *
                                               static_cast<double>(callers_.size()) +
                                           1
                                       )
                                   );
            for (; opened < due; ++opened) {
                open(opened);
            }
            if (wait(opened < callers_.size() ? 1 : 1000)) {
                progress = now_ns();
            } else if (now_ns() - progress > kGiveUpNs) {
                std::fprintf(stderr, "no progress for a minute: %zu requests given up\n", busy_);
                result_.failed += busy_;
                break;
            }
        }
        result_.seconds = static_cast<double>(now_ns() - start) / 1e9;
        return std::move(result_);
    }

    LoadResult run_paced(double per_second) {
        for (std::size_t index = 0; index < callers_.size(); ++index) {
            connect(index);
            free_.push_back(index);
        }
        paced_ = true;
        watch_timer();
        const auto start = now_ns();
        const auto due_of = [&](std::size_t number) {
            return start + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / per_second);
        };
        auto progress = start;
        for (std::size_t sent = 0; requests_left_ > 0 || busy_ > 0;) {
            while (requests_left_ > 0 && !free_.empty() && due_of(sent) <= now_ns()) {
                Caller& caller = callers_[free_.back()];
                free_.pop_back();
                send_next(caller);
                caller.sent_at = due_of(sent++);
            }
            set_timer(due_of(sent));
            if (wait(1000)) {
                progress = now_ns();
            } else if (now_ns() - progress > kGiveUpNs) {
                result_.failed += busy_ + requests_left_;
                break;
            }
        }
        result_.seconds = static_cast<double>(now_ns() - start) / 1e9;
        return std::move(result_);
    }

private:
    void watch_timer() {
        timer_ = testing::Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = kTimer;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event);
    }

    // When no request is left it rings once more, which does no harm.
    void set_timer(std::int64_t at_ns) {
        itimerspec when{};
        when.it_value.tv_sec = at_ns / 1'000'000'000;
        when.it_value.tv_nsec = at_ns % 1'000'000'000;
        ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
    }

    void open(std::size_t index) {
        connect(index);
        send_next(callers_[index]);
    }

    void connect(std::size_t index) {
        Caller& caller = callers_[index];
        caller.socket = testing::connect_local(target_.port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, caller.socket.get(), &event);
    }

    void send_next(Caller& caller) {
        if (requests_left_ == 0) {
            caller.socket.close();
            return;
        }
        --requests_left_;
        caller.reader.begin();
        caller.seen = 0;
        caller.sent_at = now_ns();
        const auto& bytes = target_.request;
        const auto count = ::send(caller.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count != static_cast<ssize_t>(bytes.size())) {
            ++result_.failed;
            caller.socket.close();
            return;
        }
        caller.busy = true;
        ++busy_;
    }

    bool wait(int timeout_ms) {
        epoll_event ready[512];
        const int count = ::epoll_wait(epoll_.get(), ready, 512, timeout_ms);
        for (int index = 0; index < count; ++index) {
            if (ready[index].data.u64 == kTimer) {
                std::uint64_t rings = 0;
                static_cast<void>(!::read(timer_.get(), &rings, sizeof rings));
            } else {
                read(callers_[ready[index].data.u64]);
            }
        }
        return count > 0;
    }

    void read(Caller& caller) {
        char buffer[65536];
        const auto count = ::recv(caller.socket.get(), buffer, sizeof buffer, 0);
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        if (count <= 0) {
            result_.failed += caller.busy ? 1 : 0;
            busy_ -= caller.busy ? 1 : 0;
            caller.busy = false;
            caller.socket.close();
            return;
        }
        const auto now = now_ns();
        const auto state = caller.reader.take({buffer, static_cast<std::size_t>(count)}, now, &result_.delay);
        if (caller.seen == 0 && caller.reader.events() > 0) {
            result_.first_event.push_back(microseconds(now - caller.sent_at));
        }
        result_.events += caller.reader.events() - caller.seen;
        caller.seen = caller.reader.events();
        if (state == ReplyReader::State::more) {
            return;
        }
        caller.busy = false;
        --busy_;
        if (state == ReplyReader::State::bad) {
            if (result_.failed++ == 0) {
                std::fprintf(stderr, "bad answer: %.*s\n", static_cast<int>(std::min<ssize_t>(count, 400)), buffer);
            }
            caller.socket.close();
            return;
        }
        ++result_.done;
        result_.total.push_back(microseconds(now - caller.sent_at));
        if (paced_) {
            free_.push_back(static_cast<std::size_t>(&caller - callers_.data()));
        } else {
            send_next(caller);
        }
    }

    const Target& target_;
    std::size_t requests_left_;
    std::vector<Caller> callers_;
    testing::Descriptor epoll_;
    testing::Descriptor timer_;
    std::vector<std::size_t> free_;
    bool paced_ = false;
    std::size_t busy_ = 0;
    LoadResult result_;
};

}  // namespace

LoadResult run_paced(const Target& target, std::size_t connections, std::size_t requests, double per_second) {
    return Driver(target, connections, requests).run_paced(per_second);
}

LoadResult run_sequential(const Target& target, std::size_t requests) {
    LoadResult result;
    const auto socket = testing::connect_local(target.port);
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
    const timeval give_up{kGiveUpNs / 1'000'000'000, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &give_up, sizeof give_up);
    ReplyReader reader;
    const auto start = now_ns();
    for (std::size_t index = 0; index < requests; ++index) {
        reader.begin();
        const auto sent_at = now_ns();
        if (::send(socket.get(), target.request.data(), target.request.size(), MSG_NOSIGNAL) < 0) {
            result.failed = requests - index;
            break;
        }
        auto state = ReplyReader::State::more;
        while (state == ReplyReader::State::more) {
            char buffer[65536];
            const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
            state = count <= 0 ? ReplyReader::State::bad
                               : reader.take({buffer, static_cast<std::size_t>(count)}, 0, nullptr);
        }
        if (state == ReplyReader::State::bad) {
            result.failed = requests - index;
            break;
        }
        ++result.done;
        result.total.push_back(microseconds(now_ns() - sent_at));
    }
    result.seconds = static_cast<double>(now_ns() - start) / 1e9;
    return result;
}

LoadResult run_closed_loop(const Target& target, std::size_t connections, std::size_t requests) {
    return Driver(target, connections, requests).run(std::chrono::milliseconds(0));
}

LoadResult run_streams(const Target& target, std::size_t streams, std::chrono::milliseconds ramp) {
    return Driver(target, streams, streams).run(ramp);
}

}  // namespace aihub::bench
