#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::testing {
namespace {

constexpr std::int64_t kMillisecond = 1000000;
constexpr const char* kHello = R"({"model":"sim","messages":[{"role":"user","content":"one two three"}]})";

class Simulator : public ::testing::Test {
protected:
    ~Simulator() override { end(); }
    aihub_status start(const std::string& model, const std::string& body = kHello, const char* format = "openai.chat") {
        end();
        call = {};
        request = std::make_unique<FakeRequest>(format, model, body, AIHUB_RF_STREAM);
        return provider->start(plugin.instance, call.handle(), request->get(), &state, plugin.host.error());
    }
    void end() {
        if (state != nullptr) {
            provider->cancel(state);
            provider->destroy(std::exchange(state, nullptr));
        }
    }
    std::string answer(const std::string& model, const std::string& body = kHello) {
        EXPECT_EQ(start(model, body), AIHUB_OK) << plugin.host.error_message;
        call.run_posted();
        EXPECT_EQ(call.completions, 1);
        return call.joined(AIHUB_EV_TEXT);
    }
    std::array<std::uint64_t, AIHUB_N_COUNT> usage() const {
        return call.events.empty() ? std::array<std::uint64_t, AIHUB_N_COUNT>{} : call.events.back().n;
    }

    PluginUnderTest plugin{AIHUB_PLUGIN_SIMULATOR};
    const aihub_provider_stream_v1* provider = plugin.extension<aihub_provider_stream_v1>(AIHUB_EXT_PROVIDER_STREAM);
    FakeCall call;
    std::unique_ptr<FakeRequest> request;
    aihub_callstate* state = nullptr;
};

TEST_F(Simulator, AnswersTheSameToTheSameAndSaysWhatItIs) {
    const std::string first = answer("sim");
    EXPECT_TRUE(first.starts_with("Simulated answer: ")) << first;
    EXPECT_EQ(answer("sim"), first);
    EXPECT_NE(answer("sim", R"({"messages":[{"role":"user","content":"other"}]})"), first);
    EXPECT_EQ(call.joined(AIHUB_EV_MODEL), "simulator/sim");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "stop");
    EXPECT_EQ(usage()[AIHUB_N_OUTPUT], 32U);
}

TEST_F(Simulator, AChatNeedsMessages) {
    for (const char* body : {"{}", R"({"messages":null})", R"({"messages":"hi"})"}) {
        EXPECT_EQ(start("sim", body), AIHUB_E_INVALID) << body;
        EXPECT_NE(plugin.host.error_message.find("messages"), std::string::npos);
    }
}

TEST_F(Simulator, EchoesAndCounts) {
    EXPECT_EQ(answer("sim-echo"), "Simulated echo: one two three");
    EXPECT_EQ(usage()[AIHUB_N_INPUT], 6U);  // three words and three for the message
    EXPECT_EQ(usage()[AIHUB_N_OUTPUT], 5U);
}

TEST_F(Simulator, KeepsTheLimitOfTheRequest) {
    EXPECT_EQ(
        answer("sim-echo", R"({"messages":[{"role":"user","content":"a b c"}],"max_tokens":3})"), "Simulated echo: a"
    );
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "length");
}

TEST_F(Simulator, PacesByTimersAndNeverBlocks) {
    ASSERT_EQ(start("sim?tokens=4&first_ms=200&pace_ms=20"), AIHUB_OK);
    EXPECT_TRUE(call.events.empty());
    plugin.host.advance(199 * kMillisecond);
    EXPECT_TRUE(call.events.empty());
    plugin.host.advance(1 * kMillisecond);
    EXPECT_EQ(call.joined(AIHUB_EV_TEXT), "Simulated");
    plugin.host.advance(20 * kMillisecond);
    EXPECT_EQ(call.joined(AIHUB_EV_TEXT), "Simulated answer:");
    plugin.host.advance(60 * kMillisecond);
    EXPECT_EQ(call.completions, 1);
    EXPECT_EQ(plugin.host.timers(), 0U);
}

TEST_F(Simulator, GivesTheLoopBackInLongAnswers) {
    ASSERT_EQ(start("sim?tokens=1000"), AIHUB_OK);
    EXPECT_EQ(call.completions, 0);
    EXPECT_LT(call.events.size(), 100U);
    call.run_posted();
    EXPECT_EQ(call.completions, 1);
    EXPECT_EQ(usage()[AIHUB_N_OUTPUT], 1000U);
}

TEST_F(Simulator, WaitsForResumeAtBackPressure) {
    const std::string whole = answer("sim");
    end();
    call = {};
    request = std::make_unique<FakeRequest>("openai.chat", "sim", kHello, 0U);
    call.answer = [](const FakeCall::Event& event) { return event.kind == AIHUB_EV_TEXT ? AIHUB_AGAIN : AIHUB_OK; };
    ASSERT_EQ(provider->start(plugin.instance, call.handle(), request->get(), &state, plugin.host.error()), AIHUB_OK);
    EXPECT_EQ(call.completions, 0);
    EXPECT_EQ(call.events.size(), 2U);  // the model, and the text that was answered with AIHUB_AGAIN
    for (int resumes = 0; call.completions == 0 && resumes < 100; ++resumes) {
        const std::size_t before = call.events.size();
        call.run_posted();
        EXPECT_EQ(call.events.size(), before);
        provider->resume(state);
    }
    EXPECT_EQ(call.joined(AIHUB_EV_TEXT), whole);
    EXPECT_EQ(call.completions, 1);
}

TEST_F(Simulator, EndsOnceWhenCancelledAtAnyTime) {
    ASSERT_EQ(start("sim?pace_ms=20"), AIHUB_OK);
    plugin.host.advance(50 * kMillisecond);
    provider->cancel(state);
    provider->cancel(state);
    EXPECT_EQ(plugin.host.timers(), 0U);
    plugin.host.advance(1000 * kMillisecond);
    EXPECT_EQ(call.completions, 1);
    EXPECT_TRUE(call.failure);
    EXPECT_EQ(plugin.host.timers(), 0U);
}

TEST_F(Simulator, FailsAsAsked) {
    answer("sim-fail-429?retry_after=7");
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_RATE_LIMIT);
    EXPECT_EQ(call.failure->http_status, 429);
    EXPECT_EQ(call.failure->retry_after_ns, 7000 * kMillisecond);
    EXPECT_TRUE(call.events.empty());

    EXPECT_EQ(answer("sim?cut_after=2"), "Simulated answer:");
    ASSERT_TRUE(call.failure);
    EXPECT_EQ(call.failure->kind, AIHUB_FAIL_NETWORK);
}

TEST_F(Simulator, CallsTheFirstToolWithArgumentsOfItsSchema) {
    const std::string tools =
        R"("tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":)"
        R"({"city":{"type":"string"},"days":{"type":"integer","minimum":2},"unit":{"enum":["C","F"]},"x":{"$ref":"#/$defs/p"}},)"
        R"("required":["city","days","unit","x"],"$defs":{"p":{"anyOf":[{"type":"array","minItems":1,"items":{"type":"boolean"}}]}}}}}])";
    answer("sim-tools", "{\"messages\":[]," + tools + "}");
    EXPECT_EQ(call.joined(AIHUB_EV_TOOL_ARGS), R"({"city":"simulated","days":2,"unit":"C","x":[true]})");
    EXPECT_TRUE(call.joined(AIHUB_EV_TOOL_BEGIN).starts_with("weathercall_sim"));
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "tool_calls");
    answer("sim", "{\"messages\":[],\"tool_choice\":\"required\"," + tools + "}");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "tool_calls");
    EXPECT_NE(answer("sim-tools", R"({"messages":[{"role":"tool","content":"1"}],)" + tools + "}"), "");
    EXPECT_EQ(
        start("sim", R"({"messages":[],"tool_choice":{"type":"function","function":{"name":"no"}},)" + tools + "}"),
        AIHUB_E_INVALID
    );
}

TEST_F(Simulator, GivesAValidDocumentForASchema) {
    EXPECT_EQ(
        answer(
            "sim",
            R"({"messages":[],"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object",)"
            R"("properties":{"a":{"type":["number","null"]},"b":{"const":1e2}},"required":["a","b"]}}}})"
        ),
        R"({"a":0,"b":1e2})"
    );
    const char* endless =
        R"({"messages":[],"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object",)"
        R"("properties":{"a":{"$ref":"#"}},"required":["a"]}}}})";
    EXPECT_EQ(start("sim", endless), AIHUB_E_INVALID);
}

TEST_F(Simulator, InterleavesChoices) {
    answer("sim?tokens=3", R"({"messages":[],"n":2})");
    EXPECT_NE(call.joined(AIHUB_EV_TEXT, 1), "");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH, 1), "stop");
    EXPECT_EQ(start("sim", R"({"messages":[],"n":17})"), AIHUB_E_INVALID);
}

TEST_F(Simulator, EmbedsEveryKindOfInput) {
    for (const auto& [input, count] :
         {std::pair(R"("a b")", 1U), {R"(["a","b"])", 2U}, {"[1,2,3]", 1U}, {"[[1],[2],[3]]", 3U}}) {
        const std::string body = std::string(R"({"dimensions":8,"input":)") + input + "}";
        ASSERT_EQ(start("sim-embed", body, "openai.embeddings"), AIHUB_OK) << input;
        call.run_posted();
        EXPECT_EQ(call.completions, 1);
        EXPECT_EQ(call.events.size(), count + 2U) << input;  // and the model, and the usage
        EXPECT_EQ(call.events[1].text.size(), 8 * sizeof(float));
    }
    EXPECT_EQ(start("sim-embed", R"({"input":[]})", "openai.embeddings"), AIHUB_E_INVALID);
    EXPECT_EQ(start("sim-embed", R"({"input":"a","dimensions":0})", "openai.embeddings"), AIHUB_E_INVALID);
}

// The same questions in the canonical form, as clients of every other format put them.
TEST_F(Simulator, AnswersTheCanonicalFormAlike) {
    const auto canonical = [this](const std::string& model, const std::string& body) {
        EXPECT_EQ(start(model, body, "aihub.chat"), AIHUB_OK) << plugin.host.error_message;
        call.run_posted();
        EXPECT_EQ(call.completions, 1);
        return call.joined(AIHUB_EV_TEXT);
    };
    const std::string hello = R"("messages":[{"role":"user","content":[{"type":"text","text":"one two three"}]}])";
    EXPECT_EQ(canonical("sim-echo", "{" + hello + "}"), "Simulated echo: one two three");
    EXPECT_EQ(usage()[AIHUB_N_INPUT], 6U);
    EXPECT_EQ(canonical("sim-echo", "{" + hello + R"(,"max_output_tokens":3})"), "Simulated echo: one");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "length");
    const std::string first = canonical("sim", R"({"instructions":[{"type":"text","text":"be brief"}],)" + hello + "}");
    EXPECT_TRUE(first.starts_with("Simulated answer: ")) << first;
    EXPECT_EQ(usage()[AIHUB_N_INPUT], 11U);
    EXPECT_EQ(canonical("sim", "{" + hello + "}"), first);
    canonical("sim?tokens=3", R"({"choices":2,)" + hello + "}");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH, 1), "stop");
    EXPECT_EQ(start("sim", R"({"choices":17,)" + hello + "}", "aihub.chat"), AIHUB_E_INVALID);
    EXPECT_EQ(start("sim", "{}", "aihub.chat"), AIHUB_E_INVALID);
    EXPECT_EQ(
        canonical(
            "sim",
            "{" + hello + R"(,"response_format":{"type":"json_schema","schema":{"type":"object","properties":)" +
                R"({"a":{"type":"integer"}},"required":["a"]}}})"
        ),
        R"({"a":0})"
    );
    EXPECT_EQ(canonical("sim", "{" + hello + R"(,"response_format":{"type":"json"}})"), R"({"simulated":true})");
}

TEST_F(Simulator, CallsToolsOfTheCanonicalForm) {
    const std::string tools =
        R"("tools":[{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},{"name":"now"}])";
    const std::string hello = R"("messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}])";
    const auto called = [&](const std::string& model, const std::string& more) {
        const std::string body = "{" + more + "," + tools + "}";
        EXPECT_EQ(start(model, body, "aihub.chat"), AIHUB_OK) << plugin.host.error_message;
        call.run_posted();
        return call.joined(AIHUB_EV_TOOL_BEGIN).substr(0, 3) + call.joined(AIHUB_EV_TOOL_ARGS);
    };
    EXPECT_EQ(called("sim-tools", hello), R"(wea{"city":"simulated"})");
    EXPECT_EQ(call.joined(AIHUB_EV_FINISH), "tool_calls");
    EXPECT_EQ(called("sim", hello + R"(,"tool_choice":{"mode":"tool","name":"now"})"), "now{}");
    EXPECT_EQ(called("sim", hello + R"(,"tool_choice":{"mode":"required","allowed":["now"]})"), "now{}");
    EXPECT_EQ(called("sim-tools", hello + R"(,"tool_choice":{"mode":"none"})"), "");
    EXPECT_EQ(
        called(
            "sim-tools",
            R"("messages":[{"role":"user","content":[{"type":"tool_result","id":"1","content":[{"type":"text","text":"5 C"}]}]}])"
        ),
        ""
    );
    EXPECT_EQ(usage()[AIHUB_N_INPUT], 5U);
}

TEST_F(Simulator, EmbedsAndFailsForTheCanonicalForm) {
    ASSERT_EQ(start("sim-embed", R"({"input":["a","b"],"dimensions":8})", "aihub.embeddings"), AIHUB_OK);
    call.run_posted();
    EXPECT_EQ(call.events.size(), 4U);
    EXPECT_EQ(call.events[1].text.size(), 8 * sizeof(float));
    for (const auto& [format, detail] : {std::pair("aihub.chat", false), {"openai.chat", true}}) {
        ASSERT_EQ(start("sim-fail-503", kHello, format), AIHUB_OK);
        ASSERT_TRUE(call.failure);
        EXPECT_EQ(call.failure->kind, AIHUB_FAIL_OVERLOADED);
        EXPECT_EQ(!call.failure->detail_json.empty(), detail) << format;
    }
}

TEST_F(Simulator, RefusesNamesItDoesNotKnow) {
    EXPECT_EQ(start("gpt"), AIHUB_E_INVALID);
    EXPECT_NE(plugin.host.error_message.find("sim-echo"), std::string::npos);
    EXPECT_EQ(start("sim?tokens=many"), AIHUB_E_INVALID);
    EXPECT_EQ(start("sim?colour=1"), AIHUB_E_INVALID);
    EXPECT_EQ(start("sim?fail=200"), AIHUB_E_INVALID);
}

TEST(PlainC, ASmallProviderWorks) {
    PluginUnderTest plugin(AIHUB_PLUGIN_ECHO);
    const auto* provider = plugin.extension<aihub_provider_stream_v1>(AIHUB_EXT_PROVIDER_STREAM);
    FakeCall call;
    const FakeRequest request("openai.chat", "c", "{}", 0);
    aihub_callstate* state = nullptr;
    ASSERT_EQ(provider->start(plugin.instance, call.handle(), request.get(), &state, plugin.host.error()), AIHUB_OK);
    EXPECT_EQ(call.joined(AIHUB_EV_TEXT), "Echo: 2 bytes for c");
    EXPECT_EQ(call.completions, 1);
    provider->destroy(state);
}

}  // namespace
}  // namespace aihub::testing
