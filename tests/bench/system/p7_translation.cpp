// P7: a client of one dialect, a provider of another, whole and streamed.
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <cstdio>
#include <string>

namespace aihub::bench {
namespace {

constexpr std::size_t kClients = 64;
constexpr int kEvents = 30;

struct Work {
    const char* title;
    const char* figure;
    Target (*target)(const Subject&, Streaming, std::string_view);
    std::string_view model;
    Streaming streaming;
};

// The peer passes the client's own format through, to an upstream of that format.
constexpr Work kWorks[] = {
    {"chat to messages", "chat_to_messages", &chat_target, kMessagesModel, Streaming::off},
    {"chat to messages, streaming", "chat_to_messages_stream", &chat_target, kMessagesModel, Streaming::on},
    {"messages to chat", "messages_to_chat", &messages_target, kChatModel, Streaming::off},
    {"messages to chat, streaming", "messages_to_chat_stream", &messages_target, kChatModel, Streaming::on},
};

// Microseconds of CPU for each request.
double run_round(const Subject& subject, const Work& work, std::size_t requests) {
    const double before = cpu_seconds(subject.pid());
    const auto result = run_closed_loop(work.target(subject, work.streaming, work.model), kClients, requests);
    if (result.failed != 0 || result.done != requests) {
        give_up(std::string(subject.name()) + ": " + std::to_string(result.failed) + " requests failed");
    }
    if (work.streaming == Streaming::on && result.events != requests * kEvents) {
        give_up(std::string(subject.name()) + ": " + std::to_string(result.events) + " events came");
    }
    return (cpu_seconds(subject.pid()) - before) * 1e6 / static_cast<double>(requests);
}

void measure(const Plan& plan, const Work& work, const Subject& peer, const Subject& subject) {
    const bool stream = work.streaming == Streaming::on;
    const std::size_t requests = (plan.quick ? 4000U : 60000U) / (stream ? 10U : 1U);
    const double parts = stream ? kEvents : 1;
    Samples of_peer;
    Samples of_subject;
    Samples ratio;
    (void)run_round(peer, work, requests / 10);
    (void)run_round(subject, work, requests / 10);
    for (int round = 0; round < plan.rounds; ++round) {
        const double base = run_round(peer, work, requests) / parts;
        const double ours = run_round(subject, work, requests) / parts;
        of_peer.add(base);
        of_subject.add(ours);
        ratio.add(ours / base);
    }
    std::printf(
        "P7: %s, %zu clients, %d rounds: CPU us for each %s, median [min .. max]\n",
        work.title,
        kClients,
        plan.rounds,
        stream ? "event" : "request"
    );
    std::printf("%-8s %28s\n", std::string(peer.name()).c_str(), of_peer.text(2).c_str());
    std::printf("%-8s %28s\n", std::string(subject.name()).c_str(), of_subject.text(2).c_str());
    const auto figure = "P7." + plan.set() + "." + work.figure;
    print_figure(figure, "cpu_ratio", ratio);
    print_figure(figure, "cpu_us", of_subject);
    print_figure(std::string("P7.nginx.") + work.figure, "cpu_us", of_peer);
}

}  // namespace

void measure_p7(const Plan& plan) {
    MockUpstream upstream({kEvents, std::chrono::milliseconds(0)});
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    for (const auto& work : kWorks) {
        measure(plan, work, *peer, *subject);
    }
}

}  // namespace aihub::bench
