#include "gateway/renderer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace aihub::gateway {
namespace {

using capability::Event;
using capability::EventKind;

// Renders step by step; each step's bytes are taken away as relay does.
class Rendering {
public:
    explicit Rendering(Call& call, std::string_view model = "m-1")
        : renderer_(make_renderer(call, model, 1700000000)) {}

    std::string event(
        EventKind kind,
        std::string_view text,
        std::string_view extra = {},
        std::uint32_t choice = 0,
        std::uint32_t block = 0
    ) {
        Event event;
        event.kind = kind;
        event.text = text;
        event.extra = extra;
        event.choice = choice;
        event.block = block;
        renderer_->event(event, out_);
        return taken();
    }
    std::string finish(const model::Usage& usage = {}) {
        renderer_->finish(usage, out_);
        return taken();
    }

private:
    std::string taken() {
        std::vector<std::string_view> parts;
        out_.append_to(parts);
        std::string text;
        for (const auto part : parts) {
            text += part;
        }
        EXPECT_EQ(text.size(), out_.size());
        out_.clear();
        return text;
    }
    std::unique_ptr<Renderer> renderer_;
    Output out_;
};

Call chat(bool stream, bool include_usage = false) {
    Call call;
    call.operation = Operation::chat_completions;
    call.request_id = "req_ABC";
    call.stream = stream;
    call.include_usage = include_usage;
    return call;
}

model::Usage used(std::uint64_t input, std::uint64_t output) {
    model::Usage usage;
    usage.input = input;
    usage.output = output;
    return usage;
}

// A chunk with `delta`, as it stands in a stream without usage.
std::string chunk(std::string_view delta, std::string_view finish = "null", int choice = 0) {
    return R"(data: {"id":"chatcmpl-ABC","object":"chat.completion.chunk","created":1700000000,"model":"m-1",)"
           R"("choices":[{"index":)" +
           std::to_string(choice) + R"(,"delta":)" + std::string(delta) + R"(,"finish_reason":)" + std::string(finish) +
           "}]}\n\n";
}

TEST(ChatStream, text) {
    auto call = chat(true);
    Rendering rendering(call);
    EXPECT_EQ(rendering.event(EventKind::text, "Hel"), chunk(R"({"role":"assistant","content":"Hel"})"));
    EXPECT_EQ(rendering.event(EventKind::text, "lo \"you\"\n"), chunk(R"({"content":"lo \"you\"\n"})"));
    EXPECT_EQ(rendering.event(EventKind::finish, "", "stop"), chunk("{}", "\"stop\""));
    EXPECT_EQ(rendering.finish(used(3, 4)), "data: [DONE]\n\n");
}

TEST(ChatStream, usage_comes_in_a_chunk_of_its_own_when_it_was_asked_for) {
    auto call = chat(true, true);
    Rendering rendering(call);
    EXPECT_EQ(
        rendering.event(EventKind::text, "x"),
        R"(data: {"id":"chatcmpl-ABC","object":"chat.completion.chunk","created":1700000000,"model":"m-1",)"
        R"("choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":null}],"usage":null})"
        "\n\n"
    );
    static_cast<void>(rendering.event(EventKind::finish, "", "stop"));
    auto usage = used(10, 5);
    usage.cache_read = 8;
    usage.reasoning = 2;
    EXPECT_EQ(
        rendering.finish(usage),
        R"(data: {"id":"chatcmpl-ABC","object":"chat.completion.chunk","created":1700000000,"model":"m-1",)"
        R"("choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,)"
        R"("prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":2}}})"
        "\n\ndata: [DONE]\n\n"
    );
}

TEST(ChatStream, reasoning_and_tools) {
    auto call = chat(true);
    Rendering rendering(call);
    EXPECT_EQ(rendering.event(EventKind::reasoning, "hm"), chunk(R"({"role":"assistant","reasoning_content":"hm"})"));
    EXPECT_EQ(
        rendering.event(EventKind::tool_begin, "weather", "call_1", 0, 0),
        chunk(
            R"({"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]})"
        )
    );
    EXPECT_EQ(
        rendering.event(EventKind::tool_args, "{\"city\":", "", 0, 0),
        chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]})")
    );
    EXPECT_EQ(
        rendering.event(EventKind::tool_begin, "time", "call_2", 0, 1),
        chunk(
            R"({"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"time","arguments":""}}]})"
        )
    );
    EXPECT_EQ(rendering.event(EventKind::finish, "", "tool_calls"), chunk("{}", "\"tool_calls\""));
}

TEST(ChatStream, every_choice_begins_with_its_role) {
    auto call = chat(true);
    Rendering rendering(call);
    EXPECT_EQ(rendering.event(EventKind::text, "a", "", 0), chunk(R"({"role":"assistant","content":"a"})", "null", 0));
    EXPECT_EQ(rendering.event(EventKind::text, "b", "", 1), chunk(R"({"role":"assistant","content":"b"})", "null", 1));
    EXPECT_EQ(rendering.event(EventKind::text, "c", "", 0), chunk(R"({"content":"c"})", "null", 0));
    EXPECT_EQ(rendering.event(EventKind::finish, "", "length", 1), chunk("{}", "\"length\"", 1));
    EXPECT_EQ(rendering.event(EventKind::finish, "", "stop", 2), chunk(R"({"role":"assistant"})", "\"stop\"", 2));
}

TEST(ChatStream, every_choice_has_exactly_one_finish_reason) {
    auto call = chat(true);
    Rendering rendering(call);
    rendering.event(EventKind::text, "a", "", 0);
    rendering.event(EventKind::text, "b", "", 1);
    EXPECT_EQ(rendering.event(EventKind::finish, "", "length", 1), chunk("{}", "\"length\"", 1));
    EXPECT_EQ(rendering.event(EventKind::finish, "", "stop", 1), "");
    EXPECT_EQ(rendering.finish(), chunk("{}", "\"stop\"", 0) + "data: [DONE]\n\n");
}

TEST(ChatStream, takes_the_model_that_the_provider_names) {
    auto call = chat(true);
    Rendering rendering(call, "asked");
    EXPECT_EQ(rendering.event(EventKind::model, "m-1"), "");
    EXPECT_EQ(rendering.event(EventKind::usage, ""), "");
    EXPECT_EQ(rendering.event(EventKind::text, "x"), chunk(R"({"role":"assistant","content":"x"})"));
}

TEST(ChatWhole, text) {
    auto call = chat(false, true);  // include_usage changes nothing here
    Rendering rendering(call);
    EXPECT_EQ(rendering.event(EventKind::text, "Hel"), "");
    EXPECT_EQ(rendering.event(EventKind::text, "lo"), "");
    EXPECT_EQ(rendering.event(EventKind::finish, "", "length"), "");
    EXPECT_EQ(
        rendering.finish(used(3, 4)),
        R"({"id":"chatcmpl-ABC","object":"chat.completion","created":1700000000,"model":"m-1","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"length"}],)"
        R"("usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})"
    );
}

TEST(ChatWhole, an_empty_text_is_not_no_text) {
    auto call = chat(false);
    Rendering rendering(call);
    rendering.event(EventKind::text, "");
    EXPECT_NE(rendering.finish().find(R"("content":"")"), std::string::npos);
}

TEST(ChatWhole, reasoning_and_tools) {
    auto call = chat(false);
    Rendering rendering(call, "asked");
    rendering.event(EventKind::model, "m-1");
    rendering.event(EventKind::reasoning, "hm, ");
    rendering.event(EventKind::reasoning, "well");
    rendering.event(EventKind::tool_begin, "weather", "call_1", 0, 0);
    rendering.event(EventKind::tool_begin, "time", "call_2", 0, 1);
    rendering.event(EventKind::tool_args, "{\"city\":", "", 0, 0);
    rendering.event(EventKind::tool_args, "\"Rome\"}", "", 0, 0);
    rendering.event(EventKind::finish, "", "tool_calls");
    EXPECT_EQ(
        rendering.finish(used(1, 2)),
        R"({"id":"chatcmpl-ABC","object":"chat.completion","created":1700000000,"model":"m-1","choices":[{"index":0,)"
        R"("message":{"role":"assistant","content":null,"reasoning_content":"hm, well","refusal":null,"tool_calls":[)"
        R"({"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}},)"
        R"({"id":"call_2","type":"function","function":{"name":"time","arguments":"{}"}}]},)"
        R"("logprobs":null,"finish_reason":"tool_calls"}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})"
    );
}

TEST(ChatWhole, choices_stand_in_the_order_of_their_index) {
    auto call = chat(false);
    Rendering rendering(call);
    rendering.event(EventKind::text, "second", "", 1);
    rendering.event(EventKind::text, "first", "", 0);
    const auto text = rendering.finish();
    EXPECT_LT(text.find("first"), text.find("second"));
    EXPECT_NE(text.find(R"({"index":1,"message":{"role":"assistant","content":"second")"), std::string::npos);
}

std::string bytes_of(const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

Call embeddings(bool base64) {
    Call call;
    call.operation = Operation::embeddings;
    call.request_id = "req_ABC";
    call.base64_embeddings = base64;
    return call;
}

TEST(Embeddings, as_floats) {
    auto call = embeddings(false);
    Rendering rendering(call);
    rendering.event(EventKind::embedding, bytes_of({-0.25F, 1e-20F}), "", 1);
    rendering.event(EventKind::embedding, bytes_of({0.1F, 1.0F, 0.0F}), "", 0);
    EXPECT_EQ(
        rendering.finish(used(6, 0)),
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,1,0]},)"
        R"({"object":"embedding","index":1,"embedding":[-0.25,1e-20]}],"model":"m-1",)"
        R"("usage":{"prompt_tokens":6,"total_tokens":6}})"
    );
}

TEST(Embeddings, numbers_that_json_does_not_have_are_no_numbers) {
    auto call = embeddings(false);
    Rendering rendering(call);
    const float infinite = std::numeric_limits<float>::infinity();
    rendering.event(
        EventKind::embedding, bytes_of({infinite, -infinite, std::numeric_limits<float>::quiet_NaN(), 2.0F})
    );
    const auto text = rendering.finish();
    EXPECT_NE(text.find(R"("embedding":[null,null,null,2])"), std::string::npos) << text;
}

TEST(Embeddings, as_base64_of_the_bytes) {
    // RFC 4648 section 10, with the bytes of "foobar" in place of a vector.
    const std::array<std::pair<std::string_view, std::string_view>, 7> cases{{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    }};
    for (const auto& [bytes, encoded] : cases) {
        auto call = embeddings(true);
        Rendering rendering(call);
        rendering.event(EventKind::embedding, bytes);
        EXPECT_EQ(
            rendering.finish(),
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":")" + std::string(encoded) +
                R"("}],"model":"m-1","usage":{"prompt_tokens":0,"total_tokens":0}})"
        );
    }
    auto call = embeddings(true);
    Rendering rendering(call);
    rendering.event(EventKind::embedding, bytes_of({1.0F}));
    EXPECT_NE(rendering.finish().find("\"AACAPw==\""), std::string::npos);  // 00 00 80 3f
}

}  // namespace
}  // namespace aihub::gateway
