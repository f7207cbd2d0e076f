// P14: memory of a server that has nothing to do.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <cstdio>

namespace aihub::bench {
namespace {

// Resident memory once it has not changed for half a second.
double settled_mb(pid_t pid) {
    std::size_t last = 0;
    int unchanged = 0;
    (void)testing::eventually([&] {
        const auto now = resident_bytes(pid);
        unchanged = now == last ? unchanged + 1 : 0;
        last = now;
        return unchanged >= 100;
    });
    return static_cast<double>(last) / 1e6;
}

}  // namespace

void measure_p14(const Plan& plan) {
    MockUpstream upstream({});
    Samples idle;
    Samples after_load;
    for (int round = 0; round < plan.rounds; ++round) {
        const auto subject = plan.start_subject(upstream.port());
        idle.add(settled_mb(subject->pid()));
        const auto result = run_closed_loop(chat_target(*subject, Streaming::off), 64, plan.quick ? 2000 : 50000);
        if (result.failed != 0) {
            give_up("a request failed");
        }
        after_load.add(settled_mb(subject->pid()));
    }
    std::printf("P14: resident memory in MB, %d starts, median [min .. max]\n", plan.rounds);
    std::printf(
        "idle after the start %s, after 64 connections of load %s\n", idle.text(1).c_str(), after_load.text(1).c_str()
    );
    print_figure("P14." + plan.set(), "idle_mb", idle);
    print_figure("P14." + plan.set(), "after_load_mb", after_load);
}

}  // namespace aihub::bench
