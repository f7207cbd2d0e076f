// What a call keeps of the policies that decide it: from its first hook to its record.
#pragma once

#include "catalog/catalog.hpp"
#include "gateway/call.hpp"
#include "gateway/identify.hpp"
#include "gateway/loop_policies.hpp"
#include "policy/facts.hpp"

#include <deque>
#include <span>
#include <string>
#include <vector>

namespace aihub::gateway {

class Worker;

struct CallPolicies {
    LoopPoliciesPtr pinned;
    LoopBundle* bundle = nullptr;  // that decides; of `pinned`
    LoopBundle* shadow = nullptr;  // that is asked beside it, and whose word does not count; null: none
    PrincipalPtr principal;
    // What hooks see: views into the call, the principal, the catalog and what stands below.
    policy::CallFacts facts;
    std::vector<policy::TextPair> headers, tags, assignments;
    std::vector<policy::CandidateFacts> candidates;
    std::vector<policy::ProviderFacts> providers;
    // The route as it was decided. Its candidates view these names and settings.
    std::deque<policy::Candidate> names;
    std::deque<catalog::Policy> settings;
    std::vector<catalog::Candidate>* route = nullptr;  // with room for kFallbacksMax more
    bool denied = false;                               // by `admit`
};

// Candidates that `fallback` may add to those of a call.
inline constexpr std::size_t kFallbacksMax = 8;

// After receive(). The call keeps the worker's present policies, when one of their bundles is to decide it: the
// candidate of a canary when its buckets hold the caller, else the active one. The usage row names the bundle.
void pin_policies(Worker& worker, Call& call, PrincipalPtr principal);

// Fill in what may differ from hook to hook. The call has policies.
void show_assignments(Call& call);
void show_candidates(Call& call, std::span<const catalog::Candidate> candidates);
void show_providers(Call& call, const Clock& clock);

}  // namespace aihub::gateway
