#include "gateway/request_body.hpp"

#include "support/gzip.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

namespace aihub::gateway {
namespace {

using testing::gzipped;

class RequestBodyTest : public ::testing::Test {
protected:
    // A body of `coding` under limits of 1000 bytes for one and 100000 for all.
    RequestBody& open(std::string_view coding, std::uint64_t length = 0) {
        config::Snapshot config;
        config.limits.body_memory_max = 100000;
        auto state = std::make_shared<State>();
        state->config = std::make_shared<const config::Snapshot>(config);
        call.state = std::make_shared<const LoopState>(LoopState{state});
        call.head.fields = {{"Content-Encoding", coding}};
        call.head.body = length > 0 ? net::BodyKind::length : net::BodyKind::chunked;
        call.head.length = length;
        return body.emplace(call, held, BodyLimit{body_max, "limits.json_bytes_max"});
    }

    std::size_t body_max = 1000;
    std::atomic<std::size_t> held{0};
    Call call;
    std::optional<RequestBody> body;
};

TEST_F(RequestBodyTest, TakesUpToTheLimitAndNotOneByteMore) {
    auto& plain = open("", 1000);
    ASSERT_TRUE(plain.begin());
    EXPECT_TRUE(plain.take(std::string(999, 'x')));
    EXPECT_TRUE(plain.take("x"));
    const auto one_over = plain.take("x").error();
    EXPECT_EQ(one_over.code, Errc::too_large);
    EXPECT_EQ(one_over.message, "the request body is larger than 1000 bytes (limits.json_bytes_max)");
    EXPECT_TRUE(plain.finish());
    EXPECT_EQ(call.body, std::string(1000, 'x'));
    EXPECT_EQ(open("", 1001).begin().error().code, Errc::too_large) << "by its length alone";
}

TEST_F(RequestBodyTest, CountsWhatAPackedBodyBecomes) {
    auto& packed = open("gzip");
    ASSERT_TRUE(packed.begin());
    ASSERT_TRUE(packed.take(gzipped(std::string(1000, 'x'))));
    EXPECT_TRUE(packed.finish());
    EXPECT_EQ(call.body, std::string(1000, 'x'));
    call.body.clear();
    auto& over = open("gzip");
    ASSERT_TRUE(over.begin());
    const auto one_over = over.take(gzipped(std::string(1001, 'x'))).error();
    EXPECT_EQ(one_over.code, Errc::too_large);
    EXPECT_TRUE(one_over.message.ends_with("(limits.json_bytes_max)")) << one_over.message;
    call.body.clear();
    auto& cut = open("gzip");
    ASSERT_TRUE(cut.begin());
    ASSERT_TRUE(cut.take(gzipped("hello").substr(0, 10)));
    EXPECT_EQ(cut.finish().error().code, Errc::invalid_request);
    EXPECT_EQ(open("br").begin().error().code, Errc::unsupported_media);
}

TEST_F(RequestBodyTest, HoldsNoMoreMemoryThanAllBodiesMay) {
    body_max = 1000000;
    for (const auto* coding : {"", "gzip"}) {
        const auto bytes = [coding](std::size_t size) {
            const std::string text(size, 'x');
            return *coding == '\0' ? text : gzipped(text);
        };
        auto& large = open(coding);
        ASSERT_TRUE(large.begin());
        ASSERT_TRUE(large.take(bytes(100000))) << coding;
        EXPECT_EQ(held, 100000U);
        call.body.clear();
        call.body_memory.release();
        EXPECT_EQ(held, 0U);
        auto& larger = open(coding);
        ASSERT_TRUE(larger.begin());
        EXPECT_EQ(larger.take(bytes(100001)).error().code, Errc::unavailable) << coding;
        call.body.clear();
        call.body_memory.release();
    }
}

}  // namespace
}  // namespace aihub::gateway
