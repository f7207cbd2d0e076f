// Whole answers that are larger than what the sockets hold, and clients that take their time.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

constexpr std::size_t kMiB = 1024UL * 1024;

class LargeReplies : public Gateway {
protected:
    // The configuration with `more` settings of the provider.
    [[nodiscard]] std::string with_provider(std::string_view more_of_provider, std::string_view more = {}) const {
        auto text = config(more);
        const std::string_view models = ", models: [gpt-test, embed-test] }";
        return text.replace(
            text.find(models), models.size(), ", " + std::string(more_of_provider) + std::string(models)
        );
    }
};

TEST_F(LargeReplies, AClientThatReadsNothingKeepsNoPlaceAtTheProvider) {
    start_with(with_provider("in_flight_max: 1, queue_max: 0, connections_max: 1", "loops: 1\n"));
    upstream.enqueue(Reply(http_reply(200, chat_answer(std::string(16 * kMiB, 'a')))));
    auto idle = connect(4096);
    ASSERT_TRUE(idle.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    ASSERT_TRUE(eventually([&] { return metric("aihub_provider_in_flight") == 0; }));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(upstream.connections(), 1U) << "the connection went back, too";
    // The answer itself is not harmed.
    const auto reply = idle.reply();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->complete);
    EXPECT_EQ(reply->body, chat_answer(std::string(16 * kMiB, 'a')));
}

}  // namespace
}  // namespace aihub::testing
