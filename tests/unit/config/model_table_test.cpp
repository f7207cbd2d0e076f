#include "config/model_table.hpp"

#include "config/model_file.hpp"
#include "support/config_presets.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace aihub::config {
namespace {

ModelTable builtin() {
    Problems problems("models.yaml");
    ModelTable table = read_models(builtin_models(), test::fake_sources({}, {}), problems);
    EXPECT_TRUE(problems.empty());
    return table;
}

std::string entry_of(const ModelTable& table, std::string_view name) {
    const auto* found = table.find(name);
    return found == nullptr ? "none" : found->name;
}

TEST(ModelTable, FindsTheModelsOfTheFileByTheirManyNames) {
    const ModelTable table = builtin();
    const std::pair<const char*, const char*> cases[] = {
        {"gpt-4o", "gpt-4o"},
        {"gpt-4o-mini-2024-07-18", "gpt-4o"},
        {"GPT-4o", "gpt-4o"},
        {"gpt-4o-2024-05-13", "gpt-4o-first"},
        {"gpt-4o-audio-preview", "gpt-4o-audio"},
        {"openai/gpt-4.1-mini", "gpt-4.1"},
        {"gpt-4", "gpt-4"},
        {"gpt-4-0613", "gpt-4"},
        {"gpt-4-turbo-2024-04-09", "gpt-4-turbo"},
        {"gpt-5", "gpt-5"},
        {"gpt-5-mini-2025-08-07", "gpt-5"},
        {"gpt-5-chat-latest", "gpt-5-chat"},
        {"gpt-5.2", "gpt-5.1-to-5.3"},
        {"gpt-5.5-pro", "gpt-5.4-and-5.5"},
        {"gpt-5.6-terra", "gpt-5.6"},
        {"gpt-5.4-mini", "gpt-5.4-small"},
        {"o3", "o3-and-o4-mini"},
        {"o3-2025-04-16", "o3-and-o4-mini"},
        {"o3-mini", "o3-mini"},
        {"o1-2024-12-17", "o1"},
        {"claude-sonnet-4-20250514", "claude-sonnet-4"},
        {"claude-sonnet-4@20250514", "claude-sonnet-4"},
        {"claude-sonnet-4-5-20250929", "claude-4-5"},
        {"claude-opus-4-20250514", "claude-opus-4"},
        {"claude-opus-4@20250514", "claude-opus-4"},
        {"claude-opus-4-1-20250805", "claude-opus-4-1"},
        {"claude-opus-4-7", "claude-5"},
        {"claude-sonnet-4.6", "claude-4-6"},
        {"claude-opus-5", "claude-5"},
        {"claude-opus-5-5", "claude-5-always-thinking"},
        {"us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-4-5"},
        {"anthropic/claude-3.5-sonnet", "claude-3-5"},
        {"anthropic/claude-opus-4.5", "claude-opus-4-5"},
        {"bedrock/eu.anthropic.claude-3-haiku-20240307-v1:0", "claude-3"},
        {"models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"publishers/google/models/gemini-2.5-flash-001", "gemini-2.5-flash"},
        {"gemini-3-flash-preview", "gemini-3"},
        {"gemini-3-pro-preview", "gemini-3-pro"},
        {"deepseek/deepseek-r1:free", "deepseek-reasoner"},
        {"mistral-large-latest", "mistral-large-3"},
        {"mistral-large-2411", "mistral-large"},
        {"deepseek-v4-pro", "deepseek-v4"},
        {"mistral:7b", "mixtral-and-mistral-7b"},
        {"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-and-later"},
        {"meta.llama3-1-70b-instruct-v1:0", "llama-3.1-and-later"},
        {"accounts/fireworks/models/llama-v3p1-8b-instruct", "llama-3.1-and-later"},
        {"llama3:latest", "llama-3"},
        {"text-embedding-3-small", "text-embedding"},
        {"acme-large", "none"},
        {"", "none"},
        {"/", "none"},
        {"...", "none"},
        {"-20250514", "none"},
        {"gpt", "none"},
    };
    for (const auto& [name, entry] : cases) {
        EXPECT_EQ(entry_of(table, name), entry) << name;
    }
    EXPECT_EQ(entry_of(table, "gpt-4o" + std::string(100000, 'x')), "gpt-4o");
    EXPECT_EQ(entry_of(table, std::string(100000, '/')), "none");
    EXPECT_EQ(entry_of(table, "a.b.c.d.gpt-4o"), "gpt-4o");
    EXPECT_EQ(entry_of(table, "a.b.c.d.e.gpt-4o"), "none");
}

TEST(ModelTable, ExactBeforeTheLongestPatternAndTheFirstOfTwo) {
    ModelTable table;
    table.add({.name = "short", .names = {"acme-*"}});
    table.add({.name = "long", .names = {"acme-large-*"}});
    table.add({.name = "exact", .names = {"acme-large-2"}});
    table.add({.name = "again", .names = {"acme-*", "acme-large-2"}});
    EXPECT_EQ(entry_of(table, "acme-large-2"), "exact");
    EXPECT_EQ(entry_of(table, "acme-large-3"), "long");
    EXPECT_EQ(entry_of(table, "acme-"), "short");
    EXPECT_EQ(entry_of(table, "acme"), "none");
    EXPECT_EQ(entry_of(table, "other/acme-x"), "short");
}

TEST(ModelTable, FactsAsJsonHoldWhatIsKnown) {
    EXPECT_EQ(to_json({}), "{}");
    EXPECT_EQ(to_json({.name = "a", .context_tokens = 5}), R"({"context_tokens":5})");
    EXPECT_EQ(
        to_json({.output_tokens_max = 7, .reasoning = "budget", .flags = {"tools", "no_sampling"}}),
        R"({"output_tokens_max":7,"reasoning":"budget","flags":["tools","no_sampling"]})"
    );
    const ModelTable table = builtin();
    const auto* found = table.find("o3");
    ASSERT_NE(found, nullptr);
    EXPECT_TRUE(found->has_flag("max_completion_tokens"));
    EXPECT_TRUE(found->has_flag("no_sampling"));
    EXPECT_FALSE(found->has_flag("sampling"));
    EXPECT_EQ(found->reasoning, "effort");
    EXPECT_EQ(found->tokenizer, model::TokenizerFamily::o200k);
}

}  // namespace
}  // namespace aihub::config
