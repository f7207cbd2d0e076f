// The HTTP client that plugins borrow, over host/net.
#pragma once

#include "app/loop_set.hpp"
#include "capability/http_client.hpp"
#include "config/snapshot.hpp"
#include "net/resolver.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace aihub::app {

// How exchanges reach their origins.
struct OutboundOptions {
    net::ResolverOptions resolver;
    config::Proxies proxies = {};
};

// One for the process; each exchange lives on the loop that started it. Outlives the loops' last run.
class HttpService final : public capability::HttpClient {
public:
    HttpService(LoopSet& loops, const OutboundOptions& options);
    ~HttpService() override;

    // The next exchanges go by `options`.
    void configure(const OutboundOptions& options);

    std::uint64_t start(capability::OwnedHttpRequest request, std::shared_ptr<capability::HttpSink> sink) override;
    void pause(std::uint64_t id, bool on) override;
    void cancel(std::uint64_t id) override;

    // Any thread but a loop's, before the loops stop: ends what is still under way, so that nothing of it is left
    // behind. Waits for loops that run, at most `patience` for each.
    void cancel_all(std::chrono::milliseconds patience);

private:
    struct PerLoop;
    [[nodiscard]] PerLoop* here() const;
    std::vector<std::unique_ptr<PerLoop>> loops_;
};

}  // namespace aihub::app
