#include "gateway/operation.hpp"

#include "gateway/call.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace aihub::gateway {
namespace {

std::string chosen(std::string_view method, std::string_view path) {
    Call call;
    call.head.method = method;
    call.path = path;
    if (const auto done = choose_operation(call); !done) {
        return std::to_string(http_status(done.error().code)) + " " + done.error().message;
    }
    return std::string(operation_name(call.operation)) + (call.model_id.empty() ? "" : " " + call.model_id);
}

TEST(Operation, every_path_has_its_operation) {
    EXPECT_EQ(chosen("POST", "/v1/chat/completions"), "chat_completions");
    EXPECT_EQ(chosen("POST", "/v1/embeddings"), "embeddings");
    EXPECT_EQ(chosen("GET", "/v1/models"), "models_list");
    EXPECT_EQ(chosen("GET", "/v1/models/gpt-1"), "models_get gpt-1");
    EXPECT_EQ(chosen("GET", "/v1/models/org/name"), "models_get org/name");
    EXPECT_EQ(chosen("GET", "/v1/models/org%2Fname"), "models_get org/name");
    EXPECT_EQ(chosen("GET", "/healthz"), "health");
    EXPECT_EQ(chosen("GET", "/readyz"), "ready");
    EXPECT_EQ(chosen("GET", "/metrics"), "metrics");
    EXPECT_EQ(chosen("HEAD", "/healthz"), "health");
    EXPECT_EQ(chosen("HEAD", "/v1/models/gpt-1"), "models_get gpt-1");
}

TEST(Operation, other_paths_are_not_there) {
    EXPECT_EQ(chosen("GET", "/"), "404 there is no GET / here");
    EXPECT_EQ(chosen("POST", "/v1/chat/completions/"), "404 there is no POST /v1/chat/completions/ here");
    EXPECT_EQ(chosen("POST", "/V1/chat/completions"), "404 there is no POST /V1/chat/completions here");
    EXPECT_EQ(chosen("POST", "/chat/completions"), "404 there is no POST /chat/completions here");
    EXPECT_EQ(chosen("GET", "/v1/models/"), "404 there is no GET /v1/models/ here");
    EXPECT_EQ(chosen("GET", "/healthz/x"), "404 there is no GET /healthz/x here");
    EXPECT_LT(chosen("GET", "/" + std::string(10000, 'x')).size(), 300U);
}

TEST(Operation, other_methods_are_refused) {
    EXPECT_EQ(chosen("GET", "/v1/chat/completions"), "405 this path takes POST, not GET");
    EXPECT_EQ(chosen("post", "/v1/chat/completions"), "405 this path takes POST, not post");
    EXPECT_EQ(chosen("DELETE", "/v1/models/gpt-1"), "405 this path takes GET, not DELETE");
    EXPECT_EQ(chosen("HEAD", "/v1/embeddings"), "405 this path takes POST, not HEAD");
}

TEST(Operation, names_differ_and_only_model_calls_have_a_format) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Operation::unknown); ++i) {
        const auto operation = static_cast<Operation>(i);
        names.insert(operation_name(operation));
        EXPECT_EQ(
            operation_format(operation).empty(),
            operation != Operation::chat_completions && operation != Operation::embeddings
        );
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Operation::unknown) + 1);
    EXPECT_EQ(operation_format(Operation::chat_completions), "openai.chat");
    EXPECT_EQ(operation_format(Operation::embeddings), "openai.embeddings");
}

}  // namespace
}  // namespace aihub::gateway
