// What is refused before any provider is asked, and how.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Refusal : public Gateway {
protected:
    void SetUp() override { start("limits: { body_bytes_max: 4096, header_bytes_max: 4096 }\n"); }
    void TearDown() override {
        EXPECT_EQ(upstream.connections(), 0U) << "a refused request reached the provider";
        Gateway::TearDown();
    }
};

TEST_F(Refusal, NoKey) {
    const auto reply = call(http_request("POST", kChat, chat_body()));
    EXPECT_EQ(reply.status(), 401);
    EXPECT_EQ(error_field(reply, "type"), "invalid_request_error");
    EXPECT_FALSE(error_field(reply, "message").empty());
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("application/json"));
}

TEST_F(Refusal, WrongKeys) {
    std::string typo = key;
    typo[typo.size() - 10] = typo[typo.size() - 10] == 'a' ? 'b' : 'a';
    const std::string values[] = {
        "Bearer " + typo,
        "Bearer ",
        "Bearer",
        "Basic " + key,
        "Bearer sk-other",
        "Bearer " + key + " x",
        key + key,
        "Bearer " + std::string(2000, 'a')};
    for (const auto& value : values) {
        const auto reply = call(http_request("POST", kChat, chat_body(), "Authorization: " + value + "\r\n"));
        EXPECT_EQ(reply.status(), 401) << value;
        EXPECT_THAT(reply.body, Not(HasSubstr(typo)));
    }
    const auto reply = call(http_request("POST", kChat, chat_body(), "Authorization: Bearer " + typo + "\r\n"));
    EXPECT_EQ(error_field(reply, "code"), "invalid_api_key");
}

TEST_F(Refusal, TwoKeys) {
    const auto reply = call(http_request("POST", kChat, chat_body(), auth() + "Authorization: Bearer other\r\n"));
    EXPECT_THAT(reply.status(), AnyOf(400, 401));
}

TEST_F(Refusal, UnknownRoutesAndMethods) {
    EXPECT_EQ(get("/v1/nothing").status(), 404);
    EXPECT_EQ(get("/v1/chat").status(), 404);
    const auto reply = get(kChat);
    EXPECT_EQ(reply.status(), 405);
    EXPECT_THAT(reply.headers.get("allow"), HasSubstr("POST"));
    EXPECT_EQ(call(post("/v1/models", "{}")).status(), 405);
    for (const std::string_view target :
         {"//v1/models", "/v1/../v1/models", "/v1/%6dodels", "/V1/models", "/v1/models/"}) {
        EXPECT_THAT(call(http_request("GET", target)).status(), AnyOf(400, 401, 404)) << target;
    }
}

TEST_F(Refusal, BodiesThatAreNotARequest) {
    const std::string bodies[] = {
        "{",
        "nonsense",
        "[1]",
        "\"text\"",
        "null",
        "{}",
        R"({"model":5,"messages":[]})",
        R"({"model":"","messages":[]})",
        R"({"model":null,"messages":[]})",
        R"({"model":"fast","messages":[]} x)",
        R"({"model":"fast","model":"gpt-test","messages":[]})",
        "{\"model\":\"fast\",\"mod\\u0065l\":\"gpt-test\",\"messages\":[]}",
        R"({"model":"fast","messages":[],"stream":"yes"})",
        std::string(2000, '['),
        "{\"model\":\"fast\",\"x\":\"\xff\xfe\"}",
    };
    for (const auto& body : bodies) {
        const auto reply = chat(body);
        EXPECT_EQ(reply.status(), 400) << body.substr(0, 60);
        EXPECT_EQ(error_field(reply, "type"), "invalid_request_error");
        EXPECT_FALSE(error_field(reply, "message").empty());
    }
}

TEST_F(Refusal, NoBody) {
    EXPECT_THAT(call(post(kChat, "")).status(), AnyOf(400, 411));
}

TEST_F(Refusal, BodyLimit) {
    const auto pad = [](std::size_t size) {
        const auto empty = chat_body("nowhere/x", R"(,"p":"")").size();
        return chat_body("nowhere/x", ",\"p\":\"" + std::string(size - empty, 'x') + "\"");
    };
    EXPECT_EQ(chat(pad(4097)).status(), 413);
    // Refused by its length alone, before the body has come.
    auto client = connect();
    ASSERT_TRUE(client.send(
        "POST " + std::string(kChat) + " HTTP/1.1\r\nHost: h\r\n" + auth() + "Content-Length: 99999999\r\n\r\n"
    ));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 413);
    EXPECT_EQ(parse(reply->body).at("error").at("type").as_string(), "invalid_request_error");
    EXPECT_TRUE(client.wait_for_close());
}

TEST_F(Refusal, HeaderLimit) {
    EXPECT_EQ(call(post(kChat, chat_body(), "X-Pad: " + std::string(5000, 'x') + "\r\n")).status(), 431);
}

// Whoever does not read before the whole request is sent sees the answer all the same.
TEST_F(Refusal, ARefusalOutlivesALargeBody) {
    server->set_config(config("limits: { body_bytes_max: 32MiB }\n"));
    server->reload();
    ASSERT_TRUE(eventually([&] { return chat("{" + std::string(8192, ' ')).status() == 400; }));
    auto client = connect();
    ASSERT_TRUE(
        client.send(http_request("POST", kChat, chat_body("m", ",\"p\":\"" + std::string(16 << 20, 'x') + "\""), ""))
    );
    EXPECT_EQ(client.reply().value_or(Message{}).status(), 401);
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_FALSE(client.was_reset());
}

TEST_F(Refusal, LimitsOfAHeadNameTheirKeys) {
    start("limits: { header_bytes_max: 4096, header_fields_max: 20, url_bytes_max: 1000 }\n");
    std::string fields;
    for (int number = 0; number < 30; ++number) {
        fields += "X-" + std::to_string(number) + ": a\r\n";
    }
    const std::vector<std::tuple<std::string, int, std::string, std::string>> cases{
        {http_request("GET", "/healthz", {}, fields), 431, "limits.header_fields_max", "too_many_header_fields"},
        {http_request("GET", "/healthz", {}, "X: " + std::string(5000, 'x') + "\r\n"),
         431,
         "limits.header_bytes_max",
         "header_too_long"},
        {http_request("GET", "/healthz?" + std::string(2000, 'x')), 414, "limits.url_bytes_max", "uri_too_long"},
    };
    for (const auto& [request, status, limit, code] : cases) {
        const auto reply = call(request);
        EXPECT_EQ(reply.status(), status);
        EXPECT_THAT(error_field(reply, "message"), HasSubstr(limit));
        EXPECT_EQ(error_field(reply, "code"), code);
    }
}

// SDKs send again what got a status of 500 and more, unless they are told that it is useless.
TEST_F(Refusal, ACodingThatIsNotTakenIsNotTriedAgain) {
    const auto reply = call(
        "POST " + std::string(kChat) + " HTTP/1.1\r\nHost: h\r\n" + auth() +
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
    );
    EXPECT_EQ(reply.status(), 501);
    EXPECT_EQ(error_field(reply, "code"), "unsupported_transfer_encoding");
    EXPECT_EQ(error_field(reply, "type"), "invalid_request_error");
    EXPECT_EQ(reply.headers.get("x-should-retry"), "false");
}

// A close with unread bytes would reset the connection, and the answer with it.
TEST_F(Refusal, AnAnswerBeforeAnUnreadBodyArrives) {
    for (int round = 0; round < 20; ++round) {
        auto client = connect();
        ASSERT_TRUE(client.send(
            "GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 400000\r\n\r\n" + std::string(200'000, 'x')
        ));
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status(), 200);
        EXPECT_TRUE(client.wait_for_close());
        EXPECT_FALSE(client.was_reset());
    }
}

TEST_F(Refusal, EncodedBody) {
    EXPECT_THAT(call(post(kChat, chat_body(), "Content-Encoding: gzip\r\n")).status(), AnyOf(400, 415));
}

TEST_F(Refusal, ParserTricksCloseTheConnection) {
    const std::string body = chat_body("nowhere/x");
    const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    const std::string head = "POST " + std::string(kChat) + " HTTP/1.1\r\nHost: h\r\n" + auth();
    const std::string smuggled = http_request("GET", "/healthz");
    const std::string cases[] = {
        head + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n",
        head + length + "Content-Length: 1\r\n\r\n" + body,
        head + "Content-Length: +5\r\n\r\n" + body,
        head + "Content-Length : 5\r\n\r\n" + body,
        head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n5;\n\nhello\r\n0\r\n\r\n",
        head + "X: a\r\n folded\r\n" + length + "\r\n" + body,
        head + "X\x01: a\r\n" + length + "\r\n" + body,
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/3.7\r\nHost: a\r\n\r\n",
        "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\x00\r\n\r\n",
    };
    for (const auto& bytes : cases) {
        auto client = connect();
        ASSERT_TRUE(client.send(bytes + smuggled));
        EXPECT_TRUE(client.wait_for_close()) << bytes;
        std::string received = client.received();
        const auto reply = take_message(received, Side::reply, Ended::yes);
        ASSERT_TRUE(reply) << bytes;
        EXPECT_THAT(reply->status(), AnyOf(400, 411, 413, 431, 501, 505)) << bytes;
        EXPECT_EQ(received, "") << "a second reply came: " << bytes;
    }
}

class NoDefault : public Gateway {};

TEST_F(NoDefault, ModelNotFound) {
    std::string text = config();
    text.erase(text.find("default_provider"));
    start_with(text);
    for (const std::string_view model : {"brand-new", "nowhere/gpt-test", "FAST", "gpt-test "}) {
        const auto reply = chat(chat_body(model));
        EXPECT_EQ(reply.status(), 404) << model;
        EXPECT_EQ(error_field(reply, "code"), "model_not_found");
        EXPECT_EQ(error_field(reply, "type"), "invalid_request_error");
        EXPECT_THAT(error_field(reply, "message"), HasSubstr(std::string(model)));
    }
    EXPECT_EQ(get("/v1/models/brand-new").status(), 404);
    EXPECT_EQ(upstream.connections(), 0U);
}

}  // namespace
}  // namespace aihub::testing
