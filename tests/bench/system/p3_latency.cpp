// P3: one connection, one request after another, everything on one core.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <cstdio>
#include <string>

namespace aihub::bench {
namespace {

struct Columns {
    Samples p50;
    Samples p99;
    Samples added_p50;
    Samples added_p99;
};

void print_row(std::string_view name, const Columns& columns) {
    std::printf(
        "%-8.*s %24s %24s %24s %24s\n",
        static_cast<int>(name.size()),
        name.data(),
        columns.p50.text(1).c_str(),
        columns.p99.text(1).c_str(),
        columns.added_p50.text(1).c_str(),
        columns.added_p99.text(1).c_str()
    );
}

}  // namespace

void measure_p3(const Plan& plan) {
    const std::size_t requests = plan.quick ? 2000 : 8000;
    const OneCore pinned;
    MockUpstream upstream({});
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    const Subject* all[] = {&upstream, peer.get(), subject.get()};
    Columns columns[3];
    for (const auto* each : all) {
        (void)run_sequential(chat_target(*each, Streaming::off), requests / 4);
    }
    for (int round = 0; round < plan.rounds; ++round) {
        double direct_p50 = 0;
        double direct_p99 = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            auto result = run_sequential(chat_target(*all[index], Streaming::off), requests);
            if (result.failed != 0) {
                give_up(std::string(all[index]->name()) + ": a request failed");
            }
            const double p50 = percentile(result.total, 0.5);
            const double p99 = percentile(result.total, 0.99);
            direct_p50 = index == 0 ? p50 : direct_p50;
            direct_p99 = index == 0 ? p99 : direct_p99;
            columns[index].p50.add(p50);
            columns[index].p99.add(p99);
            columns[index].added_p50.add(p50 - direct_p50);
            columns[index].added_p99.add(p99 - direct_p99);
        }
    }
    std::printf(
        "P3: one connection, %zu requests a round, %d rounds, one core, us, median [min .. max]\n",
        requests,
        plan.rounds
    );
    std::printf("%-8s %24s %24s %24s %24s\n", "", "p50", "p99", "added p50", "added p99");
    for (std::size_t index = 0; index < 3; ++index) {
        print_row(all[index]->name(), columns[index]);
    }
    print_figure("P3." + plan.set(), "added_p50_us", columns[2].added_p50);
    print_figure("P3." + plan.set(), "added_p99_us", columns[2].added_p99);
    print_figure("P3.nginx", "added_p50_us", columns[1].added_p50);
    print_figure("P3.nginx", "added_p99_us", columns[1].added_p99);
}

}  // namespace aihub::bench
