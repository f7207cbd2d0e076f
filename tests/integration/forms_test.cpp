// Bodies of type multipart/form-data: held when small, streamed on when large, refused with a reason.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <optional>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

const std::string kType = "Content-Type: multipart/form-data; boundary=b\r\n";

std::string field(std::string_view name, std::string_view value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) +
           "\r\n";
}

std::string file(std::string_view bytes) {
    return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + std::string(bytes) +
           "\r\n";
}

std::string bytes_of(std::size_t size) {
    constexpr std::size_t kBlock = 1000003;
    std::string bytes(std::min(size, kBlock), '\0');
    std::uint32_t state = 7;
    for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    bytes.reserve(size);
    while (bytes.size() < size) {
        bytes.append(bytes, 0, std::min(kBlock, size - bytes.size()));
    }
    return bytes;
}

class Forms : public Gateway {
protected:
    void start_sharing(std::string_view more = {}) {
        std::string text = config(more);
        const std::string mark = "models: [gpt-test, embed-test]";
        text.replace(text.find(mark), mark.size(), mark + ", shared_objects: true");
        start_with(text);
    }
    [[nodiscard]] std::string send(std::string_view path, std::string_view body, std::string_view extra = {}) const {
        return "POST " + std::string(path) + " HTTP/1.1\r\nHost: hub.test\r\n" + auth() + kType + std::string(extra) +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }
};

TEST_F(Forms, OnlyTheModelIsChanged) {
    start_sharing();
    upstream.enqueue(
        Reply(http_reply(200, R"({"text":"hi","usage":{"type":"tokens","input_tokens":4,"output_tokens":2}})"))
    );
    const std::string audio = bytes_of(3000);
    const auto reply = call(
        send("/v1/audio/transcriptions", file(audio) + field("model", "fast") + field("language", "en") + "--b--\r\n")
    );
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, R"({"text":"hi","usage":{"type":"tokens","input_tokens":4,"output_tokens":2}})");
    const auto request = upstream.last().message;
    EXPECT_EQ(request.target(), "/v1/audio/transcriptions");
    EXPECT_EQ(request.headers.get("content-type"), "multipart/form-data; boundary=b");
    EXPECT_TRUE(request.body == file(audio) + field("model", "gpt-test") + field("language", "en") + "--b--\r\n");
    auto row = usage_rows(1)[0];
    EXPECT_EQ(row["operation"], "audio_transcriptions");
    EXPECT_EQ(row["output_tokens"], "2");
}

TEST_F(Forms, UsageMayBeTime) {
    start_sharing();
    const std::string whole = R"({"text":"hi","usage":{"type":"duration","seconds":61.5}})";
    const std::string done = R"({"type":"transcript.text.done","text":"h","usage":{"type":"duration","seconds":7}})";
    upstream.enqueue(Reply(http_reply(200, whole)));
    upstream.enqueue(Reply(stream_head() + event_chunk(done) + chunk("")));
    const auto form = field("model", "fast") + file("x") + "--b--\r\n";
    EXPECT_EQ(call(send("/v1/audio/transcriptions", form)).body, whole);
    EXPECT_THAT(call(send("/v1/audio/transcriptions", field("stream", "true") + form)).body, HasSubstr(done));
    auto rows = usage_rows(2);
    EXPECT_EQ(rows[0]["audio_ms"], "61500");
    EXPECT_EQ(rows[1]["audio_ms"], "7000");
    EXPECT_EQ(rows[0].count("input_tokens"), 0U);
}

TEST_F(Forms, RepliesMayBeTextOrEvents) {
    start_sharing();
    upstream.enqueue(Reply(http_reply(200, "1\n00:00 --> 00:01\nhi\n", "text/plain")));
    const auto text = call(send("/v1/audio/translations", file("x") + field("model", "fast") + "--b--\r\n"));
    EXPECT_EQ(text.body, "1\n00:00 --> 00:01\nhi\n");
    EXPECT_EQ(text.headers.get("content-type"), "text/plain");
    const std::string delta = R"({"type":"transcript.text.delta","delta":"h"})";
    const std::string done =
        R"({"type":"transcript.text.done","text":"h","usage":{"input_tokens":1,"output_tokens":2}})";
    upstream.enqueue(Reply(stream_head() + event_chunk(delta) + event_chunk(done) + chunk("")));
    const auto events = call(
        send("/v1/audio/transcriptions", field("model", "fast") + field("stream", "true") + file("x") + "--b--\r\n")
    );
    EXPECT_THAT(event_data(events.body), ::testing::ElementsAre(delta, done));
    EXPECT_TRUE(events.complete);
}

TEST_F(Forms, ImageEditsTakeJsonToo) {
    start_sharing();
    upstream.enqueue(Reply(http_reply(200, R"({"data":[]})")));
    EXPECT_EQ(call(post("/v1/images/edits", R"({"model":"fast","prompt":"x"})")).status(), 200);
    upstream.enqueue(Reply(http_reply(200, R"({"data":[]})")));
    EXPECT_EQ(call(send("/v1/images/edits", field("prompt", "x") + file("y") + "--b--\r\n")).status(), 200);
    upstream.enqueue(Reply(http_reply(200, R"({"data":[]})")));
    EXPECT_EQ(call(send("/v1/images/variations", file("y") + "--b--\r\n")).status(), 200);
}

TEST_F(Forms, WhatCannotBeReadIsRefused) {
    start_sharing();
    const auto refused = [&](const std::string& body, int status, std::string_view words) {
        const auto reply = call(send("/v1/audio/transcriptions", body));
        EXPECT_EQ(reply.status(), status) << body;
        EXPECT_THAT(error_field(reply, "message"), HasSubstr(words));
    };
    refused(file("x") + "--b--\r\n", 400, "model");
    refused(field("model", "a") + field("model", "b") + "--b--\r\n", 400, "twice");
    refused(field("model", "fast"), 400, "last boundary");
    refused(field("model", "fast") + field("stream", "yes") + "--b--\r\n", 400, "stream");
    refused("x", 400, "boundary");
    EXPECT_EQ(call(post("/v1/audio/transcriptions", "{}")).status(), 415);
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Forms, PartsAtTheLimitAndOver) {
    start_sharing("limits: { multipart_parts_max: 3 }\n");
    for (const int parts : {3, 4, 30}) {
        std::string body = field("model", "fast");
        for (int i = 1; i < parts; ++i) {
            body += field("p" + std::to_string(i), "x");
        }
        if (parts == 3) {
            upstream.enqueue(Reply(http_reply(200, R"({"text":""})")));
        }
        EXPECT_EQ(call(send("/v1/audio/transcriptions", body + "--b--\r\n")).status(), parts == 3 ? 200 : 400) << parts;
    }
}

TEST_F(Forms, BodiesAtTheLimitAndOver) {
    start_sharing("limits: { body_bytes_max: 100KiB, json_bytes_max: 2KiB, body_buffer_bytes: 4KiB }\n");
    const std::string frame = field("model", "fast") + file("") + "--b--\r\n";
    for (const std::size_t size : {102400U, 102401U, 1024000U}) {
        if (size == 102400) {
            upstream.enqueue(Reply(http_reply(200, R"({"text":""})")));
        }
        const auto body = field("model", "fast") + file(std::string(size - frame.size(), 'x')) + "--b--\r\n";
        EXPECT_EQ(call(send("/v1/audio/transcriptions", body)).status(), size == 102400 ? 200 : 413) << size;
    }
}

TEST_F(Forms, JsonAtItsLimitAndOver) {
    start_sharing("limits: { json_bytes_max: 2KiB }\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"results":[]})")); });
    const auto body_of = [](std::size_t size) {
        const std::string frame = R"({"input":""})";
        return R"({"input":")" + std::string(size - frame.size(), 'x') + "\"}";
    };
    for (const std::size_t size : {2048U, 2049U, 20480U}) {
        const auto reply = call(post("/v1/moderations", body_of(size)));
        EXPECT_EQ(reply.status(), size == 2048 ? 200 : 413) << size;
        EXPECT_THAT(
            size == 2048 ? "limits.json_bytes_max" : error_field(reply, "message"), HasSubstr("limits.json_bytes_max")
        );
    }
}

TEST_F(Forms, AStreamedOneInChunksAtTheLimitAndOver) {
    start_sharing("limits: { body_bytes_max: 20KiB, body_buffer_bytes: 4KiB }\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"text":""})")); });
    const std::string frame = field("model", "fast") + file("") + "--b--\r\n";
    for (const std::size_t size : {20480U, 20481U, 204800U}) {
        const auto body = field("model", "fast") + file(std::string(size - frame.size(), 'x')) + "--b--\r\n";
        std::string request = "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\n" + auth() + kType +
                              "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 3000) {
            request += chunk(std::string_view(body).substr(at, 3000));
        }
        auto client = connect();
        // One that is refused may not be taken whole.
        const bool sent = client.send(request + chunk(""));
        EXPECT_TRUE(sent || size > 20480) << size;
        const auto reply = client.reply();
        ASSERT_TRUE(reply) << size;
        EXPECT_EQ(reply->status(), size == 20480 ? 200 : 413) << size;
    }
    EXPECT_EQ(upstream.requests().size(), 1U) << "no provider got a whole one that is too large";
}

TEST_F(Forms, OneOverTheBufferIsStreamedOn) {
    start_sharing("limits: { body_buffer_bytes: 4KiB }\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"text":""})")); });
    const std::string frame = field("model", "fast") + file("") + "--b--\r\n";
    const auto body = field("model", "fast") + file(std::string(4098 - frame.size(), 'x')) + "--b--\r\n";
    const auto request = send("/v1/audio/transcriptions", body);
    auto client = connect();
    ASSERT_TRUE(client.send(std::string_view(request).substr(0, request.size() - 1)));
    ASSERT_TRUE(upstream.wait_for_connections(1)) << "the provider is asked before the last byte has come";
    ASSERT_TRUE(client.send(std::string_view(request).substr(request.size() - 1)));
    EXPECT_EQ(client.reply()->status(), 200);
}

TEST_F(Forms, ALargeOneIsStreamedOnWithItsLengthOrInChunks) {
    start_sharing("limits: { body_buffer_bytes: 64KiB }\n");
    const std::string audio = bytes_of(5UL * 1024 * 1024);
    const std::string body = field("model", "fast") + file(audio) + "--b--\r\n";
    const std::string expected = field("model", "gpt-test") + file(audio) + "--b--\r\n";
    upstream.enqueue(Reply(http_reply(200, R"({"text":"one"})")));
    auto client = connect();
    ASSERT_TRUE(client.send(send("/v1/audio/transcriptions", body)));
    auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
    EXPECT_TRUE(upstream.last().message.body == expected);
    EXPECT_EQ(upstream.last().message.headers.get("content-length"), std::to_string(expected.size()));

    upstream.enqueue(Reply(http_reply(200, R"({"text":"two"})")));
    std::string chunked =
        "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\n" + auth() + kType + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 100000) {
        chunked += chunk(std::string_view(body).substr(at, 100000));
    }
    ASSERT_TRUE(client.send(chunked + chunk(""))) << "the connection did not go on";
    reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, R"({"text":"two"})");
    EXPECT_TRUE(upstream.last().message.body == expected);
    EXPECT_EQ(upstream.last().message.headers.get("transfer-encoding"), "chunked");
    EXPECT_EQ(usage_rows(2)[0]["bytes_in"], std::to_string(body.size()));
}

TEST_F(Forms, AFileBeforeItsModelIsHeldUpToALimit) {
    start_sharing("limits: { body_buffer_bytes: 4KiB, form_buffer_bytes_max: 20KiB }\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"text":""})")); });
    const std::string model = field("model", "fast");
    // The boundary behind the model ends at the limit, one behind it, and far behind it.
    for (const std::size_t size : {20480U, 20481U, 204800U}) {
        const auto before = file(std::string(size - file("").size() - model.size() - 3, 'x'));
        const auto body = before + model + "--b--\r\n";
        const auto reply = call(send("/v1/audio/transcriptions", body));
        EXPECT_EQ(reply.status(), size == 20480 ? 200 : 413) << size;
        EXPECT_THAT(size == 20480 ? "x-aihub-model" : error_field(reply, "message"), HasSubstr("x-aihub-model"));
        EXPECT_EQ(call(send("/v1/audio/transcriptions", body, "x-aihub-model: fast\r\n")).status(), 200) << size;
    }
}

TEST_F(Forms, AStreamedOneSaysNothingElseThanItsBeginning) {
    start_sharing("limits: { body_buffer_bytes: 4KiB }\n");
    const std::string begin = field("model", "fast") + file(bytes_of(300000));
    const auto refused = [&](const std::string& body, std::string_view extra, std::string_view words) {
        const auto reply = call(send("/v1/audio/transcriptions", body, extra));
        EXPECT_EQ(reply.status(), 400);
        EXPECT_THAT(error_field(reply, "message"), HasSubstr(words));
    };
    refused(begin + field("model", "gpt-other") + "--b--\r\n", "", "twice");
    refused(begin, "", "last boundary");
    refused(
        file(bytes_of(300000)) + field("model", "gpt-other") + "--b--\r\n",
        "x-aihub-model: fast\r\n",
        "x-aihub-model names"
    );
    EXPECT_EQ(upstream.requests().size(), 0U) << "no provider got a whole one";
    const std::string delta = R"({"type":"transcript.text.delta","delta":"h"})";
    const std::string done = R"({"type":"transcript.text.done","text":"h"})";
    upstream.enqueue(Reply(stream_head() + event_chunk(delta) + event_chunk(done) + chunk("")));
    const auto late = call(send("/v1/audio/transcriptions", begin + field("stream", "true") + "--b--\r\n"));
    EXPECT_THAT(event_data(late.body), ::testing::ElementsAre(delta, done)) << "a stream asked for late";
}

TEST_F(Forms, BodiesOnTheirWayShareAMemory) {
    start_sharing("limits: { body_buffer_bytes: 64KiB, body_memory_max: 320KiB }\n");
    const std::string body = field("model", "fast") + file(bytes_of(500000)) + "--b--\r\n";
    const auto request = send("/v1/audio/transcriptions", body);
    auto first = connect();
    ASSERT_TRUE(first.send(std::string_view(request).substr(0, request.size() - 1000)));
    ASSERT_TRUE(upstream.wait_for_connections(1));
    const auto refused = call(request);
    EXPECT_EQ(refused.status(), 503);
    EXPECT_EQ(error_field(refused, "code"), "overloaded");
    EXPECT_NE(refused.headers.get("retry-after"), "");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"text":"x"})")); });
    ASSERT_TRUE(first.send(std::string_view(request).substr(request.size() - 1000)));
    EXPECT_EQ(first.reply()->status(), 200);
    // It is given back, shortly after the answer.
    EXPECT_TRUE(eventually([&] { return call(request).status() == 200; }));
}

// A route `fast` over `up` and a second provider.
TEST_F(Forms, AFormWhosePartWasSentOnHasOneAttempt) {
    RawUpstream second;
    second.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, R"({"text":"second"})")); });
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(503, R"({"error":{"message":"no"}})")); }
    );
    const auto serve = [&](std::uint16_t first_port) {
        std::string text = "listen: 127.0.0.1:0\nproviders:\n";
        for (const auto& [name, port] : {std::pair("one", first_port), std::pair("two", second.port())}) {
            text += "  " + std::string(name) +
                    ": { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" + std::to_string(port) +
                    "/v1\", api_key: k }\n";
        }
        start_with(
            text +
            "models: { fast: { candidates: [one/gpt-test, two/gpt-test] } }\nlimits: { body_buffer_bytes: 4KiB }\n"
        );
    };
    serve(upstream.port());
    const auto small = field("model", "fast") + file(bytes_of(1000)) + "--b--\r\n";
    const auto large = field("model", "fast") + file(bytes_of(300000)) + "--b--\r\n";
    EXPECT_EQ(call(send("/v1/audio/transcriptions", small)).status(), 200) << "held, so it goes to the second one";
    EXPECT_EQ(second.requests().size(), 1U);
    EXPECT_EQ(call(send("/v1/audio/transcriptions", large)).status(), 503);
    EXPECT_EQ(upstream.requests().size(), 2U);
    EXPECT_EQ(second.requests().size(), 1U) << "the bytes are gone";
    EXPECT_EQ(usage_rows(2)[1]["attempts"], "1");

    const auto nobody = local_port(listen_local());
    serve(nobody);
    EXPECT_EQ(call(send("/v1/audio/transcriptions", large)).status(), 200) << "nothing was sent to the first one";
    EXPECT_TRUE(second.last().message.body == field("model", "gpt-test") + file(bytes_of(300000)) + "--b--\r\n");
}

// A provider that answers when the test says so, whatever it has got by then.
class EarlyAnswers : public Forms {
protected:
    EarlyAnswers() : listener(listen_local()) {
        text = config("limits: { body_buffer_bytes: 4KiB }\n");
        const auto port = std::to_string(upstream.port());
        text.replace(text.find(port), port.size(), std::to_string(local_port(listener)));
    }
    void SetUp() override { start_with(text); }
    // Sends the first 100000 bytes of `request` and waits for the provider's connection.
    void begin(std::string_view request) {
        client.emplace(connect());
        ASSERT_TRUE(client->send(request.substr(0, 100000)));
        pollfd waiting{listener.get(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, static_cast<int>(kPatience.count())), 1);
        provider = Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    // The first outage opens the breaker, the first late answer keeps calls from its model.
    void start_strict(std::string_view more) {
        std::string strict = text + std::string(more);
        for (const std::string_view name : {"{ failures_max: ", "first_byte_timeouts_max: "}) {
            strict.replace(strict.find(name) + name.size(), 1, "1");
        }
        start_with(strict);
    }
    [[nodiscard]] bool model_cools_down() const { return metric("aihub_model_cooldowns_total{provider=\"up\"}") > 0; }
    [[nodiscard]] double breaker() const { return metric("aihub_breaker_state{provider=\"up\"}"); }
    void answer(std::string_view bytes) {
        const auto sent = ::send(provider.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        ASSERT_EQ(sent, static_cast<ssize_t>(bytes.size()));
    }

    Descriptor listener;
    std::string text;
    std::optional<RawClient> client;
    Descriptor provider;
};

TEST_F(EarlyAnswers, ARefusalIsHeard) {
    begin(send("/v1/audio/transcriptions", field("model", "fast") + file(bytes_of(300000)) + "--b--\r\n"));
    answer(http_reply(413, R"({"error":{"message":"too long","type":"invalid_request_error"}})"));
    const auto reply = client->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 413);
    EXPECT_EQ(reply->headers.get("connection"), "close") << "the rest of the body is not read";
    EXPECT_TRUE(client->wait_for_close());
}

TEST_F(EarlyAnswers, AClientThatIsSlowIsNoFaultOfItsProvider) {
    start_strict("timeouts: { total: 2s, body_idle: 20s }\n");
    begin(send("/v1/audio/transcriptions", field("model", "fast") + file(bytes_of(300000)) + "--b--\r\n"));
    const auto reply = client->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 408);
    EXPECT_EQ(usage_rows(1)[0]["outcome"], "refused");
    EXPECT_FALSE(model_cools_down());
    EXPECT_EQ(breaker(), 0);
}

TEST_F(EarlyAnswers, AProviderThatTakesNothingIsOutAndItsModelNotLate) {
    start_strict("timeouts: { write: 300ms }\n");
    const auto body = field("model", "fast") + file(bytes_of(24UL * 1024 * 1024)) + "--b--\r\n";  // no socket holds it
    const auto request = send("/v1/audio/transcriptions", body);
    begin(request);
    static_cast<void>(client->send(std::string_view(request).substr(100000)));  // Not all may be taken.
    EXPECT_TRUE(eventually([&] { return breaker() == 2; }));
    EXPECT_FALSE(model_cools_down());
}

TEST_F(EarlyAnswers, AProviderThatHasAllOfAFormAndSaysNothingIsLate) {
    start_strict("timeouts: { first_byte: 300ms }\n");
    const auto request =
        send("/v1/audio/transcriptions", field("model", "fast") + file(bytes_of(300000)) + "--b--\r\n");
    begin(request);
    ASSERT_TRUE(client->send(std::string_view(request).substr(100000)));
    EXPECT_EQ(client->reply()->status(), 504);
    EXPECT_TRUE(model_cools_down());
    EXPECT_EQ(breaker(), 0);
}

TEST_F(EarlyAnswers, AStreamThatBeganEndsWithWhatIsWrongWithTheForm) {
    const auto body = field("model", "fast") + file(bytes_of(300000)) + field("model", "slow") + "--b--\r\n";
    const auto request = send("/v1/audio/transcriptions", body);
    begin(request);
    answer(stream_head() + event_chunk(R"({"type":"transcript.text.delta","delta":"h"})"));
    ASSERT_TRUE(client->read_until("transcript.text.delta"));
    static_cast<void>(client->send(std::string_view(request).substr(100000)));  // Not all may be taken.
    const auto reply = client->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200) << "it had been said";
    EXPECT_THAT(reply->body, HasSubstr("stands twice in the form"));
    EXPECT_TRUE(client->wait_for_close());
}

TEST_F(Forms, AClientThatLeavesInTheMiddleEndsTheUpload) {
    start_sharing("limits: { body_buffer_bytes: 4KiB }\n");
    auto client = connect();
    const std::string body = field("model", "fast") + file(bytes_of(500000)) + "--b--\r\n";
    const auto request = send("/v1/audio/transcriptions", body);
    ASSERT_TRUE(client.send(request.substr(0, request.size() - 1000)));
    ASSERT_TRUE(upstream.wait_for_connections(1));
    client.close();
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_EQ(usage_rows(1)[0]["outcome"], "client_closed");
}

TEST_F(Forms, AClientThatStopsSendingIsTimedOut) {
    start_sharing("limits: { body_buffer_bytes: 4KiB }\ntimeouts: { body_idle: 200ms }\n");
    auto client = connect();
    const std::string body = field("model", "fast") + file(bytes_of(500000)) + "--b--\r\n";
    const auto request = send("/v1/audio/transcriptions", body);
    ASSERT_TRUE(client.send(request.substr(0, request.size() - 1000)));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 408);
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
}

// What 100 MB may cost, each way: well below what would be if a quarter of it were held.
TEST_F(Forms, AHundredMegabytesInBoundedMemory) {
    constexpr std::size_t kBytes = 100UL * 1000 * 1000;
    constexpr Milliseconds kLong{120000};  // of a busy machine
    start_sharing();
    const auto ask = [&](const std::string& request) {
        auto client = connect();
        EXPECT_TRUE(client.send(request, kLong));
        auto reply = client.reply(kLong);
        EXPECT_TRUE(reply);
        return reply.value_or(Message{});
    };
    upstream.enqueue(Reply(http_reply(200, R"({"id":"file-1"})")));
    EXPECT_EQ(ask(send("/v1/files", field("purpose", "batch") + file("warm") + "--b--\r\n")).status(), 200);
    const auto process = server->child().pid();
    const auto before = resident_bytes(process);
    ASSERT_GT(before, 0);
    const std::string large = bytes_of(kBytes);
    for (const bool looked_at : {false, true}) {  // the rest of a form that names a model is
        const auto end = file(large) + "--b--\r\n";
        upstream.enqueue(Reply(http_reply(200, looked_at ? R"({"text":"a"})" : R"({"id":"file-2"})")));
        const auto reply = looked_at ? ask(send("/v1/audio/transcriptions", field("model", "fast") + end))
                                     : ask(send("/v1/files", field("purpose", "batch") + end));
        EXPECT_EQ(reply.status(), 200);
        const auto expected = looked_at ? field("model", "gpt-test") : field("purpose", "batch");
        EXPECT_TRUE(upstream.last().message.body == expected + end);
    }
    const auto uploaded = peak_bytes(process) - before;
    EXPECT_LT(uploaded, growth(16 << 20));

    upstream.enqueue(Reply(http_reply(200, large, "application/octet-stream")));
    const auto reply = ask("GET /v1/files/file-2/content HTTP/1.1\r\nHost: hub.test\r\n" + auth() + "\r\n");
    EXPECT_TRUE(reply.body == large);
    const auto both = peak_bytes(process) - before;
    EXPECT_LT(both, growth(16 << 20));
    std::cout << "100 MB up cost " << uploaded / 1024 << " KiB, up and down " << both / 1024 << " KiB\n";
}

}  // namespace
}  // namespace aihub::testing
