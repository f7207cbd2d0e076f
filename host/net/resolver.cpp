#include "net/resolver.hpp"

#include "net/engine.hpp"

#include <ares.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

namespace aihub::net {

namespace {

using Addresses = std::vector<Address>;

constexpr int kTries = 2;

// The servers say that there is no address, and are to be believed.
bool is_word(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

Addresses addresses_of(const ares_addrinfo& info) {
    Addresses found;
    for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
        Address address;
        address.size = static_cast<socklen_t>(node->ai_addrlen);
        std::memcpy(&address.storage, node->ai_addr, std::min<std::size_t>(node->ai_addrlen, sizeof(address.storage)));
        found.push_back(address);
    }
    return found;
}

// The least time to live of all records of an answer.
std::chrono::seconds ttl_of(const ares_addrinfo& info) {
    int ttl = info.nodes == nullptr ? 0 : info.nodes->ai_ttl;
    for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
        ttl = std::min(ttl, node->ai_ttl);
    }
    for (const auto* alias = info.cnames; alias != nullptr; alias = alias->next) {
        ttl = std::min(ttl, alias->ttl);
    }
    return std::chrono::seconds(std::max(ttl, 0));
}

}  // namespace

// One channel of c-ares, its sockets on the loop, and what is known. Coroutines that wait hold it.
struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
    // A caller that waits, in its coroutine's frame.
    struct Waiter {
        std::coroutine_handle<> handle;
        std::uint64_t timer = 0;
        bool answered = false;
    };
    struct Name {
        Addresses addresses;
        SteadyTime fresh_until = SteadyTime::min();
        SteadyTime stale_until = SteadyTime::min();
        Error failure;  // of the last look-up
        SteadyTime failed_until = SteadyTime::min();
        bool asking = false;
        std::vector<Waiter*> waiters;
    };
    struct Question {
        std::weak_ptr<State> state;
        std::string host;
    };
    struct Socket {
        boost::asio::posix::stream_descriptor descriptor;
        bool open = true;
        bool wanted[2] = {false, false};   // for reading, for writing
        bool waiting[2] = {false, false};  // an asynchronous wait is out
    };

    Loop& loop;
    const ResolverOptions options;
    ares_channel channel = nullptr;
    std::string problem;  // why there is no channel
    std::uint64_t timer = 0;
    std::map<int, std::shared_ptr<Socket>> sockets;
    std::unordered_map<std::string, Name> names;

    State(Loop& owner, ResolverOptions wanted) : loop(owner), options(std::move(wanted)) {}
    ~State() {
        loop.cancel_timer(timer);
        if (channel != nullptr) {
            ares_destroy(channel);
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // At the first question: reads the system's settings.
    bool ready() {
        if (channel != nullptr) {
            return true;
        }
        ares_options settings{};
        static char lookups[] = "fb";  // /etc/hosts, then the servers
        settings.lookups = lookups;
        settings.timeout = static_cast<int>(options.timeout.count());
        settings.tries = kTries;
        settings.sock_state_cb = &on_socket;
        settings.sock_state_cb_data = this;
        int status = ares_init_options(
            &channel, &settings, ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
        );
        if (status == ARES_SUCCESS && !options.servers.empty()) {
            std::string list;
            for (const auto& server : options.servers) {
                list += (list.empty() ? "" : ",") + server;
            }
            status = ares_set_servers_ports_csv(channel, list.c_str());
            if (status != ARES_SUCCESS) {
                ares_destroy(std::exchange(channel, nullptr));
            }
        }
        problem = status == ARES_SUCCESS ? "" : ares_strerror(status);
        return status == ARES_SUCCESS;
    }

    void ask(const std::string& host) {
        names[host].asking = true;
        if (!ready()) {
            fail(host, "the resolver cannot start: " + problem, false);
            return;
        }
        ares_addrinfo_hints hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        auto question = std::make_unique<Question>(Question{weak_from_this(), host});
        ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, &on_answer, question.release());
        arm_timer();
    }

    static void on_answer(void* argument, int status, int, ares_addrinfo* info) {
        const std::unique_ptr<Question> question(static_cast<Question*>(argument));
        const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(info, &ares_freeaddrinfo);
        const auto self = question->state.lock();
        if (!self) {
            return;
        }
        if (status == ARES_SUCCESS && info != nullptr && info->nodes != nullptr) {
            self->succeed(question->host, *info);
        } else {
            const bool empty = status == ARES_SUCCESS;
            self->fail(question->host, empty ? "it has no address" : ares_strerror(status), empty || is_word(status));
        }
    }

    void succeed(const std::string& host, const ares_addrinfo& info) {
        Name& name = names[host];
        const std::chrono::milliseconds ttl = std::clamp<std::chrono::milliseconds>(
            ttl_of(info), options.ttl_min, std::max(options.ttl_min, options.ttl_max)
        );
        name.addresses = addresses_of(info);
        name.fresh_until = loop.now() + ttl;
        name.stale_until = name.fresh_until + options.stale_max;
        name.failed_until = SteadyTime::min();
        answer(name);
    }

    void fail(const std::string& host, const std::string& why, bool is_certain) {
        Name& name = names[host];
        if (is_certain) {
            name.addresses.clear();
        }
        name.failure = {Errc::unavailable, "cannot resolve the host name " + host + ": " + why};
        name.failed_until = loop.now() + options.negative_ttl;
        answer(name);
    }

    void answer(Name& name) {
        name.asking = false;
        for (auto* waiter : std::exchange(name.waiters, {})) {
            waiter->answered = true;
            loop.cancel_timer(waiter->timer);
            loop.post([handle = waiter->handle] { handle.resume(); });
        }
    }

    // c-ares wants to know about a socket of its own, or is about to close it.
    static void on_socket(void* data, int descriptor, int readable, int writable) {
        auto& self = *static_cast<State*>(data);
        const auto found = self.sockets.find(descriptor);
        if (readable == 0 && writable == 0) {
            if (found != self.sockets.end()) {
                found->second->open = false;
                found->second->descriptor.release();
                self.sockets.erase(found);
            }
            return;
        }
        auto socket = found == self.sockets.end() ? nullptr : found->second;
        if (!socket) {
            socket = std::shared_ptr<Socket>(new Socket{{self.loop.engine().io, descriptor}});
            self.sockets.emplace(descriptor, socket);
        }
        socket->wanted[0] = readable != 0;
        socket->wanted[1] = writable != 0;
        self.wait_for(descriptor, socket, false);
        self.wait_for(descriptor, socket, true);
    }

    void wait_for(int descriptor, const std::shared_ptr<Socket>& socket, bool writing) {
        if (!socket->open || !socket->wanted[writing ? 1 : 0] ||
            std::exchange(socket->waiting[writing ? 1 : 0], true)) {
            return;
        }
        const auto kind = writing ? boost::asio::posix::stream_descriptor::wait_write
                                  : boost::asio::posix::stream_descriptor::wait_read;
        socket->descriptor.async_wait(
            kind,
            [weak = weak_from_this(), descriptor, socket, writing](const boost::system::error_code& error) {
                socket->waiting[writing ? 1 : 0] = false;
                const auto self = weak.lock();
                if (error || !self || !socket->open) {
                    return;
                }
                ares_process_fd(
                    self->channel, writing ? ARES_SOCKET_BAD : descriptor, writing ? descriptor : ARES_SOCKET_BAD
                );
                self->wait_for(descriptor, socket, writing);
                self->arm_timer();
            }
        );
    }

    // For c-ares' own time-outs.
    void arm_timer() {
        loop.cancel_timer(std::exchange(timer, 0));
        timeval left{};
        if (ares_timeout(channel, nullptr, &left) == nullptr) {
            return;
        }
        const auto delay = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
        timer = loop.start_timer(delay + std::chrono::milliseconds(1), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
                self->arm_timer();
            }
        });
    }

    // Names that nobody waits for make room.
    void make_room() {
        if (names.size() >= kNamesMax) {
            std::erase_if(names, [](const auto& entry) {
                return !entry.second.asking && entry.second.waiters.empty();
            });
        }
    }
};

// Waits for the answer to a look-up, or for the deadline.
struct Resolver::Answer {
    State& state;
    const std::string& host;
    SteadyTime deadline;
    State::Waiter waiter = {};

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        waiter.handle = handle;
        state.names[host].waiters.push_back(&waiter);
        waiter.timer = state.loop.start_timer(deadline - state.loop.now(), [this] {
            if (std::erase(state.names[host].waiters, &waiter) > 0) {
                waiter.handle.resume();
            }
        });
    }
    [[nodiscard]] bool await_resume() const { return waiter.answered; }
};

Resolver::Resolver(Loop& loop, ResolverOptions options)
    : loop_(loop), state_(std::make_shared<State>(loop, std::move(options))) {}

Resolver::~Resolver() = default;

void Resolver::configure(ResolverOptions options) {
    auto fresh = std::make_shared<State>(loop_, std::move(options));
    if (fresh->options == state_->options) {
        for (auto& [host, name] : state_->names) {
            if (!name.asking) {
                fresh->names.emplace(host, name);
            }
        }
    }
    state_ = std::move(fresh);
}

Task<Result<std::vector<Address>>> Resolver::resolve(std::string host, std::uint16_t port, SteadyTime deadline) {
    if (auto address = Address::parse(host, port)) {
        co_return std::vector<Address>{*address};
    }
    const auto state = state_;
    const auto now = loop_.now();
    const auto with_port = [port](Addresses addresses) {
        for (auto& address : addresses) {
            address.set_port(port);
        }
        return addresses;
    };
    state->make_room();
    bool answered = true;
    if (const auto& known = state->names[host]; known.fresh_until <= now && known.failed_until <= now) {
        if (!known.asking) {
            state->ask(host);
        }
        const bool has_stale = !known.addresses.empty() && now < known.stale_until;
        if (known.asking) {
            Answer answer{*state, host, has_stale ? std::min(deadline, now + kStaleWait) : deadline};
            answered = co_await answer;
        }
    }
    const auto& known = state->names[host];
    const bool failed = known.failed_until != SteadyTime::min() || !answered;
    if (!known.addresses.empty() && (!failed || loop_.now() < known.stale_until)) {
        co_return with_port(known.addresses);
    }
    if (!answered) {
        co_return Error{Errc::upstream_timeout, "looking up the host name " + host + " took too long"};
    }
    co_return known.failure;
}

}  // namespace aihub::net
