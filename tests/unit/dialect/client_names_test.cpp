#include "dialect/client_names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::dialect {
namespace {

using Members = std::vector<capability::JsonMember>;

TEST(ClientNames, of_chat_completions) {
    const auto named = [](std::string_view name, const Members& members = {}) {
        return client_name(Format::openai_chat, name, members);
    };
    EXPECT_EQ(named("top_k"), "top_k");
    EXPECT_EQ(named("max_output_tokens", {{"max_tokens", "5"}}), "max_tokens");
    EXPECT_EQ(
        named("max_output_tokens", {{"max_tokens", "5"}, {"max_completion_tokens", "5"}}), "max_completion_tokens"
    );
    EXPECT_EQ(named("choices", {{"n", "2"}}), "n");
    EXPECT_EQ(named("reasoning", {{"thinking", "{}"}}), "thinking");
    EXPECT_EQ(named("reasoning", {{"thinking", "null"}, {"reasoning_effort", "\"low\""}}), "reasoning_effort");
    EXPECT_EQ(named("reasoning.effort", {{"reasoning_effort", "\"low\""}}), "reasoning_effort");
    EXPECT_EQ(named("tool_choice.parallel", {{"parallel_tool_calls", "false"}}), "parallel_tool_calls");
    EXPECT_EQ(named("user", {{"user", "\"u\""}}), "user");
    EXPECT_EQ(named("user", {{"safety_identifier", "\"u\""}}), "safety_identifier");
    EXPECT_EQ(named("messages.image"), "messages.image");
}

TEST(ClientNames, of_responses) {
    const auto named = [](std::string_view name, const Members& members = {}) {
        return client_name(Format::openai_responses, name, members);
    };
    EXPECT_EQ(named("response_format", {{"text", R"({"format":{"type":"json_object"}})"}}), "text.format");
    EXPECT_EQ(named("verbosity", {{"text", R"({"verbosity":"low"})"}}), "text.verbosity");
    EXPECT_EQ(named("reasoning.effort", {{"reasoning", R"({"effort":"low"})"}}), "reasoning.effort");
    EXPECT_EQ(named("reasoning.summary", {{"reasoning", R"({"summary":"auto"})"}}), "reasoning.summary");
    EXPECT_EQ(
        named("reasoning.summary", {{"reasoning", R"({"generate_summary":"auto"})"}}), "reasoning.generate_summary"
    );
    EXPECT_EQ(named("logprobs", {{"include", "[]"}}), "include");
    EXPECT_EQ(named("max_output_tokens", {{"max_output_tokens", "5"}}), "max_output_tokens");
    EXPECT_EQ(named("messages.audio"), "input.audio");
}

TEST(ClientNames, of_messages) {
    const auto named = [](std::string_view name, const Members& members = {}) {
        return client_name(Format::anthropic_messages, name, members);
    };
    EXPECT_EQ(named("max_output_tokens", {{"max_tokens", "5"}}), "max_tokens");
    EXPECT_EQ(named("stop", {{"stop_sequences", "[\"a\"]"}}), "stop_sequences");
    EXPECT_EQ(named("top_k", {{"top_k", "5"}}), "top_k");
    EXPECT_EQ(named("reasoning.budget_tokens", {{"thinking", R"({"budget_tokens":1})"}}), "thinking.budget_tokens");
    EXPECT_EQ(named("reasoning", {{"output_config", R"({"effort":"low"})"}}), "output_config.effort");
    // One of the two places is meant, though both members are there.
    const Members both{{"output_config", R"({"effort":"low"})"}, {"output_format", "{}"}};
    EXPECT_EQ(named("response_format", both), "output_format");
    EXPECT_EQ(named("parallel"), "tool_choice.disable_parallel_tool_use");
    EXPECT_EQ(named("user", {{"metadata", R"({"user_id":"u"})"}}), "metadata.user_id");
    EXPECT_EQ(named("instructions"), "system");
    EXPECT_EQ(named("messages.reasoning"), "messages.thinking");
}

TEST(ClientNames, of_generate_in_the_spelling_of_the_client) {
    const auto named = [](std::string_view name, const Members& members = {}) {
        return client_name(Format::gemini_generate, name, members);
    };
    const Members camel{
        {"generationConfig", R"({"topK":4,"maxOutputTokens":5,"thinkingConfig":{"thinkingBudget":9}})"}};
    EXPECT_EQ(named("top_k", camel), "generationConfig.topK");
    EXPECT_EQ(named("max_output_tokens", camel), "generationConfig.maxOutputTokens");
    EXPECT_EQ(named("reasoning.budget_tokens", camel), "generationConfig.thinkingConfig.thinkingBudget");
    const Members snake{{"generation_config", R"({"top_k":4,"thinking_config":{"thinking_budget":9},"new_one":1})"}};
    EXPECT_EQ(named("top_k", snake), "generation_config.top_k");
    EXPECT_EQ(named("reasoning", snake), "generation_config.thinking_config");
    EXPECT_EQ(named("reasoning.budget_tokens", snake), "generation_config.thinking_config.thinking_budget");
    EXPECT_EQ(named("generationConfig.newOne", snake), "generation_config.new_one");
    EXPECT_EQ(named("safetySettings", {{"safety_settings", "[1]"}}), "safety_settings");
    const Members schema{{"generationConfig", R"({"responseMimeType":"application/json","responseSchema":{}})"}};
    EXPECT_EQ(named("response_format", schema), "generationConfig.responseSchema");
    EXPECT_EQ(named("stop"), "generationConfig.stopSequences");
    EXPECT_EQ(named("messages.reasoning"), "contents.thought");
    EXPECT_EQ(named("messages.image"), "contents.image");
}

TEST(ClientNames, of_embeddings) {
    EXPECT_EQ(client_name(Format::openai_embeddings, "dimensions", {}), "dimensions");
    EXPECT_EQ(client_name(Format::gemini_embed, "task_type", {}), "taskType");
    const Members snake{{"output_dimensionality", "4"}};
    EXPECT_EQ(client_name(Format::gemini_embed, "dimensions", snake), "output_dimensionality");
    EXPECT_EQ(client_name(Format::gemini_batch_embed, "dimensions", {}), "requests.outputDimensionality");
}

TEST(ClientNames, what_no_format_knows_stays_as_it_is) {
    for (const Format format :
         {Format::openai_chat,
          Format::openai_responses,
          Format::anthropic_messages,
          Format::gemini_generate,
          Format::openai_embeddings}) {
        EXPECT_EQ(client_name(format, "of_its_own.x", {}), "of_its_own.x");
        EXPECT_EQ(client_name(format, "", {}), "");
    }
    // A member of that very name is meant, whatever the canonical form has under it.
    const Members own{{"stop", "1"}, {"stop_sequences", "[\"a\"]"}};
    EXPECT_EQ(client_name(Format::anthropic_messages, "stop", own), "stop");
    const Members broken{{"generationConfig", "{\"topK\""}};
    EXPECT_EQ(client_name(Format::gemini_generate, "top_k", broken), "generationConfig.topK");
}

}  // namespace
}  // namespace aihub::dialect
