// What a client may write, and what of it reaches a provider. Rows A2, A4 to A8, A24 and A37 of the reliability table.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"
#include "strict_http.hpp"

#include <algorithm>

namespace aihub::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class EdgeRequests : public Gateway {
protected:
    void SetUp() override {
        start("loops: 1\ntimeouts: { header: 400ms, body: 400ms }\n");
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("mine"))); });
    }
    [[nodiscard]] std::string head(std::string_view more = {}) const {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n" + auth() + std::string(more);
    }
    // The only reply on a connection that then ends; `bytes` is followed by a request that must not be answered.
    void expect_refused(const std::string& bytes, const std::vector<int>& statuses = {400}) {
        auto client = connect();
        client.send(bytes + http_request("GET", "/healthz"));
        EXPECT_TRUE(client.wait_for_close()) << bytes;
        std::string received = client.received();
        const auto reply = take_message(received, Side::reply, Ended::yes);
        ASSERT_TRUE(reply) << bytes;
        EXPECT_NE(std::find(statuses.begin(), statuses.end(), reply->status()), statuses.end())
            << reply->status() << " for " << bytes;
        EXPECT_EQ(received, "") << "a second reply came: " << bytes;
        EXPECT_EQ(upstream.connections(), 0U) << "it reached the provider: " << bytes;
    }
};

TEST_F(EdgeRequests, A2_length_beside_chunks_is_refused) {
    const std::string lengths[] = {"Content-Length: 5\r\n", "content-length: 0\r\n", "CONTENT-LENGTH: 34\r\n"};
    const std::string codings[] = {"Transfer-Encoding: chunked\r\n", "TRANSFER-encoding: Chunked\r\n"};
    for (const auto& length : lengths) {
        for (const auto& coding : codings) {
            expect_refused(head(length + coding) + "\r\n0\r\n\r\n");
            expect_refused(head(coding + length) + "\r\n0\r\n\r\n");
        }
    }
}

TEST_F(EdgeRequests, A4_names_and_values_hold_no_other_bytes) {
    std::vector<std::string> fields = {
        "Content_Length: 5",
        "Transfer_Encoding: chunked",
        "X_Api_Key: x",
        "x-forwarded_for: 1.2.3.4",
        "_: a",
        "Transfer-Encoding\x85: chunked",
        "Te\nst: x",
        "Te\rst: x",
        "X : a",
        "X\t: a",
        " X: a",
        "\tX: a",
        ": a",
        "X",
        "X: a\r\n folded",
        "X: a\r\n\tfolded",
        "X: a\r\n \r\nY: b",
        "X: a\rb",
        "X: a\nb",
        "X: a\n",
        "X\"Y: a",
        "X(Y): a",
        "X,Y: a",
        "X;Y: a",
        "X/Y: a",
        "X@Y: a",
        "X[Y]: a",
        "X{Y}: a",
        "X\\Y: a",
        "X<Y>: a",
        "X=Y: a",
        "X?Y: a",
        "\xc3\xa9: a",
        "X\x7f: a",
        "X: \x7f",
        "X: a\x0b",
        "X: \x08",
        "X: \x1b[0m",
    };
    fields.emplace_back("X: a\0b", 6);
    fields.emplace_back("X\0: a", 5);
    fields.emplace_back("\0X: a", 5);
    ASSERT_GE(fields.size(), 40U);
    for (const auto& field : fields) {
        expect_refused(head(field + "\r\nContent-Length: 2\r\n") + "\r\n{}");
    }
}

TEST_F(EdgeRequests, A5_one_parsed_host_and_path_for_everything) {
    const std::string hosts[] = {
        "Host: h/?",
        "Host: h#",
        "Host: a@b",
        "Host: h?x",
        "Host: h/v1",
        "Host: ",
        "Host: h\\",
        "Host: h h",
        "Host: h:x",
        "Host: h:99999999",
        "Host: [::1",
        "Host: a, b",
        "X: no host",
        "Host: a\r\nHost: a",
        "Host: a\r\nHost: b",
        "Host: %68",
        "Host: http://h"};
    for (const std::string_view route : {"/v1/models", "/metrics", "/healthz", "/readyz"}) {
        for (const auto& host : hosts) {
            expect_refused("GET " + std::string(route) + " HTTP/1.1\r\n" + host + "\r\n\r\n");
        }
        const std::string path(route);
        const std::string targets[] = {
            path.substr(1), "http://h" + path, "http://evil" + path, "//" + path, "*", "h:80", "?" + path, path + "#x"};
        for (const auto& target : targets) {
            expect_refused("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        expect_refused("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");
    }
}

TEST_F(EdgeRequests, A5_the_log_shows_the_route_that_was_taken) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    const auto line_of = [&](const std::string& id) {
        return server->child().wait_for_line(ChildProcess::Output::err, id).value_or("no line");
    };
    const auto secret = "?api_key=sk-in-the-query";
    const auto served =
        call(post("/v1/chat/%63ompletions" + std::string(secret), chat_body(), "X-Request-Id: a5-1\r\n"));
    EXPECT_EQ(served.status(), 200);
    EXPECT_THAT(
        line_of("a5-1"),
        ::testing::HasSubstr(
            "client=127.0.0.1 method=POST path=/v1/chat/completions operation=chat_completions status=200"
        )
    );
    const auto unknown = call(http_request("GET", "/v1/%61dmin" + std::string(secret), {}, "X-Request-Id: a5-2\r\n"));
    EXPECT_EQ(unknown.status(), 404);
    EXPECT_THAT(line_of("a5-2"), ::testing::HasSubstr("method=GET path=/v1/admin operation=unknown status=404"));
    // What could not be read has no route.
    EXPECT_EQ(call(http_request("GET", "/v1/../admin", {}, "X-Request-Id: a5-3\r\n")).status(), 400);
    EXPECT_THAT(line_of("a5-3"), ::testing::Not(::testing::HasSubstr("admin")));
    EXPECT_THAT(server->output(), ::testing::Not(::testing::HasSubstr("sk-in-the-query")));
}

// `path` with every letter as a code behind `sign`; slashes stay.
std::string encoded(const std::string& path, std::string_view sign) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (const char letter : path) {
        const auto byte = static_cast<unsigned char>(letter);
        text += letter == '/' ? "/" : std::string(sign) + kHex[byte >> 4U] + kHex[byte & 15U];
    }
    return text;
}

// All that decodes to a path, or looks as if it did.
std::vector<std::string> spellings(const std::string& path) {
    const std::string last = path.substr(path.rfind('/') + 1);
    const std::string parent = path.substr(0, path.rfind('/') + 1);
    std::string upper = path;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    std::vector<std::string> all = {
        "/" + path,
        path + "/",
        path + "//",
        "//" + path.substr(1) + "/",
        "/." + path,
        "/.." + path,
        "/x/.." + path,
        "/x/%2e%2e" + path,
        "/x/%2E." + path,
        "/x/..%2f" + path.substr(1),
        "/x%2f.." + path,
        "/%2e" + path,
        path + "/.",
        path + "/..",
        path + "/../" + last,
        path + "/%2e",
        path + "/%2e%2e/" + last,
        path + ".",
        path + "..",
        path + "%2e",
        path + "%00",
        path + "%00.png",
        path + "%0a",
        path + "%0d%0aX:%20y",
        path + "%20",
        path + "%09",
        path + ";",
        path + ";x",
        path + ";/x",
        path + "%3b",
        path + "%3bx=y",
        "/;" + path,
        "/x;/.." + path,
        "/.;" + path,
        "/..;" + path,
        "\\" + path.substr(1),
        "/\\" + path.substr(1),
        "/x\\.." + path,
        "/%5c" + path,
        "/x%5c..%5c" + path.substr(1),
        "/%c0%ae%c0%ae" + path,
        "/%c0%af" + path.substr(1),
        "/%e0%80%af" + path.substr(1),
        "/%ef%bc%8f" + path.substr(1),
        path + "%c0%80",
        upper,
        encoded(path, "%"),
        encoded(path, "%25"),
        "/%2f" + path.substr(1),
        "/%252e%252e" + path,
        "/x/%252e%252e/" + path.substr(1),
        path + "%",
        path + "%2",
        path + "%zz",
        path + "%u002e",
        parent + "%" + last,
        parent + "./" + last,
        parent + "x/../" + last,
        parent + "%2e/" + last,
        parent + "/" + last,
        path + "%23",
        path + "%3f",
        path + "%3Fx",
        "/healthz/.." + path,
        "/healthz/..%2f" + last,
        "/healthz;/.." + path};
    return all;
}

TEST_F(EdgeRequests, A6_no_spelling_crosses_the_authorization_line) {
    for (const std::string path : {"/v1/models", "/metrics", "/healthz", "/readyz"}) {
        const auto all = spellings(path);
        ASSERT_GE(all.size(), 60U);
        for (const auto& target : all) {
            for (const bool with_key : {false, true}) {
                const auto reply = call(http_request("GET", target, {}, with_key ? auth() : ""));
                // The letters of a path may come encoded: that is the same path, with the same rule.
                const bool same = target == encoded(path, "%");
                if (same) {
                    EXPECT_EQ(reply.status(), call(http_request("GET", path, {}, with_key ? auth() : "")).status());
                    continue;
                }
                EXPECT_GE(reply.status(), 400) << target;
                EXPECT_LT(reply.status(), 500) << target;
                EXPECT_THAT(reply.body, Not(AnyOf(HasSubstr("\"data\":["), HasSubstr("aihub_build_info")))) << target;
            }
        }
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(EdgeRequests, A7_expect_cannot_desync) {
    const std::string body = chat_body();
    const std::string expecting =
        head("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    {  // late: only after 100
        auto client = connect();
        ASSERT_TRUE(client.send(expecting));
        EXPECT_EQ(client.reply().value_or(Message{}).status(), 100);
        EXPECT_EQ(upstream.connections(), 0U);
        ASSERT_TRUE(client.send(body + http_request("GET", "/healthz")));
        EXPECT_EQ(client.reply().value_or(Message{}).status(), 200);
        EXPECT_THAT(client.reply().value_or(Message{}).body, HasSubstr("ok"));
    }
    {  // early: with the head, and the next request behind it
        auto client = connect();
        ASSERT_TRUE(client.send(expecting + body + http_request("GET", "/healthz")));
        auto reply = client.reply().value_or(Message{});
        reply = reply.status() == 100 ? client.reply().value_or(Message{}) : reply;
        EXPECT_THAT(reply.body, HasSubstr("mine"));
        EXPECT_THAT(client.reply().value_or(Message{}).body, HasSubstr("ok"));
    }
    const auto seen = upstream.requests().size();
    {  // never
        auto client = connect();
        ASSERT_TRUE(client.send(expecting));
        EXPECT_TRUE(client.wait_for_close());
        EXPECT_THAT(client.received(), HasSubstr(" 408 "));
    }
    {  // refused before 100: no body is asked for, and what comes none the less is not read as a request
        auto client = connect();
        std::string wrong = expecting;
        wrong.replace(wrong.find(key), 4, "xxxx");
        ASSERT_TRUE(client.send(wrong));
        const auto reply = client.reply().value_or(Message{});
        EXPECT_EQ(reply.status(), 401);
        EXPECT_EQ(reply.headers.get("connection"), "close");
        client.send(http_request("GET", "/healthz"));
        EXPECT_TRUE(client.wait_for_close());
        EXPECT_EQ(client.received(), "");
    }
    EXPECT_EQ(upstream.requests().size(), seen);
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(403, "{}")); });
    {  // the provider refuses
        auto client = connect();
        ASSERT_TRUE(client.send(expecting + body + http_request("GET", "/healthz")));
        auto reply = client.reply().value_or(Message{});
        reply = reply.status() == 100 ? client.reply().value_or(Message{}) : reply;
        EXPECT_GE(reply.status(), 400);
        EXPECT_THAT(client.reply().value_or(Message{}).body, HasSubstr("ok"));
    }
    for (std::size_t index = 0; index < upstream.connections(); ++index) {
        EXPECT_THAT(upstream.bytes(index), Not(HasSubstr("xpect:"))) << "the expectation is ours to meet";
    }
}

TEST_F(EdgeRequests, A7_other_expectations_are_refused) {
    for (const std::string value :
         {"y 100-continue", "100-continue, y", "200-ok", "100-continue;q=1", "\"100-continue\""}) {
        expect_refused(head("Expect: " + value + "\r\nContent-Length: 2\r\n\r\n{}"), {417});
    }
}

TEST_F(EdgeRequests, A8_nothing_passes_as_upgraded) {
    auto client = connect();
    ASSERT_TRUE(client.send(
        post(kChat, chat_body(), "Connection: Upgrade\r\nUpgrade: foo\r\n") +
        "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    ));
    EXPECT_EQ(client.reply().value_or(Message{}).status(), 200);
    EXPECT_EQ(client.reply().value_or(Message{}).status(), 404);
    upstream.set_handler([](const UpstreamRequest& request) {
        const auto& body = request.message.body;
        const auto at = body.find("nonce-");
        return Reply(http_reply(200, chat_answer(body.substr(at, body.find('"', at) - at))));
    });
    for (int number = 0; number < 200; ++number) {
        const std::string nonce = "nonce-" + std::to_string(number);
        ASSERT_THAT(chat(chat_body("gpt-test", ",\"user\":\"" + nonce + "\"")).body, HasSubstr("\"" + nonce + "\""));
    }
    for (std::size_t index = 0; index < upstream.connections(); ++index) {
        EXPECT_THAT(upstream.bytes(index), Not(AnyOf(HasSubstr("smuggled"), HasSubstr("pgrade"), HasSubstr("foo"))));
    }
    // And a provider that says 101 by itself gets no bytes and no second chance.
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nhello");
    });
    EXPECT_EQ(chat(chat_body()).status(), 502);
}

TEST_F(EdgeRequests, A24_half_closed_client_gets_an_answer_or_a_documented_end) {
    const auto before = open_descriptors(server->pid());
    // Answered from memory: in full.
    auto client = connect();
    ASSERT_TRUE(client.send(http_request("GET", "/healthz")));
    client.half_close();
    EXPECT_EQ(client.reply().value_or(Message{}).status(), 200);
    EXPECT_TRUE(client.wait_for_close());
    // A call that waits for its provider ends (docs/life-of-a-request.md): socket and upstream are let go.
    upstream.set_handler([](const UpstreamRequest&) { return Reply().hold(); });
    auto caller = connect();
    ASSERT_TRUE(caller.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    const auto cpu = processor_ms(server->pid());
    caller.half_close();
    EXPECT_TRUE(caller.wait_for_close());
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_TRUE(eventually([&] { return open_descriptors(server->pid()) <= before + 1; }));
    EXPECT_LT(processor_ms(server->pid()) - cpu, 100) << "a busy loop";
}

TEST_F(EdgeRequests, A37_identity_and_hop_by_hop_fields_are_stripped) {
    const std::string names[] = {
        "X-Tenant-Id",
        "X-User",
        "X-Consumer-Id",
        "X-Consumer-Username",
        "X-Api-Version",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Real-IP",
        "Forwarded",
        "Via",
        "Cookie",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "OpenAI-Organization",
        "X-Amzn-Oidc-Identity",
        "Remote-User",
        "X-Auth-Request-User",
        "X-Original-URL",
        "X-HTTP-Method-Override",
        "X-Aihub-Provider"};
    std::string extra = "Connection: keep-alive, authorization, content-length, host, X-Api-Key, accept-encoding\r\n";
    for (const auto& name : names) {
        extra += name + ": planted-" + name + "\r\n";
    }
    EXPECT_EQ(call(post(kChat, chat_body(), extra)).status(), 200);
    const auto seen = upstream.last().message;
    EXPECT_EQ(seen.headers.count("authorization"), 1U);
    EXPECT_EQ(seen.headers.get("authorization"), "Bearer " + std::string(kUpstreamKey));
    EXPECT_EQ(seen.headers.count("content-length"), 1U);
    EXPECT_EQ(seen.headers.count("host"), 1U);
    const std::string bytes = upstream.bytes(0);
    EXPECT_THAT(bytes, Not(AnyOf(HasSubstr("planted-"), HasSubstr(key))));
    std::string_view rest = bytes;
    EXPECT_TRUE(take_strict_request(rest));
}

}  // namespace
}  // namespace aihub::testing
