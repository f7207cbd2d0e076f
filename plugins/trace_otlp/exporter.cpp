#include "exporter.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace aihub::trace_otlp {

namespace {

constexpr std::chrono::milliseconds kPauseMax{30000};

bool named(const aihub_header& header, std::string_view lower_case) {
    const auto name = sdk::view(header.name);
    return std::equal(name.begin(), name.end(), lower_case.begin(), lower_case.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

// The statuses that the protocol says may be tried again; 0: there was no answer.
bool may_pass(int status) {
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

sdk::Metric declared(const sdk::Services& services, std::string_view name, std::string_view help) {
    auto metric = services.declare(sdk::MetricKind::counter, name, help);
    return metric ? *metric : sdk::Metric();
}

}  // namespace

Counters::Counters(const sdk::Services& services)
    : exported(declared(services, "spans_exported_total", "Spans that the collector took.")),
      dropped(declared(services, "spans_dropped_total", "Spans that were given up.")),
      failures(declared(services, "failures_total", "Requests to the collector that failed.")) {}

Exporter::Exporter(const sdk::InstanceContext& context, Counters& counters)
    : services_(&context.services),
      counters_(&counters),
      path_(context.settings["path"].string().value_or("/v1/traces")),
      key_header_(context.settings["key_header"].string().value_or("authorization")),
      key_prefix_(context.settings["key_prefix"].string().value_or("Bearer ")),
      timeout_(context.settings["timeout_ms"].number<std::uint32_t>().value_or(10000)),
      retry_first_(context.settings["retry_ms"].number<std::uint32_t>().value_or(1000)),
      retries_max_(context.settings["retries_max"].number<std::uint32_t>().value_or(5)),
      queue_bytes_max_(context.settings["queue_bytes_max"].number<std::uint32_t>().value_or(8388608)) {
    resource_.service_name = context.settings["service_name"].string().value_or("aihub");
    resource_.environment = context.settings["environment"].string().value_or("");
    const char* version = context.services.host()->product_version;
    resource_.service_version = version == nullptr ? "" : version;
}

Result<std::unique_ptr<Exporter>> Exporter::create(const sdk::InstanceContext& context, Counters& counters) {
    std::unique_ptr<Exporter> made(new Exporter(context, counters));
    if (!made->path_.starts_with('/')) {
        return Error{Errc::invalid_request, "path does not begin with a slash, write it like /v1/traces"};
    }
    return made;
}

Result<void> Exporter::take(std::span<const aihub_span* const> spans) {
    Batch batch{export_request(resource_, spans), spans.size()};
    if (queue_bytes_ + batch.body.size() > queue_bytes_max_) {
        counters_->dropped.record(static_cast<double>(spans.size()));
        return Error{Errc::too_large, "the queue of spans is full"};
    }
    queue_bytes_ += batch.body.size();
    queue_.push_back(std::move(batch));
    if (!busy_) {
        send();
    }
    return {};
}

void Exporter::flush(sdk::FlushDone done) {
    if (!queue_.empty()) {
        waiting_.push_back(std::move(done));  // Else it is done as it goes out of scope.
    }
}

void Exporter::send() {
    busy_ = true;
    http_status_ = 0;
    retry_after_ = std::chrono::seconds(0);
    auto request = sdk::HttpRequest::post(path_)
                       .header("content-type", "application/json")
                       .secret_header(key_header_, key_prefix_, "api_key");
    request.add_borrowed(queue_.front().body);  // The host copies it.
    const auto started = services_->fetch({}, std::move(request), timeout_, *this);
    if (!started) {
        failed(false, started.error().message);
    }
}

void Exporter::send_next() {
    queue_bytes_ -= queue_.front().body.size();
    queue_.pop_front();
    tries_ = 0;
    busy_ = false;
    if (!queue_.empty()) {
        send();
        return;
    }
    waiting_.clear();
}

void Exporter::on_head(int status, std::span<const aihub_header> headers) {
    http_status_ = status;
    for (const aihub_header& header : headers) {
        if (named(header, "retry-after")) {
            const auto text = sdk::view(header.value);
            std::uint32_t seconds = 0;
            std::from_chars(text.data(), text.data() + text.size(), seconds);
            retry_after_ =
                std::min(std::chrono::seconds(seconds), std::chrono::duration_cast<std::chrono::seconds>(kPauseMax));
        }
    }
}

void Exporter::on_frame(std::string_view /*event*/, std::string_view /*data*/) {}

void Exporter::on_end(aihub_status status) {
    if (status == AIHUB_OK && http_status_ >= 200 && http_status_ < 300) {
        counters_->exported.record(static_cast<double>(queue_.front().spans));
        if (std::exchange(failing_, false)) {
            services_->log(sdk::LogLevel::info, "the collector takes spans again");
        }
        send_next();
        return;
    }
    if (status == AIHUB_CANCELLED) {
        abandon();
        return;
    }
    // A cut answer after a good status may have been taken: spans are sent again, collectors drop what they know.
    const bool cut = status != AIHUB_OK && http_status_ < 400;
    failed(cut || may_pass(http_status_), http_status_ > 0 ? "status " + std::to_string(http_status_) : "no answer");
}

void Exporter::failed(bool may_pass, const std::string& why) {
    counters_->failures.record(1);
    if (!std::exchange(failing_, true)) {
        services_->log(sdk::LogLevel::warn, "the collector does not take spans", {{"reason", why}});
    }
    if (!may_pass || tries_ >= retries_max_) {
        give_up();
        return;
    }
    auto pause = std::min(retry_first_ * (std::int64_t{1} << std::min(tries_, 16U)), kPauseMax);
    pause = std::max<std::chrono::milliseconds>(pause, retry_after_);
    ++tries_;
    auto timer = services_->start_timer<&Exporter::retry>(pause, this);
    if (!timer) {
        give_up();
        return;
    }
    timer_ = *std::move(timer);
}

void Exporter::retry() {
    send();
}

// The host ends: nothing is sent any more, and nobody waits.
void Exporter::abandon() {
    for (const Batch& batch : queue_) {
        counters_->dropped.record(static_cast<double>(batch.spans));
    }
    queue_.clear();
    queue_bytes_ = 0;
    busy_ = false;
    waiting_.clear();
}

void Exporter::give_up() {
    counters_->dropped.record(static_cast<double>(queue_.front().spans));
    send_next();
}

}  // namespace aihub::trace_otlp
