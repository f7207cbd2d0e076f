// P1: non-streaming chat over 64 connections. The load is wrk's: the cheapest client there is.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace aihub::bench {
namespace {

struct WrkResult {
    double requests = 0;
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

// wrk calls done() at its end; one line of plain numbers is easier to read than its report.
std::string wrk_script(const Subject& subject) {
    std::string body = chat_body(Streaming::off);
    return "wrk.method = 'POST'\nwrk.body = [[" + body + "]]\nwrk.headers['Content-Type'] = 'application/json'\n" +
           "wrk.headers['Authorization'] = '" + subject.credential() + "'\n" +
           "function done(summary, latency, requests)\n"
           "  local e = summary.errors\n"
           "  io.write(string.format('figures %d %f %f %f %d\\n', summary.requests, summary.requests / "
           "summary.duration * 1e6,\n"
           "    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))\n"
           "end\n";
}

WrkResult run_wrk(const Subject& subject, int seconds) {
    const testing::TempDir directory;
    testing::write_file(directory.file("chat.lua"), wrk_script(subject));
    const auto ended = testing::run_program(
        {"/usr/bin/wrk",
         "-t1",
         "-c64",
         "-d" + std::to_string(seconds) + "s",
         "-s",
         directory.file("chat.lua"),
         "http://127.0.0.1:" + std::to_string(subject.port()) + "/v1/chat/completions"},
        directory.path(),
        testing::Milliseconds((seconds + 30) * 1000)
    );
    WrkResult result;
    int errors = -1;
    const auto at = ended.out.find("figures ");
    if (at == std::string::npos || std::sscanf(
                                       ended.out.c_str() + at,
                                       "figures %lf %lf %lf %lf %d",
                                       &result.requests,
                                       &result.per_second,
                                       &result.p50_us,
                                       &result.p99_us,
                                       &errors
                                   ) != 5) {
        give_up("wrk gave no figures: " + ended.out + ended.err);
    }
    if (errors != 0) {
        give_up(std::string(subject.name()) + ": " + std::to_string(errors) + " of wrk's requests failed");
    }
    return result;
}

struct Columns {
    Samples cpu_ms;  // per 1,000 requests
    Samples per_second;
    Samples p50_us;
    Samples p99_us;
    Samples memory_mb;
};

double run_round(const Subject& subject, int seconds, Columns& columns) {
    const double before = cpu_seconds(subject.pid());
    const auto result = run_wrk(subject, seconds);
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
    (void)run_wrk(*peer, 1);
    (void)run_wrk(*subject, 1);
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
