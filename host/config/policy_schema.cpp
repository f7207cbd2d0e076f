#include "config/schema.hpp"

namespace aihub::config {
namespace {

constexpr std::uint64_t kStepsMax = 100'000'000;
constexpr std::uint64_t kPercentMax = 100;
constexpr std::uint64_t kGrowthMax = 1'000'000;
constexpr std::uint64_t kStateBytesMin = 1ULL * 1024 * 1024;
constexpr std::uint64_t kStateBytesMax = 1024ULL * 1024 * 1024;
constexpr std::uint64_t kYearsMs = 10 * 365 * kDayMs;

// What each hook has of its own.
#define AIHUB_HOOK_BUDGET(hook)                                                                                \
    {.path = "policies.budgets." #hook, .type = Type::block, .text = "Of `" #hook ".lua`."},                   \
        {.path = "policies.budgets." #hook ".steps_max",                                                       \
         .type = Type::count,                                                                                  \
         .slot = AIHUB_SLOT(Snapshot, policies.hook.steps_max),                                                \
         .min = 1000,                                                                                          \
         .max = kStepsMax,                                                                                     \
         .reload = Reload::restart,                                                                            \
         .text = "Steps of one call, about one instruction each; over it the script is stopped."},             \
    {                                                                                                          \
        .path = "policies.budgets." #hook ".cpu_max", .type = Type::duration,                                  \
        .slot = AIHUB_SLOT(Snapshot, policies.hook.cpu_max), .min = 1, .max = 1000, .reload = Reload::restart, \
        .text =                                                                                                \
            "Processor time of one call, during which the event loop does nothing else; over it the "          \
            "script is stopped."                                                                               \
    }

constexpr Key kPolicySchema[] = {
    {.path = "policies",
     .type = Type::block,
     .text = "Bundles of Lua that decide about calls: [policies](policies/README.md)."},
    {.path = "policies.folder",
     .type = Type::path,
     .slot = AIHUB_SLOT(Snapshot, policies.folder),
     .max = 4096,
     .reload = Reload::restart,
     .fallback = "empty",
     .text = "The folder of the bundle that is active; a change in it counts when its specs pass. Empty: bundles come "
             "from the database, by `aihub policy activate`."},
    {.path = "policies.poll_interval",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, policies.poll_interval),
     .min = 100,
     .max = kHourMs,
     .text = "How soon a change of the folder, or of what the database says is active, is seen."},
    {.path = "policies.currency",
     .type = Type::text,
     .slot = AIHUB_SLOT(Snapshot, policies.currency),
     .min = 1,
     .max = 8,
     .text = "The currency of this installation, which scripts see as `quote.currency`: capital letters and digits."},
    {.path = "policies.values",
     .type = Type::pairs,
     .fallback = "none",
     .text = "Texts by name that scripts read with `aihub.kv`: up to 1000, names up to 128 bytes, texts up to 4096."},
    {.path = "policies.headers",
     .type = Type::texts,
     .slot = AIHUB_SLOT(Snapshot, policies.headers),
     .fallback = "none",
     .text = "Headers of requests that scripts see in `ctx.headers`, in small letters; up to 32. Those that hold keys "
             "cannot be named."},
    {.path = "policies.on_error",
     .type = Type::block,
     .text = "What becomes of a call when its hook fails or is stopped. A failure of `label` means no labels, one of "
             "`price` that the call is marked as unrated."},
    {.path = "policies.on_error.admit",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, policies.admit.on_error),
     .words = "refuse ordinary",
     .text = "`refuse`: 503. `ordinary`: it goes on as if the bundle had no such hook."},
    {.path = "policies.on_error.experiment",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, policies.experiment.on_error),
     .words = "control ordinary",
     .text = "`control`: the control arm of each experiment. `ordinary`: arms are assigned as without the hook."},
    {.path = "policies.on_error.route",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, policies.route.on_error),
     .words = "ordinary refuse",
     .text = "`ordinary`: the route of the configuration. `refuse`: 503."},
    {.path = "policies.on_error.fallback",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, policies.fallback.on_error),
     .words = "ordinary stop",
     .text = "`ordinary`: the next candidate in order. `stop`: the failure is the client's answer."},
    {.path = "policies.budgets", .type = Type::block, .text = "What one call of a hook may cost."},
    AIHUB_HOOK_BUDGET(admit),
    AIHUB_HOOK_BUDGET(experiment),
    AIHUB_HOOK_BUDGET(route),
    AIHUB_HOOK_BUDGET(fallback),
    AIHUB_HOOK_BUDGET(label),
    AIHUB_HOOK_BUDGET(price),
    {.path = "policies.memory_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, policies.memory_max),
     .min = kStateBytesMin,
     .max = kStateBytesMax,
     .reload = Reload::restart,
     .text = "Memory of one state after its garbage was collected; each event loop has two for each bundle that runs. "
             "Over it the script is stopped."},
    {.path = "policies.memory_hard_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, policies.memory_hard_max),
     .min = kStateBytesMin,
     .max = kStateBytesMax,
     .reload = Reload::restart,
     .text = "Memory of one state that it cannot pass at any moment; not less than `policies.memory_max`."},
    {.path = "policies.failures_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.failures_max),
     .max = 1000000,
     .text = "Failures of one hook in a row after which the last good bundle is active again. 0: never."},
    {.path = "policies.decisions",
     .type = Type::block,
     .text = "Records of what policies decided, and from what, for `aihub policy replay`. They hold no prompt."},
    {.path = "policies.decisions.record",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.record),
     .text = "Whether they are made."},
    {.path = "policies.decisions.directory",
     .type = Type::path,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.directory),
     .min = 1,
     .max = 4096,
     .reload = Reload::restart,
     .text = "Where their files are."},
    {.path = "policies.decisions.file_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.file_bytes_max),
     .min = 64ULL * 1024,
     .reload = Reload::restart,
     .text = "Size at which the next file is begun."},
    {.path = "policies.decisions.bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.bytes_max),
     .min = 64ULL * 1024,
     .reload = Reload::restart,
     .text = "All files together; over it the oldest is deleted. Not less than `policies.decisions.file_bytes_max`."},
    {.path = "policies.decisions.retention",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.retention),
     .min = kMinuteMs,
     .max = kYearsMs,
     .reload = Reload::restart,
     .text = "Files that are older are deleted."},
    {.path = "policies.decisions.queue_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.decisions.queue_max),
     .min = 1,
     .max = 10000000,
     .reload = Reload::restart,
     .text = "Records that wait for the writer; over it they are dropped and counted."},
    {.path = "policies.bands",
     .type = Type::block,
     .text = "A bundle in canary is taken back by itself when it does worse than the active one by more than this."},
    {.path = "policies.bands.window",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.window),
     .min = 1000,
     .max = kDayMs,
     .text = "The time over which both are looked at."},
    {.path = "policies.bands.calls_min",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.calls_min),
     .min = 1,
     .max = 1000000000,
     .text = "Calls that each must have had in it; with fewer only stops count."},
    {.path = "policies.bands.errors_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.errors_max),
     .max = kPercentMax,
     .text = "Percent points that more of its calls may fail."},
    {.path = "policies.bands.denied_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.denied_max),
     .max = kPercentMax,
     .text = "Percent points that more of its calls may be refused by `admit`."},
    {.path = "policies.bands.failures_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.failures_max),
     .max = kPercentMax,
     .text = "Percent of the calls of its hooks that may fail."},
    {.path = "policies.bands.stops_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.stops_max),
     .max = 1000000000,
     .text = "Calls of its hooks that may be stopped at a limit."},
    {.path = "policies.bands.cost_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.cost_max),
     .max = kGrowthMax,
     .text = "Percent that a call may cost more."},
    {.path = "policies.bands.latency_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, policies.bands.latency_max),
     .max = kGrowthMax,
     .text = "Percent that the 95th percentile of the durations of calls may be longer."},
};

}  // namespace

std::span<const Key> policy_schema() {
    return kPolicySchema;
}

}  // namespace aihub::config
