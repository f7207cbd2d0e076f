// P16: a closed loop of ten clients on an upstream that takes no time.
#include "base/clock.hpp"
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace aihub::bench {
namespace {

constexpr std::size_t kClients = 10;

// What is asked for.
struct Work {
    const char* title;
    const char* figure;
    Target (*target)(const Subject&, Streaming, std::string_view);
    std::string_view model;
    Streaming streaming;
    const char* published;  // Other people's machines: two virtual cores too, but another processor and load generator
};

constexpr Work kWorks[] = {
    {"chat",
     "chat",
     &chat_target,
     kChatModel,
     Streaming::off,
     "published, p50 / p99 ms: GoModel 1.81 / 6.88, Bifrost 2.51 / 18.27, Portkey 9.70 / 30.54, LiteLLM 30.56 / 39.26 "
     "(direct 0.23 / 2.77)"},
    {"chat, streaming",
     "stream",
     &chat_target,
     kChatModel,
     Streaming::on,
     "published, first event p50 / total p50 ms: GoModel 4.71 / 4.95, Bifrost 9.02 / 11.89, Portkey 27.97 / 27.98, "
     "LiteLLM 151.94 / 151.95"},
    {"responses",
     "responses",
     &responses_target,
     kChatModel,
     Streaming::off,
     "published, p50 / p99 ms: GoModel 2.01 / 7.28, Bifrost 2.73 / 16.55, Portkey 9.07 / 26.92, LiteLLM 39.12 / 48.60 "
     "(direct 0.26 / 2.33)"},
    {"responses, streaming", "responses_stream", &responses_target, kChatModel, Streaming::on, ""},
    {"messages", "messages", &messages_target, kMessagesModel, Streaming::off, ""},
    {"messages, streaming", "messages_stream", &messages_target, kMessagesModel, Streaming::on, ""},
};

struct Columns {
    Samples per_second;
    Samples p50_ms;
    Samples p99_ms;
    Samples first_p50_ms;
    Samples first_p99_ms;
    Samples per_cpu_second;  // requests for each second of CPU of the subject
};

void run_round(const Subject& subject, const Work& work, std::size_t requests, Columns& columns) {
    const double before = cpu_seconds(subject.pid());
    auto result = run_closed_loop(work.target(subject, work.streaming, work.model), kClients, requests);
    const double cpu = cpu_seconds(subject.pid()) - before;
    if (result.failed != 0) {
        give_up(std::string(subject.name()) + ": " + std::to_string(result.failed) + " requests failed");
    }
    columns.per_second.add(static_cast<double>(result.done) / result.seconds);
    columns.p50_ms.add(percentile(result.total, 0.5) / 1000);
    columns.p99_ms.add(percentile(result.total, 0.99) / 1000);
    columns.first_p50_ms.add(percentile(result.first_event, 0.5) / 1000);
    columns.first_p99_ms.add(percentile(result.first_event, 0.99) / 1000);
    columns.per_cpu_second.add(cpu > 0 ? static_cast<double>(result.done) / cpu : 0);
}

void print_row(const std::string& name, const Columns& columns, Streaming streaming) {
    std::printf(
        "%-14s %30s %22s %22s %22s %28s\n",
        name.c_str(),
        columns.per_second.text(0).c_str(),
        columns.p50_ms.text(3).c_str(),
        columns.p99_ms.text(3).c_str(),
        streaming == Streaming::on ? columns.first_p50_ms.text(3).c_str() : "",
        columns.per_cpu_second.text(0).c_str()
    );
}

void print_table(
    const Plan& plan, const Work& work, const std::vector<const Subject*>& all, const std::vector<Columns>& columns
) {
    const bool stream = work.streaming == Streaming::on;
    std::printf("\nP16: %s, %zu clients, %d rounds, ms, median [min .. max]\n", work.title, kClients, plan.rounds);
    std::printf(
        "%-14s %30s %22s %22s %22s %28s\n", "", "req/s", "p50", "p99", stream ? "first event p50" : "", "req per CPU s"
    );
    for (std::size_t index = 0; index < columns.size(); ++index) {
        print_row(std::string(all[index]->name()), columns[index], work.streaming);
    }
    std::puts(work.published);
    if (columns.size() > 3) {
        print_figure("P16.portkey.chat", "requests_per_second", columns[3].per_second);
        print_figure("P16.portkey.chat", "p50_ms", columns[3].p50_ms);
        print_figure("P16.portkey.chat", "p99_ms", columns[3].p99_ms);
        print_figure("P16.portkey.chat", "requests_per_cpu_second", columns[3].per_cpu_second);
    }
    const auto name = "P16." + plan.set() + "." + work.figure;
    print_figure(name, "requests_per_second", columns[2].per_second);
    print_figure(name, "p50_ms", columns[2].p50_ms);
    print_figure(name, "p99_ms", columns[2].p99_ms);
    if (stream) {
        print_figure(name, "first_event_p50_ms", columns[2].first_p50_ms);
    }
}

// From the start of the process to the first good answer.
double cold_start_seconds(const Plan& plan, std::uint16_t upstream_port) {
    const SystemClock clock;
    const auto start = clock.steady_now();
    const auto subject = plan.start_subject(upstream_port);
    if (run_sequential(chat_target(*subject, Streaming::off), 1).done != 1) {
        give_up("the first request failed");
    }
    return std::chrono::duration<double>(clock.steady_now() - start).count();
}

}  // namespace

void measure_p16(const Plan& plan) {
    const std::size_t requests = plan.quick ? 2000 : 8000;
    MockUpstream upstream({30, std::chrono::milliseconds(0)});
    Samples cold;
    for (int round = 0; round < plan.rounds; ++round) {
        cold.add(cold_start_seconds(plan, upstream.port()));
    }
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    const auto other = start_portkey(upstream.port());
    if (!other) {
        std::puts("P16: without portkey: it needs npm and Node.js 20, and is installed by tests/bench/run");
    }
    for (const auto& work : kWorks) {
        std::vector<const Subject*> all{&upstream, peer.get(), subject.get()};
        if (other && &work == &kWorks[0]) {
            all.push_back(other.get());
        }
        std::vector<Columns> columns(all.size());
        for (int round = 0; round < plan.rounds; ++round) {
            for (std::size_t index = 0; index < all.size(); ++index) {
                // It takes tens of milliseconds for what takes the others less than one.
                const bool slow = all[index] == other.get();
                run_round(*all[index], work, slow ? requests / 10 : requests, columns[index]);
            }
        }
        print_table(plan, work, all, columns);
    }
    if (other) {
        Samples memory;
        memory.add(static_cast<double>(peak_resident_bytes(other->pid())) / 1e6);
        print_figure("P16.portkey", "peak_mb", memory);
    }
    Samples peak;
    peak.add(static_cast<double>(peak_resident_bytes(subject->pid())) / 1e6);
    std::printf("\npeak memory %.1f MB, cold start to the first answer %s s\n", peak.median(), cold.text(3).c_str());
    std::puts(
        "published, peak MB / cold start s: GoModel 37 / 0.56, Bifrost 143 / 7.07, Portkey 112 / 1.05, LiteLLM 2272 / "
        "25.49"
    );
    print_figure("P16." + plan.set(), "peak_mb", peak);
    print_figure("P16." + plan.set(), "cold_start_s", cold);
}

}  // namespace aihub::bench
