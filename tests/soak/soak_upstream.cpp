#include "soak_upstream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace aihub::soak {

using testing::chunk;
using testing::event_chunk;
using testing::http_reply;

namespace {

const std::string kUsage = R"("usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18})";

std::string frame(std::string_view content) {
    return R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":)"
           R"({"content":")" +
           std::string(content) + R"("},"finish_reason":null}]})";
}

std::string what_of(const std::string& body) {
    constexpr std::string_view kName = R"("user":")";
    const auto at = body.find(kName);
    if (at == std::string::npos) {
        return "plain";
    }
    const auto begin = at + kName.size();
    return body.substr(begin, body.find('"', begin) - begin);
}

std::string completion(bool embeddings) {
    return embeddings ? R"({"object":"list","model":"e","data":[{"object":"embedding","index":0,)"
                        R"("embedding":[0.1,0.2]}],"usage":{"prompt_tokens":3,"total_tokens":3}})"
                      : R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
                        R"("message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],)" +
                            kUsage + "}";
}

}  // namespace

SoakUpstream::SoakUpstream()
    : listener_(testing::listen_local()), port_(testing::local_port(listener_)), acceptor_([this] { accept_loop(); }) {}

SoakUpstream::~SoakUpstream() {
    stopping_.set();
}

// False: the upstream stops.
bool SoakUpstream::wait(int descriptor, short events) const {
    std::array<pollfd, 2> waits{pollfd{descriptor, events, 0}, pollfd{stopping_.descriptor(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), -1);
    return waits[1].revents == 0;
}

void SoakUpstream::accept_loop() {
    while (wait(listener_.get(), POLLIN)) {
        links_.remove_if([](const auto& link) { return link->done.load(); });
        testing::Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.open()) {
            continue;
        }
        testing::set_no_delay(socket.get());
        auto& link = *links_.emplace_back(std::make_unique<Link>());
        link.socket = std::move(socket);
        ++open_;
        link.thread = std::jthread([this, &link] { serve(link); });
    }
    links_.clear();
}

void SoakUpstream::serve(Link& link) {
    std::string input;
    std::array<char, 65536> buffer;
    bool more = true;
    while (more && wait(link.socket.get(), POLLIN)) {
        const auto count = ::recv(link.socket.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0 && errno != EAGAIN) {
            break;
        }
        input.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        while (more) {
            const auto request = testing::take_message(input, testing::Side::request, testing::Ended::no);
            if (!request) {
                break;
            }
            more = answer(link, *request);
        }
        if (count == 0) {
            break;
        }
    }
    link.socket.close();
    --open_;
    link.done = true;
}

// False: the peer has gone or the upstream stops.
bool SoakUpstream::send(const Link& link, std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto count = ::send(link.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EAGAIN || !wait(link.socket.get(), POLLOUT)) {
            return false;
        }
    }
    return true;
}

bool SoakUpstream::stream(const Link& link, int events, std::string_view content, bool whole) const {
    if (!send(link, testing::stream_head())) {
        return false;
    }
    for (int index = 0; index < events; ++index) {
        if (!send(link, event_chunk(frame(content)))) {
            return false;
        }
        std::array<pollfd, 1> stop{pollfd{stopping_.descriptor(), POLLIN, 0}};
        ::poll(stop.data(), stop.size(), 5);  // as a model that thinks
    }
    return whole && send(
                        link,
                        event_chunk(
                            R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m",)"
                            R"("choices":[],)" +
                            kUsage + "}"
                        ) + event_chunk("[DONE]") +
                            chunk("")
                    );
}

bool SoakUpstream::answer(const Link& link, const testing::Message& request) const {
    const auto what = what_of(request.body);
    if (what == "stream") {
        return stream(link, 8, "hello", true);
    }
    if (what == "large") {
        return stream(link, 16, std::string(16384, 'x'), true);
    }
    if (what == "cut") {
        return stream(link, 3, "hello", false);
    }
    if (what == "refuse") {
        return send(link, http_reply(400, R"({"error":{"message":"no","type":"invalid_request_error"}})"));
    }
    if (what == "fail") {
        return send(link, http_reply(500, R"({"error":{"message":"broken","type":"server_error"}})"));
    }
    if (what == "garbage") {
        static_cast<void>(send(link, "HTTP/1.1 abc\r\n\r\n"));
        return false;
    }
    if (what == "reset") {
        testing::set_reset_on_close(link.socket.get());
        return false;
    }
    return send(link, http_reply(200, completion(request.target().find("embeddings") != std::string::npos)));
}

}  // namespace aihub::soak
