// Two providers and a route over both, for tests of what happens between a call and its answer.
#pragma once

#include "support/worker_fixture.hpp"

#include <atomic>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Two providers list the model "large"; "acme" comes first.
class Dispatch : public testing::WorkerTest {
protected:
    Dispatch() : acme(add_codec("acme", first.port(), {"large"})), beta(add_codec("beta", second.port(), {"large"})) {
        second.set_handler([](const testing::UpstreamRequest&) {
            return testing::Reply(testing::http_reply(200, "beta's answer"));
        });
    }
    void acme_fails(capability::FailureKind kind, int status = 500) {
        acme.failure.kind = kind;
        first.enqueue(testing::Reply(testing::http_reply(status, "no")));
    }
    testing::RawUpstream first;
    testing::RawUpstream second;
    testing::FakeCodec& acme;
    testing::FakeCodec& beta;
};

// A route "safe" over acme and beta, with retries.
class Retry : public Dispatch {
protected:
    Retry() {
        route().name = "safe";
        route().candidates = {{"acme", "large"}, {"beta", "large"}};
        config.retries = {};
        config.retries.backoff_min = config::Milliseconds(1);
        config.retries.backoff_max = config::Milliseconds(4);
        retries() = config.retries;
        first.set_handler([this](const testing::UpstreamRequest&) {
            return testing::Reply(testing::http_reply(first_status, "first"));
        });
    }
    config::Route& route() { return config.models["safe"]; }
    config::Retries& retries() { return route().retries; }
    void only_acme() { route().candidates.pop_back(); }
    testing::Message safe(std::string_view more = {}) { return call(chat("safe", more)); }
    [[nodiscard]] double metric(const std::string& series) const {
        const auto text = metrics.render();
        const auto at = text.find("\n" + series + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
    }
    std::atomic<int> first_status = 503;
};

}  // namespace aihub::gateway
