#include "policy/replay_report.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

ReplayReport some_report() {
    ReplayReport report;
    report.bundle = "eu@1a2b";
    report.bundle_hooks = {Hook::admit, Hook::route};
    report.mode = ReplayMode::candidate;
    report.files = 2;
    report.records = 1003;
    report.not_chosen = 2;
    report.lost_bytes = 17;
    auto& route = report.hooks[static_cast<std::size_t>(Hook::route)];
    route.compared = 1000;
    route.changed = 125;
    route.stops = 1;
    route.steps_most = 900;
    report.organizations = {{"acme", {400, 125}}, {"globex", {600, 0}}};
    report.changes = {{Hook::route, "east/m", "west/m", 125, "req_1", "acme", "ak_1", "fast", {}}};
    report.route = {1000, 20, 15, 1000, 220'000, 242'000};
    report.prices["acme EUR"] = {10, *Amount::parse("1.5"), *Amount::parse("1.25"), false};
    report.watched = 100;
    report.coverage = {{"route.lua", 4, {3}}};
    return report;
}

TEST(ReplayReport, SaysWhatWouldBeOtherwise) {
    EXPECT_EQ(
        text_report(some_report()),
        "eu@1a2b\n"
        "read 1003 records of 2 files; compared 1000\n"
        "  2 were not chosen, by time, sample or key, or were in shadow\n"
        "  17 bytes at the end of files are torn\n"
        "admit: no records, so nothing is known of it\n"
        "route: 125 of 1000 (12.50 %) changed; failed now: 0 by an error, 1 over a limit; before: 0; at most 900 "
        "steps\n"
        "what changed:\n"
        "  route, 125 times, as in req_1 (acme, fast)\n"
        "    was: east/m\n"
        "    now: west/m\n"
        "changed by organization:\n"
        "  acme: 125 of 400 (31.25 %)\n"
        "cost, estimated: 20.0000 before, 15.0000 now (-25.0 %), over 1000 calls\n"
        "95th percentile of latency, estimated: 220 ms before, 242 ms now (+10.0 %), over 1000 calls\n"
        "  from what was known of the first candidates when the calls were made: a call that goes elsewhere has\n"
        "  no recorded answer\n"
        "price, acme EUR: 1.50 before, 1.25 now, over 10 calls\n"
        "over 100 of these calls:\n"
        "route.lua: 3 of 4 lines were run; never 3\n"
    );
}

TEST(ReplayReport, IsJsonForPrograms) {
    const auto json = json_report(some_report());
    EXPECT_TRUE(json.starts_with("{\"bundle\":\"eu@1a2b\",\"mode\":\"candidate\",\"files\":2,\"records\":1003,"))
        << json;
    EXPECT_NE(json.find("\"route\":{\"compared\":1000,\"changed\":125,\"errors\":0,\"stops\":1,"), std::string::npos);
    EXPECT_NE(
        json.find("\"organizations\":[{\"name\":\"acme\",\"compared\":400,\"changed\":125},{"), std::string::npos
    );
    EXPECT_NE(json.find("\"before\":\"east/m\",\"after\":\"west/m\",\"request_id\":\"req_1\""), std::string::npos);
    EXPECT_NE(json.find("\"latency_ms_after\":242.000000"), std::string::npos);
    EXPECT_TRUE(json.ends_with("\"coverage\":[{\"file\":\"route.lua\",\"lines\":4,\"never_run\":[3]}]}\n")) << json;
}

}  // namespace
}  // namespace aihub::policy
