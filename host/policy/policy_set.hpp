// Which bundles run at one moment. Made on a control thread at each change, shared by all loops.
#pragma once

#include "policy/bundle.hpp"
#include "policy/bundle_figures.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::policy {

// How far a new bundle has come.
enum class Stage {
    shadow,  // asked for every call beside the active one, which decides; differences are counted
    canary,  // decides the calls of a share of the callers
    full     // is the active one
};
// "shadow", "canary", "full"
[[nodiscard]] constexpr std::string_view stage_name(Stage stage) {
    switch (stage) {
        case Stage::shadow:
            return "shadow";
        case Stage::canary:
            return "canary";
        default:
            return "full";
    }
}

// A bundle that runs, and how it does.
struct RunningBundle {
    std::shared_ptr<const Bundle> bundle;    // null: none
    std::shared_ptr<BundleFigures> figures;  // null exactly when `bundle` is
};

struct PolicySet {
    std::uint64_t version = 0;  // of the activation that made it; grows
    RunningBundle active;
    RunningBundle candidate;  // in `stage`, never full
    Stage stage = Stage::shadow;
    std::uint32_t canary_buckets = 0;  // of 10000: units below it get the candidate
    // `aihub.kv.get(name)`: what the operator set for policies to read, as one immutable whole.
    std::map<std::string, std::string, std::less<>> values;
    std::uint64_t values_version = 0;
};

using PolicySetPtr = std::shared_ptr<const PolicySet>;

}  // namespace aihub::policy
