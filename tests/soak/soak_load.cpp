#include "soak_load.hpp"

#include "base/clock.hpp"
#include "support/http_text.hpp"
#include "support/raw_client.hpp"

#include <array>
#include <optional>
#include <system_error>
#include <utility>

namespace aihub::soak {

using testing::Milliseconds;
using testing::RawClient;

namespace {

// What a call asks for: what the upstream shall do, and the status that the client must see. Faults of the upstream are
// asked of a provider of their own, so that what the gateway does about a bad provider does not touch the good one.
struct Kind {
    std::string_view name;
    std::string_view target;
    std::string_view model;
    std::string_view what;  // "user" of the request
    bool stream;
    int status;  // 0: any from 500 up, or a cut stream: the upstream caused it
    int weight;  // of 100
};

constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::array<Kind, 12> kKinds{{
    {"plain", kChat, "good/m", "plain", false, 200, 40},
    {"alias", kChat, "fast", "plain", false, 200, 6},
    {"stream", kChat, "good/m", "stream", true, 200, 20},
    {"large stream", kChat, "good/m", "large", true, 200, 5},
    {"embeddings", "/v1/embeddings", "good/e", "plain", false, 200, 8},
    {"models", "/v1/models", "", "", false, 200, 4},
    {"unknown model", kChat, "nobody/m", "plain", false, 404, 3},
    {"refused", kChat, "good/m", "refuse", false, 400, 3},
    {"failing", kChat, "bad/m", "fail", false, 0, 3},
    {"cut stream", kChat, "bad/m", "cut", true, 0, 3},
    {"reset", kChat, "bad/m", "reset", false, 0, 3},
    {"garbage", kChat, "bad/m", "garbage", false, 0, 2},
}};

const Kind& pick(std::mt19937_64& random) {
    auto left = static_cast<int>(random() % 100);
    for (const auto& kind : kKinds) {
        left -= kind.weight;
        if (left < 0) {
            return kind;
        }
    }
    return kKinds.front();
}

std::string body_of(const Kind& kind) {
    if (kind.model.empty()) {
        return {};
    }
    const std::string start =
        R"({"model":")" + std::string(kind.model) + R"(","user":")" + std::string(kind.what) + '"';
    if (kind.target != kChat) {
        return start + R"(,"input":"hello"})";
    }
    return start + (kind.stream ? R"(,"stream":true)" : "") +
           R"(,"messages":[{"role":"user","content":"a question that is not too short to be one"}]})";
}

}  // namespace

// One thread's client: kept connections, sometimes a new one.
class SoakLoad::Client {
public:
    Client(SoakLoad& load, std::uint64_t seed) : load_(load), random_(seed) {}

    void run() {
        while (!load_.stopping_.wait(Milliseconds(random_() % 120))) {
            try {
                call();
            } catch (const std::system_error& error) {
                load_.fault(std::string("connect: ") + error.what());
            }
        }
    }

private:
    void call() {
        const auto& kind = pick(random_);
        const bool leave = random_() % 5 == 0;
        const bool slow = kind.what == "large" && random_() % 2 == 0;
        if (!client_ || slow || random_() % 8 == 0) {
            client_.emplace(load_.port_, slow ? 4096 : 0);
        }
        // The list of models is no call, so it has no row.
        const auto* prefix = kind.model.empty() ? "soak-list-" : leave ? "soak-a-" : "soak-c-";
        const auto id = prefix + std::to_string(++load_.next_);
        const auto request = testing::http_request(
            kind.model.empty() ? "GET" : "POST",
            kind.target,
            body_of(kind),
            "Authorization: Bearer " + load_.key() + "\r\nX-Request-Id: " + id + "\r\n"
        );
        if (leave) {
            abort(request);
        } else {
            complete(kind, request, slow);
        }
    }

    // Leaves at a random point: in the middle of the request, before the answer, or in the middle of it.
    void abort(const std::string& request) {
        const auto sent = random_() % 3 == 0 ? random_() % request.size() : request.size();
        client_->send(std::string_view(request).substr(0, sent));
        if (sent == request.size() && random_() % 2 == 0) {
            const auto enough = random_() % 600;
            client_->read_until([&](std::string_view text) { return text.size() > enough; }, Milliseconds(500));
        }
        if (random_() % 2 == 0) {
            client_->reset();
        }
        client_.reset();
        const std::scoped_lock lock(load_.mutex_);
        ++load_.totals_.aborted;
    }

    void complete(const Kind& kind, const std::string& request, bool slow) {
        const testing::Deadline patience(Milliseconds(60000));
        const SystemClock clock;
        const auto began = clock.steady_now();
        const bool sent = client_->send(request);
        for (std::size_t seen = 0; slow && !client_->ended() && seen < 100000 && !patience.passed();) {
            const auto want = seen + 8192;
            client_->read_until([&](std::string_view text) { return text.size() >= want; }, Milliseconds(2000));
            seen = client_->received().size() < want ? 100000 : want;
            static_cast<void>(load_.stopping_.wait(Milliseconds(20)));
        }
        const auto reply = client_->reply(Milliseconds(30000));
        const std::chrono::duration<double, std::milli> took = clock.steady_now() - began;
        judge(kind, sent, reply);
        if (!reply || !reply->complete || reply->headers.get("connection") == "close") {
            client_.reset();
        }
        const std::scoped_lock lock(load_.mutex_);
        load_.totals_.complete += kind.model.empty() ? 0U : 1U;
        if (kind.name == "plain") {
            load_.latencies_.push_back(took.count());
        }
    }

    void judge(const Kind& kind, bool sent, const std::optional<testing::Message>& reply) {
        const std::string name(kind.name);
        if (!sent || !reply) {
            load_.fault(name + ": no answer");
        } else if (kind.status == 0) {
            const bool cut = kind.stream && reply->status() == 200 && reply->body.find("[DONE]") == std::string::npos;
            if (reply->status() < 500 && !cut) {
                load_.fault(name + ": a failure of the upstream looked like status " + std::to_string(reply->status()));
            }
        } else if (reply->status() != kind.status) {
            load_.fault(name + ": status " + std::to_string(reply->status()));
        } else if (!reply->complete || (kind.stream && reply->body.find("[DONE]") == std::string::npos)) {
            load_.fault(name + ": the answer was cut");
        }
    }

    SoakLoad& load_;
    std::mt19937_64 random_;
    std::optional<RawClient> client_;
};

SoakLoad::SoakLoad(std::uint16_t port, std::string key, std::size_t clients, std::uint64_t seed)
    : port_(port), key_(std::move(key)) {
    for (std::size_t index = 0; index < clients; ++index) {
        threads_.emplace_back([this, index, seed] { Client(*this, seed + index).run(); });
    }
}

void SoakLoad::set_key(std::string key) {
    const std::scoped_lock lock(mutex_);
    key_ = std::move(key);
}

std::string SoakLoad::key() const {
    const std::scoped_lock lock(mutex_);
    return key_;
}

void SoakLoad::stop() {
    stopping_.set();
    threads_.clear();
}

Totals SoakLoad::totals() const {
    const std::scoped_lock lock(mutex_);
    return totals_;
}

std::vector<double> SoakLoad::take_latencies() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(latencies_, {});
}

void SoakLoad::fault(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    ++totals_.faults[what];
}

}  // namespace aihub::soak
