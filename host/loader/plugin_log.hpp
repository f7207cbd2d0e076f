// aihub.log/1 of one plugin.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/secret.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <aihub/ext/log.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace aihub::loader {

// Writes a plugin's lines with its id, at most kLinesPerSecond of them; the rest is counted in
// aihub_plugin_log_dropped_total. Secrets of its instances are cut out by value. Any thread; never blocks on I/O.
class PluginLog {
public:
    static constexpr std::uint32_t kLinesPerSecond = 100;
    static constexpr std::size_t kFieldsMax = 16;       // further fields are left out
    static constexpr std::size_t kTextBytesMax = 2048;  // of the message and of each value; the rest is cut off
    static constexpr std::size_t kSecretBytesMin = 6;   // shorter secrets would cut holes into ordinary words

    PluginLog(std::string plugin, telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock);

    void write(std::int32_t level, aihub_slice message, const aihub_field* fields, std::size_t count);
    [[nodiscard]] bool enabled(std::int32_t level) const;

    // Values to cut out, for as long as `owner` lives.
    void hide(const void* owner, const Secret& secret);
    void forget(const void* owner);

private:
    [[nodiscard]] bool within_limit();
    [[nodiscard]] std::string cleaned(aihub_slice text) const;

    const std::string plugin_;
    telemetry::Log& log_;
    const Clock& clock_;
    telemetry::Counter& dropped_;
    std::atomic<std::uint64_t> window_{0};  // second since the clock's epoch << 32 | lines in it
    Guarded<std::vector<std::pair<const void*, Secret>>> hidden_;
};

// The struct that a plugin gets.
[[nodiscard]] const aihub_log_v1& log_extension();

}  // namespace aihub::loader
