#include "gateway/fitting.hpp"

#include "dialect/request_needs.hpp"
#include "gateway/asked.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace aihub::gateway {

namespace {

using catalog::Candidate;
using dialect::RequestNeeds;

struct Medium {
    std::string_view name;  // in the table
    bool RequestNeeds::*asked;
};
constexpr std::array<Medium, 4> kMedia{{
    {"image", &RequestNeeds::image},
    {"audio", &RequestNeeds::audio},
    {"video", &RequestNeeds::video},
    {"document", &RequestNeeds::document},
}};

bool reads(const config::ModelFacts& facts, std::string_view medium) {
    return std::find(facts.input.begin(), facts.input.end(), medium) != facts.input.end();
}

// An entry that says nothing of its kind of input, or has no flags, is silent about it.
bool lacks_input(const Candidate& candidate, const RequestNeeds& needs) {
    return candidate.facts != nullptr && !candidate.facts->input.empty() &&
           std::any_of(kMedia.begin(), kMedia.end(), [&](const Medium& medium) {
               return needs.*medium.asked && !reads(*candidate.facts, medium.name);
           });
}

bool lacks_tools(const Candidate& candidate) {
    return candidate.facts != nullptr && !candidate.facts->flags.empty() && !candidate.facts->has_flag("tools");
}

// 0: not known.
std::uint64_t context_of(const Candidate& candidate) {
    return candidate.facts == nullptr ? 0 : candidate.facts->context_tokens;
}

// Takes the candidates out that `is_unfit` names, unless it names all.
class Sieve {
public:
    Sieve(Call& call, std::vector<Candidate>& candidates) : call_(call), candidates_(candidates) {}

    template <class IsUnfit>
    void pass(Unfit reason, IsUnfit&& is_unfit) {
        if (std::all_of(candidates_.begin(), candidates_.end(), is_unfit)) {
            return;
        }
        if (is_unfit(candidates_.front())) {
            call_.trail.fallback = unfit_name(reason);
        }
        std::erase_if(candidates_, [&](const Candidate& candidate) {
            const bool unfit = is_unfit(candidate);
            if (unfit) {
                const auto& metrics = call_.state->shared->outlet(*candidate.target).metrics;
                metrics.passed_over[static_cast<std::size_t>(reason)]->add();
            }
            return unfit;
        });
    }

private:
    Call& call_;
    std::vector<Candidate>& candidates_;
};

void pass_over_small(Call& call, std::vector<Candidate>& candidates, RequestNeeds& needs, Sieve& sieve) {
    // A text has no more tokens than bytes: of most requests no estimate is needed.
    const auto most = call.body.size() + needs.output_tokens;
    const auto may_be_small = [&](const Candidate& candidate) {
        return context_of(candidate) != 0 && context_of(candidate) < most;
    };
    if (std::none_of(candidates.begin(), candidates.end(), may_be_small)) {
        return;
    }
    dialect::count_texts(call.members, needs);
    const auto is_small = [&](const Candidate& candidate) {
        return may_be_small(candidate) &&
               needs.least_input(candidate.facts->tokenizer) + needs.output_tokens > context_of(candidate);
    };
    if (!std::all_of(candidates.begin(), candidates.end(), is_small)) {
        sieve.pass(Unfit::context_length, is_small);
        return;
    }
    std::uint64_t largest = 0;
    for (const auto& candidate : candidates) {
        largest = std::max(largest, context_of(candidate));
    }
    sieve.pass(Unfit::context_length, [&](const Candidate& candidate) { return context_of(candidate) < largest; });
}

}  // namespace

void pass_over_unfit(Call& call, std::vector<Candidate>& candidates) {
    if (candidates.size() < 2 || !call.state->shared->config->pass_over_unfit || !is_chat(call.operation)) {
        return;  // What is no chat has no messages, or nothing that is known of them.
    }
    const auto known = [](const Candidate& candidate) { return candidate.facts != nullptr; };
    if (std::none_of(candidates.begin(), candidates.end(), known)) {
        return;
    }
    Sieve sieve(call, candidates);
    auto needs = dialect::ask_needs(call.members);
    if (needs.tools) {
        sieve.pass(Unfit::tools, lacks_tools);
    }
    dialect::find_media(call.members, needs);
    sieve.pass(Unfit::input, [&](const Candidate& candidate) { return lacks_input(candidate, needs); });
    pass_over_small(call, candidates, needs, sieve);
}

}  // namespace aihub::gateway
