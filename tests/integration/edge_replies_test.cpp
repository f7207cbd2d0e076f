// What a provider may answer, and what of it reaches a client. Rows A2, A9, A10, A11, A20 and A21 of the reliability
// table.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"

#include <algorithm>
#include <iostream>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStream = R"(,"stream":true)";
const std::string kCanary = "leak-canary";

class EdgeReplies : public Gateway {
protected:
    void SetUp() override { start("loops: 1\nstorage: { usage_flush_interval: 10ms }\n"); }

    // The answer to a call that the provider answers with `bytes`, keeping its side open: 502, at once, nothing of the
    // reply in it, and its connection is used no more.
    void expect_clean_502(const std::string& bytes) {
        const auto index = upstream.connections();
        upstream.enqueue(Reply(bytes).hold());
        auto client = connect();
        const Deadline clock;
        ASSERT_TRUE(client.send(post(kChat, chat_body())));
        const auto reply = client.reply().value_or(Message{});
        EXPECT_EQ(reply.status(), 502) << bytes.substr(0, 200);
        EXPECT_LT(clock.spent().count(), 10000) << bytes.substr(0, 200);
        EXPECT_THAT(reply.body, Not(HasSubstr(kCanary))) << bytes.substr(0, 200);
        for (const auto& [name, value] : reply.headers.list) {
            EXPECT_THAT(name + value, Not(HasSubstr(kCanary)));
        }
        EXPECT_NE(upstream.wait_for_close(index), PeerEnd::none) << bytes.substr(0, 200);
        EXPECT_EQ(upstream.connections(), index + 1) << "asked twice: " << bytes.substr(0, 200);
    }
};

const std::string kField = "X-" + kCanary + ": " + kCanary + "\r\n";

TEST_F(EdgeReplies, A2_length_beside_chunks_in_a_reply_is_a_502) {
    const std::string lengths[] = {"Content-Length: 11\r\n", "content-length: 0\r\n", "CONTENT-LENGTH: 26\r\n"};
    const std::string codings[] = {"Transfer-Encoding: chunked\r\n", "TRANSFER-encoding: Chunked\r\n"};
    for (const auto& length : lengths) {
        for (const auto& coding : codings) {
            const std::string body = "\r\nb\r\n" + kCanary + "\r\n0\r\n\r\n";
            expect_clean_502("HTTP/1.1 200 OK\r\n" + kField + length + coding + body);
            expect_clean_502("HTTP/1.1 200 OK\r\n" + kField + coding + length + body);
        }
    }
}

TEST_F(EdgeReplies, A9_a_bad_reply_is_a_clean_502) {
    const std::string ok = "HTTP/1.1 200 OK\r\n" + kField;
    std::string many;
    for (int number = 0; number < 2000; ++number) {
        many += "X-" + std::to_string(number) + ": a\r\n";
    }
    const std::string cases[] = {
        ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        ok + "Content-Length: 5, 5\r\n\r\nhello",
        ok + "Content-Length: x\r\n\r\nhello",
        ok + "Content-Length: -5\r\n\r\nhello",
        ok + "Content-Length: +5\r\n\r\nhello",
        ok + "Content-Length: 99999999999999999999\r\n\r\nhello",
        ok + "Transfer-Encoding: odd\r\n\r\nhello",
        ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ok + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + kCanary,
        ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello" + kCanary,
        ok + "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
        ok + std::string("X: a\0b\r\n\r\n", 10),
        ok + "X: a\rb\r\n\r\n",
        ok + "no colon\r\n\r\n",
        ok + ": no name\r\n\r\n",
        ok + "X: a\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\n" + kField + "\n",
        "HTTP/1.1 200 " + std::string(1 << 20, 'x') + "\r\n\r\n",
        ok + many + "\r\n",
        ok + "X: " + std::string(1 << 20, 'x') + "\r\n\r\n",
        "HTTP/0.9 200 OK\r\n" + kField + "\r\nhello",
        "HTTP/2.0 200 OK\r\n" + kField + "\r\nhello",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "<html>" + kCanary + "</html>\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n" + kField + "\r\n" + kCanary,
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        ok + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    };
    // Twice: what the first round needs once (code, arenas) is not what a bad reply costs.
    std::int64_t before = 0;
    for (int round = 0; round < 2; ++round) {
        for (const auto& bytes : cases) {
            expect_clean_502(bytes);
        }
        before = before == 0 ? resident_bytes(server->pid()) : before;
    }
    const auto grown = resident_bytes(server->pid()) - before;
    std::cout << "A9: " << std::size(cases) << " bad replies cost " << grown / 1024 << " KiB\n";
    EXPECT_LT(grown, growth(1 << 20));
    // Well framed, and still no answer: as clean, and the connection can go on.
    for (const auto& bytes :
         {http_reply(200, "not json " + kCanary),
          http_reply(200, ""),
          http_reply(302, "", "text/plain", "Location: http://" + kCanary + "/\r\n")}) {
        upstream.enqueue(Reply(bytes));
        const auto reply = chat(chat_body());
        EXPECT_EQ(reply.status(), 502) << bytes;
        EXPECT_THAT(reply.body, Not(HasSubstr(kCanary)));
        EXPECT_EQ(reply.headers.get("location"), "");
    }
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    EXPECT_EQ(chat(chat_body()).status(), 200);
}

TEST_F(EdgeReplies, A10_a_cut_answer_never_looks_complete) {
    const std::string begun = stream_head() + event_chunk(stream_frame("a"));
    const auto cut = [&](const std::string& more) { return Reply(begun + more); };
    Reply replies[] = {
        cut("40\r\ndata: {\"id\":\"ha").close(),
        cut(chunk("data: {\"id\":\"half")).close(),
        cut(chunk("data: {\"id\":\"half") + chunk("")).close(),
        cut("").close(),
        cut(chunk("")).close(),  // ends well, but without [DONE]
        cut("").reset(),
        cut("5\r\ndata:").reset(),
        cut("zz\r\n").hold(),
    };
    std::size_t calls = 0;
    for (const auto& reply : replies) {
        upstream.enqueue(reply);
        auto client = connect();
        ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
        EXPECT_TRUE(client.wait_for_close()) << calls;
        const auto& received = client.received();
        EXPECT_FALSE(received.ends_with("\r\n0\r\n\r\n")) << calls << ": the last chunk was sent";
        EXPECT_THAT(received, Not(HasSubstr("[DONE]"))) << calls;
        EXPECT_THAT(received, HasSubstr("{\"error\":")) << calls;
        ++calls;
        const auto rows = usage_rows(calls);
        ASSERT_EQ(rows.size(), calls);
        EXPECT_NE(rows.back().at("outcome"), "completed") << calls;
    }
    // An answer in one piece.
    const std::string ok = chat_answer();
    for (const auto& bytes :
         {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(ok.size() + 1) +
              "\r\n\r\n" + ok,
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(ok)}) {
        upstream.enqueue(Reply(bytes).close());
        EXPECT_EQ(chat(chat_body()).status(), 502) << bytes;
    }
}

TEST_F(EdgeReplies, A11_surplus_upstream_bytes_reach_nobody) {
    const auto made = server->command({"key", "create", "--name", "tenant-b"});
    const std::string canary = "tenant-a-secret";
    const std::string clean = http_reply(200, chat_answer("clean"));
    const Reply surplus[] = {
        Reply(clean + http_reply(200, chat_answer(canary))),
        Reply(clean + canary),
        Reply(clean + "\r\n"),
        Reply(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
            chunk(chat_answer("clean")) + chunk("") + http_reply(200, chat_answer(canary))
        ),
        Reply("HTTP/1.1 204 No Content\r\n\r\n" + http_reply(200, chat_answer(canary))),
        Reply(http_reply(429, "{}") + http_reply(200, chat_answer(canary))),
    };
    for (const auto& reply : surplus) {
        upstream.enqueue(reply);
        (void)chat(chat_body());
        EXPECT_NE(upstream.wait_for_close(upstream.last().connection), PeerEnd::none) << "it was kept";
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("mine"))); });
        for (int number = 0; number < 50; ++number) {
            const auto answer = chat(chat_body());
            ASSERT_EQ(answer.status(), 200);
            ASSERT_THAT(answer.body, HasSubstr("mine"));
        }
    }
    EXPECT_EQ(made.status, 0) << made.err;
}

// The text of each event, read as the standard says: an event's data lines belong together.
std::vector<std::string> texts_of(const std::string& body) {
    std::vector<std::string> texts;
    std::string lines;
    for (std::size_t at = 0; at < body.size(); ++at) {
        const bool pair = body[at] == '\r' && body.substr(at + 1, 1) == "\n";
        lines += body[at] == '\r' ? '\n' : body[at];
        at += pair ? 1 : 0;
    }
    for (std::size_t at = 0, end = 0; at < lines.size(); at = end) {
        at = lines.find("data:", at);
        end = std::min(lines.find("\n\n", at), lines.size());
        if (at == std::string::npos) {
            break;
        }
        std::string data;
        for (const auto& line : event_data(lines.substr(at, end - at) + "\n\n")) {
            data += line;
        }
        if (data == "[DONE]") {
            texts.push_back(data);
            continue;
        }
        const auto event = parse(data);
        const auto& choices = event.at("choices").as_array();
        texts.emplace_back(choices.empty() ? "usage" : choices[0].at("delta").at("content").as_string());
    }
    return texts;
}

TEST_F(EdgeReplies, A20_the_cut_of_the_bytes_changes_nothing) {
    // CR, LF and CRLF, a byte order mark, comments, an event of several data lines, four bytes of UTF-8.
    const std::string big = last_frame("c");
    const std::string stream = "\xEF\xBB\xBF: hello\r\n\r\ndata: " + stream_frame("a") +
                               "\n\nevent: x\rdata: " + stream_frame("\xF0\x9F\x98\x80") +
                               "\r\rid: 7\r\ndata: " + big.substr(0, big.size() - 1) +
                               "\r\ndata: }\r\n\r\n: bye\n\ndata:" + usage_frame(3, 4) + "\n\ndata: [DONE]\n\n";
    const auto events_of = [&](const Reply& reply) {
        upstream.enqueue(reply);
        const auto answer = chat(chat_body("gpt-test", kStream + R"(,"stream_options":{"include_usage":true})"));
        EXPECT_TRUE(answer.complete);
        return texts_of(answer.body);
    };
    const std::vector<std::string> wanted{"a", "\xF0\x9F\x98\x80", "c", "usage", "[DONE]"};
    EXPECT_EQ(events_of(Reply(stream_head() + chunk(stream) + chunk(""))), wanted);
    EXPECT_EQ(events_of(Reply().slices(stream_head() + chunk(stream) + chunk(""), 1)), wanted);
    std::size_t calls = 2;
    for (std::size_t at = 1; at < stream.size(); ++at, ++calls) {
        // Two chunks in one write, cut at every byte: the splitter sees two pieces.
        ASSERT_EQ(
            events_of(Reply(stream_head() + chunk(stream.substr(0, at)) + chunk(stream.substr(at)) + chunk(""))), wanted
        ) << "cut at "
          << at;
    }
    const auto rows = usage_rows(calls);
    for (const auto& row : rows) {
        ASSERT_EQ(row.at("input_tokens") + "/" + row.at("output_tokens"), "3/4");
        ASSERT_EQ(row.at("outcome"), "completed");
    }
}

TEST_F(EdgeReplies, A21_content_cannot_forge_events) {
    const std::string evil = R"(x\n\ndata: [DONE]\n\nevent: error\ndata: {\"error\":1}\r\r: \u2028\u0000)";
    upstream.enqueue(Reply(
        stream_head() + event_chunk(stream_frame("a")) + event_chunk(stream_frame(evil)) +
        event_chunk(last_frame("b")) + event_chunk("[DONE]") + event_chunk("[DONE]") +
        event_chunk(stream_frame("behind")) + chunk("")
    ));
    const auto answer = chat(chat_body("gpt-test", kStream));
    const auto texts = texts_of(answer.body);
    ASSERT_EQ(texts.size(), 4U) << answer.body;
    EXPECT_THAT(texts[1], HasSubstr("x\n\ndata: [DONE]\n\nevent: error"));
    EXPECT_EQ(texts[2], "b");
    EXPECT_EQ(texts[3], "[DONE]");
}

}  // namespace
}  // namespace aihub::testing
