// How the simulator behaves for one call: from the settings, the model's name and the request.
#pragma once

#include <aihub/instance.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::provider_simulator {

enum class Kind { words, echo, tools, failure };

// One call's behaviour; see docs/plugins.md for the names and options.
struct Behaviour {
    Kind kind = Kind::words;
    std::optional<std::uint64_t> seed;
    std::uint32_t tokens = 32;
    std::uint32_t reasoning = 0;  // tokens of reasoning before the answer
    std::uint32_t dimensions = 256;
    std::chrono::milliseconds first{0};
    std::chrono::milliseconds pace{0};
    int fail_status = 0;                     // not 0: the call fails with this HTTP status
    std::chrono::seconds retry_after{0};     // of that failure
    std::optional<std::uint32_t> cut_after;  // the connection is cut after so many tokens
    bool tells_usage = true;
};

// Settings of one configured simulator. Immutable.
class Simulator {
public:
    static Result<std::unique_ptr<Simulator>> create(const sdk::InstanceContext& context);

    // Reads a model's name, "sim-slow?tokens=50&pace_ms=20". The error names the part that is wrong.
    [[nodiscard]] Result<Behaviour> behaviour(std::string_view model) const;
    [[nodiscard]] const sdk::InstanceServices& services() const { return *services_; }

private:
    Behaviour defaults_;
    const sdk::InstanceServices* services_ = nullptr;
};

}  // namespace aihub::provider_simulator
