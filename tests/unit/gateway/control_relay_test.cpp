#include "gateway/control_relay.hpp"

#include "support/fake_control.hpp"
#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using ::testing::AllOf;
using testing::eventually;
using ::testing::HasSubstr;
using testing::http_request;
using ::testing::Not;
using testing::RawClient;
using ::testing::StartsWith;

std::string answer_with(const std::string& body, const std::string& more = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ControlRelay : public testing::WorkerTest {
protected:
    ControlRelay() : control(directory.file("control.sock")) {
        door.socket = control.path();
        door.prefixes = {"/v1/things"};
        door.requests_max = 2;
        door.body_bytes_max = 1000;
        door.timeout = std::chrono::milliseconds(10000);
    }
    void begin() {
        start();
        services->control = &door;
    }
    void TearDown() override {
        WorkerTest::TearDown();
        EXPECT_EQ(door.requests, 0U) << "a place was not given back";
    }
    [[nodiscard]] std::string get(const std::string& target, const std::string& more = {}) const {
        return http_request("GET", target, {}, auth() + more);
    }
    testing::FakeControl control;
    ControlDoor door;
};

TEST_F(ControlRelay, passes_a_request_on_and_its_answer_back) {
    begin();
    control.answer(answer_with("{\"a\":1}", "ETag: \"7\"\r\nSet-Cookie: x\r\nServer: y\r\nAllow: GET\r\n"));
    const auto reply = call(http_request(
        "PUT", "/v1/things/a?x=%20y&z", "{\"b\":2}", auth() + "If-Match: \"6\"\r\nContent-Type: application/json\r\n"
    ));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, "{\"a\":1}");
    EXPECT_EQ(reply.headers.get("content-type"), "application/json");
    EXPECT_EQ(reply.headers.get("etag"), "\"7\"");
    EXPECT_EQ(reply.headers.get("allow"), "GET");
    EXPECT_EQ(reply.headers.get("set-cookie"), "");
    EXPECT_EQ(reply.headers.get("server"), "");
    ASSERT_EQ(control.requests().size(), 1U);
    const auto seen = control.requests().front();
    EXPECT_THAT(seen, StartsWith("PUT /v1/things/a?x=%20y&z HTTP/1.1\r\n"));
    EXPECT_THAT(seen, AllOf(HasSubstr("if-match: \"6\"\r\n"), HasSubstr("content-type: application/json\r\n")));
    EXPECT_THAT(seen, AllOf(HasSubstr("x-aihub-client: 127.0.0.1\r\n"), HasSubstr("Connection: close\r\n")));
    EXPECT_THAT(seen, HasSubstr("x-request-id: " + std::string(reply.headers.get("x-request-id")) + "\r\n"));
    EXPECT_TRUE(seen.ends_with("Content-Length: 7\r\n\r\n{\"b\":2}")) << seen;
}

TEST_F(ControlRelay, what_a_client_says_of_its_origin_does_not_go_along) {
    begin();
    control.answer(answer_with("{}"));
    EXPECT_EQ(
        call(
            get("/v1/things",
                "x-aihub-client: 10.0.0.1\r\nX-Aihub-Tls: 1\r\nX-Forwarded-For: 10.0.0.2\r\nForwarded: for=10.0.0.3\r\n"
                "X-Real-Ip: 10.0.0.4\r\nCookie: c=1\r\nX-Request-Id: a b\r\n")
        )
            .status(),
        200
    );
    const auto seen = control.requests().at(0);
    EXPECT_THAT(seen, AllOf(HasSubstr("x-aihub-client: 127.0.0.1\r\n"), Not(HasSubstr("10.0.0."))));
    EXPECT_THAT(seen, AllOf(Not(HasSubstr("tls")), Not(HasSubstr("ookie")), Not(HasSubstr("a b"))));
}

TEST_F(ControlRelay, each_carrier_of_a_key_becomes_the_one_that_is_read) {
    begin();
    control.answer(answer_with("{}"));
    EXPECT_EQ(call(http_request("GET", "/v1/things", {}, "x-api-key: " + key + "\r\n")).status(), 200);
    const auto seen = control.requests().at(0);
    EXPECT_THAT(seen, AllOf(HasSubstr("Authorization: Bearer " + key + "\r\n"), Not(HasSubstr("x-api-key"))));
}

TEST_F(ControlRelay, framing_is_made_anew_and_nothing_else_comes_with_a_body) {
    begin();
    control.answer(answer_with("{}"));
    auto client = connect();
    const std::string inner = "GET /v1/things/stolen HTTP/1.1\r\nHost: h\r\n\r\n";
    client.send(
        "POST /v1/things HTTP/1.1\r\nHost: h\r\n" + auth() + "Transfer-Encoding: chunked\r\n\r\n" + "2b;x=y\r\n" +
        inner + "\r\n0\r\nContent-Length: 9\r\n\r\n" + get("/v1/things/next")
    );
    ASSERT_TRUE(client.reply());
    ASSERT_TRUE(client.reply());
    const auto seen = control.requests();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_THAT(seen[0], Not(HasSubstr("chunked")));
    EXPECT_TRUE(seen[0].ends_with("Content-Length: " + std::to_string(inner.size()) + "\r\n\r\n" + inner)) << seen[0];
    EXPECT_THAT(seen[1], StartsWith("GET /v1/things/next HTTP/1.1\r\n"));
}

TEST_F(ControlRelay, takes_only_paths_of_the_list_that_need_no_decoding) {
    begin();
    control.answer(answer_with("{}"));
    EXPECT_EQ(call(get("/v1/things")).status(), 200);
    EXPECT_EQ(call(get("/v1/%74hings/a.b-c_d~1")).status(), 200);
    for (const char* target :
         {"/v1/thingsx",
          "/v1/thing",
          "/v1",
          "/v1/things/a%20b",
          "/v1/things/a%2Fb",
          "/v1/things/%C3%A4",
          "/v1/things/a\"b"}) {
        const auto reply = call(get(target));
        EXPECT_THAT(reply.status(), ::testing::AnyOf(404, 400)) << target;
        EXPECT_THAT(reply.body, HasSubstr("invalid_request_error")) << target;
    }
    EXPECT_EQ(control.requests().size(), 2U);
    EXPECT_THAT(control.requests()[1], StartsWith("GET /v1/things/a.b-c_d~1 HTTP/1.1\r\n"));
}

TEST_F(ControlRelay, without_a_key_control_hears_nothing) {
    begin();
    control.answer(answer_with("{}"));
    for (const std::string more : {"", "Authorization: Bearer nonsense\r\n", "Authorization: Basic x\r\n"}) {
        const auto reply = call(http_request("POST", "/v1/things", "{}", more));
        EXPECT_EQ(reply.status(), 401) << more;
        EXPECT_THAT(reply.body, StartsWith("{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"")) << more;
        EXPECT_THAT(
            reply.body, HasSubstr("\"request_id\":\"" + std::string(reply.headers.get("x-request-id")) + "\"}}")
        );
    }
    EXPECT_TRUE(control.requests().empty());
}

TEST_F(ControlRelay, a_body_over_the_limit_is_413_before_control_hears_of_it) {
    begin();
    const auto reply = call(http_request("POST", "/v1/things", std::string(1001, 'x'), auth()));
    EXPECT_EQ(reply.status(), 413);
    EXPECT_THAT(reply.body, HasSubstr("control.body_bytes_max"));
    EXPECT_TRUE(control.requests().empty());
}

TEST_F(ControlRelay, a_slow_client_holds_up_nobody) {
    begin();
    door.requests_max = 1;
    control.answer(answer_with("{}"));
    auto slow = connect();
    slow.send("POST /v1/things HTTP/1.1\r\nHost: h\r\n" + auth() + "Content-Length: 10\r\n\r\nab");
    EXPECT_EQ(call(get("/v1/things")).status(), 200);
    EXPECT_EQ(control.requests().size(), 1U);
    slow.send("cdefghij");
    EXPECT_EQ(slow.reply()->status(), 200);
}

TEST_F(ControlRelay, a_large_answer_passes_whole) {
    begin();
    const std::string body(3'000'000, 'y');
    control.answer(answer_with(body));
    const auto reply = call(get("/v1/things"));
    EXPECT_TRUE(reply.complete);
    EXPECT_EQ(reply.body, body);
}

TEST_F(ControlRelay, an_answer_to_head_has_a_length_and_no_body) {
    begin();
    control.answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n");
    auto client = connect();
    client.send(http_request("HEAD", "/v1/things", {}, auth()) + get("/v1/nothing"));
    const auto reply = client.head_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(reply->headers.get("content-length"), "7");
    const auto next = client.reply();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->status(), 404);
}

TEST_F(ControlRelay, what_is_no_answer_is_not_passed_on) {
    begin();
    for (const std::string bad :
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Le",
          "nonsense\r\n\r\n"}) {
        control.answer(bad);
        const auto reply = call(get("/v1/things"));
        EXPECT_EQ(reply.status(), 503) << bad;
        EXPECT_THAT(reply.body, HasSubstr("control_unavailable")) << bad;
    }
}

TEST_F(ControlRelay, an_answer_that_breaks_off_does_not_look_complete) {
    begin();
    control.answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\nabc");
    auto client = connect();
    client.send(get("/v1/things"));
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_TRUE(client.received().ends_with("\r\n\r\nabc")) << client.received();
}

TEST_F(ControlRelay, control_away_is_503_with_a_time_to_come_again) {
    begin();
    door.socket = directory.file("nobody.sock");
    const auto reply = call(get("/v1/things"));
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(reply.headers.get("retry-after"), "1");
    EXPECT_THAT(reply.body, StartsWith("{\"error\":{\"code\":\"control_unavailable\""));
}

TEST_F(ControlRelay, without_an_answer_in_time_it_is_504) {
    door.timeout = std::chrono::milliseconds(100);
    begin();
    const auto reply = call(get("/v1/things"));
    EXPECT_EQ(reply.status(), 504);
    EXPECT_THAT(reply.body, HasSubstr("control.timeout"));
}

TEST_F(ControlRelay, more_than_it_may_have_are_503_and_places_come_back_with_their_clients) {
    begin();
    {
        auto first = connect();
        auto second = connect();
        first.send(get("/v1/things"));
        second.send(get("/v1/things"));
        ASSERT_TRUE(eventually([&] { return door.requests == 2; }));
        const auto third = call(get("/v1/things"));
        EXPECT_EQ(third.status(), 503);
        EXPECT_EQ(third.headers.get("retry-after"), "1");
        EXPECT_THAT(third.body, HasSubstr("control.queue_max"));
    }
    EXPECT_TRUE(eventually([&] { return door.requests == 0; })) << "the clients have left";
}

TEST_F(ControlRelay, the_end_of_the_process_does_not_wait_for_it) {
    begin();
    auto client = connect();
    client.send(get("/v1/things"));
    ASSERT_TRUE(eventually([&] { return door.requests == 1; }));
    stop();
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("shutting_down")));
}

TEST_F(ControlRelay, without_a_door_the_paths_are_unknown) {
    start();
    EXPECT_EQ(call(get("/v1/things")).status(), 404);
    EXPECT_TRUE(control.requests().empty());
}

}  // namespace
}  // namespace aihub::gateway
