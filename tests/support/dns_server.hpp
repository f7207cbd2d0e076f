// A name server on 127.0.0.1 (UDP) that answers as a test says.
#pragma once

#include "support/posix.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::testing {

struct DnsAnswer {
    std::vector<std::string> addresses;  // IPv4 and IPv6; none: the name exists without any
    std::uint32_t ttl = 60;              // seconds
    enum class Kind { answer, unknown_name, failure, silence } kind = Kind::answer;
};

// Answers on a thread of its own until it is destroyed. Names that no answer was set for do not exist. Any thread.
class DnsServer {
public:
    DnsServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
        thread_ = std::jthread([this] { serve(); });
    }
    ~DnsServer() { stopping_.set(); }
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(local_port(socket_)); }
    void set(const std::string& name, DnsAnswer answer) {
        const std::scoped_lock lock(mutex_);
        answers_[name] = std::move(answer);
    }
    // Questions for IPv4 addresses of `name` so far.
    [[nodiscard]] int asked(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        return asked_[name];
    }

private:
    static constexpr std::size_t kHeaderBytes = 12;
    static constexpr int kIpv4 = 1;
    static constexpr int kIpv6 = 28;

    void serve() {
        std::array<char, 512> buffer{};
        std::array<pollfd, 2> waits{{{socket_.get(), POLLIN, 0}, {stopping_.descriptor(), POLLIN, 0}}};
        while (::poll(waits.data(), waits.size(), -1) > 0 && waits[1].revents == 0) {
            sockaddr_in from{};
            socklen_t size = sizeof(from);
            auto* const peer = reinterpret_cast<sockaddr*>(&from);
            const auto count = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, peer, &size);
            if (count < static_cast<ssize_t>(kHeaderBytes)) {
                continue;
            }
            const auto reply = reply_to({buffer.data(), static_cast<std::size_t>(count)});
            if (!reply.empty()) {
                ::sendto(socket_.get(), reply.data(), reply.size(), 0, peer, size);
            }
        }
    }
    // Empty: none.
    std::string reply_to(const std::string& question) {
        std::string name;
        std::size_t at = kHeaderBytes;
        while (question.at(at) != 0) {
            const auto length = static_cast<std::size_t>(question[at]);
            name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
            at += 1 + length;
        }
        const int type = question.at(at + 2);
        const std::scoped_lock lock(mutex_);
        asked_[name] += type == kIpv4 ? 1 : 0;
        const auto found = answers_.find(name);
        const DnsAnswer none{{}, 0, DnsAnswer::Kind::unknown_name};
        const DnsAnswer& answer = found == answers_.end() ? none : found->second;
        if (answer.kind == DnsAnswer::Kind::silence) {
            return {};
        }
        std::string records;
        int count = 0;
        for (const auto& address : answer.addresses) {
            const bool six = address.find(':') != std::string::npos;
            std::array<char, 16> bytes{};
            if (type != (six ? kIpv6 : kIpv4) ||
                ::inet_pton(six ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) {
                continue;
            }
            const std::uint32_t ttl = htonl(answer.ttl);
            records += std::string("\xc0\x0c\x00", 3) + static_cast<char>(type) + std::string("\x00\x01", 2);
            records.append(reinterpret_cast<const char*>(&ttl), sizeof(ttl));
            records += std::string(1, '\0') + (six ? '\x10' : '\x04') + std::string(bytes.data(), six ? 16 : 4);
            ++count;
        }
        const int code = answer.kind == DnsAnswer::Kind::answer ? 0 : answer.kind == DnsAnswer::Kind::failure ? 2 : 3;
        std::string reply = question.substr(0, 2) + '\x81' + static_cast<char>(0x80 | code) + std::string("\0\1\0", 3);
        reply += static_cast<char>(count) + std::string(4, '\0');
        return reply + question.substr(kHeaderBytes, at + 5 - kHeaderBytes) + records;
    }

    Descriptor socket_;
    Signal stopping_;
    std::mutex mutex_;
    std::map<std::string, DnsAnswer> answers_;
    std::map<std::string, int> asked_;
    std::jthread thread_;
};

}  // namespace aihub::testing
