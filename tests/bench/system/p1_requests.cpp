// P1: non-streaming chat over 64 connections.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"
#include "system/wrk.hpp"

#include <cstdio>
#include <string>

namespace aihub::bench {
namespace {

struct Columns {
    Samples cpu_ms;  // per 1,000 requests
    Samples per_second;
    Samples p50_us;
    Samples p99_us;
    Samples memory_mb;
};

double run_round(const Subject& subject, int seconds, Columns& columns) {
    const double before = cpu_seconds(subject.pid());
    const auto result = run_wrk(subject, chat_body(Streaming::off), seconds);
    const double cpu_ms = (cpu_seconds(subject.pid()) - before) * 1e6 / result.requests;
    columns.cpu_ms.add(cpu_ms);
    columns.per_second.add(result.per_second);
    columns.p50_us.add(result.p50_us);
    columns.p99_us.add(result.p99_us);
    columns.memory_mb.add(static_cast<double>(resident_bytes(subject.pid())) / 1e6);
    return cpu_ms;
}

void print_row(std::string_view name, const Columns& columns) {
    std::printf(
        "%-8.*s %28s %30s %24s %24s %18s\n",
        static_cast<int>(name.size()),
        name.data(),
        columns.cpu_ms.text(2).c_str(),
        columns.per_second.text(0).c_str(),
        columns.p50_us.text(0).c_str(),
        columns.p99_us.text(0).c_str(),
        columns.memory_mb.text(0).c_str()
    );
}

}  // namespace

void measure_p1(const Plan& plan) {
    const int seconds = plan.quick ? 2 : 10;
    MockUpstream upstream({});
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    Columns of_peer;
    Columns of_subject;
    Samples ratio;
    // A first short round of each, not counted, opens connections and warms caches.
    (void)run_wrk(*peer, chat_body(Streaming::off), 1);
    (void)run_wrk(*subject, chat_body(Streaming::off), 1);
    for (int round = 0; round < plan.rounds; ++round) {
        const double base = run_round(*peer, seconds, of_peer);
        ratio.add(run_round(*subject, seconds, of_subject) / base);
    }
    std::printf(
        "P1: chat, not streaming, 64 connections, %d rounds of %d s, median [min .. max]\n", plan.rounds, seconds
    );
    std::printf("%-8s %28s %30s %24s %24s %18s\n", "", "CPU ms / 1000 requests", "req/s", "p50 us", "p99 us", "MB");
    print_row(peer->name(), of_peer);
    print_row(subject->name(), of_subject);
    print_figure("P1." + plan.set(), "cpu_ratio", ratio);
    print_figure("P1." + plan.set(), "cpu_ms_per_1000", of_subject.cpu_ms);
    print_figure("P1.nginx", "cpu_ms_per_1000", of_peer.cpu_ms);
}

}  // namespace aihub::bench
