// The canonical form: what was read is written again, byte for byte.
#include <aihub/chat_read.hpp>
#include <aihub/chat_write.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::sdk {
namespace {

std::string again(std::string_view text) {
    const auto request = read_chat(text);
    return request ? write_chat(*request) : request.error().message;
}

constexpr std::string_view kEverything =
    R"({"instructions":[{"type":"text","text":"Be \u00e9xact","cache_control":{"type":"ephemeral","ttl":"1h"}}],)"
    R"("messages":[{"role":"user","name":"ann","content":[)"
    R"({"type":"text","text":"1 \ud83d\ude00"},{"type":"image","media_type":"image/png","data":"AAAA","detail":"low"},)"
    R"({"type":"audio","media_type":"audio/wav","data":"AA=="},{"type":"video","url":"https://v.example/1"},)"
    R"({"type":"document","file_id":"file-1","title":"a.pdf"}]},)"
    R"({"role":"assistant","content":[{"type":"reasoning","text":"","signature":"c2ln"},{"type":"reasoning","redacted":"eA=="},)"
    R"({"type":"tool_call","id":"t1","name":"f","arguments":{"n":12345678901234567890,"x":1.0}},{"type":"refusal","text":"no"},)"
    R"({"type":"provider","origin":"acme.chat","value":{"type":"search"}}]},)"
    R"({"role":"user","content":[{"type":"tool_result","id":"t1","name":"f","content":[{"type":"text","text":"ok"}],"is_error":true}]}],)"
    R"("tools":[{"name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"origin":"acme.chat","value":{"type":"web"}}],)"
    R"("tool_choice":{"mode":"tool","name":"f","allowed":["f"],"parallel":false},)"
    R"("response_format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},)"
    R"("reasoning":{"mode":"on","effort":"low","budget_tokens":1024,"summary":"auto"},)"
    R"("max_output_tokens":10,"temperature":0.70,"top_p":1,"top_k":5,"stop":["a"],"seed":12345678901234567890,"choices":2,)"
    R"("presence_penalty":0.1,"frequency_penalty":-1,"logprobs":true,"top_logprobs":3,"logit_bias":{"1":2},"modalities":["text"],)"
    R"("verbosity":"low","user":"u","metadata":{"a":"b"},"service_tier":"auto","prompt_cache_key":"k",)"
    R"("provider_fields":[{"origin":"acme.chat","name":"x","value":[1]}],)"
    R"("model_facts":{"context_tokens":200000,"output_tokens_max":64000,"reasoning":"budget","flags":["tools","no_sampling"]}})";

TEST(SdkChat, KeepsEveryFieldAndItsSpelling) {
    EXPECT_EQ(again(kEverything), kEverything);
}

TEST(SdkChat, LeavesOutWhatIsNullAndWhatItDoesNotKnow) {
    EXPECT_EQ(
        again(
            R"({"messages":[{"role":"user","content":[{"type":"hologram"},{"type":"text","text":"a"}]}],"seed":null,"new":1})"
        ),
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]})"
    );
}

TEST(SdkChat, RefusesWhatIsNoChat) {
    EXPECT_EQ(again("{}"), "the chat has no list of messages");
    EXPECT_FALSE(read_chat("{\"messages\":[").has_value());
}

TEST(SdkChat, TellsWhatIsKnownOfTheModel) {
    const auto request = read_chat(kEverything);
    ASSERT_TRUE(request.has_value());
    const ModelFacts& facts = request->model_facts;
    EXPECT_EQ(facts.context_tokens, "200000");
    EXPECT_EQ(facts.output_tokens_max, "64000");
    EXPECT_EQ(facts.reasoning, "\"budget\"");
    EXPECT_TRUE(facts.has_flag("tools"));
    EXPECT_TRUE(facts.has_flag("no_sampling"));
    EXPECT_FALSE(facts.has_flag("tool"));
    EXPECT_FALSE(facts.has_flag("no_samplin"));
    EXPECT_FALSE(facts.has_flag(""));
    const auto unknown = read_chat(R"({"messages":[],"model_facts":{"context_tokens":null,"flags":"tools","new":1}})");
    ASSERT_TRUE(unknown.has_value());
    EXPECT_FALSE(unknown->model_facts.has_flag("tools"));
    EXPECT_EQ(write_chat(*unknown), R"({"messages":[]})");
}

TEST(SdkChat, HoldsWhatWasMadeOnTheWay) {
    ChatRequest request;
    auto& block = request.instructions.emplace_back();
    block.text = request.keep("\"made\"");
    const ChatRequest moved = std::move(request);
    EXPECT_EQ(write_chat(moved), R"({"instructions":[{"type":"text","text":"made"}],"messages":[]})");
}

}  // namespace
}  // namespace aihub::sdk
