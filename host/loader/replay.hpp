// One attempt of a codec over a recorded reply, cut, disturbed and watched as told.
#pragma once

#include "capability/framer.hpp"
#include "loader/fixture.hpp"
#include "loader/instance.hpp"

#include <boost/json/array.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::loader {

// How the reply is given to the codec.
struct Disturbance {
    static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
    std::size_t cut_at = kNever;  // the body comes in two reads, cut here
    bool byte_by_byte = false;
    std::size_t frames_max = kNever;                            // after so many frames nothing more comes ...
    capability::FrameEnd end = capability::FrameEnd::complete;  // ... and the reply ends like this
    bool leave = false;                                         // at the end the attempt is dropped without a word
    bool duplicate = false;                                     // every frame comes twice
    bool again = false;                                         // every emit is answered with back-pressure
};

// What was seen.
struct Trace {
    std::string method, path, body;  // the request
    boost::json::array events;       // {"kind", "text", ...}, members that are zero or empty left out
    bool raw_framing = false;        // events depend on how the bytes were cut
    bool web_socket = false;         // may end well without a message
    std::size_t frames = 0;
    std::size_t completions = 0;
    std::string outcome;  // "success", a failure kind, "refused: ..." by build, or empty: no end was said
};

// "tool_begin" of EventKind::tool_begin.
[[nodiscard]] const char* event_name(capability::EventKind kind);
// "rate_limit" of FailureKind::rate_limit.
[[nodiscard]] const char* failure_name(capability::FailureKind kind);

// Where the events of a checked call go. Any thread.
class TraceSink : public capability::CallSink {
public:
    explicit TraceSink(capability::EmitStatus answer = capability::EmitStatus::ok) : answer_(answer) {}

    capability::EmitStatus emit(const capability::Event& event) override;
    capability::EmitStatus complete(const capability::Failure* failure) override;
    [[nodiscard]] SteadyTime deadline() const override { return SteadyTime::max(); }
    [[nodiscard]] bool cancelled() const override { return cancelled_.load(); }
    capability::EmitStatus post(void (*task)(void* argument), void* argument) override;

    void cancel() { cancelled_.store(true); }
    [[nodiscard]] Trace trace() const {
        return trace_.with([](const Trace& trace) { return trace; });
    }
    [[nodiscard]] std::size_t events() const {
        return trace_.with([](const Trace& trace) { return trace.events.size(); });
    }
    [[nodiscard]] bool completed() const {
        return trace_.with([](const Trace& trace) { return trace.completions != 0; });
    }

private:
    const capability::EmitStatus answer_;
    std::atomic<bool> cancelled_{false};
    Guarded<Trace> trace_;
};

// A request as the gateway would make it of a fixture. Views into the fixture.
class FixtureRequest {
public:
    [[nodiscard]] static Result<FixtureRequest> create(const Fixture& fixture);
    [[nodiscard]] capability::ProviderRequest request() const;

private:
    explicit FixtureRequest(const Fixture& fixture) : fixture_(&fixture) {}

    const Fixture* fixture_;
    std::vector<capability::JsonMember> members_;
};

// Error: the framing does not fit the reply, or the codec broke a rule that only the host sees.
[[nodiscard]] Result<Trace> replay(
    const std::shared_ptr<Instance>& instance,
    const Fixture& fixture,
    const capability::FramerFactory& make_framer,
    const Disturbance& disturbance
);

}  // namespace aihub::loader
