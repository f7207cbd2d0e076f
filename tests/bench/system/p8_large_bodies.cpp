// P8: chat requests of 400 KB, about 100,000 tokens, over 64 connections.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"
#include "system/wrk.hpp"

#include <cstdio>

namespace aihub::bench {
namespace {

constexpr std::size_t kBodyBytes = 400000;

struct Columns {
    Samples cpu_us;  // per request
    Samples per_second;
    Samples memory_mb;
};

double run_round(const Subject& subject, const std::string& body, int seconds, Columns& columns) {
    const double before = cpu_seconds(subject.pid());
    const auto result = run_wrk(subject, body, seconds);
    const double cpu_us = (cpu_seconds(subject.pid()) - before) * 1e6 / result.requests;
    columns.cpu_us.add(cpu_us);
    columns.per_second.add(result.per_second);
    columns.memory_mb.add(static_cast<double>(resident_bytes(subject.pid())) / 1e6);
    return cpu_us;
}

void print_row(std::string_view name, const Columns& columns) {
    const std::string text(name);
    std::printf(
        "%-8s %28s %28s %18s\n",
        text.c_str(),
        columns.cpu_us.text(1).c_str(),
        columns.per_second.text(0).c_str(),
        columns.memory_mb.text(0).c_str()
    );
}

}  // namespace

void measure_p8(const Plan& plan) {
    const int seconds = plan.quick ? 2 : 10;
    const auto body = chat_body(Streaming::off, kBodyBytes);
    MockUpstream upstream({});
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    Columns of_peer;
    Columns of_subject;
    Samples ratio;
    // A first short round of each, not counted, opens connections and warms caches.
    (void)run_wrk(*peer, body, 1);
    (void)run_wrk(*subject, body, 1);
    for (int round = 0; round < plan.rounds; ++round) {
        const double base = run_round(*peer, body, seconds, of_peer);
        ratio.add(run_round(*subject, body, seconds, of_subject) / base);
    }
    std::printf(
        "P8: chat, bodies of 400 KB, 64 connections, %d rounds of %d s, median [min .. max]\n", plan.rounds, seconds
    );
    std::printf("%-8s %28s %28s %18s\n", "", "CPU us / request", "req/s", "MB");
    print_row(peer->name(), of_peer);
    print_row(subject->name(), of_subject);
    print_figure("P8." + plan.set(), "cpu_ratio", ratio);
    print_figure("P8." + plan.set(), "cpu_us", of_subject.cpu_us);
    print_figure("P8.nginx", "cpu_us", of_peer.cpu_us);
}

}  // namespace aihub::bench
