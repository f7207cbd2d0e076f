#include "dialect/error_shape.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aihub::dialect {
namespace {

struct ErrorCase {
    int status;
    std::string_view code;
    int anthropic_status;
    std::string_view anthropic_type;
    int gemini_status;
    std::string_view gemini_word;
};

ErrorFacts facts_of(int status, std::string_view code) {
    ErrorFacts facts;
    facts.status = status;
    facts.message = "no \"luck\"";
    facts.type = "some_type";
    facts.code = code;
    return facts;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ErrorShape, EachDialectHasItsOwnWords) {
    const std::vector<ErrorCase> cases{
        {400, "", 400, "invalid_request_error", 400, "INVALID_ARGUMENT"},
        {400, "context_length_exceeded", 400, "invalid_request_error", 400, "INVALID_ARGUMENT"},
        {401, "invalid_api_key", 401, "authentication_error", 401, "UNAUTHENTICATED"},
        {402, "", 402, "billing_error", 429, "RESOURCE_EXHAUSTED"},
        {403, "", 403, "permission_error", 403, "PERMISSION_DENIED"},
        {404, "model_not_found", 404, "not_found_error", 404, "NOT_FOUND"},
        {405, "", 405, "invalid_request_error", 405, "INVALID_ARGUMENT"},
        {408, "", 408, "timeout_error", 408, "DEADLINE_EXCEEDED"},
        {413, "request_too_large", 413, "request_too_large", 400, "INVALID_ARGUMENT"},
        {429, "rate_limit_exceeded", 429, "rate_limit_error", 429, "RESOURCE_EXHAUSTED"},
        {429, "insufficient_quota", 402, "billing_error", 429, "RESOURCE_EXHAUSTED"},
        {500, "internal_error", 500, "api_error", 500, "INTERNAL"},
        {501, "", 501, "invalid_request_error", 501, "UNIMPLEMENTED"},
        {502, "upstream_error", 502, "api_error", 502, "UNAVAILABLE"},
        {503, "overloaded", 529, "overloaded_error", 503, "UNAVAILABLE"},
        {503, "provider_quota", 503, "api_error", 503, "UNAVAILABLE"},
        {504, "timeout", 504, "timeout_error", 504, "DEADLINE_EXCEEDED"},
    };
    for (const auto& one : cases) {
        const auto facts = facts_of(one.status, one.code);
        EXPECT_EQ(error_status(Dialect::openai, facts), one.status);
        EXPECT_EQ(error_status(Dialect::anthropic, facts), one.anthropic_status) << one.status;
        EXPECT_EQ(
            error_body(Dialect::anthropic, facts),
            R"({"type":"error","error":{"type":")" + std::string(one.anthropic_type) +
                R"(","message":"no \"luck\""},"request_id":null})"
        );
        EXPECT_EQ(error_status(Dialect::gemini, facts), one.gemini_status) << one.status;
        EXPECT_EQ(
            error_body(Dialect::gemini, facts),
            R"({"error":{"code":)" + std::to_string(one.gemini_status) + R"(,"message":"no \"luck\"","status":")" +
                std::string(one.gemini_word) + R"("}})"
        );
    }
}

TEST(ErrorShape, SaysWhatElseIsKnown) {
    auto facts = facts_of(429, "rate_limit_exceeded");
    facts.param = "messages[0]";
    facts.request_id = "req_1";
    facts.retry_after_seconds = 12;
    EXPECT_EQ(
        error_body(Dialect::openai, facts),
        R"({"error":{"message":"no \"luck\"","type":"some_type","param":"messages[0]","code":"rate_limit_exceeded"}})"
    );
    EXPECT_TRUE(holds(error_body(Dialect::anthropic, facts), R"("request_id":"req_1")"));
    EXPECT_TRUE(holds(
        error_body(Dialect::gemini, facts),
        R"("details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12s"},)"
        R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"messages[0]",)"
        R"("description":"no \"luck\""}]},)"
        R"({"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"req_1"}])"
    ));
}

TEST(ErrorShape, ClientsOfOneVendorGoOnWithoutAThread) {
    auto facts = facts_of(400, "unsupported_parameter");
    facts.param = "thread";
    EXPECT_TRUE(holds(
        error_body(Dialect::anthropic, facts),
        R"("details":{"error_code":"thread_unsupported_request","unsupported":["thread"]}})"
    ));
    EXPECT_FALSE(holds(error_body(Dialect::openai, facts), "details"));
}

TEST(ErrorShape, EndsAStreamThatHasBegun) {
    const auto facts = facts_of(503, "overloaded");
    EXPECT_EQ(
        error_event(Format::openai_chat, facts, 3, false), "data: " + error_body(Dialect::openai, facts) + "\n\n"
    );
    EXPECT_EQ(
        error_event(Format::openai_responses, facts, 3, false),
        "event: error\n"
        R"(data: {"type":"error","error":{"message":"no \"luck\"","type":"some_type","param":null,)"
        R"("code":"overloaded"},"code":"overloaded","message":"no \"luck\"","param":null,"sequence_number":3})"
        "\n\n"
    );
    EXPECT_EQ(
        error_event(Format::anthropic_messages, facts, 3, false),
        "event: error\ndata: " + error_body(Dialect::anthropic, facts) + "\n\n"
    );
    const auto gemini = error_body(Dialect::gemini, facts);
    EXPECT_EQ(error_event(Format::gemini_generate, facts, 3, false), "data: " + gemini + "\n\n");
    EXPECT_EQ(error_event(Format::gemini_generate, facts, 3, true), ",\n" + gemini + "]");
    EXPECT_EQ(error_event(Format::gemini_generate, facts, 0, true), "[" + gemini + "]");
}

TEST(ErrorShape, AProvidersOwnObjectGetsTheFrameOfItsDialect) {
    EXPECT_EQ(error_around(Dialect::openai, R"({"message":"x"})", "req_1"), R"({"error":{"message":"x"}})");
    EXPECT_EQ(
        error_around(Dialect::anthropic, R"({"type":"a"})", "req_1"),
        R"({"type":"error","error":{"type":"a"},"request_id":"req_1"})"
    );
    EXPECT_EQ(error_around(Dialect::gemini, R"({"code":400})", "req_1"), R"({"error":{"code":400}})");
}

}  // namespace
}  // namespace aihub::dialect
