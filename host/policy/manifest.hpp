// What a bundle says about itself: its file "bundle.json", which it may leave out.
#pragma once

#include "base/result.hpp"
#include "policy/hook.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

struct Manifest {
    static constexpr std::string_view kFile = "bundle.json";
    static constexpr std::size_t kTextBytesMax = 1024;
    static constexpr std::size_t kHeadersMax = 32;

    // Lower than those of the configuration; a higher one changes nothing.
    struct Limits {
        std::optional<std::uint64_t> steps_max;
        std::optional<std::chrono::microseconds> cpu_max;
    };

    std::string description;
    std::string author;
    // By hook. What is said here goes before the configuration.
    std::array<std::optional<OnError>, kHooks.size()> on_error;
    std::array<Limits, kHooks.size()> limits;
    // Headers of requests that its policies read, in lower case, without those twice.
    std::vector<std::string> headers;
    // False: a call that is split may cost less, as with prices that rise with the length of a prompt.
    bool splitting_is_checked = true;

    // invalid_request: what is wrong, and where: "bundle.json: on_error.route ...".
    [[nodiscard]] static Result<Manifest> parse(std::string_view text);

    [[nodiscard]] OnError on_error_or(Hook hook, OnError configured) const;
    // The smaller of each.
    [[nodiscard]] Budget budget(Hook hook, Budget configured) const;
};

}  // namespace aihub::policy
