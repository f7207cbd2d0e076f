// What the operator defined as an experiment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::model {

// Buckets that the units of an experiment, and of a layer, fall into; also the parts of a whole that shares and ramps
// are counted in: a hundredth of a percent.
inline constexpr std::uint32_t kBuckets = 10000;

// What stays in its arm.
enum class UnitKind { user, key, session };
inline constexpr std::array<std::string_view, 3> kUnitKindNames = {"user", "key", "session"};
[[nodiscard]] constexpr std::string_view unit_kind_name(UnitKind kind) {
    return kUnitKindNames[static_cast<std::size_t>(kind)];
}

struct ExperimentArm {
    std::string name;
    std::uint32_t share = 0;  // in buckets; those of all arms are kBuckets
    std::string model;        // that the call goes to instead of the one asked for; empty: that one

    friend bool operator==(const ExperimentArm&, const ExperimentArm&) = default;
};

struct Experiment {
    std::string name;
    std::string salt;                   // of the hash; the name unless it is configured
    std::string layer;                  // experiments of one layer exclude each other; empty: it has one of its own
    std::uint32_t layer_from = 0;       // the buckets of the layer that it may have: from this one
    std::uint32_t layer_to = kBuckets;  // up to the one before this
    std::vector<UnitKind> unit;         // the first that a call has is its unit
    std::vector<ExperimentArm> arms;    // at least two; the first is the control
    std::vector<std::string> models;    // asked for, which take part; empty: all
    std::uint32_t ramp = kBuckets;      // how far the ranges of the arms are filled
    bool stopped = false;
    std::string source;  // "aihub.yaml:12", for people
};

}  // namespace aihub::model
