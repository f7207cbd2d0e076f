// P10: 2,000 requests a second while policies and configuration are read again ten times, beside the same load in
// quiet.
#include "support/http_text.hpp"
#include "system/figures.hpp"
#include "system/plans.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <thread>

namespace aihub::bench {
namespace {

constexpr int kReloads = 10;
constexpr double kPerSecond = 2000;
constexpr std::size_t kConnections = 64;

// A policy that every call is asked about; `number` makes each edit another bundle.
void edit(const std::string& folder, int number) {
    testing::write_file(
        folder + "/route.lua",
        "local edit = " + std::to_string(number) +
            "\nreturn function(ctx)\n    local candidates = {}\n    for _, each in ipairs(ctx.candidates) do\n"
            "        candidates[#candidates + 1] = each\n    end\n"
            "    return { candidates = candidates, transforms = edit < 0 and { \"none\" } or nil }\nend\n"
    );
}

// Ten edits, each with a reload of the configuration, evenly over `seconds`.
void reload_ten_times(const testing::ServerProcess& server, const std::string& folder, int& number, double seconds) {
    const auto pause = testing::Milliseconds(static_cast<int>(seconds * 1000 / (kReloads + 1)));
    for (int i = 0; i < kReloads; ++i) {
        (void)testing::eventually([] { return false; }, pause);
        edit(folder, ++number);
        server.reload();
    }
}

}  // namespace

void measure_p10(const Plan& plan) {
    const double seconds = plan.quick ? 4 : 20;
    const auto requests = static_cast<std::size_t>(kPerSecond * seconds);
    const testing::TempDir directory;
    const auto folder = directory.file("policies");
    ::mkdir(folder.c_str(), 0700);
    int number = 0;
    edit(folder, number);
    MockUpstream upstream({});
    testing::ServerProcess server(aihub_config(upstream.port()) + "policies: { folder: \"" + folder + "\" }\n");
    if (!server.start()) {
        give_up("the server did not start: " + server.output());
    }
    const Target target{
        server.port(),
        testing::http_request(
            "POST",
            "/v1/chat/completions",
            chat_body(Streaming::off),
            "Authorization: Bearer " + server.first_key() + "\r\n"
        )};
    (void)run_paced(target, kConnections, requests / 4, kPerSecond);
    Samples failed;
    Samples quiet_p99;
    Samples ratio;
    for (int round = 0; round < plan.rounds; ++round) {
        auto quiet = run_paced(target, kConnections, requests, kPerSecond);
        LoadResult reloading;
        {
            const std::jthread editor([&] { reload_ten_times(server, folder, number, seconds); });
            reloading = run_paced(target, kConnections, requests, kPerSecond);
        }
        const double quiet_us = percentile(quiet.total, 0.99);
        failed.add(static_cast<double>(quiet.failed + reloading.failed));
        quiet_p99.add(quiet_us);
        ratio.add(percentile(reloading.total, 0.99) / quiet_us);
    }
    if (server.output().find("refused") != std::string::npos) {
        give_up("an edit was refused: " + server.output());
    }
    std::printf(
        "P10: %.0f requests/s for %.0f s, ten reloads, %d rounds: failed %s, quiet p99 %s us, p99 reloading/quiet %s\n",
        kPerSecond,
        seconds,
        plan.rounds,
        failed.text(0).c_str(),
        quiet_p99.text(1).c_str(),
        ratio.text(2).c_str()
    );
    print_figure("P10.reloads10", "failed", failed);
    print_figure("P10.reloads10", "quiet_p99_us", quiet_p99);
    print_figure("P10.reloads10", "p99_ratio", ratio);
}

}  // namespace aihub::bench
