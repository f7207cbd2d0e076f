#include "dialect/continued_request.hpp"

#include <aihub/chat_read.hpp>

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

const std::string kAsked =
    R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"max_output_tokens":50})";

// As a provider reads it; the text lives as long.
class Continued {
public:
    Continued(const std::string& asked, std::string_view text, bool prefill = false) {
        auto made = continued_request(asked, text, {prefill, model::TokenizerFamily::other});
        EXPECT_TRUE(made) << made.error().message;
        json_ = *std::move(made);
        auto read = sdk::read_chat(json_);
        EXPECT_TRUE(read);
        request_ = *std::move(read);
    }
    // "user: hi | assistant: one"; of each message the first text.
    [[nodiscard]] std::string messages() const {
        std::string all;
        for (const auto& message : request_.messages) {
            all += all.empty() ? "" : " | ";
            all += message.role == sdk::ChatRole::user ? "user: " : "assistant: ";
            all += message.content.front().text;
        }
        return all;
    }
    [[nodiscard]] const sdk::ChatRequest& request() const { return request_; }
    [[nodiscard]] int max_tokens() const { return std::stoi(std::string(request_.max_output_tokens)); }

private:
    std::string json_;
    sdk::ChatRequest request_;
};

TEST(ContinuedRequest, without_a_text_it_is_the_request) {
    EXPECT_EQ(*continued_request(kAsked, "", {}), kAsked);
}

TEST(ContinuedRequest, the_text_is_the_assistants_and_it_is_asked_to_go_on) {
    const Continued made(kAsked, "one \"two");
    EXPECT_TRUE(
        made.messages().starts_with(R"(user: "hi" | assistant: "one \"two" | user: "Your answer above was cut off)")
    ) << made.messages();
    EXPECT_LT(made.max_tokens(), 50);
}

TEST(ContinuedRequest, a_model_that_takes_a_prefill_is_not_asked) {
    EXPECT_EQ(Continued(kAsked, "one", true).messages(), R"(user: "hi" | assistant: "one")");
    EXPECT_EQ(Continued(kAsked, "one ", true).request().messages.size(), 3U) << "it ends with a space";
    const std::string thinking = R"({"messages":[],"reasoning":{"mode":"on"}})";
    EXPECT_EQ(Continued(thinking, "one", true).request().messages.size(), 2U) << "it thinks";
}

TEST(ContinuedRequest, it_goes_behind_what_the_client_let_the_assistant_say) {
    const Continued made(
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},)"
        R"({"role":"assistant","content":[{"type":"text","text":"It is \""}]}]})",
        "one",
        true
    );
    EXPECT_EQ(made.messages(), R"(user: "hi" | assistant: "It is \"one")");
    EXPECT_EQ(made.request().messages.back().content.size(), 1U);
}

TEST(ContinuedRequest, a_blank_text_is_none) {
    EXPECT_EQ(*continued_request(kAsked, " \n", {}), kAsked);
}

TEST(ContinuedRequest, two_models_make_no_json_and_no_choices_together) {
    for (const std::string_view one :
         {R"("choices":2)",
          R"("response_format":{"type":"json_schema","schema":{}})",
          R"("response_format":{"type":"json"})"}) {
        const auto asked = R"({"messages":[],)" + std::string(one) + "}";
        EXPECT_EQ(continued_request(asked, "one", {}).error().code, Errc::not_implemented) << one;
    }
    EXPECT_TRUE(continued_request(R"({"messages":[],"choices":1})", "one", {}));
    EXPECT_TRUE(continued_request(R"({"messages":[],"response_format":{"type":"json"}})", "{", {true}));
    EXPECT_TRUE(continued_request(R"({"messages":[],"response_format":{"type":"json_schema","schema":{}}})", "", {}));
}

TEST(ContinuedRequest, at_least_one_token_is_left) {
    EXPECT_EQ(Continued(R"({"messages":[],"max_output_tokens":3})", std::string(4000, 'x')).max_tokens(), 1);
}

TEST(ContinuedRequest, what_is_no_canonical_chat_is_an_error) {
    EXPECT_EQ(continued_request("{}", "one", {}).error().code, Errc::internal);
}

}  // namespace
}  // namespace aihub::dialect
