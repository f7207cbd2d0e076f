#include "gateway/trace_context.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aihub::gateway {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";

TEST(TraceParent, IsReadAndWritten) {
    for (const std::string flags : {"00", "01"}) {
        const auto text = "00-" + kTrace + "-" + kSpan + "-" + flags;
        const auto parent = parse_traceparent(text);
        ASSERT_TRUE(parent);
        EXPECT_EQ(parent->sampled, flags == "01");
        EXPECT_EQ(hex_text(parent->trace), kTrace);
        std::string again;
        append_traceparent(again, *parent);
        EXPECT_EQ(again, text);
    }
}

TEST(TraceParent, ALaterVersionMaySayMore) {
    EXPECT_TRUE(parse_traceparent("cc-" + kTrace + "-" + kSpan + "-01"));
    EXPECT_TRUE(parse_traceparent("cc-" + kTrace + "-" + kSpan + "-01-what-comes-then"));
    EXPECT_FALSE(parse_traceparent("cc-" + kTrace + "-" + kSpan + "-01what"));
    EXPECT_TRUE(parse_traceparent("00-" + kTrace + "-" + kSpan + "-03")->sampled) << "other flags are not looked at";
}

TEST(TraceParent, WhatIsMalformedIsNone) {
    const std::vector<std::string> cases{
        "",
        "00",
        kTrace,
        "00-" + kTrace + "-" + kSpan,
        "00-" + kTrace + "-" + kSpan + "-1",
        "00-" + kTrace + "-" + kSpan + "-01-",
        "00-" + kTrace + "-" + kSpan + "-01-more",
        "ff-" + kTrace + "-" + kSpan + "-01",
        "0X-" + kTrace + "-" + kSpan + "-01",
        "00-" + kTrace + "-" + kSpan + "-0g",
        "00_" + kTrace + "-" + kSpan + "-01",
        "00-" + kTrace + "_" + kSpan + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01",
        "00-" + std::string(32, '0') + "-" + kSpan + "-01",
        "00-" + kTrace + "-" + std::string(16, '0') + "-01",
        "00-" + kTrace.substr(1) + "--" + kSpan + "-01",
        " 00-" + kTrace + "-" + kSpan + "-01",
    };
    for (const auto& text : cases) {
        EXPECT_FALSE(parse_traceparent(text)) << text;
    }
}

TEST(TraceState, IsPassedOnWhenItIsWellFormed) {
    EXPECT_TRUE(valid_tracestate("congo=t61rcWkgMzE"));
    EXPECT_TRUE(valid_tracestate("rojo=00f067aa0ba902b7 , congo=t61 rcWkgMzE,,tenant@system=1"));
    EXPECT_TRUE(valid_tracestate("a=" + std::string(256, 'v')));
    std::string many = "a0=1";
    for (int i = 1; i < 32; ++i) {
        many += ",a" + std::to_string(i) + "=1";
    }
    EXPECT_TRUE(valid_tracestate(many));
    EXPECT_FALSE(valid_tracestate(many + ",b=1")) << "33 members";
}

TEST(TraceState, WhatIsMalformedIsNot) {
    for (const std::string& text : std::vector<std::string>{
             "",
             ",",
             "a",
             "a=",
             "=b",
             "A=b",
             "-a=b",
             "a b=c",
             "a=b=c",
             "a=\x01",
             "a=\xc3\xa9",
             "a=" + std::string(257, 'v'),
             std::string(257, 'k') + "=v",
             "a=1,b",
             "a=" + std::string(250, 'v') + ",b=" + std::string(250, 'v') + ",c=" + std::string(20, 'v')}) {
        EXPECT_FALSE(valid_tracestate(text)) << text;
    }
}

}  // namespace
}  // namespace aihub::gateway
