// One request in, one request out: byte strings that make two readers of HTTP disagree, each on a connection of its own
// with a canary behind it. A1 and A3 of the reliability rows.
#include "gateway_fixture.hpp"
#include "strict_http.hpp"
#include "support/byte_cases.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace aihub::testing {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(AIHUB_TESTS_DIR) / "golden";
constexpr std::string_view kBody = R"({"model":"gpt-test","messages":[]})";

enum class Verdict { refuse, accept, local };

struct Case {
    std::string name;
    Verdict verdict;
    std::string bytes;
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::string read_whole(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Edge : public Gateway {
protected:
    // The golden cases of the parsers are written for these limits of a head. One loop: one connection to the provider.
    void SetUp() override {
        start(
            "loops: 1\n"
            "limits: { header_bytes_max: 32768, body_bytes_max: 1048576 }\n"
            "timeouts: { header: 400ms, body: 400ms }\n"
        );
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("mine"))); });
    }

    [[nodiscard]] std::vector<Case> own_cases() const {
        std::vector<Case> cases;
        std::string text = read_whole(kGolden / "edge/requests.txt");
        for (std::size_t at = text.find("\n== "); at != std::string::npos;) {
            const auto line_end = text.find('\n', at + 1);
            const auto next = text.find("\n== ", line_end);
            const std::string title = text.substr(at + 4, line_end - at - 4);
            const std::string word = title.substr(0, title.find(' '));
            const auto verdict = word == "accept"  ? Verdict::accept
                                 : word == "local" ? Verdict::local
                                                   : Verdict::refuse;
            std::string bytes = test::unescape(std::string_view(text).substr(line_end, next - line_end));
            bytes = replaced(bytes, "$POST", "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n$KEY");
            bytes = replaced(replaced(bytes, "$KEY", auth()), "$BODY", kBody);
            cases.push_back({title.substr(word.size() + 1), verdict, bytes});
            at = next;
        }
        return cases;
    }

    // Those of the codecs that are refused, sent to the real server.
    [[nodiscard]] std::vector<Case> codec_cases() const {
        std::vector<Case> cases;
        for (const auto& one : test::load_byte_cases(kGolden / "http/request", ".http")) {
            if (one.expected.starts_with("refused")) {
                cases.push_back({"request/" + one.name, Verdict::refuse, one.bytes});
            }
        }
        for (const auto& one : test::load_byte_cases(kGolden / "http/chunked", ".http")) {
            if (one.expected.starts_with("refused")) {
                const std::string head =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n" + auth() + "Transfer-Encoding: chunked\r\n\r\n";
                cases.push_back({"chunked/" + one.name, Verdict::refuse, head + one.bytes});
            }
        }
        return cases;
    }

    // All replies on a connection, read to its end.
    static std::vector<Message> replies_of(RawClient& client, const Case& one) {
        EXPECT_TRUE(client.wait_for_close()) << one.name;
        std::string received = client.received();
        std::vector<Message> replies;
        for (;;) {
            const bool head = one.bytes.starts_with("HEAD ") && replies.empty();
            auto reply = take_message(received, Side::reply, Ended::yes, head);
            if (!reply) {
                break;
            }
            if (reply->status() != 100) {
                replies.push_back(*std::move(reply));
            }
        }
        EXPECT_EQ(received, "") << one.name << ": bytes that are no reply";
        return replies;
    }

    void run(const Case& one, int number) {
        const std::size_t before = upstream.requests().size();
        const std::string id = "canary-" + std::to_string(number);
        auto client = connect();
        // The end of the canary asks for the end of the connection, so that reading ends.
        client.send(
            one.bytes + "GET /" + id + " HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + id + "\r\nConnection: close\r\n\r\n"
        );
        const auto replies = replies_of(client, one);
        const std::size_t seen = upstream.requests().size() - before;
        if (one.name == "BODY-THEN-LINE-END" || one.name == "LENGTH-SHORTER-THAN-BODY") {
            check_first_of_two(one, replies, seen, id);
        } else {
            check(one, replies, seen, id);
        }
        // Whatever happened: the canary was answered as itself or not at all.
        std::size_t canaries = 0;
        for (const auto& reply : replies) {
            if (reply.headers.get("x-request-id") == id) {
                ++canaries;
                EXPECT_EQ(reply.status(), 404) << one.name;
            }
        }
        EXPECT_LE(canaries, 1U) << one.name;
    }

    // The first message is good and the rest is not one: no canary after it.
    static void check_first_of_two(
        const Case& one, const std::vector<Message>& replies, std::size_t seen, const std::string& id
    ) {
        ASSERT_EQ(replies.size(), 2U) << one.name;
        EXPECT_LE(seen, 1U) << one.name;
        EXPECT_EQ(replies[1].status(), 400) << one.name;
        EXPECT_NE(replies[1].headers.get("x-request-id"), id) << one.name;
    }

    void check(const Case& one, const std::vector<Message>& replies, std::size_t seen, const std::string& id) {
        ASSERT_FALSE(replies.empty()) << one.name << ": no reply";
        const auto& first = replies.front();
        const bool has_canary = replies.size() == 2 && replies[1].headers.get("x-request-id") == id;
        if (one.verdict == Verdict::accept) {
            EXPECT_EQ(seen, 1U) << one.name;
            EXPECT_EQ(first.status(), 200) << one.name << first.body;
            EXPECT_TRUE(has_canary) << one.name;
            check_reading(one);
            return;
        }
        EXPECT_EQ(seen, 0U) << one.name;
        if (one.verdict == Verdict::local) {
            EXPECT_THAT(first.status(), ::testing::AnyOf(200, 400, 401, 404, 405)) << one.name;
            EXPECT_TRUE(replies.size() == 1 || has_canary) << one.name;
            return;
        }
        EXPECT_THAT(first.status(), ::testing::AnyOf(400, 408, 413, 414, 417, 431, 501, 505)) << one.name;
        EXPECT_EQ(first.headers.get("connection"), "close") << one.name;
        EXPECT_EQ(replies.size(), 1U) << one.name << ": answered after a refusal";
    }

    // What the provider got is what a second reader finds in the client's bytes.
    void check_reading(const Case& one) {
        std::string_view bytes = one.bytes;
        const auto read = take_strict_request(bytes);
        ASSERT_TRUE(read) << one.name << ": taken by the gateway, refused by the second reader";
        EXPECT_EQ(bytes, "") << one.name;
        EXPECT_EQ(read->body, upstream.last().message.body) << one.name;
        EXPECT_EQ(upstream.last().message.target(), "/v1/chat/completions") << one.name;
    }
};

TEST_F(Edge, A1_one_request_in_one_request_out) {
    auto cases = own_cases();
    ASSERT_GE(cases.size(), 90U);
    const auto more = codec_cases();
    cases.insert(cases.end(), more.begin(), more.end());
    ASSERT_GE(cases.size(), 250U);
    int number = 0;
    std::size_t accepted = 0;
    for (const auto& one : cases) {
        run(one, ++number);
        accepted += one.verdict == Verdict::accept || one.name == "BODY-THEN-LINE-END" ? 1U : 0U;
    }
    // Every byte that any provider connection got, read by the second reader: so many requests, and nothing else.
    std::size_t total = 0;
    for (std::size_t index = 0; index < upstream.connections(); ++index) {
        const std::string all = upstream.bytes(index);
        std::string_view bytes = all;
        while (!bytes.empty()) {
            const auto read = take_strict_request(bytes);
            ASSERT_TRUE(read) << "the provider got bytes that are no request: " << bytes.substr(0, 200);
            EXPECT_EQ(read->body, kBody);
            EXPECT_EQ(read->method + read->target, "POST/v1/chat/completions");
            ++total;
        }
    }
    EXPECT_EQ(total, accepted);
    std::cout << "A1: " << (HasFailure() ? "FAILED, " : "") << cases.size() << " cases, " << accepted
              << " accepted, 0 desyncs\n";
}

}  // namespace
}  // namespace aihub::testing
