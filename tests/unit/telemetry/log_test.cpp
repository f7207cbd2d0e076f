#include "telemetry/log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace aihub::telemetry {
namespace {

using ::testing::HasSubstr;

class FixedClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return {}; }
    [[nodiscard]] WallTime wall_now() const override { return WallTime(std::chrono::microseconds(1769860800000001)); }
};

class LogTest : public ::testing::Test {
protected:
    LogTest() {
        std::string name = (std::filesystem::temp_directory_path() / "aihub-log-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        options_.file = (directory_ / "hub.log").string();
    }
    ~LogTest() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] std::unique_ptr<Log> create() const {
        auto log = Log::create(options_, clock_);
        EXPECT_TRUE(log.has_value());
        return std::move(*log);
    }
    static std::string text_of(const std::filesystem::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    [[nodiscard]] std::string text() const { return text_of(options_.file); }

    FixedClock clock_;
    std::filesystem::path directory_;
    LogOptions options_;
};

TEST_F(LogTest, WritesConsoleLinesToAFile) {
    const auto log = create();
    log->info("provider ready", {{"provider", "acme"}, {"models", 3}});
    log->flush();
    EXPECT_EQ(text(), "2026-01-31T12:00:00.000001Z INFO  provider ready provider=acme models=3\n");
}

TEST_F(LogTest, WritesJsonLines) {
    options_.format = LogFormat::json;
    const auto log = create();
    log->error("call failed", {{"status", 502}, {"streamed", true}});
    log->flush();
    EXPECT_EQ(
        text(),
        "{\"ts\":\"2026-01-31T12:00:00.000001Z\",\"level\":\"error\",\"msg\":\"call failed\",\"status\":502,"
        "\"streamed\":true}\n"
    );
}

TEST_F(LogTest, WritesToStandardErrorWithoutAFile) {
    options_.file.clear();
    ::testing::internal::CaptureStderr();
    create()->warn("low on space");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "2026-01-31T12:00:00.000001Z WARN  low on space\n");
}

TEST_F(LogTest, LevelCanBeChanged) {
    const auto log = create();
    EXPECT_FALSE(log->enabled(LogLevel::debug));
    log->debug("hidden");
    log->set_level(LogLevel::debug);
    log->debug("shown");
    log->set_level(LogLevel::error);
    log->warn("hidden too");
    log->flush();
    EXPECT_EQ(text(), "2026-01-31T12:00:00.000001Z DEBUG shown\n");
}

TEST_F(LogTest, DestructionWritesWhatIsQueued) {
    {
        const auto log = create();
        for (int i = 0; i < 1000; ++i) {
            log->info("line", {{"i", i}});
        }
    }
    const std::string all = text();
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1000);
}

TEST_F(LogTest, ManyThreadsLoseNothingBelowTheLimitAndFlushSeesTheirOwn) {
    options_.queue_lines_max = 100000;
    const auto log = create();
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 500; ++i) {
                    log->info("line", {{"t", t}, {"i", i}});
                }
                log->flush();
                EXPECT_THAT(text(), HasSubstr("t=" + std::to_string(t) + " i=499\n"));
            });
        }
    }
    const std::string all = text();
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2000);
    EXPECT_EQ(log->dropped(), 0U);
}

// A pipe nobody reads holds the writer up, so the queue fills. write() must come back all the same.
TEST_F(LogTest, AFullQueueDropsCountsAndSaysSo) {
    ASSERT_EQ(::mkfifo(options_.file.c_str(), 0600), 0);
    const int reader = ::open(options_.file.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    options_.queue_lines_max = 16;
    auto log = create();
    const std::string filler(4000, 'x');
    for (int i = 0; i < 200; ++i) {
        log->info("line", {{"filler", filler}});
    }
    EXPECT_GT(log->dropped(), 0U);

    std::string all;
    ASSERT_EQ(::fcntl(reader, F_SETFL, 0), 0);
    std::jthread drain([&] {
        std::vector<char> buffer(65536);
        for (ssize_t got = 1; got > 0;) {
            got = ::read(reader, buffer.data(), buffer.size());
            all.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        }
    });
    log->flush();
    const std::uint64_t dropped = log->dropped();
    log.reset();
    drain.join();
    ::close(reader);
    const auto lines = static_cast<std::uint64_t>(std::count(all.begin(), all.end(), '\n'));
    EXPECT_THAT(all, HasSubstr("WARN  log lines dropped lines="));
    EXPECT_THAT(all, HasSubstr("lines_total=" + std::to_string(dropped) + "\n"));
    std::uint64_t reports = 0;
    for (std::size_t at = all.find("log lines dropped"); at != std::string::npos;
         at = all.find("log lines dropped", at + 1)) {
        ++reports;
    }
    EXPECT_EQ(lines, 200 - dropped + reports);
}

TEST_F(LogTest, ReopenFollowsTheName) {
    const auto log = create();
    log->info("first");
    log->flush();
    const auto moved = directory_ / "hub.log.1";
    std::filesystem::rename(options_.file, moved);
    log->info("still the old file");
    log->flush();
    log->reopen();
    log->info("second");
    log->flush();
    EXPECT_THAT(text_of(moved), HasSubstr("still the old file\n"));
    EXPECT_EQ(text(), "2026-01-31T12:00:00.000001Z INFO  second\n");
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsAnError) {
    options_.file = (directory_ / "missing" / "hub.log").string();
    const auto log = Log::create(options_, clock_);
    ASSERT_FALSE(log.has_value());
    EXPECT_EQ(log.error().code, Errc::invalid_request);
    EXPECT_THAT(log.error().message, HasSubstr(options_.file));
    EXPECT_THAT(log.error().message, HasSubstr("log.file"));
}

TEST_F(LogTest, LinesThatCannotBeWrittenAreCounted) {
    options_.file = "/dev/full";
    const auto log = create();
    log->info("lost");
    log->flush();
    EXPECT_EQ(log->dropped(), 1U);
}

}  // namespace
}  // namespace aihub::telemetry
