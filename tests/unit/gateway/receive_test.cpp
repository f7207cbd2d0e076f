#include "gateway/receive.hpp"

#include "support/gzip.hpp"
#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using ::testing::Not;
using testing::RawUpstream;
using testing::Reply;
using ::testing::StartsWith;

class Receive : public testing::WorkerTest {
protected:
    Receive() {
        add_codec("acme", upstream.port(), {"large"});
        upstream.set_handler([](const testing::UpstreamRequest& request) {
            return Reply(http_reply(200, "echo:" + request.message.body));
        });
    }
    [[nodiscard]] std::string chat_head(std::string_view lines) const {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + auth() + std::string(lines) + "\r\n";
    }
    // The status, and that the connection was closed behind it.
    int refused(testing::RawClient& client) {
        const auto reply = client.reply();
        EXPECT_TRUE(reply);
        EXPECT_TRUE(client.wait_for_close());
        EXPECT_EQ(client.received(), "");
        if (!reply) {
            return 0;
        }
        EXPECT_TRUE(reply->complete);
        EXPECT_EQ(reply->headers.get("connection"), "close");
        EXPECT_THAT(reply->body, HasSubstr(R"({"error":{"message":")"));
        return reply->status();
    }
    RawUpstream upstream;
};

TEST_F(Receive, a_body_by_length_in_any_pieces) {
    start();
    auto client = connect();
    const auto request = chat();
    std::vector<std::string> bytes;
    for (const char byte : request) {
        bytes.emplace_back(1, byte);
    }
    ASSERT_TRUE(client.send_segments(bytes));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(reply->body, "echo:" + body_of("large"));
}

TEST_F(Receive, a_body_in_chunks) {
    start();
    auto client = connect();
    const auto body = body_of("large");
    ASSERT_TRUE(client.send(chat_head("Transfer-Encoding: chunked\r\n")));
    ASSERT_TRUE(client.send(testing::chunk(body.substr(0, 5)) + testing::chunk(body.substr(5, 1))));
    ASSERT_TRUE(client.send(testing::chunk(body.substr(6)) + "0\r\n\r\n" + http_request("GET", "/healthz")));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "echo:" + body);
    const auto next = client.reply();  // what stood behind the last chunk
    ASSERT_TRUE(next);
    EXPECT_EQ(next->status(), 200);
}

TEST_F(Receive, pipelined_requests_are_answered_in_order) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(
        http_request("GET", "/healthz") + chat("large", R"(,"user":"1")") + http_request("GET", "/v1/models") +
        chat("large", R"(,"user":"2")") + http_request("GET", "/nowhere")
    ));
    EXPECT_EQ(client.reply()->status(), 200);
    EXPECT_EQ(client.reply()->body, "echo:" + body_of("large", R"(,"user":"1")"));
    EXPECT_EQ(client.reply()->status(), 401);
    EXPECT_EQ(client.reply()->body, "echo:" + body_of("large", R"(,"user":"2")"));
    EXPECT_EQ(client.reply()->status(), 404);
}

TEST_F(Receive, a_head_over_the_limit_is_431) {
    config.limits.header_bytes_max = 1000;
    start();
    auto client = connect();
    ASSERT_TRUE(client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(1100, 'x')));
    EXPECT_EQ(refused(client), 431);
}

TEST_F(Receive, what_is_not_understood_is_refused_in_the_shape_of_its_path) {
    config.limits.header_bytes_max = 1000;
    config.timeouts.header = 60ms;
    start();
    const auto told = [this](const std::string& bytes) {
        auto client = connect();
        EXPECT_TRUE(client.send(bytes));
        const auto reply = client.reply();
        EXPECT_TRUE(client.wait_for_close());
        return reply ? std::to_string(reply->status()) + " " + reply->body : std::string();
    };
    const std::string long_field = " HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(1100, 'x');
    const std::string bad_field = " HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n";
    const std::string good = " HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string messages = R"( {"type":"error","error":{"type":"invalid_request_error","message":")";
    EXPECT_THAT(told("POST /v1/messages" + long_field), StartsWith("431" + messages));
    EXPECT_THAT(told("POST /v1/messages" + bad_field), StartsWith("400" + messages));
    EXPECT_THAT(told("POST /v1/messages/%zz" + good), StartsWith("400" + messages));
    EXPECT_THAT(told("POST /v1/messages HTTP/1.1\r\nHo"), StartsWith(R"(408 {"type":"error",)"));
    EXPECT_THAT(told("POST /v1beta/models/g:countTokens" + long_field), StartsWith(R"(431 {"error":{"code":431,)"));
    EXPECT_THAT(told("POST /v1beta/models/%zz:countTokens" + good), HasSubstr(R"("status":"INVALID_ARGUMENT")"));
    EXPECT_THAT(told("POST /v1/chat/completions" + bad_field), StartsWith(R"(400 {"error":{"message":)"));
    // Nothing of one request is taken for the next.
    auto client = connect();
    ASSERT_TRUE(client.send(http_request("GET", "/v1beta/models") + "GET /%zz" + good));
    EXPECT_THAT(client.reply()->body, HasSubstr(R"("status":"UNAUTHENTICATED")"));
    EXPECT_THAT(client.reply()->body, StartsWith(R"({"error":{"message":)"));
}

TEST_F(Receive, a_body_over_the_limit_is_413_before_it_is_read) {
    config.limits.body_bytes_max = 100;
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat_head("Content-Length: 101\r\n")));
    EXPECT_EQ(refused(client), 413);
    auto fits = body_of("large");
    fits.append(100 - fits.size(), ' ');
    ASSERT_EQ(fits.size(), 100U);
    EXPECT_EQ(call(http_request("POST", "/v1/chat/completions", fits, auth())).status(), 200);
}

TEST_F(Receive, chunks_over_the_limit_are_413) {
    config.limits.body_bytes_max = 100;
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat_head("Transfer-Encoding: chunked\r\n") + testing::chunk(std::string(60, ' '))));
    ASSERT_TRUE(client.send(testing::chunk(std::string(60, ' '))));
    EXPECT_EQ(refused(client), 413);
}

TEST_F(Receive, a_head_that_does_not_come_in_time_is_408) {
    config.timeouts.header = 60ms;
    start();
    auto client = connect();
    ASSERT_TRUE(client.send("GET /healthz HTTP/1.1\r\nHo"));
    EXPECT_EQ(refused(client), 408);
}

TEST_F(Receive, a_body_that_does_not_come_in_time_is_408) {
    config.timeouts.body = 60ms;
    start();
    auto by_length = connect();
    ASSERT_TRUE(by_length.send(chat_head("Content-Length: 50\r\n") + "{"));
    EXPECT_EQ(refused(by_length), 408);
    auto by_chunks = connect();
    ASSERT_TRUE(by_chunks.send(chat_head("Transfer-Encoding: chunked\r\n") + testing::chunk("{")));
    EXPECT_EQ(refused(by_chunks), 408);
    EXPECT_EQ(rows(2).front().status, 408);
}

TEST_F(Receive, an_idle_connection_is_closed_without_a_word) {
    config.timeouts.keep_alive = 60ms;
    start();
    auto silent = connect();
    EXPECT_TRUE(silent.wait_for_close());
    EXPECT_EQ(silent.received(), "");
    auto client = connect();
    ASSERT_TRUE(client.send(http_request("GET", "/healthz")));
    EXPECT_EQ(client.reply()->status(), 200);
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_EQ(client.received(), "");
    EXPECT_FALSE(client.was_reset());
}

TEST_F(Receive, tells_a_client_that_waits_to_go_on) {
    start();
    auto client = connect();
    const auto body = body_of("large");
    const auto head = chat_head("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n");
    ASSERT_TRUE(client.send(head));
    ASSERT_TRUE(client.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
    ASSERT_TRUE(client.send(body));
    ASSERT_TRUE(client.read_until("echo:" + body));
    EXPECT_THAT(client.received(), HasSubstr("HTTP/1.1 200 OK\r\n"));

    auto hasty = connect();  // has sent the body already
    ASSERT_TRUE(hasty.send(head + body));
    EXPECT_EQ(hasty.reply()->status(), 200);
}

TEST_F(Receive, does_not_ask_for_a_body_that_it_will_not_take) {
    config.limits.body_bytes_max = 100;
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat_head("Expect: 100-continue\r\nContent-Length: 101\r\n")));
    EXPECT_EQ(refused(client), 413);
}

TEST_F(Receive, a_body_that_is_not_plain_json_is_refused_and_the_connection_goes_on) {
    start();
    auto client = connect();
    const auto status = [&](std::string_view lines, std::string_view body) {
        const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
        EXPECT_TRUE(client.send(chat_head(std::string(lines) + length) + std::string(body)));
        const auto reply = client.reply();
        return reply ? reply->status() : 0;
    };
    EXPECT_EQ(status("Content-Type: multipart/form-data; boundary=x\r\n", body_of("large")), 415);
    EXPECT_EQ(status("", "{\"model\":"), 400);
    EXPECT_EQ(status("", ""), 400);
    EXPECT_EQ(upstream.connections(), 0U);
    EXPECT_EQ(status("Content-Encoding: identity\r\n", body_of("large")), 200);
}

TEST_F(Receive, takes_a_packed_body_and_no_other_coding) {
    start();
    const auto sends = [&](const std::string& coding, const std::string& body) {
        auto client = connect();
        EXPECT_TRUE(client.send(
            chat_head("Content-Encoding: " + coding + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") +
            body
        ));
        return client.reply().value_or(testing::Message{}).status();
    };
    EXPECT_EQ(sends("gzip", testing::gzipped(body_of("large"))), 200);
    EXPECT_EQ(upstream.last().message.body.find("\"messages\":[]") != std::string::npos, true);
    EXPECT_EQ(sends("gzip", body_of("large")), 400);
    EXPECT_EQ(sends("br", body_of("large")), 415);
    EXPECT_EQ(upstream.requests().size(), 1U);
}

TEST_F(Receive, takes_the_clients_request_id_when_it_is_plain) {
    start();
    const auto id = [&](std::string_view sent) {
        return call(http_request("GET", "/healthz", {}, "X-Request-Id: " + std::string(sent) + "\r\n"))
            .headers.get("x-request-id");
    };
    EXPECT_EQ(id("abc-1_2.3"), "abc-1_2.3");
    EXPECT_EQ(id(std::string(128, 'x')), std::string(128, 'x'));
    EXPECT_THAT(id(std::string(129, 'x')), ::testing::StartsWith("req_"));
    EXPECT_THAT(id("a b"), ::testing::StartsWith("req_"));
    EXPECT_THAT(id("a\"b"), ::testing::StartsWith("req_"));
}

TEST_F(Receive, a_client_that_leaves_in_the_middle_gets_nothing_and_is_recorded) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat_head("Content-Length: 50\r\n") + "{"));
    client.half_close();
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_EQ(client.received(), "");
    const auto row = only_row();
    EXPECT_EQ(row.status, 499);
    EXPECT_EQ(row.outcome, model::Outcome::client_closed);
    EXPECT_EQ(upstream.connections(), 0U);
}

}  // namespace
}  // namespace aihub::gateway
