#include "system/wrk.hpp"

#include <cstdio>

namespace aihub::bench {
namespace {

// wrk calls done() at its end; one line of plain numbers is easier to read than its report.
std::string wrk_script(const Subject& subject, const std::string& body) {
    return "wrk.method = 'POST'\nwrk.body = [[" + body + "]]\nwrk.headers['Content-Type'] = 'application/json'\n" +
           "wrk.headers['Authorization'] = '" + subject.credential() + "'\n" +
           "function done(summary, latency, requests)\n"
           "  local e = summary.errors\n"
           "  io.write(string.format('figures %d %f %f %f %d\\n', summary.requests, summary.requests / "
           "summary.duration * 1e6,\n"
           "    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))\n"
           "end\n";
}

}  // namespace

WrkResult run_wrk(const Subject& subject, const std::string& body, int seconds) {
    const testing::TempDir directory;
    testing::write_file(directory.file("chat.lua"), wrk_script(subject, body));
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

}  // namespace aihub::bench
