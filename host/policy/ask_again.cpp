#include "policy/ask_again.hpp"

#include <chrono>
#include <utility>

namespace aihub::policy {

namespace {

constexpr std::chrono::seconds kPatientTime{5};

template <class Decision>
std::uint64_t keep(std::string& out, const Answer<Decision>& answer) {
    append_result(out, answer);
    return answer.steps;
}

class LineTrace final : public LineWatch {
public:
    explicit LineTrace(TracedRun& run) : run_(run) {}

    void line(std::string_view file, int line) override {
        if (run_.lines.size() < kTracedLinesMax) {
            run_.lines.push_back({std::string(file), line});
            return;
        }
        run_.cut = true;
        run_.lines.back() = {std::string(file), line};
    }

private:
    TracedRun& run_;
};

}  // namespace

StateOptions patient(StateOptions options) {
    options.log = nullptr;
    options.watch = nullptr;
    options.limits.load.cpu_max = kPatientTime;
    for (auto& budget : options.budgets) {
        budget.cpu_max = kPatientTime;
    }
    return options;
}

std::uint64_t ask_again(PolicyState& state, const DecisionRecord& record, std::string& out) {
    const auto& facts = record.facts;
    switch (record.hook) {
        case Hook::admit:
            return keep(out, state.admit(facts.call));
        case Hook::experiment:
            return keep(out, state.experiment(facts.call));
        case Hook::route:
            return keep(out, state.route(facts.call));
        case Hook::fallback:
            return keep(out, state.fallback(facts.call, facts.attempt));
        case Hook::label:
            return keep(out, state.label(facts.call, facts.outcome));
        case Hook::price:
            return keep(out, state.price(facts.price));
        default:
            return 0;
    }
}

Result<TracedRun> trace_again(
    const std::shared_ptr<const Bundle>& bundle, const StateOptions& options, const DecisionRecord& record
) {
    TracedRun run;
    LineTrace trace(run);
    auto watched = patient(options);
    watched.watch = &trace;
    const auto state = AIHUB_TRY(PolicyState::open(bundle, watched));
    if (!state->has(record.hook)) {
        const std::string name(hook_name(record.hook));
        return Error{Errc::invalid_request, "bundle " + bundle->label() + " has no " + name + ".lua"};
    }
    // Not those that ran while it was loaded.
    run = TracedRun();
    (void)ask_again(*state, record, run.result);
    return run;
}

}  // namespace aihub::policy
