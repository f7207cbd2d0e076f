#include "system/mock_upstream.hpp"

#include "support/http_text.hpp"
#include "support/posix.hpp"

#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::bench {
namespace {

constexpr std::size_t kReplyBytes = 1126;
constexpr const char* kEvent =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-bench",)"
    R"("choices":[{"index":0,"delta":{"content":"t=%019)" PRId64 R"("},"finish_reason":null}]})"
    "\n\n";
constexpr std::string_view kFinish =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-bench",)"
    R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
constexpr std::string_view kUsage =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-bench",)"
    R"("choices":[],"usage":{"prompt_tokens":120,"completion_tokens":30,"total_tokens":150}})"
    "\n\n";

// The same for POST /v1/responses: the events of one answer, cut down to what is always there.
constexpr const char* kResponseEvent =
    "event: response.output_text.delta\n"
    R"(data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_bench","output_index":0,)"
    R"("content_index":0,"delta":"t=%019)" PRId64 R"("})"
    "\n\n";
constexpr std::string_view kResponseBegin =
    "event: response.created\n"
    R"(data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_bench","object":"response",)"
    R"("created_at":1700000000,"status":"in_progress","model":"gpt-bench","output":[]}})"
    "\n\n";
constexpr std::string_view kResponseEnd =
    "event: response.completed\n"
    R"(data: {"type":"response.completed","sequence_number":34,"response":{"id":"resp_bench","object":"response",)"
    R"("created_at":1700000000,"status":"completed","model":"gpt-bench","output":[],)"
    R"("usage":{"input_tokens":120,"output_tokens":30,"total_tokens":150}}})"
    "\n\n";

// And for POST /v1/messages.
constexpr const char* kMessageEvent =
    "event: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"t=%019)" PRId64 R"("}})"
    "\n\n";
constexpr std::string_view kMessageBegin =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"id":"msg_bench","type":"message","role":"assistant",)"
    R"("model":"claude-bench","content":[],"stop_reason":null,"stop_sequence":null,)"
    R"("usage":{"input_tokens":120,"output_tokens":1}}})"
    "\n\n"
    "event: content_block_start\n"
    R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
    "\n\n";
constexpr std::string_view kMessageEnd =
    "event: content_block_stop\n"
    R"(data: {"type":"content_block_stop","index":0})"
    "\n\n"
    "event: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
    R"("usage":{"output_tokens":30}})"
    "\n\n"
    "event: message_stop\n"
    R"(data: {"type":"message_stop"})"
    "\n\n";

std::int64_t now_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::string completion() {
    std::string body = R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"gpt-bench",)"
                       R"("choices":[{"index":0,"message":{"role":"assistant","content":")";
    const std::string end = R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":200,)"
                            R"("total_tokens":320}})";
    body.append(kReplyBytes - body.size() - end.size(), 'a');
    return testing::http_reply(200, body + end);
}

std::string response() {
    std::string body = R"({"id":"resp_bench","object":"response","created_at":1700000000,"status":"completed",)"
                       R"("model":"gpt-bench","output":[{"type":"message","id":"msg_bench","role":"assistant",)"
                       R"("status":"completed","content":[{"type":"output_text","annotations":[],"text":")";
    const std::string end = R"("}]}],"usage":{"input_tokens":120,"output_tokens":200,"total_tokens":320}})";
    body.append(kReplyBytes - body.size() - end.size(), 'a');
    return testing::http_reply(200, body + end);
}

std::string message() {
    std::string body = R"({"id":"msg_bench","type":"message","role":"assistant","model":"claude-bench",)"
                       R"("content":[{"type":"text","text":")";
    const std::string end = R"("}],"stop_reason":"end_turn","stop_sequence":null,)"
                            R"("usage":{"input_tokens":120,"output_tokens":200}})";
    body.append(kReplyBytes - body.size() - end.size(), 'a');
    return testing::http_reply(200, body + end);
}

// What a path answers with. An empty end is that of chat.
struct Surface {
    std::string_view request_line;
    std::string whole;
    std::string_view begin;
    const char* event;
    std::string_view end;
};

struct Client {
    int descriptor = -1;
    std::uint64_t serial = 0;  // tells a reused slot apart
    std::string in;
    std::string out;
    int events_left = 0;
    bool usage = false;
    const Surface* surface = nullptr;
};

class Mock {
public:
    explicit Mock(const MockOptions& options)
        : options_(options),
          surfaces_{{
              {"POST /v1/responses ", response(), kResponseBegin, kResponseEvent, kResponseEnd},
              {"POST /v1/messages ", message(), kMessageBegin, kMessageEvent, kMessageEnd},
              {"", completion(), "", kEvent, ""},
          }},
          epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          listener_(testing::listen_local()) {
        watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
    }

    [[noreturn]] void run() {
        std::printf("listening on http://127.0.0.1:%d\n", testing::local_port(listener_));
        std::fflush(stdout);
        std::vector<epoll_event> ready(512);
        while (true) {
            const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), next_wait_ms());
            for (int index = 0; index < count; ++index) {
                const auto& event = ready[static_cast<std::size_t>(index)];
                if (event.data.fd == listener_.get()) {
                    accept_all();
                } else {
                    handle(event.data.fd, event.events);
                }
            }
            send_due();
        }
    }

private:
    struct Due {
        std::int64_t at_ns;
        int descriptor;
        std::uint64_t serial;
    };

    void watch(int descriptor, std::uint32_t events, int operation) {
        epoll_event event{};
        event.events = events;
        event.data.fd = descriptor;
        ::epoll_ctl(epoll_.get(), operation, descriptor, &event);
    }

    Client* find(int descriptor) {
        const auto index = static_cast<std::size_t>(descriptor);
        return index < clients_.size() ? clients_[index].get() : nullptr;
    }

    void accept_all() {
        while (true) {
            const int descriptor = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0) {
                if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
                    std::perror("mock upstream: accept");
                    std::exit(1);
                }
                return;
            }
            testing::set_no_delay(descriptor);
            const auto index = static_cast<std::size_t>(descriptor);
            if (clients_.size() <= index) {
                clients_.resize(index + 1);
            }
            clients_[index] = std::make_unique<Client>();
            clients_[index]->descriptor = descriptor;
            clients_[index]->serial = ++serial_;
            watch(descriptor, EPOLLIN, EPOLL_CTL_ADD);
        }
    }

    void drop(Client& client) {
        const auto index = static_cast<std::size_t>(client.descriptor);
        ::close(client.descriptor);
        clients_[index].reset();
    }

    void handle(int descriptor, std::uint32_t events) {
        Client* client = find(descriptor);
        if (client == nullptr) {
            return;
        }
        if ((events & EPOLLOUT) != 0 && !flush(*client)) {
            return;
        }
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            char buffer[65536];
            const auto count = ::recv(descriptor, buffer, sizeof buffer, 0);
            if (count == 0 || (count < 0 && errno != EAGAIN)) {
                return drop(*client);
            }
            if (count > 0) {
                client->in.append(buffer, static_cast<std::size_t>(count));
                take_requests(*client);
            }
        }
    }

    void take_requests(Client& client) {
        const int descriptor = client.descriptor;
        while (true) {
            const auto end = client.in.find("\r\n\r\n");
            if (end == std::string::npos) {
                return;
            }
            const auto length = content_length(std::string_view(client.in).substr(0, end));
            const auto total = end + 4 + length;
            if (client.in.size() < total) {
                return;
            }
            const auto body = std::string_view(client.in).substr(end + 4, length);
            const bool stream = body.find("\"stream\":true") != std::string_view::npos;
            client.usage = body.find("\"include_usage\":true") != std::string_view::npos;
            client.surface = &surface_of(client.in);
            client.in.erase(0, total);
            if (stream) {
                start_stream(client);
            } else {
                send(client, client.surface->whole);
            }
            if (find(descriptor) == nullptr) {
                return;
            }
        }
    }

    const Surface& surface_of(std::string_view request) const {
        std::size_t at = 0;
        while (!request.starts_with(surfaces_[at].request_line)) {
            ++at;
        }
        return surfaces_[at];
    }

    static std::size_t content_length(std::string_view head) {
        static constexpr std::string_view kName = "\r\ncontent-length:";
        for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
            if (head.size() - at > kName.size() && ::strncasecmp(head.data() + at, kName.data(), kName.size()) == 0) {
                return std::strtoull(head.data() + at + kName.size(), nullptr, 10);
            }
        }
        return 0;
    }

    void start_stream(Client& client) {
        client.events_left = options_.events;
        const auto begin = client.surface->begin;
        send(client, testing::stream_head() + (begin.empty() ? std::string() : testing::chunk(begin)));
        send_event(client.descriptor, client.serial);
    }

    // Sends the next event and plans the one after it.
    void send_event(int descriptor, std::uint64_t serial) {
        while (true) {
            Client* client = find(descriptor);
            if (client == nullptr || client->serial != serial || client->events_left == 0) {
                return;
            }
            char text[512];
            const auto now = now_ns();
            const int size = std::snprintf(text, sizeof text, client->surface->event, now);
            --client->events_left;
            const bool last = client->events_left == 0;
            if (!send(*client, testing::chunk({text, static_cast<std::size_t>(size)})) || last) {
                if (last && find(descriptor) != nullptr) {
                    finish(*client);
                }
                return;
            }
            if (options_.interval.count() > 0) {
                due_.push_back({now + options_.interval.count() * 1'000'000, descriptor, serial});
                return;
            }
        }
    }

    void finish(Client& client) {
        if (!client.surface->end.empty()) {
            send(client, testing::chunk(client.surface->end) + testing::chunk(""));
            return;
        }
        std::string end = testing::chunk(kFinish);
        if (client.usage) {
            end += testing::chunk(kUsage);
        }
        send(client, end + testing::chunk("data: [DONE]\n\n") + testing::chunk(""));
    }

    // All streams have the same interval, so what is due first was planned first.
    void send_due() {
        const auto now = now_ns();
        while (!due_.empty() && due_.front().at_ns <= now) {
            const Due due = due_.front();
            due_.pop_front();
            send_event(due.descriptor, due.serial);
        }
    }

    [[nodiscard]] int next_wait_ms() const {
        if (due_.empty()) {
            return -1;
        }
        const auto left = due_.front().at_ns - now_ns();
        return left <= 0 ? 0 : static_cast<int>(left / 1'000'000 + 1);
    }

    // False: the connection is gone.
    bool send(Client& client, std::string_view bytes) {
        if (!client.out.empty()) {
            client.out += bytes;
            return true;
        }
        const auto count = ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) {
            drop(client);
            return false;
        }
        const auto sent = static_cast<std::size_t>(count < 0 ? 0 : count);
        if (sent < bytes.size()) {
            client.out = bytes.substr(sent);
            watch(client.descriptor, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        }
        return true;
    }

    bool flush(Client& client) {
        const std::string bytes = std::move(client.out);
        client.out.clear();
        watch(client.descriptor, EPOLLIN, EPOLL_CTL_MOD);
        return send(client, bytes);
    }

    MockOptions options_;
    const std::array<Surface, 3> surfaces_;
    testing::Descriptor epoll_;
    testing::Descriptor listener_;
    std::vector<std::unique_ptr<Client>> clients_;  // by descriptor
    std::uint64_t serial_ = 0;
    std::deque<Due> due_;
};

}  // namespace

void run_mock_upstream(const MockOptions& options) {
    Mock(options).run();
}

}  // namespace aihub::bench
