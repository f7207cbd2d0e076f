// A log that keeps its lines.
#pragma once

#include "telemetry/log.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace aihub::testing {

// Any thread.
class FakeLog final : public telemetry::Log {
public:
    void write(telemetry::LogLevel level, std::string_view message, std::initializer_list<telemetry::Field> fields)
        override {
        write(level, message, fields.begin(), fields.size());
    }
    void write(telemetry::LogLevel level, std::string_view message, const telemetry::Field* fields, std::size_t count)
        override {
        constexpr std::string_view kNames[] = {"", "debug", "info", "warn", "error"};
        std::string line(kNames[static_cast<int>(level)]);
        line.append(": ").append(message);
        for (std::size_t i = 0; i < count; ++i) {
            line.append(" ").append(fields[i].key()).append("=").append(fields[i].text());
        }
        const std::scoped_lock lock(mutex_);
        lines_.push_back(std::move(line));
    }
    [[nodiscard]] bool enabled(telemetry::LogLevel) const override { return true; }
    void set_level(telemetry::LogLevel) override {}
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }
    void flush() override {}

    // "error: message key=value", oldest first.
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::scoped_lock lock(mutex_);
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace aihub::testing
