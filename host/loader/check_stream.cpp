#include "loader/check_stream.hpp"

#include "loader/replay.hpp"
#include "loader/stream_call.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>

namespace aihub::loader {
namespace {

using capability::EmitStatus;

constexpr std::chrono::milliseconds kAnswerMax{10000};
constexpr std::chrono::milliseconds kCancelMax{1000};  // the ABI's grace time
constexpr std::size_t kDisturbedMax = 64;              // so many events of an answer are disturbed, one after another

Error wrong(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

// Records like TraceSink, on the loop of the check, and disturbs at a chosen event.
class StreamSink final : public TraceSink {
public:
    StreamSink(CheckLoop& loop, EmitStatus answer) : TraceSink(answer), loop_(loop) {}

    std::function<void()> on_event;  // run on the loop after each event

    EmitStatus emit(const capability::Event& event) override {
        const EmitStatus answer = cancelled() ? EmitStatus::cancelled : TraceSink::emit(event);
        if (on_event) {
            loop_.post(on_event);
        }
        return answer;
    }
    EmitStatus post(void (*task)(void* argument), void* argument) override {
        loop_.post([task, argument] { task(argument); });
        return EmitStatus::ok;
    }

private:
    CheckLoop& loop_;
};

// One call from start to destroy.
class Call {
public:
    Call(CheckHost& host, std::shared_ptr<Instance> instance, EmitStatus answer)
        : host_(host), instance_(std::move(instance)), sink_(std::make_shared<StreamSink>(host.loop(), answer)) {}

    Result<void> start(const Fixture& fixture) {
        const FixtureRequest request = AIHUB_TRY(FixtureRequest::create(fixture));
        destroyed_before_ = instance_->plugin().meter().calls(Function::destroy);
        call_ = AIHUB_TRY(PluginStreamCall::start(instance_, request.request(), sink_));
        return {};
    }

    Result<void> wait_for_end(std::chrono::milliseconds time_max, const std::string& where) {
        if (!host_.loop().run_until([this] { return sink_->completed(); }, time_max)) {
            return wrong(where + ": the call was not completed within " + std::to_string(time_max.count()) + " ms");
        }
        return {};
    }

    // Lets go of the call and waits for the plugin's destroy().
    Result<Trace> finish(const std::string& where) {
        call_.reset();
        const CallMeter& meter = instance_->plugin().meter();
        const auto destroyed = [&] { return meter.calls(Function::destroy) > destroyed_before_; };
        if (!host_.loop().run_until(destroyed, kCancelMax)) {
            return wrong(where + ": the plugin did not complete() within one second, so it cannot be destroyed");
        }
        AIHUB_CHECK(host_.no_faults());
        const Trace trace = sink_->trace();
        if (meter.calls(Function::destroy) != destroyed_before_ + 1 || trace.completions > 1) {
            return wrong(where + ": the call ended more than once");
        }
        return trace;
    }

    [[nodiscard]] StreamSink& sink() { return *sink_; }
    [[nodiscard]] capability::StreamCall& call() { return *call_; }
    [[nodiscard]] bool held() const { return call_ != nullptr; }

private:
    CheckHost& host_;
    std::shared_ptr<Instance> instance_;
    std::shared_ptr<StreamSink> sink_;
    std::unique_ptr<capability::StreamCall> call_;
    std::uint64_t destroyed_before_ = 0;
};

Result<Trace> answer_of(CheckHost& host, const std::shared_ptr<Instance>& instance, const Fixture& fixture) {
    Call call(host, instance, EmitStatus::ok);
    AIHUB_CHECK(call.start(fixture));
    AIHUB_CHECK(call.wait_for_end(kAnswerMax, "answer"));
    return call.finish("answer");
}

Result<std::string> answer(CheckHost& host, const Fixture& fixture) {
    const std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(fixture.settings_json));
    const Trace trace = AIHUB_TRY(answer_of(host, instance, fixture));
    if (trace.outcome != fixture.outcome) {
        return wrong("the outcome is " + trace.outcome + ", expected " + fixture.outcome);
    }
    if (trace.outcome == "success" && trace.events.empty()) {
        return wrong("a success without any event");
    }
    return std::to_string(trace.events.size()) + " events";
}

// cancel() on the loop after `at` events, twice, because it is idempotent.
Result<std::string> cancelled(CheckHost& host, const Fixture& fixture) {
    const std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(fixture.settings_json));
    const Trace whole = AIHUB_TRY(answer_of(host, instance, fixture));
    const std::size_t last = std::min(whole.events.size(), kDisturbedMax);
    for (std::size_t at = 0; at <= last; ++at) {
        const std::string where = "cancelled after " + std::to_string(at) + " events";
        Call call(host, instance, EmitStatus::ok);
        const auto cancel = [&call, at] {
            if (call.held() && call.sink().events() >= at && !call.sink().cancelled()) {
                call.sink().cancel();
                call.call().cancel();
                call.call().cancel();
            }
        };
        call.sink().on_event = cancel;
        AIHUB_CHECK(call.start(fixture));
        cancel();
        const auto reached = [&call] { return call.sink().cancelled() || call.sink().completed(); };
        if (!host.loop().run_until(reached, kAnswerMax)) {
            return wrong(where + ": the events did not come");
        }
        AIHUB_CHECK(call.wait_for_end(kCancelMax, where));
        AIHUB_TRY(call.finish(where));
    }
    return std::string();
}

// The client leaves without a word: the call object is dropped.
Result<std::string> dropped(CheckHost& host, const Fixture& fixture) {
    const std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(fixture.settings_json));
    const Trace whole = AIHUB_TRY(answer_of(host, instance, fixture));
    const std::size_t last = std::min(whole.events.size(), kDisturbedMax);
    for (std::size_t at = 0; at <= last; ++at) {
        const std::string where = "dropped after " + std::to_string(at) + " events";
        Call call(host, instance, EmitStatus::ok);
        AIHUB_CHECK(call.start(fixture));
        const auto reached = [&call, at] { return call.sink().events() >= at || call.sink().completed(); };
        if (!host.loop().run_until(reached, kAnswerMax)) {
            return wrong(where + ": the events did not come");
        }
        const Trace trace = AIHUB_TRY(call.finish(where));
        if (trace.completions > 1) {
            return wrong(where + ": completed more than once");
        }
    }
    return std::string();
}

Result<std::string> back_pressure(CheckHost& host, const Fixture& fixture) {
    const std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(fixture.settings_json));
    const Trace whole = AIHUB_TRY(answer_of(host, instance, fixture));
    Call call(host, instance, EmitStatus::again);
    call.sink().on_event = [&call] {
        if (call.held() && !call.sink().completed()) {
            call.call().resume();
        }
    };
    AIHUB_CHECK(call.start(fixture));
    AIHUB_CHECK(call.wait_for_end(kAnswerMax, "with back-pressure at every event"));
    const Trace trace = AIHUB_TRY(call.finish("with back-pressure"));
    if (trace.outcome != whole.outcome || trace.events.size() != whole.events.size()) {
        return wrong(
            "with back-pressure " + std::to_string(trace.events.size()) + " events and " + trace.outcome +
            ", without " + std::to_string(whole.events.size()) + " and " + whole.outcome
        );
    }
    return std::string();
}

Fixture plain_chat(const std::string& model) {
    Fixture chat;
    chat.name = "chat";
    chat.model = model;
    chat.stream = true;
    chat.request_body = R"({"model":"check","stream":true,"messages":[{"role":"user","content":"hello"}]})";
    return chat;
}

}  // namespace

std::vector<CheckCase> stream_cases(const std::vector<Fixture>& fixtures, const std::string& model) {
    using Test = Result<std::string> (*)(CheckHost&, const Fixture&);
    constexpr std::pair<const char*, Test> kTests[] = {
        {"answer", &answer}, {"cancelled", &cancelled}, {"dropped", &dropped}, {"back-pressure", &back_pressure}};
    std::vector<Fixture> all = fixtures;
    if (all.empty()) {
        all.push_back(plain_chat(model));
    }
    std::vector<CheckCase> cases;
    for (const Fixture& fixture : all) {
        for (const auto& [name, test] : kTests) {
            cases.emplace_back("stream/" + fixture.name + "/" + name, [fixture, test = test](CheckHost& host) {
                return test(host, fixture);
            });
        }
    }
    return cases;
}

}  // namespace aihub::loader
