#include "gateway/relay.hpp"

#include "support/fake_stream_provider.hpp"
#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using ::testing::ElementsAre;
using testing::event_chunk;
using testing::event_data;
using testing::FakeCodec;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::make_signal;
using ::testing::Not;
using testing::RawUpstream;
using testing::Reply;
using testing::stream_head;

class Relay : public testing::WorkerTest {
protected:
    Relay() : acme(add_codec("acme", upstream.port(), {"large"})) {}
    [[nodiscard]] std::string stream() const { return chat("large", R"(,"stream":true)"); }
    RawUpstream upstream;
    FakeCodec& acme;
};

const std::string kEnd = testing::event_chunk("[DONE]") + "0\r\n\r\n";

TEST_F(Relay, passes_a_stream_through) {
    upstream.enqueue(Reply(stream_head() + event_chunk("1") + event_chunk("usage 3 4") + event_chunk("2") + kEnd));
    start();
    const auto reply = call(stream());
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.complete);
    EXPECT_EQ(reply.headers.get("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(reply.headers.get("transfer-encoding"), "chunked");
    EXPECT_EQ(reply.body, "data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
}

TEST_F(Relay, sends_frames_that_came_together_in_one_chunk) {
    const std::string frames = "data: 1\n\ndata: 2\n\ndata: 3\n\n";
    const auto go_on = make_signal();
    upstream.enqueue(Reply(stream_head() + testing::chunk(frames)).wait(go_on).send(event_chunk("4") + kEnd));
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.read_until("data: 3\n\n"));
    go_on->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    ASSERT_FALSE(reply->chunks.empty());
    EXPECT_EQ(reply->chunks.front(), frames);
    EXPECT_THAT(event_data(reply->body), ElementsAre("1", "2", "3", "4", "[DONE]"));
}

TEST_F(Relay, sends_each_frame_before_the_next_comes) {
    std::vector<testing::SignalPtr> steps{make_signal(), make_signal()};
    Reply script(stream_head() + event_chunk("1"));
    script.wait(steps[0]).send(event_chunk("2")).wait(steps[1]).send(kEnd);
    upstream.enqueue(std::move(script));
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.read_until("data: 1\n\n"));
    EXPECT_THAT(client.received(), Not(HasSubstr("data: 2")));
    steps[0]->set();
    ASSERT_TRUE(client.read_until("data: 2\n\n"));
    EXPECT_THAT(client.received(), Not(HasSubstr("[DONE]")));
    steps[1]->set();
    EXPECT_TRUE(client.reply()->complete);
}

TEST_F(Relay, a_stream_in_single_bytes_is_the_same_stream) {
    upstream.enqueue(Reply().slices(stream_head() + event_chunk("one") + event_chunk("two") + kEnd));
    start();
    EXPECT_EQ(call(stream()).body, "data: one\n\ndata: two\n\ndata: [DONE]\n\n");
}

TEST_F(Relay, the_connections_of_both_sides_serve_again_after_a_stream) {
    upstream.set_handler([](const testing::UpstreamRequest&) { return Reply(stream_head() + event_chunk("1") + kEnd); }
    );
    start();
    auto client = connect();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client.send(stream()));
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_TRUE(reply->complete);
    }
    EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(Relay, a_cut_stream_ends_in_an_error_event_and_never_looks_complete) {
    upstream.enqueue(Reply(stream_head() + event_chunk("1") + event_chunk("usage 3 4")).close());
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), HasSubstr("data: 1\n\n"));
    EXPECT_THAT(
        client.received(), HasSubstr(R"(data: {"error":{"message":"said by the provider","type":"server_error")")
    );
    EXPECT_THAT(client.received(), Not(HasSubstr("[DONE]")));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->complete);  // no last chunk
    const auto row = only_row();
    EXPECT_EQ(row.status, 200);
    EXPECT_EQ(row.outcome, model::Outcome::upstream_error);
    EXPECT_EQ(row.usage.output, 4U);  // what was delivered is recorded
    EXPECT_TRUE(row.streamed);
}

TEST_F(Relay, a_stream_that_stands_still_ends_in_an_error_event) {
    config.timeouts.idle = std::chrono::milliseconds(60);
    upstream.enqueue(Reply(stream_head() + event_chunk("1")).hold());
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), HasSubstr(R"("code":"timeout")"));
    EXPECT_EQ(only_row().outcome, model::Outcome::timeout);
}

TEST_F(Relay, an_event_over_the_limit_ends_the_stream) {
    config.limits.stream_frame_bytes_max = 1000;
    upstream.enqueue(Reply(stream_head() + event_chunk("1") + event_chunk(std::string(1001, 'x')) + kEnd));
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), HasSubstr("limits.stream_frame_bytes_max"));
    EXPECT_THAT(client.received(), Not(HasSubstr("[DONE]")));
}

TEST_F(Relay, a_refusal_before_the_first_byte_is_an_ordinary_answer) {
    upstream.enqueue(Reply(http_reply(500, "no")));
    upstream.enqueue(Reply(stream_head() + event_chunk("1") + kEnd));
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream() + stream()));
    const auto refused = client.reply();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status(), 502);
    EXPECT_EQ(refused->headers.get("content-type"), "application/json");
    EXPECT_EQ(client.reply()->status(), 200);
}

TEST_F(Relay, a_whole_answer_to_a_stream_call_is_an_event) {
    upstream.enqueue(Reply(http_reply(200, R"({"object":"chat.completion"})")));
    start();
    const auto reply = call(stream());
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.get("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(reply.body, "data: {\"object\":\"chat.completion\"}\n\ndata: [DONE]\n\n");
}

TEST_F(Relay, text_events_become_a_stream_of_the_format) {
    acme.render = true;
    upstream.enqueue(Reply(stream_head() + event_chunk("Hel") + event_chunk("lo") + kEnd));
    start();
    const auto reply = call(stream());
    const auto events = event_data(reply.body);
    ASSERT_EQ(events.size(), 4U);
    EXPECT_THAT(events[0], HasSubstr(R"("delta":{"role":"assistant","content":"Hel"})"));
    EXPECT_THAT(events[1], HasSubstr(R"("delta":{"content":"lo"})"));
    EXPECT_THAT(events[2], HasSubstr(R"("delta":{},"finish_reason":"stop")"));
    EXPECT_EQ(events[3], "[DONE]");
}

TEST_F(Relay, an_http_1_0_client_gets_a_stream_until_close) {
    upstream.enqueue(Reply(stream_head() + event_chunk("1") + kEnd));
    start();
    auto request = stream();
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    auto client = connect();
    ASSERT_TRUE(client.send(request));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(client.received(), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(client.received(), ::testing::EndsWith("\r\n\r\ndata: 1\n\ndata: [DONE]\n\n"));
}

TEST_F(Relay, a_client_that_leaves_a_stream_ends_the_attempt) {
    upstream.enqueue(Reply(stream_head() + event_chunk("usage 3 4") + event_chunk("1")).hold());
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.read_until("data: 1\n\n"));
    client.close();
    EXPECT_NE(upstream.wait_for_close(0), testing::PeerEnd::none);
    const auto row = only_row();
    EXPECT_EQ(row.outcome, model::Outcome::client_closed);
    EXPECT_EQ(row.status, 499);
    EXPECT_EQ(row.usage.input, 3U);
    EXPECT_TRUE(testing::eventually([&] { return acme.open_calls == 0; }));
}

TEST_F(Relay, a_client_that_leaves_before_the_answer_ends_the_attempt) {
    for (const auto& request : {stream(), chat()}) {
        upstream.enqueue(Reply().hold());
        if (!loop) {
            start();
        }
        const auto seen = upstream.connections();
        auto client = connect();
        ASSERT_TRUE(client.send(request));
        ASSERT_TRUE(upstream.wait_for_requests(seen + 1));
        client.reset();
        EXPECT_NE(upstream.wait_for_close(seen), testing::PeerEnd::none);
    }
    for (const auto& row : rows(2)) {
        EXPECT_EQ(row.outcome, model::Outcome::client_closed);
        EXPECT_EQ(row.status, 499);
    }
}

TEST_F(Relay, a_slow_client_slows_the_provider) {
    const std::string frame = event_chunk(std::string(10000, 'x'));
    upstream.enqueue(Reply(stream_head()).flood(frame, 3000).send(kEnd));  // 30 MB
    start();
    auto client = connect(4096);
    ASSERT_TRUE(client.send(stream()));
    ASSERT_TRUE(client.read_until("data: x"));
    // Nothing is read for a while: what was sent stops growing below what the buffers of two sockets hold.
    std::uint64_t before = 0;
    ASSERT_TRUE(testing::eventually([&] {
        const auto now = upstream.sent(0);
        return std::exchange(before, now) == now && now > 0;
    }));
    EXPECT_LT(upstream.sent(0), 25'000'000U);
    client.close();
    EXPECT_NE(upstream.wait_for_close(0), testing::PeerEnd::none);
}

TEST_F(Relay, a_client_that_takes_nothing_is_closed_after_the_write_timeout) {
    config.timeouts.write = std::chrono::milliseconds(100);
    upstream.enqueue(Reply(stream_head()).flood(event_chunk(std::string(10000, 'x')), 3000).hold());
    start();
    auto client = connect(4096);
    ASSERT_TRUE(client.send(stream()));
    EXPECT_NE(upstream.wait_for_close(0), testing::PeerEnd::none);
    EXPECT_EQ(only_row().outcome, model::Outcome::client_closed);
}

TEST_F(Relay, a_reply_over_the_limit_is_502) {
    config.limits.reply_bytes_max = 1000;
    upstream.enqueue(Reply(http_reply(200, std::string(1000, 'x'))));
    upstream.enqueue(Reply(http_reply(200, std::string(1001, 'x'))));
    start();
    EXPECT_EQ(call(chat()).body, std::string(1000, 'x'));
    EXPECT_EQ(call(chat()).status(), 502);
}

class RelayOfStreamTier : public testing::WorkerTest {
protected:
    RelayOfStreamTier() {
        auto made = std::make_shared<testing::FakeStreamProvider>();
        provider = made.get();
        add("local", std::move(made), {"large"});
    }
    testing::FakeStreamProvider* provider;
};

TEST_F(RelayOfStreamTier, renders_text_from_another_thread) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat("large", R"(,"stream":true)")));
    const auto call = provider->take();
    ASSERT_TRUE(call.sink);
    EXPECT_EQ(call.model, "large");
    EXPECT_EQ(call.text("Hel"), capability::EmitStatus::ok);
    ASSERT_TRUE(client.read_until(R"("content":"Hel")"));
    EXPECT_EQ(call.text("lo"), capability::EmitStatus::ok);
    EXPECT_EQ(call.sink->complete(nullptr), capability::EmitStatus::ok);
    EXPECT_EQ(call.sink->complete(nullptr), capability::EmitStatus::gone);
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete);
    EXPECT_EQ(event_data(reply->body).back(), "[DONE]");
}

TEST_F(RelayOfStreamTier, a_whole_answer_may_come_in_raw_pieces) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    const auto call = provider->take();
    ASSERT_TRUE(call.sink);
    call.raw("{\"a\":");
    call.raw("1}");
    call.sink->complete(nullptr);
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "{\"a\":1}");
}

TEST_F(RelayOfStreamTier, a_client_that_leaves_cancels_the_call) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat("large", R"(,"stream":true)")));
    const auto call = provider->take();
    ASSERT_TRUE(call.sink);
    call.text("x");
    ASSERT_TRUE(client.read_until(R"("content":"x")"));
    client.close();
    EXPECT_TRUE(call.cancelled->wait());
    EXPECT_TRUE(call.sink->cancelled());
    EXPECT_NE(call.text("y"), capability::EmitStatus::ok);
    EXPECT_EQ(only_row().outcome, model::Outcome::client_closed);
}

TEST_F(RelayOfStreamTier, a_client_that_leaves_half_a_whole_answer_is_recorded_as_gone) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    const auto call = provider->take();
    ASSERT_TRUE(call.sink);
    call.raw("{\"a\":");
    client.close();
    EXPECT_TRUE(call.cancelled->wait());
    const auto row = only_row();
    EXPECT_EQ(row.outcome, model::Outcome::client_closed);
    EXPECT_EQ(row.status, 499);
}

TEST_F(RelayOfStreamTier, a_call_that_says_nothing_times_out) {
    config.timeouts.first_byte = std::chrono::milliseconds(60);
    start();
    EXPECT_EQ(call(chat()).status(), 504);
    const auto started = provider->take();
    ASSERT_TRUE(started.sink);
    EXPECT_TRUE(started.cancelled->wait());
    EXPECT_EQ(started.sink->complete(nullptr), capability::EmitStatus::gone);
}

TEST_F(RelayOfStreamTier, its_failure_is_answered_like_any_other) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    const auto call = provider->take();
    ASSERT_TRUE(call.sink);
    const capability::Failure failure{capability::FailureKind::context_length, 0, {}, "too long", ""};
    call.sink->complete(&failure);
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 400);
    EXPECT_THAT(reply->body, HasSubstr("context_length_exceeded"));
}

}  // namespace
}  // namespace aihub::gateway
