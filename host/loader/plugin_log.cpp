#include "loader/plugin_log.hpp"

#include "loader/abi_error.hpp"
#include "loader/plugin.hpp"

#include <algorithm>

namespace aihub::loader {
namespace {

constexpr std::string_view kMask = "[secret]";

telemetry::LogLevel level_of(std::int32_t level) {
    return static_cast<telemetry::LogLevel>(std::clamp<std::int32_t>(level, AIHUB_LOG_DEBUG, AIHUB_LOG_ERROR));
}

void write_line(
    const aihub_host* host, std::int32_t level, aihub_slice message, const aihub_field* fields, std::size_t count
) {
    Plugin::of(host).log().write(level, message, fields, count);
}

std::int32_t is_enabled(const aihub_host* host, std::int32_t level) {
    return Plugin::of(host).log().enabled(level) ? 1 : 0;
}

}  // namespace

PluginLog::PluginLog(std::string plugin, telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock)
    : plugin_(std::move(plugin)),
      log_(log),
      clock_(clock),
      dropped_(metrics.counter(
          "aihub_plugin_log_dropped_total", "Log lines of a plugin over its limit.", {{"plugin", plugin_}}
      )) {}

bool PluginLog::enabled(std::int32_t level) const {
    return log_.enabled(level_of(level));
}

bool PluginLog::within_limit() {
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.steady_now().time_since_epoch()).count();
    const std::uint64_t now = static_cast<std::uint64_t>(second) << 32;
    std::uint64_t window = window_.load(std::memory_order_relaxed);
    for (;;) {
        const bool same = (window >> 32) == (now >> 32);
        if (same && static_cast<std::uint32_t>(window) >= kLinesPerSecond) {
            return false;
        }
        if (window_.compare_exchange_weak(window, same ? window + 1 : now + 1, std::memory_order_relaxed)) {
            return true;
        }
    }
}

void PluginLog::write(std::int32_t level, aihub_slice message, const aihub_field* fields, std::size_t count) {
    if (!enabled(level)) {
        return;
    }
    if (!within_limit()) {
        dropped_.add();
        return;
    }
    // Two passes, because a Field views its text and the texts must not move any more.
    const std::size_t kept = fields == nullptr ? 0 : std::min(count, kFieldsMax);
    std::vector<std::string> texts;
    texts.reserve(2 * kept);
    for (std::size_t i = 0; i < kept; ++i) {
        texts.push_back(cleaned(fields[i].key));
        texts.push_back(cleaned(fields[i].value));
    }
    std::vector<telemetry::Field> facts;
    facts.reserve(kept + 1);
    facts.emplace_back("plugin", plugin_);
    for (std::size_t i = 0; i < kept; ++i) {
        facts.emplace_back(texts[2 * i], texts[2 * i + 1]);
    }
    log_.write(level_of(level), cleaned(message), facts.data(), facts.size());
}

std::string PluginLog::cleaned(aihub_slice text) const {
    std::string clean(view(text));
    hidden_.with([&clean](const auto& hidden) {
        for (const auto& [owner, secret] : hidden) {
            const std::string_view value = secret.expose();
            for (std::size_t at = clean.find(value); at != std::string::npos;
                 at = clean.find(value, at + kMask.size())) {
                clean.replace(at, value.size(), kMask);
            }
        }
    });
    if (clean.size() > kTextBytesMax) {
        clean.resize(kTextBytesMax);
    }
    return clean;
}

void PluginLog::hide(const void* owner, const Secret& secret) {
    if (secret.expose().size() >= kSecretBytesMin) {
        hidden_.with([&](auto& hidden) { hidden.emplace_back(owner, secret); });
    }
}

void PluginLog::forget(const void* owner) {
    hidden_.with([owner](auto& hidden) {
        std::erase_if(hidden, [owner](const auto& one) { return one.first == owner; });
    });
}

const aihub_log_v1& log_extension() {
    static constexpr aihub_log_v1 kLog = {sizeof(aihub_log_v1), 0, &write_line, &is_enabled};
    return kLog;
}

}  // namespace aihub::loader
