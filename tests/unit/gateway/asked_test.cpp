#include "gateway/asked.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>

namespace aihub::gateway {
namespace {

class AskedTest : public ::testing::Test {
protected:
    AskedTest() {
        call.operation = Operation::chat_completions;
        call.head.method = "POST";
        call.path = "/v1/chat/completions";
        call.body = R"({"model":"large","messages":[{"role":"user","content":"hi"}],"seed":7})";
        call.members = {{"model", "\"large\""}};
        call.request_id = "req_1";
        call.stream = true;
        config = std::make_shared<config::Snapshot>();
        config->model_table.add({.name = "real", .names = {"real-*"}, .output_tokens_max = 64});
        auto shared = std::make_shared<State>();
        shared->config = config;
        auto loop = std::make_shared<LoopState>();
        loop->shared = shared;
        call.state = loop;
    }
    Result<Asked> asked(std::vector<std::string> formats) {
        target.formats = std::move(formats);
        return Asked::create(call, candidate, bodies);
    }
    std::atomic<std::size_t> bodies{0};
    std::shared_ptr<config::Snapshot> config;
    Call call;
    catalog::Target target;
    catalog::Candidate candidate{&target, "real-1", &target.policy, 1, 0};
};

TEST_F(AskedTest, a_provider_of_the_same_format_gets_the_clients_bytes) {
    const auto same = asked({"aihub.chat", "openai.chat"});
    ASSERT_TRUE(same.has_value());
    EXPECT_FALSE(same->translated());
    const auto request = same->request(call, candidate);
    EXPECT_EQ(request.format, "openai.chat");
    EXPECT_EQ(request.body.data(), call.body.data());
    EXPECT_EQ(request.members.size(), 1U);
    EXPECT_EQ(request.path, "/chat/completions");
    EXPECT_EQ(request.model, "real-1");
    EXPECT_TRUE(request.stream);
}

TEST_F(AskedTest, another_one_gets_the_canonical_form) {
    const auto other = asked({"aihub.chat", "acme.talk"});
    ASSERT_TRUE(other.has_value());
    EXPECT_TRUE(other->translated());
    const auto request = other->request(call, candidate);
    EXPECT_EQ(request.format, "aihub.chat");
    EXPECT_EQ(
        request.body,
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"seed":7,"model_facts":{"output_tokens_max":64}})"
    );
    EXPECT_TRUE(request.members.empty());
    EXPECT_EQ(request.path, "");
    EXPECT_EQ(request.model, "real-1");
    EXPECT_TRUE(request.stream);
}

TEST_F(AskedTest, only_a_format_that_names_the_input_first_has_it_estimated) {
    EXPECT_EQ(asked({"aihub.chat"})->input_estimate(), 0U);
    call.operation = Operation::messages;
    call.body = R"({"model":"large","max_tokens":9,"messages":[{"role":"user","content":"one two three"}]})";
    EXPECT_GT(asked({"aihub.chat"})->input_estimate(), 5U);
    EXPECT_LT(asked({"aihub.chat"})->input_estimate(), 20U);
    EXPECT_EQ(asked({"anthropic.messages"})->input_estimate(), 0U);
}

TEST_F(AskedTest, what_cannot_be_said_in_it_is_refused) {
    call.body = R"({"model":"large","messages":[]})";
    const auto refused = asked({"aihub.chat"});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::invalid_request);
    EXPECT_EQ(refused.error().param, "messages");
}

TEST_F(AskedTest, takes_what_it_knows_or_what_can_be_translated) {
    target.formats = {"aihub.chat"};
    EXPECT_TRUE(takes(target, Operation::chat_completions));
    EXPECT_TRUE(takes(target, Operation::messages));
    EXPECT_TRUE(takes(target, Operation::stream_generate_content));
    EXPECT_FALSE(takes(target, Operation::embeddings));
    EXPECT_FALSE(takes(target, Operation::files_list));
    target.formats = {"openai.files"};
    EXPECT_TRUE(takes(target, Operation::files_list));
    EXPECT_FALSE(takes(target, Operation::chat_completions));
}

TEST_F(AskedTest, the_path_loses_its_version_whatever_it_is) {
    call.operation = Operation::generate_content;
    call.path = "/v1beta/models/g-2:generateContent";
    EXPECT_EQ(asked({"gemini.generate"})->request(call, candidate).path, "/models/g-2:generateContent");
}

TEST_F(AskedTest, the_fields_of_a_format_go_with_its_format_only) {
    call.head.fields.push_back({"Anthropic-Beta", "files-1"});
    call.head.fields.push_back({"Anthropic-Version", "2024-01-01"});
    call.head.fields.push_back({"OpenAI-Beta", "new=v2"});
    EXPECT_EQ(asked({"openai.chat"})->request(call, candidate).beta, "new=v2");
    EXPECT_EQ(asked({"openai.chat"})->request(call, candidate).format_version, "");
    EXPECT_EQ(asked({"aihub.chat"})->request(call, candidate).beta, "");
    call.operation = Operation::messages;
    call.dialect = dialect::Dialect::anthropic;
    EXPECT_EQ(asked({"anthropic.messages"})->request(call, candidate).beta, "files-1");
    EXPECT_EQ(asked({"anthropic.messages"})->request(call, candidate).format_version, "2024-01-01");
    call.head.fields.push_back({"anthropic-beta", "context-2"});
    const auto both = asked({"anthropic.messages"});
    EXPECT_EQ(both->request(call, candidate).beta, "files-1, context-2");
    call.body = R"({"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";
    EXPECT_EQ(asked({"aihub.chat"})->request(call, candidate).format_version, "");
}

TEST_F(AskedTest, the_canonical_form_counts_as_a_body_as_long_as_it_lives) {
    const std::string text(100000, 'x');
    call.body = R"({"model":"large","messages":[{"role":"user","content":")" + text + R"("}]})";
    EXPECT_TRUE(asked({"openai.chat"}));
    EXPECT_EQ(bodies, 0U) << "the client's body has been counted when it was read";
    std::size_t size = 0;
    {
        const auto held = asked({"aihub.chat"});
        ASSERT_TRUE(held);
        size = held->request(call, candidate).body.size();
        EXPECT_GT(size, text.size());
        EXPECT_EQ(bodies, size);
        config->limits.body_memory_max = 2 * size;
        EXPECT_TRUE(asked({"aihub.chat"}));
        config->limits.body_memory_max = 2 * size - 1;
        const auto refused = asked({"aihub.chat"});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::unavailable);
        EXPECT_EQ(bodies, size);
    }
    EXPECT_EQ(bodies, 0U);
}

TEST_F(AskedTest, what_is_sent_counts_but_for_views_of_what_counts) {
    const std::string own(50000, 'x');
    {
        auto same = asked({"openai.chat"});
        ASSERT_TRUE(same);
        const std::string_view body = call.body;
        const std::array<std::string_view, 3> patched{body.substr(0, 9), own, body.substr(9)};
        EXPECT_TRUE(same->count_sent(call, patched, bodies));
        EXPECT_EQ(bodies, own.size());
    }
    auto other = asked({"aihub.chat"});
    ASSERT_TRUE(other);
    const auto form = other->request(call, candidate).body;
    const std::array<std::string_view, 2> sent{form, own};
    EXPECT_TRUE(other->count_sent(call, sent, bodies));
    EXPECT_EQ(bodies, form.size() + own.size());
    config->limits.body_memory_max = form.size() + own.size();
    auto another = asked({"aihub.chat"});
    const auto refused = another->count_sent(call, sent, bodies);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace aihub::gateway
