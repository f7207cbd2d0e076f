// Streams and many callers at once. Rows A12, A18, A19, A22, A23, A27 and A36 of the reliability table.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"
#include "support/tcp_gate.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

const std::string kStream = R"(,"stream":true)";

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class EdgeStreams : public Gateway {
protected:
    // One provider behind `gate`.
    void start_behind(const TcpGate& gate, std::string_view more) {
        std::string text = config(more);
        const auto port = std::to_string(upstream.port());
        text.replace(text.find(port), port.size(), std::to_string(gate.port()));
        start_with(text);
    }
    static std::string nonce_in(const std::string& body) {
        const auto at = body.find("nonce-");
        return at == std::string::npos ? "" : body.substr(at, body.find_first_of("\"\\", at) - at);
    }
};

// Whoever asks gets the own answer or a clean 5xx, whatever happens to the connections.
TEST_F(EdgeStreams, A12_every_answer_goes_to_its_asker) {
    TcpGate gate(upstream.port());
    start_behind(gate, "limits: { idle_upstream_max: 4 }\n");
    upstream.set_handler([](const UpstreamRequest& request) {
        const auto nonce = nonce_in(request.message.body);
        const bool stream = request.message.body.find("\"stream\":true") != std::string::npos;
        if (!stream) {
            return Reply(http_reply(200, chat_answer(nonce)));
        }
        return Reply(stream_head() + event_chunk(stream_frame(nonce)) + event_chunk("[DONE]") + chunk(""));
    });
    constexpr int kClients = 20;
    constexpr int kCalls = 100;
    std::atomic<int> right{0};
    std::atomic<int> refused{0};
    std::atomic<int> cut{0};
    std::atomic<int> wrong{0};
    std::atomic<int> unanswered{0};
    std::atomic<bool> over{false};
    std::jthread faults([&] {
        for (int round = 0; !over; ++round) {
            gate.slice(round % 4 == 0 ? 1 : 0);
            gate.delay(Milliseconds(round % 5 == 0 ? 2 : 0));
            gate.stall(Direction::to_client, round % 7 == 0);
            if (round % 3 == 0) {
                gate.cut();
            }
            (void)make_signal()->wait(Milliseconds(20));
        }
        gate.stall(Direction::to_client, false);
    });
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
        clients.emplace_back([&, client] {
            auto connection = connect();
            for (int number = 0; number < kCalls; ++number) {
                const auto nonce = "nonce-" + std::to_string(client) + "-" + std::to_string(number) + "-";
                const auto more = ",\"user\":\"" + nonce + "\"" + (number % 3 == 0 ? kStream : "");
                if (connection.ended() || !connection.send(post(kChat, chat_body("gpt-test", more)))) {
                    connection = connect();
                    connection.send(post(kChat, chat_body("gpt-test", more)));
                }
                const auto reply = connection.reply();
                const auto got = reply ? nonce_in(reply->body) : "";
                if (!got.empty() && got != nonce) {
                    ++wrong;
                } else if (reply && reply->status() == 200 && got == nonce && reply->complete) {
                    ++right;
                } else if (reply && reply->status() >= 500 && got.empty()) {
                    ++refused;
                } else if (reply) {
                    ++cut;  // a stream that was cut, and says so
                    EXPECT_TRUE(has_error_event(reply->body)) << reply->body;
                } else {
                    ++unanswered;
                }
                if (!reply || reply->headers.get("connection") == "close" || !reply->complete) {
                    connection = connect();
                }
            }
        });
    }
    clients.clear();
    over = true;
    faults.join();
    std::cout << "A12: " << right << " right, " << refused << " clean 5xx, " << cut << " cut with an error, " << wrong
              << " wrong of " << kClients * kCalls << "; " << upstream.connections()
              << " connections to the provider\n";
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(unanswered, 0);
    EXPECT_EQ(right + refused + cut, kClients * kCalls);
    EXPECT_GT(right, kClients * kCalls / 2);
}

// Many fast streams, clients that do not read: what is on its way is bounded, and nothing of it is lost.
TEST_F(EdgeStreams, A18_slow_clients_bound_the_memory_and_lose_nothing) {
    start("loops: 1\n");
    constexpr std::size_t kStreams = 10;
    constexpr std::size_t kFrames = 2000;
    // Each frame says which it is.
    const auto mark = [](std::size_t number) { return "<" + std::to_string(number) + ">"; };
    Reply numbered(stream_head());
    std::size_t frame_bytes = 0;
    for (std::size_t number = 0; number < kFrames; ++number) {
        const auto frame = event_chunk(stream_frame(mark(number) + std::string(4000, 'x')));
        frame_bytes += frame.size();
        numbered.send(frame);
    }
    numbered.send(event_chunk("[DONE]") + chunk(""));
    upstream.set_handler([numbered](const UpstreamRequest&) { return numbered; });
    const auto before = resident_bytes(server->pid());
    std::vector<RawClient> clients;
    for (std::size_t number = 0; number < kStreams; ++number) {
        clients.push_back(connect(4096));
        ASSERT_TRUE(clients.back().send(post(kChat, chat_body("gpt-test", kStream))));
    }
    ASSERT_TRUE(upstream.wait_for_requests(kStreams));
    const auto sent = [&] {
        std::uint64_t all = 0;
        for (std::size_t index = 0; index < upstream.connections(); ++index) {
            all += upstream.sent(index);
        }
        return all;
    };
    std::uint64_t last = 0;
    int unchanged = 0;
    ASSERT_TRUE(eventually([&] {
        const auto all = sent();
        unchanged = all == last && all > 0 ? unchanged + 1 : 0;
        last = all;
        return unchanged >= 40;
    })) << "the provider goes on sending";
    const auto grown = resident_bytes(server->pid()) - before;
    std::cout << "A18: " << kStreams << " streams of " << frame_bytes / 1000000 << " MB that nobody reads: +"
              << grown / 1024 << " KiB\n";
    EXPECT_LT(grown, growth(static_cast<std::int64_t>(kStreams * (256 << 10) + (16 << 20))));
    for (auto& client : clients) {
        ASSERT_TRUE(client.read_until(
            [](std::string_view got) {
                return got.substr(got.size() - std::min<std::size_t>(got.size(), 64)).find("[DONE]") !=
                       std::string::npos;
            },
            Milliseconds(60000)
        ));
        const auto& got = client.received();
        std::size_t at = 0;
        for (std::size_t number = 0; number < kFrames; ++number) {
            at = got.find(mark(number), at);
            ASSERT_NE(at, std::string::npos) << number;
        }
        EXPECT_EQ(std::count(got.begin(), got.end(), '<'), static_cast<std::ptrdiff_t>(kFrames));
    }
}

TEST_F(EdgeStreams, A19_a_line_or_an_event_without_end_is_cut) {
    start("loops: 1\nlimits: { stream_frame_bytes_max: 1MiB }\nstorage: { usage_flush_interval: 10ms }\n");
    const Reply endless[] = {
        Reply(stream_head() + event_chunk(stream_frame("a")) + chunk("data: "))
            .flood(chunk(std::string(65536, 'x')), 4096),
        Reply(stream_head() + event_chunk(stream_frame("a"))).flood(chunk("data: x\n"), 1000000),
        Reply(stream_head() + event_chunk(stream_frame("a")) + chunk(": ")).flood(chunk(std::string(65536, 'x')), 4096),
    };
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk("[DONE]") + chunk("")));
    (void)chat(chat_body("gpt-test", kStream));
    std::size_t calls = 1;
    for (const auto& reply : endless) {
        const auto before = resident_bytes(server->pid());
        upstream.enqueue(reply);
        const auto answer = chat(chat_body("gpt-test", kStream));
        ++calls;
        EXPECT_TRUE(has_error_event(answer.body)) << calls;
        EXPECT_FALSE(has_done(answer.body));
        EXPECT_LT(answer.body.size(), 2000U);
        EXPECT_LT(resident_bytes(server->pid()) - before, growth(4 << 20)) << calls;
        EXPECT_NE(upstream.wait_for_close(upstream.last().connection), PeerEnd::none);
        const auto rows = usage_rows(calls);
        EXPECT_NE(rows.back().at("outcome"), "completed");
    }
}

TEST_F(EdgeStreams, A22_events_pass_at_once) {
    start("loops: 1\n");
    constexpr int kEvents = 40;
    std::vector<SignalPtr> gates;
    Reply reply(stream_head());
    for (int number = 0; number < kEvents; ++number) {
        gates.push_back(make_signal());
        reply.wait(gates.back()).send(event_chunk(stream_frame("e" + std::to_string(number) + "!")));
    }
    upstream.enqueue(reply.send(event_chunk("[DONE]") + chunk("")));
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    std::vector<std::int64_t> times;
    for (int number = 0; number < kEvents; ++number) {
        const auto begun = now_us();
        gates[static_cast<std::size_t>(number)]->set();
        // Each comes before the next is sent: no two are held back to be sent together.
        ASSERT_TRUE(client.read_until("e" + std::to_string(number) + "!")) << number;
        times.push_back(now_us() - begun);
    }
    std::sort(times.begin(), times.end());
    std::cout << "A22: event latency median " << times[kEvents / 2] << " us, worst " << times.back() << " us\n";
    EXPECT_LT(times[kEvents * 9 / 10], 50000);
    EXPECT_TRUE(client.read_until("[DONE]"));
}

TEST_F(EdgeStreams, A23_a_client_that_leaves_ends_its_call) {
    start("loops: 1\nstorage: { usage_flush_interval: 10ms }\n");
    const std::string begun = stream_head() + event_chunk(stream_frame("a"));
    struct Point {
        std::string name;
        Reply reply;
        std::string seen;  // by the client, before it leaves
    };
    const Point points[] = {
        {"before the head", Reply().hold(), ""},
        {"before the first event", Reply(stream_head()).hold(), ""},
        {"in the middle", Reply(begun).hold(), "\"a\""},
        {"before the usage", Reply(begun + event_chunk(stream_frame("last"))).hold(), "\"last\""},
        {"after the usage", Reply(begun + event_chunk(usage_frame(3, 4))).hold(), "\"a\""},
    };
    std::size_t calls = 0;
    for (const auto& [name, reply, seen] : points) {
        upstream.enqueue(reply);
        auto client = connect();
        ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
        ASSERT_TRUE(upstream.wait_for_requests(++calls));
        ASSERT_TRUE(seen.empty() || client.read_until(seen)) << name;
        const Deadline clock;
        client.close();
        EXPECT_NE(upstream.wait_for_close(upstream.last().connection), PeerEnd::none) << name;
        EXPECT_LT(clock.spent().count(), 1000) << name;
        const auto rows = usage_rows(calls);
        ASSERT_EQ(rows.size(), calls) << name;
        EXPECT_EQ(rows.back().at("outcome"), "client_closed") << name;
        EXPECT_EQ(rows.back().at("attempts"), "1") << name;
        if (name == "after the usage") {
            EXPECT_EQ(rows.back().at("output_tokens"), "4");
        }
    }
    EXPECT_EQ(metric("aihub_streams_open"), 0);
    EXPECT_EQ(usage_rows(calls).size(), calls) << "a call was recorded twice";
}

TEST_F(EdgeStreams, A27_running_out_of_descriptors) {
    start("loops: 1\n");
    const auto finish = make_signal();
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")))
                         .wait(finish)
                         .send(event_chunk(stream_frame("b")) + event_chunk("[DONE]") + chunk("")));
    auto streaming = connect();
    ASSERT_TRUE(streaming.send(post(kChat, chat_body("gpt-test", kStream))));
    ASSERT_TRUE(streaming.read_until("\"a\""));
    const auto most = open_descriptors(server->pid()) + 20;
    const rlimit limit{most, most};
    ASSERT_EQ(::prlimit(server->pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
    std::vector<RawClient> clients;
    for (int number = 0; number < 200; ++number) {
        clients.push_back(connect());
    }
    std::size_t refused = 0;
    for (std::size_t number = 30; number < clients.size(); ++number) {
        if (clients[number].wait_for_close(Milliseconds(3000))) {
            ++refused;
            EXPECT_THAT(clients[number].received(), HasSubstr(" 503 "));
            EXPECT_THAT(clients[number].received(), HasSubstr("Retry-After: 1\r\n"));
        }
    }
    EXPECT_EQ(refused, clients.size() - 30);
    // Those that were let in are served, and the process waits without work.
    ASSERT_TRUE(clients[0].send(http_request("GET", "/healthz")));
    EXPECT_EQ(clients[0].reply().value_or(Message{}).status(), 200);
    const auto cpu = processor_ms(server->pid());
    const Deadline second(Milliseconds(1000));
    (void)clients[1].wait_for_close(Milliseconds(1000));
    EXPECT_LE(processor_ms(server->pid()) - cpu, 100) << "it spins";
    finish->set();
    EXPECT_TRUE(streaming.read_until("[DONE]"));
    clients.clear();
    const Deadline clock;
    EXPECT_TRUE(eventually([&] {
        auto client = connect();
        client.send(http_request("GET", "/healthz"));
        return client.reply().value_or(Message{}).status() == 200;
    }));
    EXPECT_LE(clock.spent().count(), 1000);
}

TEST_F(EdgeStreams, A36_the_address_of_a_caller_cannot_be_forged) {
    start("limits: { connections_per_address_max: 3 }\n");
    std::vector<RawClient> open;
    for (int number = 0; number < 3; ++number) {
        open.push_back(connect());
        open.back().send(http_request("GET", "/healthz"));
        ASSERT_EQ(open.back().reply().value_or(Message{}).status(), 200);
    }
    for (const std::string_view field :
         {"X-Forwarded-For: 192.0.2.7\r\n", "X-Real-IP: 192.0.2.7\r\n", "Forwarded: for=192.0.2.7\r\n"}) {
        auto client = connect();
        client.send(http_request("GET", "/healthz", {}, field));
        EXPECT_EQ(client.reply().value_or(Message{}).status(), 503) << field;
    }
    // The PROXY protocol is no request.
    open.clear();
    for (const auto& line :
         {std::string("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n"),
          std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x08\0\1\0\2", 28)}) {
        EXPECT_TRUE(eventually([&] {
            auto client = connect();
            client.send(line + http_request("GET", "/healthz"));
            const auto reply = client.reply().value_or(Message{});
            return reply.status() == 400 && client.wait_for_close() && client.received().empty();
        }));
    }
}

class EdgeProxies : public Gateway {
protected:
    // A listener that trusts 127.0.0.1 and 10.0.0.0/8.
    void begin(std::string_view more = {}) {
        auto text = config(more);
        const std::string listen = "listen: 127.0.0.1:0\n";
        ASSERT_EQ(text.find(listen), 0U);
        text.replace(
            0, listen.size(), "listen: { address: 127.0.0.1, port: 0, trusted_proxies: [127.0.0.1, 10.0.0.0/8] }\n"
        );
        start_with(text);
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    // The log line of a call with these header lines.
    [[nodiscard]] std::string logged(const std::string& id, std::string_view lines) {
        EXPECT_EQ(call(post(kChat, chat_body(), "X-Request-Id: " + id + "\r\n" + std::string(lines))).status(), 200);
        return server->child().wait_for_line(ChildProcess::Output::err, id).value_or("no line");
    }
};

TEST_F(EdgeProxies, A36_a_trusted_proxy_says_who_the_client_is) {
    begin();
    using ::testing::HasSubstr;
    EXPECT_THAT(logged("r-none", ""), HasSubstr("client=127.0.0.1"));
    EXPECT_THAT(logged("r-one", "X-Forwarded-For: 192.0.2.7\r\n"), HasSubstr("client=192.0.2.7"));
    EXPECT_THAT(
        logged("r-forged", "X-Forwarded-For: 198.51.100.1, 192.0.2.7, 10.0.0.3\r\n"), HasSubstr("client=192.0.2.7")
    ) << "the client's own words do not count";
    EXPECT_THAT(logged("r-other", "Forwarded: for=198.51.100.1\r\n"), HasSubstr("client=127.0.0.1"));
    // No provider is told.
    EXPECT_EQ(upstream.last().message.headers.get("forwarded"), "");
    EXPECT_EQ(upstream.last().message.headers.get("x-forwarded-for"), "");
}

TEST_F(EdgeProxies, A36_limits_of_an_address_are_those_of_the_client_behind_it) {
    begin("limits: { connections_per_address_max: 2 }\n");
    const auto go = std::make_shared<Signal>();
    upstream.set_handler([go](const UpstreamRequest&) { return Reply().wait(go).send(http_reply(200, chat_answer())); }
    );
    const auto from = [&](std::string_view address) {
        auto client = connect();
        client.send(post(kChat, chat_body(), "X-Forwarded-For: " + std::string(address) + "\r\n"));
        return client;
    };
    // One connection of the proxy for each call: they do not count as one client's.
    std::vector<RawClient> clients;
    for (const char* address : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3"}) {
        clients.push_back(from(address));
    }
    ASSERT_TRUE(upstream.wait_for_requests(5));
    const auto refused = from("192.0.2.1").reply().value_or(Message{});
    EXPECT_EQ(refused.status(), 503);
    EXPECT_EQ(refused.headers.get("retry-after"), "1");
    EXPECT_THAT(refused.body, ::testing::HasSubstr("connections_per_address_max"));
    EXPECT_EQ(from("203.0.113.9, 192.0.2.1").reply().value_or(Message{}).status(), 503) << "forged";
    go->set();
    for (auto& client : clients) {
        EXPECT_EQ(client.reply().value_or(Message{}).status(), 200);
    }
    EXPECT_TRUE(eventually([&] { return from("192.0.2.1").reply().value_or(Message{}).status() == 200; }));
}

}  // namespace
}  // namespace aihub::testing
