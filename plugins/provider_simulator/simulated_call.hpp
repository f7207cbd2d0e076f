// One call of the simulator.
#pragma once

#include "behaviour.hpp"
#include "script.hpp"

#include <aihub/provider_stream.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace aihub::provider_simulator {

// Plays its script on the call's loop, paced by the host's timers. It never blocks: after a batch of events it gives
// the loop back, and it stops at Emit::again until resume().
class SimulatedCall {
public:
    SimulatedCall(const Simulator& simulator, sdk::Call call) : simulator_(simulator), call_(call) {}

    [[nodiscard]] Result<void> start(const sdk::Request& request);
    void resume();
    void cancel();
    [[nodiscard]] const sdk::InstanceServices& services() const { return simulator_.services(); }

private:
    void begin();
    void play();
    // False: play() must leave; the call has ended, waits for resume(), or goes on later.
    [[nodiscard]] bool play_one();
    [[nodiscard]] sdk::Emit emit(const Piece& piece);
    void wait(std::chrono::nanoseconds delay);
    void finish();
    void fail(sdk::Failure failure);

    const Simulator& simulator_;
    sdk::Call call_;
    Behaviour behaviour_;
    Script script_;
    std::string model_;
    sdk::Timer timer_;
    std::size_t at_ = 0;        // the next piece
    std::uint64_t output_ = 0;  // tokens emitted
    std::uint64_t reasoning_ = 0;
    bool waits_for_resume_ = false;
    bool begun_ = false;
    bool ended_ = false;
    bool canonical_ = false;  // the client speaks another format
};

}  // namespace aihub::provider_simulator
