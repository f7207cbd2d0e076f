#include "control/json_body.hpp"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace aihub::control {
namespace {

// The member that is wrong and why; "fine".
std::string wrong(const Result<JsonBody>& parsed) {
    return parsed ? "fine" : parsed.error().param + ": " + parsed.error().message;
}

TEST(JsonBody, reads_members_by_name) {
    auto body = *JsonBody::parse(R"({"hash":"abc","share":2500,"files":[1]})");
    EXPECT_EQ(*body.text("hash"), "abc");
    EXPECT_EQ(*body.text_or("comment", "none"), "none");
    EXPECT_EQ(**body.number("share"), 2500U);
    EXPECT_FALSE(*body.number("expected"));
    ASSERT_NE(body.any("files"), nullptr);
    EXPECT_TRUE(body.any("files")->is_array());
    EXPECT_TRUE(body.finish());
}

TEST(JsonBody, nothing_counts_as_an_empty_object) {
    EXPECT_TRUE(JsonBody::parse("")->finish());
    EXPECT_EQ(JsonBody::parse("{}")->text("hash").error().param, "hash");
}

TEST(JsonBody, what_nobody_asked_for_is_refused_by_name) {
    auto body = *JsonBody::parse(R"({"hash":"abc","exepcted":1})");
    EXPECT_TRUE(body.text("hash"));
    const auto finished = body.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, Errc::invalid_request);
    EXPECT_EQ(finished.error().param, "exepcted");
}

TEST(JsonBody, wrong_types_are_refused_by_name) {
    auto body = *JsonBody::parse(R"({"hash":7,"share":-1,"half":0.5,"far":1e300,"word":"7","none":null})");
    EXPECT_EQ(body.text("hash").error().param, "hash");
    EXPECT_EQ(body.text_or("none", "x").error().param, "none");
    for (const char* name : {"share", "half", "far", "word", "none"}) {
        const auto number = body.number(name);
        ASSERT_FALSE(number) << name;
        EXPECT_EQ(number.error().param, name);
    }
}

TEST(JsonBody, only_objects_of_some_depth_are_taken) {
    EXPECT_EQ(wrong(JsonBody::parse("[]")), ": the body must be a JSON object");
    EXPECT_TRUE(wrong(JsonBody::parse("{\"a\":")).starts_with(": the body is not JSON: "));
    EXPECT_TRUE(wrong(JsonBody::parse("{} {}")).starts_with(": the body is not JSON: "));
    const auto nested = [](std::size_t levels) {
        return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    EXPECT_EQ(wrong(JsonBody::parse(nested(JsonBody::kDepthMax - 1))), "fine");
    EXPECT_EQ(wrong(JsonBody::parse(nested(JsonBody::kDepthMax))), ": the body is nested more than 16 levels deep");
    EXPECT_EQ(wrong(JsonBody::parse(nested(100000))), ": the body is nested more than 16 levels deep");
}

}  // namespace
}  // namespace aihub::control
