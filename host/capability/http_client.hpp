// The HTTP client that the host lends to plugins. Implemented over host/net by host/app, and by fakes in tests.
#pragma once

#include "capability/provider.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::capability {

// How an exchange ended.
enum class ExchangeEnd { complete, cancelled, timeout, upstream, unavailable, limit };

// Takes what comes back; called on the loop that started the exchange.
class HttpSink {
public:
    virtual ~HttpSink() = default;
    virtual void on_head(int status, std::span<const Header> headers) = 0;
    virtual void on_frame(std::string_view event, std::string_view data) = 0;
    virtual void on_end(ExchangeEnd end) = 0;  // exactly once, never from within start() or cancel()
};

// A request that owns its text; secrets are already in the header values.
struct OwnedHttpRequest {
    std::string origin;  // "https://api.example.com", no path
    std::string method;
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Framing framing = Framing::whole;
    std::chrono::nanoseconds timeout{0};
};

class HttpClient {
public:
    virtual ~HttpClient() = default;
    // On a loop. 0: this thread is not a loop. The sink is kept until its on_end() returned.
    virtual std::uint64_t start(OwnedHttpRequest request, std::shared_ptr<HttpSink> sink) = 0;
    virtual void pause(std::uint64_t id, bool on) = 0;
    virtual void cancel(std::uint64_t id) = 0;
};

}  // namespace aihub::capability
