// A route that is moved to another provider by a reload: how soon it counts, and that no call fails meanwhile.
#include "gateway_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using Milliseconds64 = std::chrono::duration<double, std::milli>;

class ModelSwitch : public Gateway {
protected:
    [[nodiscard]] std::string config_to(std::string_view provider) const {
        std::string text = "listen: 127.0.0.1:0\nproviders:\n";
        for (const auto& [name, port] : {std::pair("up", upstream.port()), std::pair("alt", alternative.port())}) {
            text += "  " + std::string(name) +
                    ": { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" + std::to_string(port) +
                    "/v1\", api_key: " + std::string(kUpstreamKey) + " }\n";
        }
        return text + "models: { fast: " + std::string(provider) + "/gpt-test }\n";
    }
    RawUpstream alternative;
};

TEST_F(ModelSwitch, CountsSoonAndFailsNoCall) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("from up"))); });
    alternative.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("from alt"))); });
    start_with(config_to("up"));
    std::atomic<int> failed{0};
    std::atomic<int> calls{0};
    std::vector<double> times;
    {
        std::jthread load([&](const std::stop_token& stop) {
            RawClient client(server->port());
            while (!stop.stop_requested()) {
                const bool sent = client.send(post(kChat, chat_body("fast")));
                const auto reply = client.reply();
                failed += sent && reply && reply->status() == 200 ? 0 : 1;
                ++calls;
            }
        });
        RawClient client(server->port());
        for (int round = 0; round < 6; ++round) {
            const std::string to = round % 2 == 0 ? "alt" : "up";
            server->set_config(config_to(to));
            const auto begin = std::chrono::steady_clock::now();
            server->reload();
            const bool switched = eventually(
                [&] {
                    const bool sent = client.send(post(kChat, chat_body("fast")));
                    const auto reply = client.reply();
                    failed += sent && reply && reply->status() == 200 ? 0 : 1;
                    return reply && reply->headers.get("x-aihub-provider") == to;
                },
                kPatience * 2
            );
            times.push_back(Milliseconds64(std::chrono::steady_clock::now() - begin).count());
            ASSERT_TRUE(switched) << to;
        }
    }
    std::sort(times.begin(), times.end());
    EXPECT_EQ(failed, 0) << "of " << calls;
    EXPECT_LT(times.back(), 10000) << "a second would be long; the rest is for a slow machine";
    RecordProperty("median_ms", std::to_string(times[times.size() / 2]));
    std::printf("a switch took %.1f ms (median), %.1f ms at most\n", times[times.size() / 2], times.back());
}

}  // namespace
}  // namespace aihub::testing
