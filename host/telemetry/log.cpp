#include "telemetry/log.hpp"

#include "base/bounded_queue.hpp"
#include "telemetry/log_line.hpp"

#include <Poco/ConsoleChannel.h>
#include <Poco/Exception.h>
#include <Poco/FileChannel.h>
#include <Poco/Formatter.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Message.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

namespace aihub::telemetry {
namespace {

// What the writer gets: the body is made by the thread that logs (its fields are views), the rest by the writer.
struct Line {
    bool wake_only = false;
    LogLevel level = LogLevel::info;
    WallTime time;
    std::string body;
};

Poco::Message::Priority priority_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return Poco::Message::PRIO_DEBUG;
        case LogLevel::info:
            return Poco::Message::PRIO_INFORMATION;
        case LogLevel::warn:
            return Poco::Message::PRIO_WARNING;
        case LogLevel::error:
            return Poco::Message::PRIO_ERROR;
    }
    return Poco::Message::PRIO_INFORMATION;
}

LogLevel level_of(Poco::Message::Priority priority) {
    if (priority <= Poco::Message::PRIO_ERROR) {
        return LogLevel::error;
    }
    if (priority == Poco::Message::PRIO_WARNING) {
        return LogLevel::warn;
    }
    return priority <= Poco::Message::PRIO_INFORMATION ? LogLevel::info : LogLevel::debug;
}

class LineFormatter final : public Poco::Formatter {
public:
    LineFormatter(LogFormat format, bool colour) : format_(format), colour_(colour) {}

    void format(const Poco::Message& message, std::string& text) override {
        const WallTime time{std::chrono::microseconds(message.getTime().epochMicroseconds())};
        text = log_head(format_, level_of(message.getPriority()), time, colour_);
        text += message.getText();
    }

private:
    const LogFormat format_;
    const bool colour_;
};

// Where lines go. The writer's alone. Poco::Logger is left out on purpose: its loggers live in a global table.
class Output {
public:
    explicit Output(const LogOptions& options) : to_file_(!options.file.empty()) {
        if (to_file_) {
            file_ = new Poco::FileChannel(options.file);
            file_->open();
        }
        Poco::Channel::Ptr target = file_;
        if (!to_file_) {
            target = new Poco::ConsoleChannel(std::clog);
        }
        channel_ = new Poco::FormattingChannel(new LineFormatter(options.format, options.colour), target);
    }

    // False: the line is lost. The next one is tried anew, because disks get room and files come back.
    bool write(const Line& line) {
        Poco::Message message({}, line.body, priority_of(line.level));
        const auto micros = std::chrono::floor<std::chrono::microseconds>(line.time.time_since_epoch()).count();
        message.setTime(Poco::Timestamp(micros));
        try {
            channel_->log(message);
        } catch (const Poco::Exception&) {
            close_file();
            return false;
        }
        if (to_file_ || std::clog.good()) {
            return true;
        }
        std::clog.clear();
        return false;
    }

    // The next line opens the file by its name.
    void close_file() {
        if (!to_file_) {
            return;
        }
        try {
            file_->close();
        } catch (const Poco::Exception&) {
            return;  // What could not be written at closing was counted when its line failed.
        }
    }

private:
    const bool to_file_;
    Poco::FileChannel::Ptr file_;
    Poco::AutoPtr<Poco::FormattingChannel> channel_;
};

class QueuedLog final : public Log {
public:
    QueuedLog(const LogOptions& options, const Clock& clock)
        : clock_(clock),
          format_(options.format),
          level_(options.level),
          output_(options),
          queue_(options.queue_lines_max),
          writer_([this] { run(); }) {}

    ~QueuedLog() override { queue_.close(); }  // The writer, the last member, is joined before anything else goes.
    QueuedLog(const QueuedLog&) = delete;
    QueuedLog& operator=(const QueuedLog&) = delete;

    void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) override {
        write(level, message, fields.begin(), fields.size());
    }

    void write(LogLevel level, std::string_view message, const Field* fields, std::size_t count) override {
        if (!enabled(level)) {
            return;
        }
        if (!queue_.push(Line{false, level, clock_.wall_now(), log_body(format_, message, fields, count)})) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    [[nodiscard]] bool enabled(LogLevel level) const override {
        return level >= level_.load(std::memory_order_relaxed);
    }
    void set_level(LogLevel level) override { level_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t dropped() const override { return dropped_.load(std::memory_order_relaxed); }

    void flush() override {
        const std::uint64_t ticket = ++flush_asked_;
        wake();
        for (std::uint64_t done = flush_done_; done < ticket; done = flush_done_) {
            flush_done_.wait(done);
        }
    }

    void reopen() override {
        reopen_.store(true);
        wake();
    }

private:
    // A full queue refuses this, but then the writer is awake anyway.
    void wake() { static_cast<void>(queue_.push(Line{true, LogLevel::info, {}, {}})); }

    void run() {
        std::vector<Line> batch;
        bool more = true;
        while (more) {
            more = queue_.take_all(batch, std::chrono::hours(1));
            write_batch(batch);
            // A line that was queued before its flush() drew a ticket is surely taken by a look into the queue after
            // that ticket was read. That look may take the wake-up of a later flush(), so ask again until there is
            // none.
            for (std::uint64_t ticket = flush_asked_; ticket != flush_done_; ticket = flush_asked_) {
                more = queue_.take_all(batch, std::chrono::milliseconds(0));
                write_batch(batch);
                flush_done_ = ticket;
                flush_done_.notify_all();
            }
        }
    }

    void write_batch(const std::vector<Line>& batch) {
        if (reopen_.exchange(false)) {
            output_.close_file();
        }
        for (const Line& line : batch) {
            if (!line.wake_only && !output_.write(line)) {
                dropped_.fetch_add(1, std::memory_order_relaxed);
            }
        }
        report_dropped();
    }

    void report_dropped() {
        const std::uint64_t total = dropped();
        if (total == dropped_reported_) {
            return;
        }
        const Field fields[] = {{"lines", total - dropped_reported_}, {"lines_total", total}};
        const std::string body = log_body(format_, "log lines dropped", fields, std::size(fields));
        if (output_.write(Line{false, LogLevel::warn, clock_.wall_now(), body})) {
            dropped_reported_ = total;
        }
    }

    const Clock& clock_;
    const LogFormat format_;
    std::atomic<LogLevel> level_;
    std::atomic<std::uint64_t> dropped_{0};
    std::uint64_t dropped_reported_ = 0;  // The writer's alone.
    std::atomic<bool> reopen_{false};
    Output output_;
    BoundedQueue<Line> queue_;
    std::atomic<std::uint64_t> flush_asked_{0};
    std::atomic<std::uint64_t> flush_done_{0};
    std::jthread writer_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::create(const LogOptions& options, const Clock& clock) {
    try {
        return std::unique_ptr<Log>(std::make_unique<QueuedLog>(options, clock));
    } catch (const Poco::Exception& error) {
        return Error{
            Errc::invalid_request,
            "the log file " + options.file + " cannot be opened for appending (" + error.displayText() +
                "), make its directory or change log.file"};
    }
}

}  // namespace aihub::telemetry
