// The harness itself: what the other tests rely on.
#include "support/http_text.hpp"
#include "support/raw_client.hpp"
#include "support/raw_upstream.hpp"
#include "support/server_process.hpp"
#include "support/tcp_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace aihub::testing {
namespace {

const std::string kGet = http_request("GET", "/x");

TEST(RawUpstream, AnswersFromTheQueueAndRecordsEveryByte) {
    RawUpstream upstream;
    upstream.enqueue(Reply(http_reply(200, "one")));
    upstream.enqueue(Reply(http_reply(201, "two")));
    RawClient client(upstream.port());
    const auto request = http_request("POST", "/a", "body", "X-Odd:  y \r\n");
    ASSERT_TRUE(client.send(request + kGet));
    const auto first = client.reply();
    const auto second = client.reply();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->body, "one");
    EXPECT_EQ(second->status(), 201);
    EXPECT_EQ(upstream.bytes(0), request + kGet);
    ASSERT_EQ(upstream.requests().size(), 2U);
    EXPECT_EQ(upstream.requests()[0].message.body, "body");
    EXPECT_EQ(upstream.requests()[0].message.headers.get("x-odd"), "y");
}

TEST(RawUpstream, UnscriptedRequestIsSeen) {
    RawUpstream upstream;
    RawClient client(upstream.port());
    ASSERT_TRUE(client.send(kGet));
    EXPECT_EQ(client.reply()->status(), 599);
}

TEST(RawUpstream, WaitsForASignal) {
    RawUpstream upstream;
    const auto go = make_signal();
    upstream.enqueue(Reply(stream_head() + event_chunk("a")).wait(go).send(event_chunk("b") + chunk("")));
    RawClient client(upstream.port());
    ASSERT_TRUE(client.send(kGet));
    ASSERT_TRUE(client.read_until("data: a"));
    EXPECT_FALSE(client.read_until("data: b", Milliseconds(30)));
    go->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply && reply->complete);
    EXPECT_EQ(event_data(reply->body), (std::vector<std::string>{"a", "b"}));
}

TEST(RawUpstream, SeesThePeerLeave) {
    RawUpstream upstream;
    upstream.set_handler([](const UpstreamRequest&) { return Reply(stream_head()).hold(); });
    RawClient leaves(upstream.port());
    RawClient resets(upstream.port());
    ASSERT_TRUE(leaves.send(kGet));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    ASSERT_TRUE(resets.send(kGet));
    ASSERT_TRUE(upstream.wait_for_requests(2));
    EXPECT_EQ(upstream.wait_for_close(0, Milliseconds(10)), PeerEnd::none);
    // With unread bytes close() would send RST.
    ASSERT_TRUE(leaves.read_until("\r\n\r\n"));
    leaves.close();
    resets.reset();
    const auto first = upstream.requests()[0].connection;
    EXPECT_EQ(upstream.wait_for_close(first), PeerEnd::finished);
    EXPECT_EQ(upstream.wait_for_close(1 - first), PeerEnd::reset);
}

TEST(RawUpstream, CutsAndResets) {
    RawUpstream upstream;
    upstream.enqueue(Reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").close());
    upstream.enqueue(Reply("HTTP/1.1 200 OK\r\n").reset());
    RawClient cut(upstream.port());
    ASSERT_TRUE(cut.send(kGet));
    const auto reply = cut.reply();
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->complete);
    EXPECT_EQ(reply->body, "abc");
    RawClient reset(upstream.port());
    ASSERT_TRUE(reset.send(kGet));
    ASSERT_TRUE(reset.wait_for_close());
    EXPECT_TRUE(reset.was_reset());
}

TEST(RawUpstream, FloodStopsWhenNobodyReads) {
    RawUpstream upstream;
    constexpr std::size_t kPiece = 64 * 1024;
    constexpr std::size_t kTimes = 1024;
    upstream.enqueue(Reply().flood(std::string(kPiece, 'x'), kTimes));
    RawClient client(upstream.port(), 4096);
    ASSERT_TRUE(client.send(kGet));
    ASSERT_TRUE(eventually([&] { return upstream.sent(0) > 0; }));
    EXPECT_FALSE(eventually([&] { return upstream.sent(0) == kPiece * kTimes; }, Milliseconds(100)));
    EXPECT_EQ(client.discard(kPiece * kTimes), kPiece * kTimes);
}

TEST(TakeMessage, ReadsChunksAndKeepsWhatFollows) {
    std::string bytes = stream_head() + chunk("ab") + chunk("c") + chunk("") + "HTTP/1.1 204 X\r\n\r\n";
    const auto first = take_message(bytes, Side::reply, Ended::no);
    ASSERT_TRUE(first && first->complete);
    EXPECT_EQ(first->chunks, (std::vector<std::string>{"ab", "c"}));
    const auto second = take_message(bytes, Side::reply, Ended::no);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status(), 204);
    EXPECT_EQ(bytes, "");
}

TEST(TakeMessage, PartialAndCut) {
    std::string bytes = stream_head() + chunk("ab") + "5\r\nab";
    EXPECT_FALSE(take_message(bytes, Side::reply, Ended::no));
    const auto cut = take_message(bytes, Side::reply, Ended::yes);
    ASSERT_TRUE(cut);
    EXPECT_FALSE(cut->complete);
    EXPECT_EQ(cut->body, "abab");
}

class Gate : public ::testing::Test {
protected:
    void SetUp() override {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, "through")); });
    }
    RawUpstream upstream;
    TcpGate gate{upstream.port()};
};

TEST_F(Gate, PassesSlicesAndDelays) {
    gate.slice(1);
    gate.delay(Milliseconds(1));
    RawClient client(gate.port());
    ASSERT_TRUE(client.send(kGet));
    EXPECT_EQ(client.reply()->body, "through");
    EXPECT_EQ(gate.passed(Direction::to_server), kGet.size());
}

TEST_F(Gate, Refuses) {
    gate.refuse(true);
    RawClient client(gate.port());
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Gate, StallsAndGoesOn) {
    gate.stall(Direction::to_client, true);
    RawClient client(gate.port());
    ASSERT_TRUE(client.send(kGet));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    EXPECT_FALSE(client.reply(Milliseconds(30)));
    gate.stall(Direction::to_client, false);
    EXPECT_TRUE(client.reply());
}

TEST_F(Gate, CutsBothSides) {
    RawClient client(gate.port());
    ASSERT_TRUE(client.send(kGet));
    ASSERT_TRUE(client.reply());
    gate.cut();
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(upstream.wait_for_close(0), PeerEnd::reset);
}

TEST_F(Gate, CutsAfterSoManyBytes) {
    gate.cut_after(Direction::to_client, 20);
    RawClient client(gate.port());
    ASSERT_TRUE(client.send(kGet));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_LE(client.received().size(), 20U);
}

TEST(ChildProcess, OutputSignalsAndStatus) {
    const TempDir directory;
    ChildProcess child(
        {"/bin/sh", "-c", "trap 'echo bye >&2; exit 3' TERM; echo ready on $WHERE; while :; do sleep 0.01; done"},
        directory.path(),
        {{"WHERE", "here"}}
    );
    EXPECT_EQ(child.wait_for_line(ChildProcess::Output::out, "ready"), "ready on here");
    EXPECT_FALSE(child.wait_for_exit(Milliseconds(10)));
    child.signal(SIGTERM);
    EXPECT_EQ(child.wait_for_exit(), 3);
    EXPECT_THAT(child.text(ChildProcess::Output::err), ::testing::HasSubstr("bye\n"));
}

TEST(ChildProcess, EndsWithItsOwner) {
    const TempDir directory;
    pid_t pid = 0;
    {
        ChildProcess child({"/bin/sleep", "1000"}, directory.path());
        pid = child.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, DoesNotWaitForWhatItsChildLeftBehind) {
    const TempDir directory;
    const Deadline begun;
    {
        ChildProcess child({"/bin/sh", "-c", "sleep 3 & echo left; wait"}, directory.path());
        ASSERT_TRUE(child.wait_for_line(ChildProcess::Output::out, "left"));
    }
    EXPECT_LT(begun.spent(), Milliseconds(2500));
}

TEST(RunProgram, MissingProgram) {
    const TempDir directory;
    EXPECT_EQ(run_program({"/nonexistent"}, directory.path()).status, 127);
}

}  // namespace
}  // namespace aihub::testing
