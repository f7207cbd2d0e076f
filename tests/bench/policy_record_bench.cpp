// What recording a decision costs the loop that made it: the copy of the facts into the lane's room.
#include "policy/decision_record.hpp"
#include "support/full_facts.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace aihub::policy {
namespace {

void record_route(benchmark::State& state) {
    const auto call = testing::full_facts();
    Answer<RouteDecision> answer;
    answer.decision = RouteDecision{{{"east", "m", 1, {}, {}}, {"west", "m", 1, {}, {}}}, {}};
    const AskedHook asked{Hook::route, DecidedAs::active, "eu", testing::kSomeHash, call};
    std::string frames;
    append_record(frames, asked, answer);
    state.counters["bytes"] = static_cast<double>(frames.size());
    for (auto _ : state) {
        frames.clear();
        append_record(frames, asked, answer);
        benchmark::DoNotOptimize(frames.data());
    }
}
BENCHMARK(record_route);

void record_admit(benchmark::State& state) {
    const auto call = testing::full_facts();
    Answer<AdmitDecision> answer;
    answer.decision = AdmitDecision{true, "", "", "gold"};
    const AskedHook asked{Hook::admit, DecidedAs::active, "eu", testing::kSomeHash, call};
    std::string frames;
    for (auto _ : state) {
        frames.clear();
        append_record(frames, asked, answer);
        benchmark::DoNotOptimize(frames.data());
    }
}
BENCHMARK(record_admit);

// On the writing thread: the checksums.
void seal(benchmark::State& state) {
    const auto call = testing::full_facts();
    Answer<AdmitDecision> answer;
    answer.decision = AdmitDecision{true, "", "", "gold"};
    std::string frames;
    append_record(frames, {Hook::admit, DecidedAs::active, "eu", testing::kSomeHash, call}, answer);
    for (auto _ : state) {
        seal_frames(frames);
        benchmark::DoNotOptimize(frames.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frames.size()));
}
BENCHMARK(seal);

}  // namespace
}  // namespace aihub::policy
