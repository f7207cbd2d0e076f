// Web sockets that are open: what passes, what is recorded, and how they end.
#include "process_facts.hpp"
#include "realtime_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kGone = "nothing";

std::string response_done(int input, int output, std::string_view more = {}) {
    return R"({"type":"response.done","event_id":"e1","response":{"id":"r1","usage":{"total_tokens":)" +
           std::to_string(input + output) + R"(,"input_tokens":)" + std::to_string(input) + R"(,"output_tokens":)" +
           std::to_string(output) +
           R"(,"input_token_details":{"text_tokens":3,"audio_tokens":4,"cached_tokens":2},)"
           R"("output_token_details":{"text_tokens":1,"audio_tokens":5}}})" +
           std::string(more) + "}";
}

// What comes, frame by frame: "1:text" or "0+part" for a fragment.
std::string shown(const std::optional<PeerFrame>& frame) {
    return frame ? std::to_string(frame->opcode) + (frame->last ? ":" : "+") + frame->payload : std::string(kGone);
}

TEST_F(Realtime, EachResponseHasItsRow) {
    start_realtime();
    const std::string trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    auto session =
        open_with(handshake("OpenAI-Beta: realtime=v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n" + trace));
    EXPECT_THAT(session.request, HasSubstr("\r\n" + trace));
    EXPECT_THAT(session.request, StartsWith("GET /v1/realtime?model=rt-1 HTTP/1.1\r\n"));
    EXPECT_THAT(session.request, HasSubstr("Authorization: Bearer " + std::string(kUpstreamKey)));
    EXPECT_THAT(session.request, HasSubstr("openai-beta: realtime=v1\r\n"));
    EXPECT_THAT(session.request, HasSubstr("Sec-WebSocket-Key: " + std::string(kSocketKey)));
    EXPECT_THAT(session.request, Not(HasSubstr("Extensions")));
    EXPECT_THAT(session.request, Not(HasSubstr(key)));
    EXPECT_THAT(session.reply, HasSubstr("Sec-WebSocket-Accept: " + std::string(kSocketAccept)));
    EXPECT_THAT(session.reply, HasSubstr("x-request-id: "));
    EXPECT_TRUE(eventually([&] { return metric("aihub_realtime_open") == 1; }));
    for (const auto& [input, output] : {std::pair(9, 6), std::pair(20, 11)}) {
        ASSERT_TRUE(session.client.text(R"({"type":"response.create"})"));
        EXPECT_EQ(shown(session.provider.next()), R"(1:{"type":"response.create"})");
        for (const auto& event :
             {std::string(R"({"type":"response.output_text.delta","delta":"response.done"})"),
              response_done(input, output)}) {
            ASSERT_TRUE(session.provider.text(event));
            EXPECT_EQ(shown(session.client.next()), "1:" + event);
        }
    }
    auto rows = usage_rows(2);  // They are there while the session goes on.
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["operation"], "realtime_response");
    EXPECT_EQ(rows[0]["provider"], "rt");
    EXPECT_EQ(rows[0]["input_tokens"] + " " + rows[0]["output_tokens"], "9 6");
    EXPECT_EQ(rows[1]["input_tokens"] + " " + rows[1]["output_tokens"], "20 11");
    EXPECT_EQ(metric("aihub_tokens_total{kind=\"input\"}"), 29);
    ASSERT_TRUE(session.client.close_frame(1000));
    EXPECT_EQ(session.provider.next_close(), 1000);
    ASSERT_TRUE(session.provider.close_frame(1000));
    EXPECT_EQ(session.client.next_close(), 1000);
    EXPECT_TRUE(session.client.ends());
    auto row = socket_row(2);
    EXPECT_EQ(row["status"], "101");
    EXPECT_EQ(row["outcome"], "completed");
    EXPECT_EQ(row["request_id"], rows[0]["request_id"]);
    EXPECT_EQ(row.count("input_tokens"), 0U) << "the tokens stand in the rows of the responses";
    EXPECT_TRUE(eventually([&] { return metric("aihub_realtime_open") == 0; }));
    EXPECT_EQ(metric("aihub_realtime_messages_total{direction=\"in\"}"), 2);
    EXPECT_EQ(metric("aihub_realtime_messages_total{direction=\"out\"}"), 4);
}

TEST_F(Realtime, CloseCodesPassInBothDirections) {
    start_realtime();
    for (const bool by_client : {true, false}) {
        auto session = open();
        auto& first = by_client ? session.client : session.provider;
        auto& second = by_client ? session.provider : session.client;
        ASSERT_TRUE(first.close_frame(4000, "bye"));
        auto frame = second.next();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->opcode, 8);
        EXPECT_EQ(frame->close_code(), 4000);
        EXPECT_EQ(frame->payload.substr(2), "bye");
        ASSERT_TRUE(second.close_frame(4000));
        EXPECT_EQ(first.next_close(), 4000);
        EXPECT_TRUE(session.client.ends());
        EXPECT_TRUE(session.provider.ends());
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "completed");
    }
}

TEST_F(Realtime, AProviderThatOnlyHangsUpAfterAClientsCloseIsClosedWithItsCode) {
    start_realtime();
    auto session = open();
    ASSERT_TRUE(session.client.close_frame(4321));
    EXPECT_EQ(session.provider.next_close(), 4321);
    session.provider.close();
    EXPECT_EQ(session.client.next_close(), 4321);
    EXPECT_TRUE(session.client.ends());
}

TEST_F(Realtime, FragmentsAndControlFramesKeepTheirOrder) {
    start_realtime();
    auto session = open();
    for (auto* const from : {&session.client, &session.provider}) {
        auto& to = from == &session.client ? session.provider : session.client;
        const auto role = from == &session.client ? PeerRole::client : PeerRole::server;
        const auto bytes = socket_frame(role, 1, "{\"a\":", false) + socket_frame(role, 9, "are you there") +
                           socket_frame(role, 0, "", false) + socket_frame(role, 10, "") + socket_frame(role, 0, "1}") +
                           socket_frame(role, 2, std::string(200, '\0'));
        for (const char byte : bytes) {
            ASSERT_EQ(from->send({&byte, 1}), 1U);
        }
        EXPECT_EQ(shown(to.next()), "1+{\"a\":");
        EXPECT_EQ(shown(to.next()), "9:are you there");
        EXPECT_EQ(shown(to.next()), "0+");
        EXPECT_EQ(shown(to.next()), "10:");
        EXPECT_EQ(shown(to.next()), "0:1}");
        EXPECT_EQ(shown(to.next()), "2:" + std::string(200, '\0'));
    }
}

TEST_F(Realtime, UsageInAFragmentedMessageIsRead) {
    start_realtime();
    auto session = open();
    const auto event = response_done(7, 8);
    ASSERT_TRUE(session.provider.frame(1, event.substr(0, 40), false));
    ASSERT_TRUE(session.provider.frame(9, "ping"));
    ASSERT_TRUE(session.provider.frame(0, event.substr(40)));
    auto rows = usage_rows(1);
    EXPECT_EQ(rows[0]["input_tokens"] + " " + rows[0]["output_tokens"], "7 8");
}

TEST_F(Realtime, TranscriptionsThatAreBilledByTimeHaveARow) {
    start_realtime();
    auto session = open();
    ASSERT_TRUE(
        session.provider.text(R"({"type":"conversation.item.input_audio_transcription.completed","transcript":"hello",)"
                              R"("usage":{"type":"duration","seconds":2.5}})")
    );
    auto row = usage_rows(1)[0];
    EXPECT_EQ(row["operation"], "realtime_response");
    EXPECT_EQ(row["audio_ms"], "2500");
    EXPECT_EQ(row.count("input_tokens"), 0U);
}

TEST_F(Realtime, LargeMessagesPassWhole) {
    start_realtime("limits: { stream_frame_bytes_max: 65536 }\n");
    auto session = open();
    std::string large(1024UL * 1024, 'x');
    for (std::size_t i = 0; i < large.size(); i += 7) {
        large[i] = static_cast<char>('a' + i % 26);
    }
    ASSERT_TRUE(session.client.text(large));
    EXPECT_EQ(session.provider.next()->payload, large);
    const auto event = response_done(1, 2, R"(,"pad":")" + large + "\"");
    ASSERT_TRUE(session.provider.text(event));
    EXPECT_EQ(session.client.next()->payload, event);
    ASSERT_TRUE(session.provider.text(response_done(3, 4)));
    ASSERT_TRUE(session.client.next());
    session.client.close();
    // Too large to be looked into: passed on all the same, and counted.
    EXPECT_EQ(socket_row(1)["outcome"], "client_closed");
    std::string told;
    for (auto& row : usage_rows(2)) {
        told += row["input_tokens"];
    }
    EXPECT_EQ(told, "3");
    EXPECT_TRUE(eventually([&] { return metric("aihub_realtime_unseen_total") == 1; }));
}

TEST_F(Realtime, AMessageOverTheLimitEndsTheSocketWith1009) {
    start_realtime("limits: { realtime_message_bytes_max: 65536 }\n");
    const std::string most(65536, 'x');
    for (const bool by_client : {true, false}) {
        auto session = open();
        auto& from = by_client ? session.client : session.provider;
        auto& to = by_client ? session.provider : session.client;
        ASSERT_TRUE(from.frame(2, most));
        EXPECT_EQ(to.next()->payload, most);
        ASSERT_TRUE(from.frame(2, most, false));
        EXPECT_EQ(to.next()->payload, most);
        ASSERT_TRUE(from.frame(0, "x"));
        EXPECT_EQ(from.next_close(), 1009);
        EXPECT_EQ(to.next_close(), by_client ? 1001 : 1011);
        EXPECT_TRUE(from.ends());
        EXPECT_TRUE(to.ends());
    }
    auto rows = usage_rows(2);
    EXPECT_EQ(rows[0]["outcome"], "refused");
    EXPECT_EQ(rows[1]["outcome"], "upstream_error");
}

TEST_F(Realtime, ASlowClientSlowsTheProvider) {
    start_realtime();
    auto session = open_with(handshake(), {}, 4096);
    const std::string message(256UL * 1024, 'x');
    const auto frame = socket_frame(PeerRole::server, 2, message);
    const auto before = resident_bytes(server->pid());
    std::size_t frames = 0;
    std::size_t taken = frame.size();
    while (taken == frame.size() && frames < 400) {
        taken = session.provider.send(frame, Milliseconds(300));
        ++frames;
    }
    ASSERT_LT(frames, 200U) << "50 MiB went nowhere";
    EXPECT_LT(resident_bytes(server->pid()) - before, growth(8 << 20));
    std::size_t read = 0;
    while (read + 1 < frames) {
        const auto got = session.client.next();
        ASSERT_TRUE(got);
        ASSERT_EQ(got->payload, message);
        ++read;
    }
}

TEST_F(Realtime, AProviderThatIsCutOffEndsTheSocketWith1011) {
    start_realtime();
    for (const bool reset : {false, true}) {
        auto session = open();
        ASSERT_TRUE(session.provider.text("{}"));
        EXPECT_EQ(shown(session.client.next()), "1:{}");
        reset ? session.provider.reset() : session.provider.close();
        EXPECT_EQ(session.client.next_close(), 1011);
        EXPECT_TRUE(session.client.ends());
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "upstream_error");
    }
}

TEST_F(Realtime, ACutInAFrameNeverLooksComplete) {
    start_realtime();
    auto session = open();
    const auto frame = socket_frame(PeerRole::server, 1, std::string(1000, 'x'));
    session.provider.send(std::string_view(frame).substr(0, 500));
    session.provider.close();
    EXPECT_FALSE(session.client.next());
    EXPECT_EQ(session.client.unread(), frame.substr(0, 500));
}

TEST_F(Realtime, AClientThatLeavesClosesTheProviderAtOnce) {
    start_realtime();
    for (const bool reset : {false, true}) {
        auto session = open();
        reset ? session.client.reset() : session.client.close();
        EXPECT_EQ(session.provider.next_close(Milliseconds(1000)), 1001);
        EXPECT_TRUE(session.provider.ends(Milliseconds(1000)));
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "client_closed");
    }
}

TEST_F(Realtime, ABadFrameEndsTheSocket) {
    start_realtime();
    {
        auto session = open();
        session.client.send(socket_frame(PeerRole::server, 1, "not masked"));
        EXPECT_EQ(session.client.next_close(), 1002);
        EXPECT_TRUE(session.client.ends());
        EXPECT_EQ(session.provider.next_close(), 1001);
        EXPECT_TRUE(session.provider.ends());
    }
    {
        auto session = open();
        session.provider.send("\xc1\x01x");
        EXPECT_EQ(session.provider.next_close(), 1002);
        EXPECT_TRUE(session.provider.ends());
        EXPECT_EQ(session.client.next_close(), 1011);
        EXPECT_TRUE(session.client.ends());
    }
    auto rows = usage_rows(2);
    EXPECT_EQ(rows[0]["outcome"], "refused");
    EXPECT_EQ(rows[1]["outcome"], "upstream_error");
}

TEST_F(Realtime, ASocketMayGoOnWhileTheServerStops) {
    start_realtime("shutdown_grace: 2s\n");
    auto session = open();
    server->terminate();
    ASSERT_TRUE(eventually([&] {
        return server->output().find("drain") != std::string::npos ||
               server->output().find("stop") != std::string::npos;
    }));
    ASSERT_TRUE(session.client.text("still here"));
    EXPECT_EQ(shown(session.provider.next()), "1:still here");
    EXPECT_EQ(session.client.next_close(), 1001);
    EXPECT_EQ(session.provider.next_close(), 1001);
    EXPECT_TRUE(session.client.ends());
    EXPECT_TRUE(session.provider.ends());
    EXPECT_EQ(server->wait_for_exit(), 0);
    EXPECT_EQ(socket_row()["outcome"], "cancelled");
}

TEST_F(Realtime, IdleAndTotalTimeEndASocket) {
    start_realtime("timeouts: { realtime_idle: 1s, realtime_total: 2500ms }\n");
    auto idle = open();
    auto busy = open();
    const Deadline since;
    while (since.spent() < Milliseconds(1500)) {
        ASSERT_TRUE(busy.client.frame(9, "p"));
        ASSERT_EQ(shown(busy.provider.next()), "9:p");
        static_cast<void>(busy.client.next(Milliseconds(100)));
    }
    EXPECT_EQ(idle.client.next_close(), 1001);
    EXPECT_EQ(idle.provider.next_close(), 1001);
    while (since.spent() < Milliseconds(25000) && busy.client.unread().empty()) {
        ASSERT_TRUE(busy.client.frame(9, "p"));
        if (shown(busy.provider.next()) != "9:p") {
            break;
        }
    }
    EXPECT_EQ(busy.client.next_close(), 1001);
    EXPECT_GE(since.spent(), Milliseconds(2300));
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "timeout");
    }
}

TEST_F(Realtime, AnOpenedSocketIsASuccessHoweverItEnds) {
    start_with(provider_config() + "breaker: { failures_max: 2, error_percent: 0, open: 1m }\n");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(refused_by_provider(http_reply(500, "{}")).status(), 502);
        auto session = open();
        session.provider.reset();
        EXPECT_EQ(session.client.next_close(), 1011);
    }
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"rt\"}"), 0);
}

TEST_F(Realtime, AnOpenSocketHoldsItsPlaceAtTheProvider) {
    start_with(provider_config(", in_flight_max: 1, queue_max: 0"));
    auto session = open();
    EXPECT_EQ(metric("aihub_provider_in_flight{provider=\"rt\"}"), 1);
    const auto reply = call(handshake());
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(error_field(reply, "code"), "overloaded");
    ASSERT_TRUE(session.client.text("still here"));
    EXPECT_EQ(shown(session.provider.next()), "1:still here");
    session.client.close();
    EXPECT_TRUE(eventually([&] { return metric("aihub_provider_in_flight{provider=\"rt\"}") == 0; }));
    auto next = open();
    EXPECT_THAT(next.reply, HasSubstr("101"));
}

}  // namespace
}  // namespace aihub::testing
