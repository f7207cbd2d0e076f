#include "control/policy_json.hpp"

#include <gtest/gtest.h>

namespace aihub::control {
namespace {

TEST(PolicyJson, writes_an_activation) {
    policy::Activation activation;
    activation.version = 7;
    activation.bundle = "abc";
    activation.bundle_name = "eu";
    activation.stage = policy::Stage::canary;
    activation.canary_buckets = 1205;
    activation.actor = "key \"x\"";
    activation.at = WallTime(std::chrono::seconds(1700000000));
    std::string out;
    append_activation(out, activation);
    EXPECT_EQ(
        out,
        R"({"version":7,"hash":"abc","name":"eu","stage":"canary","share":12.05,"actor":"key \"x\"","comment":"",)"
        R"("reason":"","at":"2023-11-14T22:13:20Z"})"
    );
    out.clear();
    append_activation(out, {});
    EXPECT_EQ(out.substr(0, 27), R"({"version":0,"hash":null,"n)");
}

TEST(PolicyJson, takes_findings_apart) {
    std::string out;
    append_findings(
        out, {"route.lua:12: no such name: \"x\"", "price.lua: needs specs", "there is nothing: at all", "x"}
    );
    EXPECT_EQ(
        out,
        R"([{"file":"route.lua","line":12,"message":"no such name: \"x\""},)"
        R"({"file":"price.lua","line":0,"message":"needs specs"},)"
        R"({"file":"","line":0,"message":"there is nothing: at all"},{"file":"","line":0,"message":"x"}])"
    );
}

// The member that is wrong; "fine".
std::string wrong(const std::string& text) {
    auto body = *JsonBody::parse(text);
    const auto bundle = read_bundle(body);
    return bundle ? "fine" : bundle.error().param;
}

TEST(PolicyJson, reads_bundles_strictly) {
    const std::string file = R"({"name":"route.lua","text":"return {}"})";
    EXPECT_EQ(wrong(R"({"files":[]})"), "name");
    for (const std::string& files :
         {std::string("1"),
          std::string("[1]"),
          std::string(R"([{"name":"route.lua"}])"),
          std::string(R"([{"name":"route.lua","text":1}])"),
          std::string(R"([{"name":"a","text":"","mode":1}])")}) {
        EXPECT_EQ(wrong(R"({"name":"eu","files":)" + files + "}"), "files") << files;
    }
    for (const std::string& name : {std::string(), std::string("no name"), std::string(".x"), std::string(65, 'x')}) {
        EXPECT_EQ(wrong(R"({"name":")" + name + R"(","files":[)" + file + "]}"), "name") << name;
    }
    EXPECT_NE(wrong(R"({"name":"eu","files":[]})"), "fine");
    EXPECT_EQ(wrong(R"({"name":"eu","files":[)" + file + "]}"), "fine");
}

TEST(PolicyJson, what_was_refused_is_named_with_its_place) {
    policy::BundleCheck check;
    check.findings = {"route.lua:3: that"};
    const auto answer = refused(check, "req_1");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(
        answer.body,
        R"({"error":{"code":"bundle_refused","message":"the bundle may not run; correct what was found","field":"files",)"
        R"("request_id":"req_1","findings":[{"file":"route.lua","line":3,"message":"that"}]}})"
    );
}

}  // namespace
}  // namespace aihub::control
