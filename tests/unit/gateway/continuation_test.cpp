// Whole streams that go on are in tests/integration/continuation_test.cpp.
#include "gateway/continuation.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

class ContinuationTest : public ::testing::Test {
protected:
    ContinuationTest() {
        call.operation = Operation::chat_completions;
        call.stream = true;
        call.request_id = "req_1";
        call.body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
        auto shared = std::make_shared<State>();
        shared->config = std::make_shared<config::Snapshot>();
        auto loop = std::make_shared<LoopState>();
        loop->shared = shared;
        call.state = loop;
        policy.continue_streams = true;
        candidates = {{&target, "a", &policy, 1, 0}, {&target, "b", &policy, 1, 0}};
    }
    static capability::Event text(std::string_view words) {
        capability::Event event;
        event.text = words;
        return event;
    }
    Call call;
    catalog::Policy policy;
    catalog::Target target;
    std::vector<catalog::Candidate> candidates;
    Asked asked;
    testing::FakeClock clock;
    std::atomic<std::size_t> bodies = 0;
};

TEST_F(ContinuationTest, only_streamed_chats_of_routes_that_want_it) {
    EXPECT_TRUE(may_continue(call, candidates));
    EXPECT_FALSE(may_continue(call, std::span(candidates).first(1)));
    policy.continue_streams = false;
    EXPECT_FALSE(may_continue(call, candidates));
    policy.continue_streams = true;
    call.stream = false;
    EXPECT_FALSE(may_continue(call, candidates));
    call.stream = true;
    for (const auto other : {Operation::embeddings, Operation::completions, Operation::audio_speech}) {
        call.operation = other;
        EXPECT_FALSE(may_continue(call, candidates)) << static_cast<int>(other);
    }
    call.operation = Operation::stream_generate_content;
    EXPECT_TRUE(may_continue(call, candidates));
}

TEST_F(ContinuationTest, the_next_attempt_writes_on_in_the_same_answer) {
    Continuation continuation;
    call.continuation = &continuation;
    std::string out;
    Rendering first(call, asked, "a", clock);
    first->event(text("one"), out);
    EXPECT_FALSE(goes_on(call));
    continuation.answer = first.take_so_far();
    EXPECT_TRUE(goes_on(call));
    Rendering second(call, asked, "b", clock);
    EXPECT_EQ(second.so_far(), first.so_far());
    EXPECT_EQ(second.take_so_far(), nullptr) << "it is the call's";
    out.clear();
    second->event(text("two"), out);
    EXPECT_NE(out.find("\"content\":\"two\""), std::string::npos);
    EXPECT_EQ(out.find("\"role\""), std::string::npos) << "it has begun";
    EXPECT_EQ(continuation.answer->text(), "onetwo");
}

TEST_F(ContinuationTest, other_calls_keep_nothing) {
    Rendering rendering(call, asked, "a", clock);
    EXPECT_TRUE(rendering);
    EXPECT_EQ(rendering.so_far(), nullptr);
    call.operation = Operation::completions;
    EXPECT_FALSE(Rendering(call, asked, "a", clock)) << "it has no format that can be made";
}

TEST_F(ContinuationTest, a_provider_gets_the_canonical_form_and_the_answer_so_far) {
    Continuation continuation;
    call.continuation = &continuation;
    target.formats = {"openai.chat", "aihub.chat"};
    EXPECT_TRUE(Asked::create(call, candidates[0], bodies)->translated());
    std::string out;
    continuation.answer = Rendering(call, asked, "a", clock).take_so_far();
    continuation.answer->event(text("one"), out);
    const auto next = Asked::create(call, candidates[1], bodies);
    ASSERT_TRUE(next);
    EXPECT_NE(std::string(next->request(call, candidates[1]).body).find("\"one\""), std::string::npos);
    target.formats = {"openai.chat"};
    EXPECT_FALSE(Asked::create(call, candidates[1], bodies)) << "bytes that are passed on cannot go on with it";
}

}  // namespace
}  // namespace aihub::gateway
