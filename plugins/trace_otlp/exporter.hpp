// Batches of spans on their way to a collector.
#pragma once

#include "otlp_json.hpp"

#include <aihub/trace_sink.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aihub::trace_otlp {

// Counters of the plugin, declared once.
struct Counters {
    explicit Counters(const sdk::Services& services);
    sdk::Metric exported;  // spans that the collector took
    sdk::Metric dropped;   // spans given up: queue full, refused, out of retries
    sdk::Metric failures;  // requests that failed, retried or not
};

// One batch is one request, and there is one request at a time: a slow collector makes the queue long, and the queue
// has a limit. All on one event loop.
class Exporter final : public sdk::HttpSink {
public:
    using Library = Counters;
    static Result<std::unique_ptr<Exporter>> create(const sdk::InstanceContext& context, Counters& counters);

    Result<void> take(std::span<const aihub_span* const> spans);
    void flush(sdk::FlushDone done);
    [[nodiscard]] const sdk::InstanceServices& services() const { return *services_; }

    void on_head(int status, std::span<const aihub_header> headers) override;
    void on_frame(std::string_view event, std::string_view data) override;
    void on_end(aihub_status status) override;
    void retry();

private:
    struct Batch {
        std::string body;
        std::size_t spans = 0;
    };
    Exporter(const sdk::InstanceContext& context, Counters& counters);
    void send();
    void send_next();
    void failed(bool may_pass, const std::string& why);
    void give_up();
    void abandon();

    const sdk::InstanceServices* services_;
    const Counters* counters_;
    Resource resource_;
    std::string path_;
    std::string key_header_;
    std::string key_prefix_;
    std::chrono::milliseconds timeout_;
    std::chrono::milliseconds retry_first_;
    std::uint32_t retries_max_;
    std::size_t queue_bytes_max_;

    std::deque<Batch> queue_;  // the first is being sent, or waits for its next try
    std::size_t queue_bytes_ = 0;
    bool busy_ = false;  // a request or a pause is under way
    std::uint32_t tries_ = 0;
    int http_status_ = 0;
    std::chrono::seconds retry_after_{0};
    bool failing_ = false;  // said in the log
    sdk::Timer timer_;
    std::vector<sdk::FlushDone> waiting_;
};

}  // namespace aihub::trace_otlp
