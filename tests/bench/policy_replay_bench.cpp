// How long a million records take to be asked again, by two threads: a day of a busy gateway, to be tried in a minute.
#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"
#include "policy/replay.hpp"
#include "support/full_facts.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace aihub::policy {
namespace {

constexpr int kRecords = 1'000'000;
constexpr std::uint64_t kFileBytes = 64U << 20U;

std::shared_ptr<const Bundle> bundle_that_prefers(const std::string& region) {
    auto made = Bundle::make(
        "bench",
        {{"route.lua",
          "return function(ctx)\n"
          "  local inside = {}\n"
          "  for _, candidate in ipairs(ctx.candidates) do\n"
          "    if aihub.prefix(candidate.region, '" +
              region +
              "') then inside[#inside + 1] = candidate end\n"
              "  end\n"
              "  if ctx.input_tokens > 8000 then return { candidates = ctx.candidates } end\n"
              "  return { candidates = inside }\nend"}}
    );
    return std::make_shared<const Bundle>(*std::move(made));
}

// Records of `bundle`, each of another call.
void write_records(const std::string& directory, const std::shared_ptr<const Bundle>& bundle) {
    const SystemClock clock;
    DecisionFileWriter writer(directory, kFileBytes, clock);
    const auto state = *PolicyState::open(bundle, StateOptions());
    std::string frames;
    for (int i = 0; i < kRecords; ++i) {
        const auto request_id = "req_" + std::to_string(i);
        auto call = testing::full_facts();
        call.request_id = request_id;
        call.input_tokens = i % 10'000;
        append_record(
            frames, {Hook::route, DecidedAs::active, bundle->name(), bundle->hash(), call}, state->route(call)
        );
        constexpr int kBatch = 1000;
        if (i % kBatch == kBatch - 1) {
            seal_frames(frames);
            (void)writer.append(frames, {});
            frames.clear();
        }
    }
}

void replay_million(benchmark::State& state, ReplayMode mode) {
    std::string folder = (std::filesystem::temp_directory_path() / "aihub_replay_XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
        state.SkipWithError("no temporary folder");
        return;
    }
    const auto bundle = bundle_that_prefers("eu");
    write_records(folder, bundle);
    const auto asked = mode == ReplayMode::verify ? bundle : bundle_that_prefers("us");
    ReplayOptions options;
    options.workers = 2;
    for (auto _ : state) {
        const auto report = replay(folder, asked, mode, options);
        state.counters["compared"] = report ? static_cast<double>(report->compared()) : 0;
        state.counters["changed"] = report ? static_cast<double>(report->changed()) : 0;
    }
    std::filesystem::remove_all(folder);
}
BENCHMARK_CAPTURE(replay_million, verify, ReplayMode::verify)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
BENCHMARK_CAPTURE(replay_million, candidate, ReplayMode::candidate)
    ->Unit(benchmark::kSecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
}  // namespace aihub::policy
