// P6: a client leaves in mid-stream; how long until the upstream sees its connection end.
#include "base/clock.hpp"
#include "support/raw_client.hpp"
#include "support/raw_upstream.hpp"
#include "system/figures.hpp"
#include "system/plans.hpp"

#include <cstdio>

namespace aihub::bench {
namespace {

// Milliseconds from the client's close to the end of the upstream's connection, for each departure.
std::vector<float> departures(const Subject& subject, testing::RawUpstream& upstream, int count) {
    const SystemClock clock;
    std::vector<float> times;
    const auto target = chat_target(subject, Streaming::on);
    for (int i = 0; i < count; ++i) {
        const auto before = upstream.requests().size();
        testing::RawClient client(target.port);
        if (!client.send(target.request) || !client.read_until("first piece")) {
            give_up(std::string(subject.name()) + ": no stream came: " + client.received());
        }
        const auto connection = upstream.requests().at(before).connection;
        const auto left = clock.steady_now();
        client.close();
        if (upstream.wait_for_close(connection) == testing::PeerEnd::none) {
            give_up(std::string(subject.name()) + ": the upstream's connection stayed open");
        }
        times.push_back(std::chrono::duration<float, std::milli>(clock.steady_now() - left).count());
    }
    return times;
}

struct Columns {
    Samples p50_ms;
    Samples max_ms;
};

void run_round(const Subject& subject, testing::RawUpstream& upstream, int count, Columns& columns) {
    auto times = departures(subject, upstream, count);
    columns.p50_ms.add(percentile(times, 0.5));
    columns.max_ms.add(percentile(times, 1.0));
}

void print_row(std::string_view name, const Columns& columns) {
    const std::string text(name);
    std::printf(
        "%-8s p50 %s, longest %s\n", text.c_str(), columns.p50_ms.text(2).c_str(), columns.max_ms.text(2).c_str()
    );
}

}  // namespace

void measure_p6(const Plan& plan) {
    testing::RawUpstream upstream;
    upstream.set_handler([](const testing::UpstreamRequest&) {
        return testing::Reply(
                   testing::stream_head() +
                   testing::event_chunk(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-bench",)"
                                        R"("choices":[{"index":0,"delta":{"content":"first piece"}}]})")
        )
            .hold();
    });
    const auto peer = start_nginx(upstream.port());
    const auto subject = plan.start_subject(upstream.port());
    const int count = plan.quick ? 10 : 100;
    Columns of_peer;
    Columns of_subject;
    for (int round = 0; round < plan.rounds; ++round) {
        run_round(*peer, upstream, count, of_peer);
        run_round(*subject, upstream, count, of_subject);
    }
    std::printf(
        "P6: from a client's leaving in mid-stream to the end of the upstream's connection, ms, %d rounds of %d, "
        "median "
        "[min .. max]\n",
        plan.rounds,
        count
    );
    print_row(peer->name(), of_peer);
    print_row(subject->name(), of_subject);
    print_figure("P6." + plan.set(), "p50_ms", of_subject.p50_ms);
    print_figure("P6." + plan.set(), "longest_ms", of_subject.max_ms);
    print_figure("P6.nginx", "longest_ms", of_peer.max_ms);
}

}  // namespace aihub::bench
