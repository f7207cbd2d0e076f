// Whole answers that are large, and clients that take their time.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"

#include <algorithm>
#include <iostream>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kMiB = 1024UL * 1024;

// An images answer whose picture has `bytes` bytes.
std::string image_answer(std::size_t bytes) {
    return R"({"created":1700000000,"data":[{"b64_json":")" + std::string(bytes, 'A') +
           R"("}],"usage":{"input_tokens":11,"output_tokens":4160,"total_tokens":4171}})";
}

const std::string kImageRequest = R"({"model":"gpt-test","prompt":"a"})";
constexpr std::string_view kImages = "/v1/images/generations";

class LargeReplies : public Gateway {
protected:
    // The configuration with `more` settings of the provider.
    [[nodiscard]] std::string with_provider(std::string_view more_of_provider, std::string_view more = {}) const {
        auto text = config(more);
        const std::string_view models = ", models: [gpt-test, embed-test] }";
        return text.replace(
            text.find(models), models.size(), ", " + std::string(more_of_provider) + std::string(models)
        );
    }
    // Starts with few bytes of JSON held.
    void start_passing(std::string_view more_limits = {}) {
        start(
            "loops: 1\nstorage: { usage_flush_interval: 10ms }\nlimits: { reply_buffer_bytes: 64KiB" +
            std::string(more_limits) + " }\n"
        );
    }
    [[nodiscard]] Message image() const { return call(post(kImages, kImageRequest)); }
};

std::string chunked_reply(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(body) +
           "0\r\n\r\n";
}

TEST_F(LargeReplies, AClientThatReadsNothingKeepsNoPlaceAtTheProvider) {
    start_with(with_provider(
        "in_flight_max: 1, queue_max: 0, connections_max: 1", "loops: 1\nlimits: { reply_buffer_bytes: 64MiB }\n"
    ));
    upstream.enqueue(Reply(http_reply(200, chat_answer(std::string(16 * kMiB, 'a')))));
    auto idle = connect(4096);
    ASSERT_TRUE(idle.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    ASSERT_TRUE(eventually([&] { return metric("aihub_provider_in_flight") == 0; }));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(upstream.connections(), 1U) << "the connection went back, too";
    // The answer itself is not harmed.
    const auto reply = idle.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete);
    EXPECT_EQ(reply->body, chat_answer(std::string(16 * kMiB, 'a')));
}

TEST_F(LargeReplies, MemoryOfRepliesHasALimitAndGoesBack) {
    // Replies of a stream that came whole are changed, so they are held.
    start("loops: 1\nlimits: { reply_memory_max: 2MiB }\n");
    const auto ask = [&](std::size_t bytes) {
        const auto body = chat_answer();
        upstream.enqueue(Reply(http_reply(200, body + std::string(bytes - body.size(), ' '))));
        return chat(chat_body("gpt-test", R"(,"stream":true)"));
    };
    constexpr std::size_t kEvents = 1024;  // What is made of it counts, too.
    EXPECT_EQ(ask(2 * kMiB - kEvents).status(), 200);
    const auto over = ask(2 * kMiB + 1);
    EXPECT_EQ(over.status(), 503);
    EXPECT_EQ(error_field(over, "code"), "overloaded");
    EXPECT_EQ(over.headers.get("retry-after"), "1");
    EXPECT_THAT(over.body, HasSubstr("limits.reply_memory_max"));
    EXPECT_EQ(ask(20 * kMiB).status(), 503);
    EXPECT_EQ(upstream.requests().size(), 3U) << "nobody was asked twice";
    EXPECT_EQ(ask(2 * kMiB - kEvents).status(), 200) << "what was held went back";
}

// The text of a response stands in five of its events.
TEST_F(LargeReplies, AStreamMadeOfAWholeReplyCountsAsWhatItIs) {
    start("loops: 1\nlimits: { reply_memory_max: 40MiB, reply_bytes_max: 32MiB }\n");
    const auto reply_of = [](std::size_t bytes) {
        return http_reply(
            200,
            R"({"id":"resp_1","status":"completed","output":[{"id":"m","type":"message","content":[)"
            R"({"type":"output_text","text":")" +
                std::string(bytes, 'x') + R"("}]}]})"
        );
    };
    const auto request = post("/v1/responses", R"({"model":"gpt-test","input":"a","stream":true})");
    const auto held = [&] { return metric(R"(aihub_held_bytes{of="replies"})"); };
    upstream.enqueue(Reply(reply_of(6 * kMiB)));
    auto idle = connect(4096);
    ASSERT_TRUE(idle.send(request));
    ASSERT_TRUE(idle.read_until("response.created"));
    EXPECT_GE(held(), 6 * 6 * kMiB) << "the reply and its events";
    EXPECT_LE(held(), 40 * kMiB);
    upstream.enqueue(Reply(reply_of(kMiB)));
    const auto full = call(request);
    EXPECT_EQ(full.status(), 503);
    EXPECT_THAT(full.body, HasSubstr("limits.reply_memory_max"));
    idle.close();
    EXPECT_TRUE(eventually([&] { return held() == 0; }));
    upstream.enqueue(Reply(reply_of(7 * kMiB)));
    const auto large = call(request);
    EXPECT_EQ(large.status(), 502);
    EXPECT_THAT(large.body, HasSubstr("limits.reply_bytes_max"));
    upstream.enqueue(Reply(reply_of(kMiB)));
    EXPECT_EQ(call(request).status(), 200);
}

TEST_F(LargeReplies, WhatAClientDoesNotTakeCountsUntilItLeaves) {
    start("loops: 1\nlimits: { reply_memory_max: 20MiB, reply_buffer_bytes: 64MiB }\n");
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(http_reply(200, chat_answer(std::string(16 * kMiB, 'a'))));
    });
    auto idle = connect(4096);
    ASSERT_TRUE(idle.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    ASSERT_TRUE(eventually([&] { return metric("aihub_provider_in_flight") == 0; }));
    EXPECT_GT(metric(R"(aihub_held_bytes{of="replies"})"), 16 * kMiB);
    EXPECT_EQ(chat(chat_body()).status(), 503);
    idle.close();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 200; }));
    EXPECT_TRUE(eventually([&] { return metric(R"(aihub_held_bytes{of="replies"})") == 0; }));
    EXPECT_EQ(metric(R"(aihub_held_bytes{of="requests"})"), 0);
}

TEST_F(LargeReplies, WithoutRoomJsonGoesOutAsItComes) {
    start("loops: 1\nlimits: { reply_memory_max: 100KiB }\n");
    const auto body = image_answer(3 * kMiB);  // less than limits.reply_buffer_bytes
    upstream.enqueue(Reply(chunked_reply(body)));
    const auto reply = image();
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.body == body);
    EXPECT_GT(reply.chunks.size(), 1U);
}

TEST_F(LargeReplies, WhatWasHeldBeforeItPassesCountsUntilTheClientHasIt) {
    constexpr std::int64_t kLimit = 40 * kMiB;
    start("loops: 1\nlimits: { reply_memory_max: 40MiB, reply_buffer_bytes: 16MiB }\n");
    const auto held = [&] { return metric(R"(aihub_held_bytes{of="replies"})"); };
    upstream.enqueue(Reply(http_reply(200, image_answer(kMiB))));
    EXPECT_EQ(image().status(), 200);
    const auto before = resident_bytes(server->pid());
    const auto body = image_answer(20 * kMiB);
    upstream.set_handler([&](const UpstreamRequest&) { return Reply(chunked_reply(body)); });
    // Two are held as far as they may, the third takes the rest of the room, the others find none.
    std::vector<RawClient> clients;
    for (std::int64_t number = 1; number <= 6; ++number) {
        auto& client = clients.emplace_back(connect(4096));
        ASSERT_TRUE(client.send(post(kImages, kImageRequest)));
        ASSERT_TRUE(client.read_until("b64_json")) << "it passes";
        EXPECT_GE(held(), std::min<std::int64_t>(number * 16 * kMiB, kLimit - 2 * kMiB));
        EXPECT_LE(held(), kLimit);
    }
    EXPECT_LT(resident_bytes(server->pid()) - before, growth(kLimit + 24 * kMiB));
    while (clients.size() > 1) {
        clients.pop_back();
    }
    EXPECT_TRUE(eventually([&] { return held() < 20 * kMiB; }));
    const auto reply = clients[0].reply(Milliseconds{60000});
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete);
    EXPECT_TRUE(reply->body == body);
    EXPECT_TRUE(eventually([&] { return held() == 0; }));
}

TEST_F(LargeReplies, WhatIsHeldIsNoStreamForItsLimit) {
    start("loops: 1\nlimits: { stream_bytes_max: 1MiB }\n");
    const auto body = image_answer(2 * kMiB);  // less than limits.reply_buffer_bytes
    for (const bool chunked : {false, true}) {
        upstream.enqueue(Reply(chunked ? chunked_reply(body) : http_reply(200, body)));
        EXPECT_TRUE(image().body == body) << chunked;
    }
}

TEST_F(LargeReplies, LargeJsonPassesUnchangedWithItsLengthAndUsage) {
    start_passing();
    const auto body = image_answer(kMiB);
    for (const bool chunked : {false, true}) {
        upstream.enqueue(Reply(chunked ? chunked_reply(body) : http_reply(200, body, "application/json", "ETag: x\r\n"))
        );
        const auto reply = image();
        EXPECT_EQ(reply.status(), 200);
        EXPECT_TRUE(reply.complete);
        EXPECT_TRUE(reply.body == body);
        EXPECT_EQ(reply.headers.get("content-type"), "application/json");
        EXPECT_EQ(reply.headers.get("content-length"), chunked ? "" : std::to_string(body.size()));
        EXPECT_EQ(reply.headers.get("etag"), chunked ? "" : "x");
    }
    EXPECT_EQ(upstream.connections(), 1U) << "the connection served again";
    for (const auto& row : usage_rows(2)) {
        EXPECT_EQ(row.at("outcome"), "completed");
        EXPECT_EQ(row.at("input_tokens"), "11");
        EXPECT_EQ(row.at("output_tokens"), "4160");
        EXPECT_EQ(row.at("bytes_out"), std::to_string(body.size()));
    }
}

TEST_F(LargeReplies, ChatsAndEmbeddingsPassToo) {
    start_passing();
    const auto answer = chat_answer(std::string(kMiB, 'a'));
    upstream.enqueue(Reply(http_reply(200, answer)));
    const auto reply = chat(chat_body());
    EXPECT_TRUE(reply.body == answer);
    EXPECT_EQ(reply.headers.get("content-type"), "application/json");
    std::string vectors = R"({"object":"list","data":[)";
    for (int vector = 0; vector < 2000; ++vector) {
        vectors += R"({"object":"embedding","index":)" + std::to_string(vector) + R"(,"embedding":[0.25,-1e-3,)" +
                   std::string(100, '1') + "]},";
    }
    vectors.back() = ']';
    vectors += R"(,"model":"embed-2","usage":{"prompt_tokens":5,"total_tokens":5}})";
    upstream.enqueue(Reply(chunked_reply(vectors)));
    const auto embedded = call(post("/v1/embeddings", R"({"model":"embed-test","input":"a"})"));
    EXPECT_TRUE(embedded.body == vectors);
    const auto rows = usage_rows(2);
    EXPECT_EQ(rows[0].at("output_tokens"), "7");
    EXPECT_EQ(rows[1].at("input_tokens"), "5");
}

TEST_F(LargeReplies, ACutOrWrongAnswerNeverLooksComplete) {
    start_passing();
    const auto body = image_answer(kMiB);
    const auto counted = http_reply(200, body);
    const auto wrong = http_reply(200, std::string(body).replace(body.size() - 1, 1, "]"));
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    Reply replies[] = {
        Reply(counted.substr(0, counted.size() - 1)).close(),
        Reply(counted.substr(0, counted.size() / 2)).reset(),
        Reply(head + chunk(body)).close(),
        Reply(head + chunk(body.substr(0, body.size() - 1)) + "0\r\n\r\n"),
        Reply(head + chunk(body) + "zz\r\n").hold(),
        Reply(wrong),
    };
    std::size_t calls = 0;
    for (const auto& reply : replies) {
        upstream.enqueue(reply);
        const auto answer = image();
        EXPECT_EQ(answer.status(), 200);
        EXPECT_FALSE(answer.complete) << calls;
        EXPECT_TRUE(body.starts_with(answer.body.substr(0, body.size() - 1))) << calls;
        ++calls;
    }
    for (const auto& row : usage_rows(calls)) {
        EXPECT_EQ(row.at("outcome"), "upstream_error");
        EXPECT_EQ(row.at("status"), "200");
    }
    EXPECT_EQ(upstream.requests().size(), calls) << "nobody was asked twice";
}

TEST_F(LargeReplies, ForHttp10OnlyCountedAnswersPass) {
    start_passing();
    const auto body = image_answer(kMiB);
    for (const bool chunked : {false, true}) {
        upstream.enqueue(Reply(chunked ? chunked_reply(body) : http_reply(200, body)));
        auto request = post(kImages, kImageRequest);
        request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
        const auto reply = call(request);
        EXPECT_EQ(reply.status(), 200);
        EXPECT_TRUE(reply.body == body);
        EXPECT_EQ(reply.headers.get("content-length"), std::to_string(body.size()));
    }
}

TEST_F(LargeReplies, WhatIsNoJsonFromTheStartIsACleanError) {
    start_passing();
    for (const auto& bytes : {chunked_reply(std::string(kMiB, 'x')), http_reply(200, std::string(kMiB, '['))}) {
        upstream.enqueue(Reply(bytes));
        EXPECT_EQ(image().status(), 502);
    }
}

TEST_F(LargeReplies, WhatPassesHasALimitToo) {
    start_passing(", stream_bytes_max: 1MiB");
    const auto frame = image_answer(0).size();
    upstream.enqueue(Reply(http_reply(200, image_answer(kMiB - frame))));
    EXPECT_EQ(image().body.size(), kMiB);
    upstream.enqueue(Reply(http_reply(200, image_answer(kMiB - frame + 1))));
    const auto over = image();
    EXPECT_EQ(over.status(), 502) << "the length tells before anything was sent";
    EXPECT_THAT(over.body, HasSubstr("limits.stream_bytes_max"));
    upstream.enqueue(Reply(chunked_reply(image_answer(10 * kMiB))));
    const auto cut = image();
    EXPECT_EQ(cut.status(), 200);
    EXPECT_FALSE(cut.complete);
    EXPECT_LE(cut.body.size(), kMiB);
}

TEST_F(LargeReplies, AClientThatTakesItsTimeSlowsTheProvider) {
    start_passing();
    upstream.enqueue(Reply(http_reply(200, image_answer(64 * kMiB))));
    auto slow = connect(4096);
    ASSERT_TRUE(slow.send(post(kImages, kImageRequest)));
    ASSERT_TRUE(slow.read_until("b64_json"));
    EXPECT_LT(upstream.sent(0), 40 * kMiB) << "more than the sockets hold";
    // What nobody takes is read for what it used.
    slow.close();
    const auto row = usage_rows(1)[0];
    EXPECT_EQ(row.at("outcome"), "client_closed");
    EXPECT_EQ(row.at("output_tokens"), "4160");
}

TEST_F(LargeReplies, UsageIsBookedThoughTheClientLeavesBeforeTheEnd) {
    start_passing();
    const auto body = image_answer(kMiB);
    const auto reply = http_reply(200, body);
    constexpr std::size_t kLast = 100;
    const auto rest = make_signal();
    upstream.enqueue(Reply(reply.substr(0, reply.size() - kLast)).wait(rest).send(reply.substr(reply.size() - kLast)));
    auto client = connect();
    ASSERT_TRUE(client.send(post(kImages, kImageRequest)));
    ASSERT_TRUE(client.read_until(body.substr(body.size() - kLast - 50, 50)));
    client.reset();
    rest->set();
    const auto row = usage_rows(1)[0];
    EXPECT_EQ(row.at("outcome"), "client_closed");
    EXPECT_EQ(row.at("status"), "499");
    EXPECT_EQ(row.at("input_tokens"), "11");
    EXPECT_EQ(row.at("output_tokens"), "4160");
    upstream.enqueue(Reply(http_reply(200, image_answer(1))));
    EXPECT_EQ(image().status(), 200);
    EXPECT_EQ(upstream.connections(), 1U) << "the connection served again";
}

TEST_F(LargeReplies, WhatIsReadForNobodyEndsWithTheProcess) {
    start("loops: 1\nshutdown_grace: 200ms\ntimeouts: { idle: 5m }\nlimits: { reply_buffer_bytes: 64KiB }\n");
    const auto reply = http_reply(200, image_answer(kMiB));
    upstream.enqueue(Reply(reply.substr(0, reply.size() - 1)).hold());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kImages, kImageRequest)));
    ASSERT_TRUE(client.read_until("b64_json"));
    client.reset();
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0);
}

TEST_F(LargeReplies, WhatIsReadForNobodyHasLimits) {
    start(
        "loops: 1\nstorage: { usage_flush_interval: 10ms }\ntimeouts: { idle: 2s }\n"
        "limits: { reply_buffer_bytes: 64KiB, stream_bytes_max: 8MiB }\n"
    );
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto begin = head + chunk(image_answer(kMiB).substr(0, kMiB));
    std::size_t calls = 0;
    for (const bool endless : {false, true}) {
        const auto go_on = make_signal();
        auto reply = Reply(begin).wait(go_on);
        upstream.enqueue(endless ? reply.flood(chunk(std::string(65536, 'A')), 1000000) : reply.hold());
        auto client = connect();
        ASSERT_TRUE(client.send(post(kImages, kImageRequest)));
        ASSERT_TRUE(client.read_until("b64_json"));
        client.close();
        go_on->set();
        EXPECT_NE(upstream.wait_for_close(calls), PeerEnd::none);
        ++calls;
        EXPECT_EQ(usage_rows(calls)[calls - 1].at("outcome"), "client_closed");
    }
}

// Row X11 of the field cases.
TEST_F(LargeReplies, AHundredMegabytesInBoundedMemory) {
    constexpr std::size_t kBytes = 100UL * 1000 * 1000;
    constexpr Milliseconds kLong{120000};  // of a busy machine
    start("loops: 1\nstorage: { usage_flush_interval: 10ms }\n");
    const auto ask = [&](const std::string& bytes) {
        upstream.enqueue(Reply(bytes));
        auto client = connect();
        EXPECT_TRUE(client.send(post(kImages, kImageRequest)));
        return client.reply(kLong).value_or(Message{});
    };
    EXPECT_EQ(ask(http_reply(200, image_answer(kMiB))).status(), 200);
    const auto before = resident_bytes(server->pid());
    const auto body = image_answer(kBytes);
    std::int64_t most = 0;
    for (const bool chunked : {false, true}) {
        const auto reply = ask(chunked ? chunked_reply(body) : http_reply(200, body));
        EXPECT_EQ(reply.status(), 200);
        EXPECT_TRUE(reply.complete);
        EXPECT_TRUE(reply.body == body);
        most = std::max(most, peak_bytes(server->pid()) - before);
    }
    std::cout << "X11: a reply of 100 MB cost " << most / 1024 << " KiB\n";
    EXPECT_LT(most, growth(24 << 20));  // A quarter of it.
    const auto rows = usage_rows(3);
    for (const std::size_t call : {1U, 2U}) {
        EXPECT_EQ(rows[call].at("output_tokens"), "4160");
        EXPECT_EQ(rows[call].at("bytes_out"), std::to_string(body.size()));
    }
}

// The same row, the other way: JSON is held whole, and what it needed goes back.
TEST_F(LargeReplies, FiftyMegabytesOfJsonAreHeldAndGivenBack) {
    constexpr Milliseconds kLong{120000};
    constexpr std::int64_t kBytes = 50L * 1000 * 1000;
    start("loops: 1\n");
    const auto body =
        R"({"messages":[{"role":"user","content":")" + std::string(kBytes, 'A') + R"("}],"model":"fast"})";
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    EXPECT_EQ(chat(chat_body()).status(), 200);
    const auto before = resident_bytes(server->pid());
    for (int round = 0; round < 2; ++round) {
        auto client = connect();
        ASSERT_TRUE(client.send(post(kChat, body), kLong));
        EXPECT_EQ(client.reply(kLong).value_or(Message{}).status(), 200);
        EXPECT_EQ(upstream.last().message.body.size(), body.size() - 4 + 8) << "the model's name was replaced";
    }
    const auto most = peak_bytes(server->pid()) - before;
    std::cout << "X11: a request of 50 MB cost " << most / 1024 << " KiB\n";
    EXPECT_LT(most, growth(3 * kBytes));
    EXPECT_TRUE(eventually([&] { return resident_bytes(server->pid()) - before < growth(kBytes); }))
        << resident_bytes(server->pid()) - before;
}

}  // namespace
}  // namespace aihub::testing
