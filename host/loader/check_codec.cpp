#include "loader/check_codec.hpp"

#include "loader/codec_call.hpp"
#include "loader/replay.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace aihub::loader {
namespace {

namespace json = boost::json;
using capability::FrameEnd;
using capability::FramerFactory;

Error wrong(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

std::string quoted(const std::string& text) {
    constexpr std::size_t kShown = 300;
    return "\"" + (text.size() > kShown ? text.substr(0, kShown) + "..." : text) + "\"";
}

bool same_json_or_bytes(const std::string& left, const std::string& right) {
    boost::system::error_code left_failed;
    boost::system::error_code right_failed;
    const json::value left_value = json::parse(left, left_failed);
    const json::value right_value = json::parse(right, right_failed);
    return left_failed || right_failed ? left == right : left_value == right_value;
}

bool fits(const json::object& expected, const json::object& seen) {
    return std::all_of(expected.begin(), expected.end(), [&seen](const auto& member) {
        const json::value* value = seen.if_contains(member.key());
        return value != nullptr && *value == member.value();
    });
}

Result<void> check_events(const Fixture& fixture, const Trace& trace) {
    if (!fixture.events) {
        return {};
    }
    if (fixture.events_exact && fixture.events->size() != trace.events.size()) {
        return wrong(
            std::to_string(trace.events.size()) + " events came, " + std::to_string(fixture.events->size()) +
            " were expected: " + quoted(json::serialize(trace.events))
        );
    }
    auto seen = trace.events.begin();
    for (const json::value& expected : *fixture.events) {
        seen = std::find_if(seen, trace.events.end(), [&expected](const json::value& event) {
            return fits(expected.get_object(), event.get_object());
        });
        if (seen == trace.events.end()) {
            return wrong(
                "event " + json::serialize(expected) +
                " did not come (in its place); events: " + quoted(json::serialize(trace.events))
            );
        }
        ++seen;
    }
    return {};
}

Result<void> check_expectation(const Fixture& fixture, const Trace& trace) {
    if (trace.outcome != fixture.outcome) {
        return wrong("the outcome is " + quoted(trace.outcome) + ", expected " + quoted(fixture.outcome));
    }
    if (!fixture.method.empty() && trace.method != fixture.method) {
        return wrong("the method is " + quoted(trace.method) + ", expected " + quoted(fixture.method));
    }
    if (!fixture.path.empty() && trace.path != fixture.path) {
        return wrong("the path is " + quoted(trace.path) + ", expected " + quoted(fixture.path));
    }
    if (fixture.expected_body && !same_json_or_bytes(trace.body, *fixture.expected_body)) {
        return wrong("the request's body is " + quoted(trace.body) + ", expected " + quoted(*fixture.expected_body));
    }
    return check_events(fixture, trace);
}

Result<void> check_one_end(const Trace& trace, const std::string& where) {
    if (trace.completions != 1) {
        return wrong(where + ": the call was completed " + std::to_string(trace.completions) + " times, not once");
    }
    return {};
}

// Raw bytes have no frames: their events depend on how the network cut them, and only the text as a whole counts.
json::array joined(const json::array& events) {
    json::array out;
    for (const json::value& event : events) {
        json::object one = event.get_object();
        if (!out.empty() && one.contains("text")) {
            json::object before = out.back().get_object();
            json::object same = one;
            const json::value text = before.contains("text") ? before.at("text") : json::value();
            same["text"] = text;
            if (text.is_string() && same == before && one.at("kind") != "embedding") {
                before["text"] = std::string(text.get_string()) + std::string(one.at("text").get_string());
                out.back() = std::move(before);
                continue;
            }
        }
        out.push_back(std::move(one));
    }
    return out;
}

// What the tests of one fixture share: the host of this child and an instance.
class Bench {
public:
    static Result<Bench> create(CheckHost& host, const Fixture& fixture, const FramerFactory& framer) {
        std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(fixture.settings_json));
        return Bench(host, fixture, framer, std::move(instance));
    }

    Result<Trace> run(const Disturbance& disturbance) const {
        Trace trace = AIHUB_TRY(replay(instance_, fixture_, framer_, disturbance));
        AIHUB_CHECK(host_.no_faults());
        if (trace.raw_framing) {
            trace.events = joined(trace.events);
        }
        return trace;
    }

    Result<void> same_as(const Trace& whole, const Disturbance& disturbance, const std::string& where) const {
        const Trace trace = AIHUB_TRY(run(disturbance));
        AIHUB_CHECK(check_one_end(trace, where));
        if (trace.events != whole.events || trace.outcome != whole.outcome) {
            return wrong(
                where + ": outcome " + trace.outcome + " with " + quoted(json::serialize(trace.events)) +
                ", whole it is " + whole.outcome + " with " + quoted(json::serialize(whole.events))
            );
        }
        return {};
    }

    [[nodiscard]] const Fixture& fixture() const { return fixture_; }
    [[nodiscard]] std::chrono::milliseconds call_budget() const { return host_.call_budget(); }
    [[nodiscard]] Instance& instance() const { return *instance_; }

private:
    Bench(CheckHost& host, const Fixture& fixture, const FramerFactory& framer, std::shared_ptr<Instance> instance)
        : host_(host), fixture_(fixture), framer_(framer), instance_(std::move(instance)) {}

    CheckHost& host_;
    const Fixture& fixture_;
    const FramerFactory& framer_;
    std::shared_ptr<Instance> instance_;
};

Result<std::string> whole(const Bench& bench) {
    const Trace trace = AIHUB_TRY(bench.run({}));
    AIHUB_CHECK(check_one_end(trace, "whole"));
    AIHUB_CHECK(check_expectation(bench.fixture(), trace));
    return std::to_string(trace.events.size()) + " events";
}

Result<std::string> cut_everywhere(const Bench& bench) {
    const Trace reference = AIHUB_TRY(bench.run({}));
    const std::size_t size = bench.fixture().reply_body.size();
    for (std::size_t at = 1; at < size; ++at) {
        AIHUB_CHECK(bench.same_as(reference, {.cut_at = at}, "cut at byte " + std::to_string(at)));
    }
    return std::to_string(size) + " bytes";
}

Result<std::string> byte_by_byte(const Bench& bench) {
    const Trace reference = AIHUB_TRY(bench.run({}));
    AIHUB_CHECK(bench.same_as(reference, {.byte_by_byte = true}, "byte by byte"));
    return std::string();
}

Result<std::string> truncated(const Bench& bench) {
    const Trace reference = AIHUB_TRY(bench.run({}));
    for (std::size_t frames = 0; frames < reference.frames; ++frames) {
        for (const FrameEnd end : {FrameEnd::cut, FrameEnd::timeout, FrameEnd::complete}) {
            const std::string where = "ended after " + std::to_string(frames) + " frames";
            const Trace trace = AIHUB_TRY(bench.run({.frames_max = frames, .end = end}));
            AIHUB_CHECK(check_one_end(trace, where));
            if (frames == 0 && trace.outcome == "success" && !trace.web_socket) {
                return wrong(where + ": an empty reply is no success");
            }
        }
    }
    return std::to_string(reference.frames) + " frames";
}

Result<std::string> cancelled(const Bench& bench) {
    const Trace reference = AIHUB_TRY(bench.run({}));
    for (std::size_t frames = 0; frames <= reference.frames; ++frames) {
        for (const bool leave : {false, true}) {
            const Disturbance disturbance{.frames_max = frames, .end = FrameEnd::cancelled, .leave = leave};
            const Trace trace = AIHUB_TRY(bench.run(disturbance));
            if (trace.completions > 1) {
                return wrong("cancelled after " + std::to_string(frames) + " frames: completed more than once");
            }
        }
    }
    return std::string();
}

Result<std::string> back_pressure(const Bench& bench) {
    const Trace reference = AIHUB_TRY(bench.run({}));
    AIHUB_CHECK(bench.same_as(reference, {.again = true}, "with back-pressure"));
    return std::string();
}

Result<std::string> duplicated(const Bench& bench) {
    const Trace trace = AIHUB_TRY(bench.run({.duplicate = true}));
    AIHUB_CHECK(check_one_end(trace, "every frame twice"));
    return std::string();
}

// One slow run may be the machine's fault; the same callback slow in each of several is the plugin's.
Result<std::string> budget(const Bench& bench) {
    constexpr int kRuns = 5;
    constexpr Function kFunctions[] = {
        Function::build, Function::on_head, Function::on_frame, Function::on_end, Function::destroy};
    CallMeter& meter = bench.instance().plugin().meter();
    std::size_t slow_runs[std::size(kFunctions)] = {};
    for (int run = 0; run < kRuns; ++run) {
        std::uint64_t before[std::size(kFunctions)];
        for (std::size_t i = 0; i < std::size(kFunctions); ++i) {
            before[i] = meter.over_budget(kFunctions[i]);
        }
        AIHUB_TRY(bench.run({}));
        for (std::size_t i = 0; i < std::size(kFunctions); ++i) {
            slow_runs[i] += meter.over_budget(kFunctions[i]) > before[i] ? 1 : 0;
        }
    }
    for (std::size_t i = 0; i < std::size(kFunctions); ++i) {
        if (slow_runs[i] == kRuns) {
            return wrong(
                std::string(function_name(kFunctions[i])) + " took longer than " +
                std::to_string(bench.call_budget().count()) + " ms in each of " + std::to_string(kRuns) +
                " runs: an event loop must not wait for it"
            );
        }
    }
    return std::string();
}

}  // namespace

std::vector<CheckCase> codec_cases(const std::vector<Fixture>& fixtures, const FramerFactory& make_framer) {
    using Test = Result<std::string> (*)(const Bench&);
    constexpr std::pair<const char*, Test> kTests[] = {
        {"whole", &whole},
        {"cut everywhere", &cut_everywhere},
        {"byte by byte", &byte_by_byte},
        {"truncated", &truncated},
        {"cancelled", &cancelled},
        {"back-pressure", &back_pressure},
        {"duplicated", &duplicated},
        {"budget", &budget}};
    std::vector<CheckCase> cases;
    for (const Fixture& fixture : fixtures) {
        for (const auto& [name, test] : kTests) {
            cases.emplace_back(
                "codec/" + fixture.name + "/" + name,
                [&fixture, &make_framer, test = test](CheckHost& host) {
                    const Result<Bench> bench = Bench::create(host, fixture, make_framer);
                    return bench ? test(*bench) : Result<std::string>(bench.error());
                }
            );
        }
    }
    return cases;
}

}  // namespace aihub::loader
