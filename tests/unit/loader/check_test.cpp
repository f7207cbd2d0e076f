#include "loader/check.hpp"

#include "loader/check_child.hpp"
#include "test_host.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace aihub::loader::testing {
namespace {

using ::testing::HasSubstr;

// Server-sent events as simple as they get: enough for replies that are recorded.
class LineFramer final : public capability::Framer {
public:
    Result<void> feed(std::string_view bytes, const capability::FrameTaker& take) override {
        for (const char c : bytes) {
            if (c == '\r') {
                continue;
            }
            if (c != '\n') {
                line_ += c;
                continue;
            }
            end_of_line(take);
        }
        return {};
    }
    Result<void> finish(const capability::FrameTaker&) override { return {}; }

private:
    void end_of_line(const capability::FrameTaker& take) {
        if (line_.starts_with("event: ")) {
            event_ = line_.substr(7);
        }
        if (line_.starts_with("data: ")) {
            data_.append(some_ ? "\n" : "").append(line_, 6);
            some_ = true;
        }
        if (line_.empty() && some_) {
            take(event_, data_);
            event_.clear();
            data_.clear();
            some_ = false;
        }
        line_.clear();
    }

    std::string line_, event_, data_;
    bool some_ = false;
};

CheckOptions options_of(const std::string& plugin, const std::string& fixtures = "") {
    CheckOptions options;
    options.file = plugin_file(plugin);
    options.fixtures = fixtures;
    options.make_framer = [](capability::Framing) { return std::make_unique<LineFramer>(); };
    return options;
}

const std::string kFixtures = std::string(AIHUB_TESTS_DIR) + "/golden/loader/codec";

// The fixture "stream" with other settings, in a directory of its own.
std::string fixtures_with(const std::string& settings) {
    // Tests run beside each other, each in a process of its own.
    const std::filesystem::path root =
        std::filesystem::path(::testing::TempDir()) / ("check_test_fixtures_" + std::to_string(::getpid()));
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root);
    std::filesystem::copy(kFixtures + "/stream", root / "stream", std::filesystem::copy_options::recursive);
    std::ifstream in(root / "stream/exchange.json");
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const std::string mark = "\"settings\": {}";
    text.replace(text.find(mark), mark.size(), std::string("\"settings\": ").append(settings));
    std::ofstream(root / "stream/exchange.json") << text;
    return root;
}

// "name: message" of the failures.
std::string failures(const CheckReport& report) {
    std::string text;
    for (const CheckResult& result : report.results) {
        if (result.outcome == CheckResult::Outcome::failed) {
            text += result.name + ": " + result.message + "\n";
        }
    }
    return text;
}

TEST(Check, AGoodCodecPasses) {
    const CheckReport report = check_plugin(options_of("codec", kFixtures));
    EXPECT_TRUE(report.passed()) << text_report(report);
    EXPECT_EQ(report.id, "com.example.codec");
    // file, load, settings, lifecycle, and eight for each of three exchanges.
    EXPECT_EQ(report.count(CheckResult::Outcome::passed), 28u) << text_report(report);
}

TEST(Check, AGoodStreamProviderPasses) {
    const CheckReport report = check_plugin(options_of("stream"));
    EXPECT_TRUE(report.passed()) << text_report(report);
    EXPECT_EQ(report.count(CheckResult::Outcome::passed), 8u);
}

struct BadMode {
    const char* mode;
    const char* says;
};

TEST(Check, FindsWhatACodecDoesWrong) {
    const BadMode modes[] = {
        {"twice", "codec/stream/whole: complete: came after the call's end"},
        {"after_end", "codec/stream/whole: emit: came after the call's end"},
        {"silent", "codec/stream/truncated: on_end: ended without completing the call"},
        {"nonsense", "codec/stream/whole: on_frame: answered status 4242"},
        {"fail", "codec/stream/whole: the outcome is \"upstream\", expected \"success\""},
        {"bad_header", "codec/stream/whole: build: the plugin's request is wrong: header Content-Length is the host's"},
        {"late", "codec/stream/cut everywhere: used the handle of a call after destroy()"},
        {"leak_thread", "codec/stream/whole: left 1 thread(s) running"},
        {"leak_file", "codec/stream/whole: left 1 file(s) or socket(s) open"},
        {"exit", "codec/stream/whole: ended the process by itself (exit code 3)"},
        {"crash", "codec/stream/whole: "},
    };
    for (const BadMode& bad : modes) {
        const CheckReport report =
            check_plugin(options_of("codec", fixtures_with(std::string(R"({"mode":")") + bad.mode + "\"}")));
        EXPECT_THAT(failures(report), HasSubstr(bad.says)) << bad.mode;
        EXPECT_FALSE(report.passed());
    }
}

TEST(Check, FindsBlockingAndHanging) {
    CheckOptions options = options_of("codec", fixtures_with(R"({"mode":"hang"})"));
    options.test_time_max = std::chrono::milliseconds(500);
    EXPECT_THAT(failures(check_plugin(options)), HasSubstr("codec/stream/whole: did not end within 500 ms"));
    options = options_of("codec", fixtures_with(R"({"mode":"block"})"));
    std::ofstream(options.fixtures + "/stream/reply.sse") << "data: [DONE]\n\n";
    EXPECT_THAT(failures(check_plugin(options)), HasSubstr("codec/stream/budget: on_frame took longer than "));
}

TEST(Check, FindsWrongExpectations) {
    const std::string fixtures = fixtures_with("{}");
    std::ifstream in(fixtures + "/stream/exchange.json");
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    in.close();
    text.replace(text.find("\"output\": 5"), 11, "\"output\": 6");
    std::ofstream(fixtures + "/stream/exchange.json") << text;
    EXPECT_THAT(
        failures(check_plugin(options_of("codec", fixtures))),
        HasSubstr(R"(codec/stream/whole: event {"kind":"usage","input":3,"output":6} did not come)")
    );
}

TEST(Check, FindsWhatAStreamProviderDoesWrong) {
    const BadMode modes[] = {
        {"deaf", " events: the call was not completed within 1000 ms"},
        {"twice", "stream/stream/answer: complete: came after the call's end"},
        {"chatty", "stream/stream/answer: emit: came after the call's end"},
        {"refuse", "stream/stream/answer: the model is still loading"},
    };
    for (const BadMode& bad : modes) {
        const CheckReport report = check_plugin(
            options_of("stream", fixtures_with(std::string(R"({"words":1000,"mode":")") + bad.mode + "\"}"))
        );
        EXPECT_THAT(failures(report), HasSubstr(bad.says)) << bad.mode;
    }
}

TEST(Check, RefusesWhatTheLoaderOnlyWarnsOf) {
    EXPECT_THAT(failures(check_plugin(options_of("extra_exports"))), HasSubstr("file: exports more than"));
    EXPECT_THAT(failures(check_plugin(options_of("wrong_major"))), HasSubstr("load: built for plugin ABI major 9"));
    EXPECT_THAT(
        failures(check_plugin(options_of("undescribed"))), HasSubstr("settings: config_schema.properties.size has no")
    );
    EXPECT_THAT(failures(check_plugin(options_of("create_fails"))), HasSubstr("use eu or us"));
    EXPECT_THAT(
        failures(check_plugin(options_of("codec", "/nonexistent"))), HasSubstr("cannot read the fixtures directory")
    );
}

TEST(Check, SaysThatACodecHasNoExchange) {
    const CheckReport report = check_plugin(options_of("codec"));
    EXPECT_TRUE(report.passed());
    EXPECT_EQ(report.count(CheckResult::Outcome::skipped), 1u);
    EXPECT_THAT(text_report(report), HasSubstr("skipped  codec: there is no recorded exchange"));
    EXPECT_THAT(text_report(report), HasSubstr("4 passed, 0 failed, 1 skipped\n"));
}

TEST(Check, ReportsAsJson) {
    const CheckReport report = check_plugin(options_of("wrong_major"));
    const boost::json::object json = boost::json::parse(json_report(report)).as_object();
    EXPECT_FALSE(json.at("passed").as_bool());
    EXPECT_EQ(json.at("counts").at("failed").to_number<int>(), 1);
    const boost::json::object last = json.at("results").as_array().back().as_object();
    EXPECT_EQ(last.at("name").as_string(), "load");
    EXPECT_EQ(last.at("outcome").as_string(), "failed");
    EXPECT_THAT(std::string(last.at("message").as_string()), HasSubstr("major 9"));
}

TEST(CheckChild, PassesAnswersOnUntilOneFails) {
    int here = 0;
    const std::vector<ChildBody> bodies{
        [] { return Result<std::string>("fine"); },
        [] { return Result<std::string>("of\nseveral lines"); },
        [&here] { return Result<std::string>(std::to_string(++here)); },
        [] {
            return Result<std::string>(Error{Errc::internal, "no"});
        },
        [] { return Result<std::string>("not asked"); }};
    const auto answers = run_in_child(std::chrono::seconds(10), bodies);
    ASSERT_EQ(answers.size(), 4u);
    EXPECT_EQ(answers[0].text, "fine");
    EXPECT_EQ(answers[1].text, "of\nseveral lines");
    EXPECT_EQ(answers[2].text, "1");
    EXPECT_TRUE(answers[2].passed);
    EXPECT_FALSE(answers[3].passed);
    EXPECT_EQ(answers[3].text, "no");
    EXPECT_EQ(here, 0) << "it ran in this process";
}

TEST(CheckChild, TheOneThatEndsTheProcessIsTheFailedOne) {
    const std::vector<ChildBody> bodies{
        [] { return Result<std::string>("fine"); },
        []() -> Result<std::string> { ::_exit(3); },
        [] { return Result<std::string>("not asked"); }};
    const auto answers = run_in_child(std::chrono::seconds(10), bodies);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].passed);
    EXPECT_FALSE(answers[1].passed);
    EXPECT_EQ(answers[1].text, "ended the process by itself (exit code 3)");
}

}  // namespace
}  // namespace aihub::loader::testing
