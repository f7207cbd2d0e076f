// The tests of a codec over one recorded exchange.
#pragma once

#include "loader/check_host.hpp"
#include "loader/fixture.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace aihub::loader {

// A named test; the body runs in a child process with a fresh host. Error: why it failed. The text is the test's
// remark.
using CheckBody = std::function<Result<std::string>(CheckHost& host)>;
using CheckCase = std::pair<std::string, CheckBody>;

// "codec/<fixture>/..." of each fixture. `fixtures` and `make_framer` outlive the cases.
[[nodiscard]] std::vector<CheckCase> codec_cases(
    const std::vector<Fixture>& fixtures, const capability::FramerFactory& make_framer
);

}  // namespace aihub::loader
