// A provider that fails, and another one that could take over: who is asked, how often, and what the client sees.
#include "gateway_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace aihub::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Instant = std::chrono::steady_clock::time_point;
const std::string kStream = R"(,"stream":true)";

std::string error_object(std::string_view type) {
    return R"({"error":{"message":"said by the provider","type":")" + std::string(type) + R"(","param":null,"code":")" +
           std::string(type) + R"("}})";
}

std::string whole_stream(std::string_view content) {
    return stream_head() + event_chunk(stream_frame(content)) + event_chunk("[DONE]") + chunk("");
}

// Providers `up` and `alt`, and a route `safe` over both.
class Attempts : public Gateway {
protected:
    void SetUp() override { serve(""); }
    // `more`: members of the route, and top-level keys behind them.
    void serve(std::string_view route, std::string_view more = {}) {
        std::string text = "listen: 127.0.0.1:0\nproviders:\n";
        for (const auto& [name, port] : {std::pair("up", upstream.port()), std::pair("alt", alternative.port())}) {
            text += "  " + std::string(name) +
                    ": { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" + std::to_string(port) +
                    "/v1\", api_key: " + std::string(kUpstreamKey) + " }\n";
        }
        text += "models:\n  safe: { candidates: [up/gpt-test, alt/gpt-test]" + std::string(route) +
                " }\n  single: up/gpt-test\n" + std::string(more);
        start_with(text);
        alternative.set_handler([](const UpstreamRequest& request) {
            const bool stream = request.message.body.find("\"stream\":true") != std::string::npos;
            return Reply(stream ? whole_stream("from alt") : http_reply(200, chat_answer("from alt")));
        });
    }
    [[nodiscard]] Message safe(std::string_view more = {}) const { return chat(chat_body("safe", more)); }

    RawUpstream alternative;
};

TEST_F(Attempts, AKeptConnectionThatWasClosedCostsNothing) {
    upstream.enqueue(Reply(http_reply(200, chat_answer("one"))).close());
    upstream.enqueue(Reply(http_reply(200, chat_answer("two"))));
    EXPECT_THAT(safe().body, HasSubstr("one"));
    EXPECT_THAT(safe().body, HasSubstr("two"));
    EXPECT_EQ(upstream.requests().size(), 2U);
    EXPECT_EQ(alternative.requests().size(), 0U);
    EXPECT_EQ(usage_rows(2).size(), 2U);
}

TEST_F(Attempts, ARequestThatWasTakenIsExecutedOnce) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply().close(); });
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(upstream.requests().size(), 1U);
    EXPECT_EQ(alternative.requests().size(), 0U);
    EXPECT_EQ(usage_rows(1).size(), 1U);
}

TEST_F(Attempts, AStreamThatBrokeOffIsExecutedOnce) {
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(stream_head() + event_chunk(stream_frame("a"))).close();
    });
    const auto reply = safe(kStream);
    EXPECT_TRUE(has_error_event(reply.body)) << reply.body;
    EXPECT_FALSE(has_done(reply.body));
    EXPECT_EQ(upstream.requests().size(), 1U);
    EXPECT_EQ(alternative.requests().size(), 0U);
    EXPECT_EQ(usage_rows(1).size(), 1U);
}

TEST_F(Attempts, TheOperatorMayAllowASecondExecution) {
    serve(", retries: { retry_accepted: true }");
    upstream.enqueue(Reply().close());
    EXPECT_THAT(safe().body, HasSubstr("from alt"));
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).close());
    EXPECT_TRUE(has_error_event(safe(kStream).body));  // what was begun cannot be begun again
    EXPECT_EQ(upstream.requests().size(), 2U);
    EXPECT_EQ(alternative.requests().size(), 1U);
    EXPECT_EQ(usage_rows(2).size(), 2U);  // one charge for each call
}

TEST_F(Attempts, StatusesThatLeadOn) {
    serve("", "breaker: { failures_max: 0, error_percent: 0 }\n");
    for (const int status : {401, 403, 404, 405, 409, 410, 429, 500, 502, 503, 529}) {
        upstream.enqueue(Reply(http_reply(status, error_object("server_error"))));
        EXPECT_THAT(safe().body, HasSubstr("from alt")) << status;
    }
    upstream.enqueue(Reply(http_reply(400, error_object("invalid_request_error"))));
    EXPECT_EQ(safe().status(), 400);
}

// They may come from a proxy before the provider, which goes on with the work.
TEST_F(Attempts, TimeoutsOfAProxyAreNoEndOfTheWork) {
    constexpr std::string_view kNoBreaker = "breaker: { failures_max: 0, error_percent: 0 }\n";
    const auto tell = [&](int status) {
        upstream.enqueue(Reply(http_reply(status, "<html>time-out</html>", "text/html")));
        return safe();
    };
    serve("", kNoBreaker);
    for (const int status : {408, 504}) {
        EXPECT_GE(tell(status).status(), 400) << status;
    }
    EXPECT_EQ(upstream.requests().size(), 2U);
    EXPECT_EQ(alternative.requests().size(), 0U);
    serve(", retries: { retry_accepted: true }", kNoBreaker);
    for (const int status : {408, 504}) {
        EXPECT_THAT(tell(status).body, HasSubstr("from alt")) << status;
    }
}

TEST_F(Attempts, AnErrorAsTheFirstEventLeadsOn) {
    for (const auto* type : {"overloaded_error", "rate_limit_exceeded", "server_error"}) {
        upstream.enqueue(Reply(stream_head() + event_chunk(error_object(type)) + chunk("")));
        const auto reply = safe(kStream);
        EXPECT_EQ(reply.status(), 200);
        EXPECT_EQ(event_data(reply.body).at(0), stream_frame("from alt")) << type;
        EXPECT_TRUE(has_done(reply.body));
    }
    const auto rows = usage_rows(3);
    EXPECT_EQ(rows.back().at("attempts"), "2");
    EXPECT_EQ(rows.back().at("provider"), "alt");
}

TEST_F(Attempts, AnErrorInsideA200LeadsOn) {
    upstream.enqueue(Reply(http_reply(200, error_object("server_error"))));
    EXPECT_THAT(safe().body, HasSubstr("from alt"));
}

TEST_F(Attempts, TheOperatorSaysWhatAnErrorMeans) {
    serve(
        ", error_rules: [{status: 400, code: model_busy, then: fallback}, {status: 500, type: bad_tool, as: "
        "invalid_request}, {status: [200, 201], body: no capacity, then: fallback}, {status: 503, type: for_good, "
        "then: fail}]"
    );
    const auto tell = [&](int status, std::string_view type) {
        upstream.enqueue(Reply(http_reply(status, error_object(type))));
        return safe();
    };
    EXPECT_THAT(tell(400, "model_busy").body, HasSubstr("from alt"));
    EXPECT_EQ(tell(400, "model_missing").status(), 400);
    EXPECT_EQ(tell(500, "bad_tool").status(), 400);
    EXPECT_EQ(tell(503, "for_good").status(), 503);
    EXPECT_EQ(alternative.requests().size(), 1U);
    // Answers that look good, whole and as a stream.
    upstream.enqueue(Reply(http_reply(200, chat_answer("sorry, no capacity"))));
    EXPECT_THAT(safe().body, HasSubstr("from alt"));
    upstream.enqueue(Reply(whole_stream("sorry, no capacity")));
    EXPECT_EQ(event_data(safe(kStream).body).at(0), stream_frame("from alt"));
    upstream.enqueue(Reply(http_reply(200, chat_answer("plenty of room"))));
    EXPECT_THAT(safe().body, HasSubstr("plenty of room"));
    const auto rows = usage_rows(7);
    EXPECT_EQ(rows.back().at("attempts"), "1");
}

TEST_F(Attempts, AModelThatIsLateIsNoOutageOfItsProvider) {
    // Only the calls that are to be late have little time.
    serve(
        "",
        "  hasty: { candidates: [up/gpt-test], timeouts: { first_byte: 300ms } }\n"
        "breaker: { failures_max: 2, first_byte_timeouts_max: 2, open: 10m }\n"
    );
    upstream.set_handler([](const UpstreamRequest& request) {
        const bool late = request.message.body.find("\"gpt-test\"") != std::string::npos;
        return late ? Reply().hold() : Reply(http_reply(200, chat_answer("from up")));
    });
    EXPECT_EQ(chat(chat_body("hasty")).status(), 504);
    EXPECT_EQ(chat(chat_body("hasty")).status(), 504);
    EXPECT_THAT(safe().body, HasSubstr("from alt"));  // the model is left alone
    EXPECT_EQ(chat(chat_body("single")).status(), 503);
    EXPECT_THAT(chat(chat_body("up/gpt-other")).body, HasSubstr("from up"));
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"up\"}"), 0);
    EXPECT_EQ(upstream.requests().size(), 3U);
}

TEST_F(Attempts, AContentFilterLeadsOnByRequestOnly) {
    const auto filtered = http_reply(400, error_object("content_filter"));
    upstream.enqueue(Reply(filtered));
    EXPECT_EQ(safe().status(), 400);
    serve(", retries: { fallback_on: [default, content_filter] }");
    upstream.enqueue(Reply(filtered));
    EXPECT_THAT(safe().body, HasSubstr("from alt"));
}

TEST_F(Attempts, ALongRetryAfterIsNotWaitedForAndTold) {
    const auto busy = [](int seconds) {
        return http_reply(
            429,
            error_object("rate_limit_exceeded"),
            "application/json",
            "Retry-After: " + std::to_string(seconds) + "\r\n"
        );
    };
    upstream.enqueue(Reply(busy(30)));
    EXPECT_THAT(safe().body, HasSubstr("from alt"));
    // Until then the first one is not asked, and a call that only it could serve is told when to come back.
    const auto told = chat(chat_body("single"));
    EXPECT_EQ(told.status(), 503);
    EXPECT_THAT(told.headers.get("retry-after"), AnyOf("29", "30"));
    alternative.set_handler([&](const UpstreamRequest&) { return Reply(busy(20)); });
    EXPECT_EQ(safe().headers.get("retry-after"), "20");  // the least of both
    EXPECT_EQ(upstream.requests().size(), 1U);
}

TEST_F(Attempts, TheTotalTimeHoldsForASilentProvider) {
    serve(", timeouts: { total: 400ms }");
    upstream.enqueue(Reply().hold());
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(safe().status(), 504);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
}

// Comments keep a connection alive, not a call.
TEST_F(Attempts, CommentsAreNoFirstEvent) {
    const auto pings = Reply(stream_head()).flood(chunk(":\n\n"), ~0UL);
    serve(", timeouts: { first_byte: 300ms, idle: 8s, total: 10s }");
    upstream.enqueue(pings);
    EXPECT_EQ(safe(kStream).status(), 504);
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_EQ(alternative.requests().size(), 0U) << "the provider took the request";
    serve(", retries: { retry_accepted: true }, timeouts: { first_byte: 300ms, idle: 8s, total: 10s }");
    upstream.enqueue(pings);
    EXPECT_THAT(safe(kStream).body, HasSubstr("from alt"));
}

TEST_F(Attempts, HealthSurvivesAReload) {
    serve("", "breaker: { open: 1m }\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(500, error_object("server_error"))); });
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(chat(chat_body("single")).status(), 502);
    }
    EXPECT_EQ(chat(chat_body("single")).status(), 503);
    server->reload();
    ASSERT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "configuration loaded"));
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"up\"}"), 2);
    EXPECT_EQ(chat(chat_body("single")).status(), 503);
    EXPECT_EQ(upstream.requests().size(), 5U);
}

// Calls at a steady rate from a few threads, and when the provider was asked.
class Outage : public Attempts {
protected:
    static constexpr int kThreads = 4;
    static constexpr std::chrono::milliseconds kBeat{40};  // of each thread: 100 calls a second in all

    void SetUp() override {
        serve("", "breaker: { open: 500ms }\n");
        upstream.set_handler([this](const UpstreamRequest&) {
            const std::scoped_lock lock(mutex_);
            asked_.push_back(std::chrono::steady_clock::now());
            return Reply(
                down_ ? http_reply(503, error_object("server_error")) : http_reply(200, chat_answer("healthy"))
            );
        });
    }
    // Calls until `end`; gives how many there were. Successes are kept.
    std::size_t run(std::chrono::milliseconds length) {
        std::atomic<std::size_t> calls{0};
        const auto begin = std::chrono::steady_clock::now();
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&, thread] {
                for (Instant next = begin + kBeat * thread / kThreads; next < begin + length;) {
                    std::unique_lock lock(mutex_);
                    beat_.wait_until(lock, next, [] { return false; });
                    lock.unlock();
                    const bool good = chat(chat_body("single")).status() == 200;
                    next = std::max(next + kBeat, std::chrono::steady_clock::now());  // late ones are not made up for
                    ++calls;
                    lock.lock();
                    if (good && first_success_ == Instant()) {
                        first_success_ = std::chrono::steady_clock::now();
                    }
                }
            });
        }
        threads.clear();
        return calls;
    }
    // The most times that the provider was asked within `width`.
    [[nodiscard]] std::size_t busiest(std::chrono::milliseconds width) const {
        std::size_t most = 0;
        auto from = asked_.begin();
        for (auto to = asked_.begin(); to != asked_.end(); ++to) {
            while (*to - *from > width) {
                ++from;
            }
            most = std::max(most, static_cast<std::size_t>(to - from) + 1);
        }
        return most;
    }
    std::mutex mutex_;
    std::condition_variable beat_;
    std::vector<Instant> asked_;
    Instant first_success_;
    bool down_ = true;
};

TEST_F(Outage, RetriesDoNotMultiplyIt) {
    const auto begin = std::chrono::steady_clock::now();
    const auto calls = run(std::chrono::milliseconds(2000));
    const auto opens = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(500);
    const auto asked = asked_.size();
    RecordProperty("calls", static_cast<int>(calls));
    RecordProperty("attempts", static_cast<int>(asked));
    EXPECT_LE(asked, calls * 12 / 10);
    EXPECT_LE(asked, 12U + 3U * static_cast<std::size_t>(opens));  // it opened at once; then probes each half second
    EXPECT_GE(metric("aihub_breaker_opens_total{provider=\"up\"}"), 1);
    EXPECT_EQ(first_success_, Instant());
    {
        const std::scoped_lock lock(mutex_);
        down_ = false;
        asked_.clear();
    }
    const auto healed = std::chrono::steady_clock::now();
    const auto later = run(std::chrono::milliseconds(1500));
    ASSERT_NE(first_success_, Instant());
    EXPECT_LT(first_success_ - healed, std::chrono::seconds(3));
    EXPECT_LE(asked_.size(), later);
    EXPECT_LE(busiest(std::chrono::milliseconds(500)), 100U);  // twice the usual rate
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"up\"}"), 0);
}

}  // namespace
}  // namespace aihub::testing
