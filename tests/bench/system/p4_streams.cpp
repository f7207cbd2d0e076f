// P4 and P5: thousands of slow streams at once. Everything is started anew for each run, so that memory is that run's.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

namespace aihub::bench {
namespace {

struct Columns {
    Samples cpu_us;  // per event
    Samples delay_p50;
    Samples delay_p99;
    Samples first_p50;
    Samples first_p99;
    Samples kb_per_stream;
    Samples lost;
    Samples peak_mb;
};

struct Shape {
    std::size_t streams;
    MockOptions mock;
    std::chrono::milliseconds ramp;
};

struct Run {
    double cpu_us = 0;
    double delay_p99 = 0;
};

template <class Start>
Run run_once(const Shape& shape, Start&& start, Columns& columns) {
    MockUpstream upstream(shape.mock);
    const SubjectPtr subject = start(upstream.port());
    const auto target = chat_target(*subject, Streaming::on);
    (void)run_sequential(chat_target(*subject, Streaming::off), 10);
    const double idle = static_cast<double>(resident_bytes(subject->pid()));
    const double before = cpu_seconds(subject->pid());
    auto result = run_streams(target, shape.streams, shape.ramp);
    const double cpu = cpu_seconds(subject->pid()) - before;
    const double peak = static_cast<double>(peak_resident_bytes(subject->pid()));
    const auto expected = shape.streams * static_cast<std::size_t>(shape.mock.events);
    if (result.failed != 0) {
        std::fprintf(
            stderr,
            "%s: %zu of %zu streams failed\n",
            std::string(subject->name()).c_str(),
            result.failed,
            shape.streams
        );
    }
    Run run;
    run.cpu_us = cpu * 1e6 / static_cast<double>(std::max<std::size_t>(result.events, 1));
    run.delay_p99 = percentile(result.delay, 0.99);
    columns.cpu_us.add(run.cpu_us);
    columns.delay_p50.add(percentile(result.delay, 0.5));
    columns.delay_p99.add(run.delay_p99);
    columns.first_p50.add(percentile(result.first_event, 0.5));
    columns.first_p99.add(percentile(result.first_event, 0.99));
    columns.kb_per_stream.add((peak - idle) / 1024 / static_cast<double>(shape.streams));
    columns.lost.add(static_cast<double>(expected) - static_cast<double>(result.events));
    columns.peak_mb.add(peak / 1e6);
    return run;
}

void print_row(std::string_view name, const Columns& columns) {
    std::printf(
        "%-8.*s %22s %24s %28s %24s %26s %22s %16s %16s\n",
        static_cast<int>(name.size()),
        name.data(),
        columns.cpu_us.text(2).c_str(),
        columns.delay_p50.text(0).c_str(),
        columns.delay_p99.text(0).c_str(),
        columns.first_p50.text(0).c_str(),
        columns.first_p99.text(0).c_str(),
        columns.kb_per_stream.text(1).c_str(),
        columns.peak_mb.text(0).c_str(),
        columns.lost.text(0).c_str()
    );
}

}  // namespace

void measure_p4(const Plan& plan) {
    Shape shape{5000, {30, std::chrono::milliseconds(250)}, std::chrono::milliseconds(1000)};
    if (plan.quick) {
        shape = {1000, {10, std::chrono::milliseconds(100)}, std::chrono::milliseconds(200)};
    }
    Columns of_peer;
    Columns of_subject;
    Samples cpu_ratio;
    Samples delay_ratio;
    for (int round = 0; round < plan.rounds; ++round) {
        const auto base = run_once(
            shape, [](std::uint16_t port) { return start_nginx(port); }, of_peer
        );
        const auto run = run_once(
            shape, [&](std::uint16_t port) { return plan.start_subject(port); }, of_subject
        );
        cpu_ratio.add(run.cpu_us / base.cpu_us);
        delay_ratio.add(run.delay_p99 / base.delay_p99);
    }
    std::printf(
        "P4, P5: %zu streams x %d events at %d ms, %d rounds, median [min .. max]\n",
        shape.streams,
        shape.mock.events,
        static_cast<int>(shape.mock.interval.count()),
        plan.rounds
    );
    std::printf(
        "%-8s %22s %24s %28s %24s %26s %22s %16s %16s\n",
        "",
        "CPU us / event",
        "delay p50 us",
        "delay p99 us",
        "first event p50 us",
        "first event p99 us",
        "KB / stream",
        "peak MB",
        "events lost"
    );
    print_row("nginx", of_peer);
    print_row(plan.against == Against::aihub ? "aihub" : "nginx", of_subject);
    print_figure("P4." + plan.set(), "cpu_ratio", cpu_ratio);
    print_figure("P4." + plan.set(), "kb_per_stream", of_subject.kb_per_stream);
    print_figure("P4.nginx", "kb_per_stream", of_peer.kb_per_stream);
    print_figure("P4." + plan.set(), "events_lost", of_subject.lost);
    print_figure("P5." + plan.set(), "delay_p99_ratio", delay_ratio);
}

}  // namespace aihub::bench
