// Structured log: a constant message, facts as fields.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

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
    std::string file;                    // path of the log file, appended to; empty: standard error
    bool colour = false;                 // console only: the level in colour (a terminal, and NO_COLOR is not set)
    std::size_t queue_lines_max = 8192;  // lines waiting for the writer; over it lines are dropped and counted
};

// The log of the process. write() may be called from any thread and never blocks: lines go through a bounded queue to
// a writer thread, which hands them to Poco's logging. app owns the only one; the rest of the host has a reference.
class Log {
public:
    // Error: the file cannot be opened for appending. `clock` stamps the lines and outlives the log. The destructor
    // waits until what is queued has been written.
    static Result<std::unique_ptr<Log>> create(const LogOptions& options, const Clock& clock);
    virtual ~Log() = default;

    // Lower-case message without a trailing dot; never a secret, prompt or reply. No text, whatever its bytes are, can
    // make a second line or break the JSON: see log_line.hpp, which also says how long a text may be.
    virtual void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) = 0;
    virtual void write(LogLevel level, std::string_view message, const Field* fields, std::size_t count) = 0;
    [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
    virtual void set_level(LogLevel level) = 0;
    // Lines lost since the start, because the queue was full or the file could not be written. The log says so, too.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;
    // Waits until every line written so far has reached its file.
    virtual void flush() = 0;
    // Any thread. Closes the file and opens it again by its name, so that it can be moved away (log rotation).
    virtual void reopen() {}

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
