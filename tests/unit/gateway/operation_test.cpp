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
    EXPECT_EQ(chosen("GET", "/v1/realtime"), "realtime");
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

TEST(Operation, surfaces_of_providers_have_theirs) {
    EXPECT_EQ(chosen("POST", "/v1/completions"), "completions");
    EXPECT_EQ(chosen("POST", "/v1/responses"), "responses");
    EXPECT_EQ(chosen("GET", "/v1/responses/resp_1"), "responses_get");
    EXPECT_EQ(chosen("DELETE", "/v1/responses/resp_1"), "responses_delete");
    EXPECT_EQ(chosen("POST", "/v1/responses/resp_1/cancel"), "responses_cancel");
    EXPECT_EQ(chosen("GET", "/v1/responses/resp_1/input_items"), "responses_input_items");
    EXPECT_EQ(chosen("POST", "/v1/images/generations"), "images_generations");
    EXPECT_EQ(chosen("POST", "/v1/images/edits"), "images_edits");
    EXPECT_EQ(chosen("POST", "/v1/images/variations"), "images_variations");
    EXPECT_EQ(chosen("POST", "/v1/audio/speech"), "audio_speech");
    EXPECT_EQ(chosen("POST", "/v1/audio/transcriptions"), "audio_transcriptions");
    EXPECT_EQ(chosen("POST", "/v1/audio/translations"), "audio_translations");
    EXPECT_EQ(chosen("POST", "/v1/moderations"), "moderations");
    EXPECT_EQ(chosen("POST", "/v1/rerank"), "rerank");
    EXPECT_EQ(chosen("POST", "/v1/files"), "files_create");
    EXPECT_EQ(chosen("GET", "/v1/files"), "files_list");
    EXPECT_EQ(chosen("GET", "/v1/files/file-1"), "files_get");
    EXPECT_EQ(chosen("DELETE", "/v1/files/file-1"), "files_delete");
    EXPECT_EQ(chosen("GET", "/v1/files/file-1/content"), "files_content");
    EXPECT_EQ(chosen("POST", "/v1/batches"), "batches_create");
    EXPECT_EQ(chosen("GET", "/v1/batches"), "batches_list");
    EXPECT_EQ(chosen("GET", "/v1/batches/batch_1"), "batches_get");
    EXPECT_EQ(chosen("POST", "/v1/batches/batch_1/cancel"), "batches_cancel");
}

TEST(Operation, other_dialects_have_theirs) {
    EXPECT_EQ(chosen("POST", "/v1/messages"), "messages");
    EXPECT_EQ(chosen("POST", "/v1/messages/count_tokens"), "messages_count_tokens");
    for (const std::string version : {"/v1beta/models/", "/v1/models/"}) {
        EXPECT_EQ(chosen("POST", version + "g-2:generateContent"), "generate_content g-2");
        EXPECT_EQ(chosen("POST", version + "acme/g-2:streamGenerateContent"), "stream_generate_content acme/g-2");
        EXPECT_EQ(chosen("POST", version + "acme%2Fg-2:countTokens"), "count_tokens acme/g-2");
        EXPECT_EQ(chosen("POST", version + "e:embedContent"), "embed_content e");
        EXPECT_EQ(chosen("POST", version + "e:batchEmbedContents"), "batch_embed_contents e");
        EXPECT_EQ(chosen("GET", version + "g-2"), "models_get g-2");
        EXPECT_EQ(chosen("POST", version + ":generateContent").substr(0, 3), "404");
    }
    EXPECT_EQ(chosen("GET", "/v1beta/models"), "models_list");
}

TEST(Operation, the_dialect_follows_from_path_and_fields) {
    using dialect::Dialect;
    const auto spoken = [](std::string_view method, std::string_view path, std::string_view field = {}) {
        Call call;
        call.head.method = method;
        call.path = path;
        if (!field.empty()) {
            call.head.fields.push_back({field, "x"});
        }
        static_cast<void>(choose_operation(call));
        return dialect_of(call);
    };
    EXPECT_EQ(spoken("POST", "/v1/chat/completions", "anthropic-version"), Dialect::openai);
    EXPECT_EQ(spoken("POST", "/v1/messages"), Dialect::anthropic);
    EXPECT_EQ(spoken("POST", "/v1/models/g:generateContent"), Dialect::gemini);
    EXPECT_EQ(spoken("GET", "/v1/models"), Dialect::openai);
    EXPECT_EQ(spoken("GET", "/v1/models", "anthropic-version"), Dialect::anthropic);
    EXPECT_EQ(spoken("GET", "/v1/models", "x-goog-api-key"), Dialect::gemini);
    EXPECT_EQ(spoken("GET", "/v1beta/models"), Dialect::gemini);
    EXPECT_EQ(spoken("POST", "/v1/nothing", "anthropic-version"), Dialect::anthropic);
}

TEST(Operation, an_unknown_verb_is_a_path_that_is_not_there) {
    for (const std::string version : {"/v1beta/models/", "/v1/models/"}) {
        EXPECT_EQ(chosen("POST", version + "g:foo"), "404 there is no POST " + version + "g:foo here");
        EXPECT_EQ(chosen("POST", version + "acme/g:foo").substr(0, 3), "404");
        // A model may have a colon in its name, and is read under it.
        EXPECT_EQ(chosen("GET", version + "llama:8b"), "models_get llama:8b");
        EXPECT_EQ(chosen("DELETE", version + "llama:8b"), "405 this path takes GET, not DELETE");
        EXPECT_EQ(chosen("POST", version + "g"), "405 this path takes GET, not POST");
        EXPECT_EQ(chosen("DELETE", version + "g:countTokens"), "405 this path takes POST, GET, not DELETE");
    }
}

TEST(Operation, a_path_says_the_dialect_before_the_request_is_understood) {
    using dialect::Dialect;
    EXPECT_EQ(dialect_of_request_line("POST /v1/messages HTTP/1.1\r\nHost"), Dialect::anthropic);
    EXPECT_EQ(dialect_of_request_line("POST /v1/messages?beta=%zz HTTP/1.1\r\n"), Dialect::anthropic);
    EXPECT_EQ(dialect_of_request_line("POST /v1/messages/%zz HTTP/1.1"), Dialect::anthropic);
    EXPECT_EQ(dialect_of_request_line("POST /v1/messages"), Dialect::anthropic);
    EXPECT_EQ(dialect_of_request_line("POST /v1beta/models/a//b:generateContent HTTP/1.1"), Dialect::gemini);
    EXPECT_EQ(dialect_of_request_line("GET /v1beta/"), Dialect::gemini);
    EXPECT_EQ(dialect_of_request_line("POST /v1/models/a//b:countTokens HTTP/1.1"), Dialect::gemini);
    for (const std::string_view head : {"", "POST", "POST ", " ", "GET /v1/models HTTP/1.1", "GET /v1/messagesx H"}) {
        EXPECT_EQ(dialect_of_request_line(head), Dialect::openai) << head;
    }
}

TEST(Operation, a_path_that_is_refused_keeps_its_dialect) {
    using dialect::Dialect;
    const auto spoken = [](std::string_view method, std::string_view path) {
        Call call;
        call.head.method = method;
        call.path = path;
        EXPECT_FALSE(choose_operation(call)) << path;
        return dialect_of(call);
    };
    EXPECT_EQ(spoken("GET", "/v1/messages"), Dialect::anthropic);
    EXPECT_EQ(spoken("POST", "/v1/messages/batches"), Dialect::anthropic);
    EXPECT_EQ(spoken("DELETE", "/v1/models/g:generateContent"), Dialect::gemini);
    EXPECT_EQ(spoken("POST", "/v1beta/models/g:foo"), Dialect::gemini);
    EXPECT_EQ(spoken("GET", "/v1/chat/completions"), Dialect::openai);
}

TEST(Operation, an_id_is_one_plain_segment) {
    for (const std::string_view id : {"a/b", "a%2Fb", "", "a b", "a?b", "\xc3\xa9"}) {
        EXPECT_EQ(chosen("GET", "/v1/files/" + std::string(id)).substr(0, 3), "404") << id;
    }
    EXPECT_EQ(chosen("GET", "/v1/files/" + std::string(256, 'x')), "files_get");
    EXPECT_EQ(chosen("GET", "/v1/files/" + std::string(257, 'x')).substr(0, 3), "404");
}

TEST(Operation, a_refused_method_is_told_those_that_the_path_takes) {
    const auto allow = [](std::string_view method, std::string_view path) {
        Call call;
        call.head.method = method;
        call.path = path;
        return std::pair(choose_operation(call).has_value(), call.allow);
    };
    EXPECT_EQ(allow("PUT", "/v1/files/file-1"), std::pair(false, std::string("GET, DELETE")));
    EXPECT_EQ(allow("HEAD", "/v1/files"), std::pair(false, std::string("POST, GET")));
    EXPECT_EQ(allow("POST", "/v1/models"), std::pair(false, std::string("GET, HEAD")));
    EXPECT_EQ(allow("DELETE", "/v1/files/file-1"), std::pair(true, std::string()));
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
        EXPECT_EQ(operation_format(operation).empty(), operation >= Operation::models_list)
            << operation_name(operation);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Operation::unknown) + 1);
    EXPECT_EQ(operation_format(Operation::chat_completions), "openai.chat");
    EXPECT_EQ(operation_format(Operation::embeddings), "openai.embeddings");
}

}  // namespace
}  // namespace aihub::gateway
