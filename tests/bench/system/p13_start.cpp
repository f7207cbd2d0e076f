// P13: a server with ten keys, from its start to its first good answer.
#include "base/clock.hpp"
#include "support/http_text.hpp"
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <cstdio>

namespace aihub::bench {
namespace {

constexpr int kKeys = 10;

// The first start makes the database and one key; the others are made beside it.
void make_keys(testing::ServerProcess& server) {
    if (!server.start()) {
        give_up("the server did not start: " + server.output());
    }
    for (int i = 1; i < kKeys; ++i) {
        const auto made = server.command({"key", "create", "--name", "bench-" + std::to_string(i)});
        if (made.status != 0) {
            give_up("no key could be made: " + made.err);
        }
    }
}

void stop(testing::ServerProcess& server) {
    server.terminate();
    if (server.wait_for_exit() != 0) {
        give_up("the server did not stop: " + server.output());
    }
}

}  // namespace

void measure_p13(const Plan& plan) {
    const SystemClock clock;
    MockUpstream upstream({});
    testing::ServerProcess server(aihub_config(upstream.port()));
    make_keys(server);
    const auto key = server.first_key();
    stop(server);
    Samples seconds;
    Samples memory_mb;
    for (int round = 0; round < plan.rounds; ++round) {
        const auto began = clock.steady_now();
        if (!server.start()) {
            give_up("the server did not start: " + server.output());
        }
        const Target target{
            server.port(),
            testing::http_request(
                "POST", "/v1/chat/completions", chat_body(Streaming::off), "Authorization: Bearer " + key + "\r\n"
            )};
        if (run_sequential(target, 1).done != 1) {
            give_up("the first request failed");
        }
        seconds.add(std::chrono::duration<double>(clock.steady_now() - began).count());
        memory_mb.add(static_cast<double>(resident_bytes(server.pid())) / 1e6);
        stop(server);
    }
    std::printf(
        "P13: %d keys, start to the first answer %s s, memory then %s MB, %d starts, median [min .. max]\n",
        kKeys,
        seconds.text(3).c_str(),
        memory_mb.text(1).c_str(),
        plan.rounds
    );
    print_figure("P13.keys10", "first_answer_s", seconds);
    print_figure("P13.keys10", "memory_mb", memory_mb);
}

}  // namespace aihub::bench
