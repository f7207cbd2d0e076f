// A policy from a few lines of text, for the tests of host/policy.
#pragma once

#include "policy/policy_state.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aihub::testing {

inline std::unique_ptr<policy::PolicyState> policy_of(
    std::vector<policy::SourceFile> files, const policy::StateOptions& options = {}
) {
    auto bundle = policy::Bundle::make("b", std::move(files));
    EXPECT_TRUE(bundle) << bundle.error().message;
    auto made = policy::PolicyState::open(std::make_shared<const policy::Bundle>(*std::move(bundle)), options);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *std::move(made) : nullptr;
}

// What the hook `route` makes of `expression`, as text; or why there is nothing. `files`: besides route.lua.
inline std::string evaluated(
    const std::string& expression,
    const policy::CallFacts& facts = {},
    const std::string& before = {},
    std::vector<policy::SourceFile> files = {}
) {
    files.push_back(
        {"route.lua",
         "return function(ctx)\n" + before + " local text = tostring((" + expression +
             "))\n return { candidates = { { provider = text, model = 'm' } } }\nend"}
    );
    auto state = policy_of(std::move(files));
    const auto answer = state->route(facts);
    return answer.decision ? answer.decision->candidates.front().provider : answer.failure->message;
}

}  // namespace aihub::testing
