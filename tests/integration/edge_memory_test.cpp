// Near the memory limit calls are refused, and the process goes on. Row A28 of the reliability table.
#include "gateway_fixture.hpp"
#include "process_facts.hpp"

#include <atomic>
#include <cstdlib>
#include <iostream>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kRoom = 128 << 20;  // for calls, until they are refused
constexpr std::size_t kBody = 2 << 20;
constexpr std::size_t kCalls = 2 * kRoom / kBody;  // twice of what there is room for

class EdgeMemory : public Gateway {
protected:
    // A sanitizer keeps what was freed for a while; here that would look like memory in use.
    static std::map<std::string, std::string> give_back() {
        std::map<std::string, std::string> environment;
        for (const std::string name : {"ASAN_OPTIONS", "TSAN_OPTIONS"}) {
            const char* const given = std::getenv(name.c_str());
            environment[name] = std::string(given != nullptr ? given : "") + ":allocator_release_to_os_interval_ms=50";
        }
        environment["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
        return environment;
    }
    // Bodies may hold half of it, which is more than there is room for: memory is what runs out first.
    [[nodiscard]] std::string limits(std::int64_t memory_max) const {
        return config(
            "loops: 1\nlimits: { memory_shed_percent: 50, memory_max: " + std::to_string(memory_max) + " }\n"
        );
    }
    // Starts, and allows the process kRoom more than it has then.
    void begin() {
        start_with(limits(0), give_back());
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
        ASSERT_EQ(chat(chat_body()).status(), 200);
        limit = 2 * (resident_bytes(server->pid()) + kRoom);
        server->set_config(limits(limit));
        server->reload();
        ASSERT_TRUE(eventually([&] { return metric("aihub_memory_limit_bytes") > 0; }));
    }
    [[nodiscard]] static std::string large_body() {
        return chat_body("gpt-test", ",\"p\":\"" + std::string(kBody, 'x') + "\"");
    }

    std::int64_t limit = 0;
};

TEST_F(EdgeMemory, A28_near_the_limit_it_sheds_and_recovers) {
    begin();
    const auto go = std::make_shared<Signal>();
    const auto arrived = std::make_shared<std::atomic<std::size_t>>(0);
    upstream.set_handler([go, arrived](const UpstreamRequest&) {
        ++*arrived;
        return Reply().wait(go).send(http_reply(200, chat_answer("mine")));
    });
    const auto request = post(kChat, large_body());
    std::vector<RawClient> admitted;
    std::size_t shed = 0;
    std::int64_t most = 0;
    for (std::size_t number = 0; number < kCalls; ++number) {
        auto client = connect();
        ASSERT_TRUE(client.send(request));
        // It is with the provider, or it has an answer.
        ASSERT_TRUE(eventually([&] { return *arrived > admitted.size() || client.read_until("}}", Milliseconds(0)); }));
        most = std::max(most, resident_bytes(server->pid()));
        if (*arrived > admitted.size()) {
            admitted.push_back(std::move(client));
            continue;
        }
        const auto reply = client.reply().value_or(Message{});
        EXPECT_EQ(reply.status(), 503);
        EXPECT_EQ(reply.headers.get("retry-after"), "1");
        EXPECT_EQ(error_field(reply, "code"), "overloaded");
        EXPECT_THAT(reply.body, HasSubstr("limits.memory_max"));
        EXPECT_TRUE(client.wait_for_close());
        ++shed;
    }
    EXPECT_GE(admitted.size(), kCalls / 8);
    EXPECT_GE(shed, kCalls / 8);
    EXPECT_LT(most, limit * 3 / 4);
    // Small ones, too; what operators look at answers.
    EXPECT_EQ(chat(chat_body()).status(), 503);
    EXPECT_EQ(get("/healthz").status(), 200);
    EXPECT_EQ(get("/v1/models").status(), 200);
    const auto readiness = get("/readyz");
    EXPECT_EQ(readiness.status(), 503);
    EXPECT_THAT(readiness.body, HasSubstr("memory"));
    EXPECT_EQ(metric("aihub_memory_shedding"), 1);
    EXPECT_GE(metric("aihub_calls_shed_total"), static_cast<double>(shed));
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "near the memory limit"));
    go->set();
    for (auto& client : admitted) {
        const auto reply = client.reply().value_or(Message{});
        EXPECT_EQ(reply.status(), 200);
        EXPECT_THAT(reply.body, HasSubstr("mine"));
    }
    const Deadline clock;
    EXPECT_TRUE(eventually([&] { return get("/readyz").status() == 200; }));
    std::cout << "A28: " << admitted.size() << " of " << kCalls << " calls taken, " << shed << " refused, "
              << most / 1024 << " KiB at most of " << limit / 1024 << ", ready again after " << clock.spent().count()
              << " ms\n";
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "away from the memory limit"));
}

TEST_F(EdgeMemory, A28_streams_go_on_while_new_calls_are_refused) {
    begin();
    const auto go = std::make_shared<Signal>();
    upstream.set_handler([go](const UpstreamRequest&) {
        return Reply(stream_head() + event_chunk(stream_frame("a")))
            .wait(go)
            .send(event_chunk(stream_frame("b")) + event_chunk("[DONE]") + chunk(""));
    });
    auto stream = connect();
    ASSERT_TRUE(stream.send(post(kChat, chat_body("gpt-test", R"(,"stream":true)"))));
    ASSERT_TRUE(stream.read_until(stream_frame("a")));
    // A limit that is below what the process has: from now on nothing is taken.
    server->set_config(limits(1 << 20));
    server->reload();
    ASSERT_TRUE(eventually([&] { return metric("aihub_memory_shedding") == 1; }));
    EXPECT_EQ(chat(chat_body()).status(), 503);
    go->set();
    ASSERT_TRUE(stream.read_until("[DONE]"));
    server->set_config(limits(0));
    server->reload();
    EXPECT_TRUE(eventually([&] { return metric("aihub_memory_shedding") == 0; }));
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    EXPECT_EQ(chat(chat_body()).status(), 200);
}

}  // namespace
}  // namespace aihub::testing
