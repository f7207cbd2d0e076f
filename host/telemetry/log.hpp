// Structured log: a constant message, facts as fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace aihub::telemetry {

enum class LogLevel { debug = 1, info = 2, warn = 3, error = 4 };
enum class LogFormat { console, json };

// One fact. Numbers stay numbers in JSON. There is no constructor for Secret, so logging one does not compile.
class Field {
public:
    Field(std::string_view key, std::string_view value) : key_(key), text_(value) {}
    Field(std::string_view key, const char* value) : key_(key), text_(value) {}
    Field(std::string_view key, const std::string& value) : key_(key), text_(value) {}
    Field(std::string_view key, std::int64_t value) : key_(key), number_(value), numeric_(true) {}
    Field(std::string_view key, int value) : Field(key, static_cast<std::int64_t>(value)) {}
    Field(std::string_view key, std::uint64_t value) : Field(key, static_cast<std::int64_t>(value)) {}
    Field(std::string_view key, bool value) : key_(key), text_(value ? "true" : "false"), literal_(true) {}

    [[nodiscard]] std::string_view key() const { return key_; }
    // The value as text, without quotes.
    [[nodiscard]] std::string text() const { return numeric_ ? std::to_string(number_) : std::string(text_); }
    // Whether JSON shows it without quotes.
    [[nodiscard]] bool bare() const { return numeric_ || literal_; }

private:
    std::string_view key_;
    std::string_view text_;
    std::int64_t number_ = 0;
    bool numeric_ = false;
    bool literal_ = false;
};

struct LogOptions {
    LogFormat format = LogFormat::console;
    LogLevel level = LogLevel::info;
    std::string file;                    // path of the log file; empty: standard error
    std::size_t queue_lines_max = 8192;  // lines waiting for the writer; over it lines are dropped and counted
};

// The log of the process. write() may be called from any thread and never blocks: lines go through a bounded queue to
// a writer thread, which hands them to Poco's logging. app owns the only one; the rest of the host has a reference.
class Log {
public:
    static Result<std::unique_ptr<Log>> create(const LogOptions& options);
    virtual ~Log() = default;

    // Lower-case message without a trailing dot; never a secret, prompt or reply.
    virtual void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) = 0;
    virtual void write(LogLevel level, std::string_view message, const Field* fields, std::size_t count) = 0;
    [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
    virtual void set_level(LogLevel level) = 0;
    // Lines dropped because the queue was full, since the start.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;
    // Waits until every line written so far has reached its file.
    virtual void flush() = 0;

    void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
        if (enabled(LogLevel::debug)) {
            write(LogLevel::debug, message, fields);
        }
    }
    void info(std::string_view message, std::initializer_list<Field> fields = {}) {
        if (enabled(LogLevel::info)) {
            write(LogLevel::info, message, fields);
        }
    }
    void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
        write(LogLevel::warn, message, fields);
    }
    void error(std::string_view message, std::initializer_list<Field> fields = {}) {
        write(LogLevel::error, message, fields);
    }
};

}  // namespace aihub::telemetry
