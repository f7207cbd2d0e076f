// What the host lends to a plugin, in C++.
#pragma once

#include <aihub/ext/call.h>
#include <aihub/ext/clock.h>
#include <aihub/ext/log.h>
#include <aihub/ext/metrics.h>
#include <aihub/plugin.h>
#include <aihub/result.hpp>
#include <aihub/text.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>

namespace aihub::sdk {

enum class LogLevel : std::int32_t {
    debug = AIHUB_LOG_DEBUG,
    info = AIHUB_LOG_INFO,
    warn = AIHUB_LOG_WARN,
    error = AIHUB_LOG_ERROR,
};

// One fact beside a log message.
struct LogField {
    std::string_view key;
    std::string_view value;
};

enum class MetricKind : std::int32_t {
    counter = AIHUB_METRIC_COUNTER,
    gauge = AIHUB_METRIC_GAUGE,
    histogram = AIHUB_METRIC_HISTOGRAM,
};

// A declared metric. Copies are the same metric. [any] Without a metrics service in the host it does nothing.
class Metric {
public:
    Metric() = default;
    Metric(const aihub_metrics_v1* service, aihub_metric* metric) : service_(service), metric_(metric) {}

    // Counter: adds. Gauge: sets. Histogram: observes seconds.
    void record(double value, std::string_view label = {}) const {
        if (metric_ != nullptr && AIHUB_HAS(service_, aihub_metrics_v1, record)) {
            service_->record(metric_, slice(label), value);
        }
    }

private:
    const aihub_metrics_v1* service_ = nullptr;
    aihub_metric* metric_ = nullptr;
};

// The services of the host for the whole library; made in init(), lives until deinit(). [any] A service that this host
// does not have is quietly absent: nothing is logged or counted, and clocks stand at zero.
class Services {
public:
    explicit Services(const aihub_host* host)
        : host_(host),
          log_(find<aihub_log_v1>(AIHUB_EXT_LOG)),
          metrics_(find<aihub_metrics_v1>(AIHUB_EXT_METRICS)),
          clock_(find<aihub_clock_v1>(AIHUB_EXT_CLOCK)),
          call_(find<aihub_call_v1>(AIHUB_EXT_CALL)) {}

    [[nodiscard]] const aihub_host* host() const { return host_; }
    [[nodiscard]] const aihub_call_v1* call() const { return call_; }

    // A service struct by its extension id, or nullptr.
    template <class Service>
    [[nodiscard]] const Service* find(const char* id) const {
        return static_cast<const Service*>(host_->get_extension(host_, id));
    }

    // Constant message, facts as fields.
    void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) const {
        if (!AIHUB_HAS(log_, aihub_log_v1, write)) {
            return;
        }
        std::array<aihub_field, 16> list{};
        std::size_t count = 0;
        for (const LogField& field : fields) {
            if (count < list.size()) {
                list[count++] = {slice(field.key), slice(field.value)};
            }
        }
        log_->write(host_, static_cast<std::int32_t>(level), slice(message), list.data(), count);
    }

    // [control] In the constructor of the plugin's Library only.
    [[nodiscard]] Result<Metric> declare(
        MetricKind kind, std::string_view name, std::string_view help, std::string_view label = {}
    ) const {
        if (!AIHUB_HAS(metrics_, aihub_metrics_v1, declare)) {
            return Metric{};
        }
        aihub_metric* metric = nullptr;
        const aihub_status status =
            metrics_->declare(host_, static_cast<std::int32_t>(kind), slice(name), slice(help), slice(label), &metric);
        if (status < 0) {
            return Error{Errc::internal, "cannot declare metric " + std::string(name)};
        }
        return Metric{metrics_, metric};
    }

    // The scale of deadlines.
    [[nodiscard]] std::chrono::nanoseconds monotonic() const {
        return std::chrono::nanoseconds(
            AIHUB_HAS(clock_, aihub_clock_v1, monotonic_ns) ? clock_->monotonic_ns(host_) : 0
        );
    }
    // Since 1970-01-01T00:00:00Z.
    [[nodiscard]] std::chrono::nanoseconds wall() const {
        return std::chrono::nanoseconds(AIHUB_HAS(clock_, aihub_clock_v1, wall_ns) ? clock_->wall_ns(host_) : 0);
    }

    void set_error(aihub_error* error, aihub_status status, std::string_view code, std::string_view message) const {
        if (error != nullptr) {
            host_->set_error(error, status, slice(code), slice(message), {});
        }
    }

private:
    const aihub_host* host_;
    const aihub_log_v1* log_;
    const aihub_metrics_v1* metrics_;
    const aihub_clock_v1* clock_;
    const aihub_call_v1* call_;
};

namespace detail {

// Runs one entry of the ABI. No exception gets out: it becomes AIHUB_E_INTERNAL, and is logged where there is no
// *error.
template <class Body>
aihub_status edge(const Services& services, const char* entry, aihub_error* error, Body&& body) noexcept {
    const auto report = [&](std::string_view what) {
        services.set_error(error, AIHUB_E_INTERNAL, "exception", what);
        if (error == nullptr) {
            services.log(LogLevel::error, "exception stopped at the plugin's edge", {{"entry", entry}, {"what", what}});
        }
        return AIHUB_E_INTERNAL;
    };
    try {
        return body();
    } catch (const std::exception& exception) {
        return report(exception.what());
    } catch (...) {  // Anything else an author's library may throw must not reach the host's frames either.
        return report("unknown exception");
    }
}

// The status that stands for an Errc.
constexpr aihub_status status_of(Errc code) {
    switch (code) {
        case Errc::invalid_request:
        case Errc::not_found:
        case Errc::unsupported_media:
            return AIHUB_E_INVALID;
        case Errc::unauthorized:
        case Errc::forbidden:
            return AIHUB_E_DENIED;
        case Errc::too_large:
        case Errc::rate_limited:
            return AIHUB_E_LIMIT;
        case Errc::upstream_failed:
            return AIHUB_E_UPSTREAM;
        case Errc::unavailable:
            return AIHUB_E_UNAVAILABLE;
        case Errc::upstream_timeout:
            return AIHUB_E_TIMEOUT;
        case Errc::not_implemented:
            return AIHUB_E_UNSUPPORTED;
        default:
            return AIHUB_E_INTERNAL;
    }
}

// A failed Result across the line.
inline aihub_status refuse(const Services& services, aihub_error* out, const Error& error) {
    const aihub_status status = status_of(error.code);
    const std::string_view fallback = status == AIHUB_E_INVALID ? "invalid_request" : "plugin_error";
    services.set_error(out, status, error.reason.empty() ? fallback : error.reason, error.message);
    return status;
}

}  // namespace detail
}  // namespace aihub::sdk
