// The access token of a service account: fetched from Google's token endpoint, and renewed before it ends.
#pragma once

#include "service_account.hpp"

#include <aihub/instance_services.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::provider_google {

// The last token of each account, for the whole library: every reload of the configuration makes new instances. Any
// thread.
class TokenShelf {
public:
    using Time = std::chrono::nanoseconds;  // of Services::monotonic()
    struct Token {
        std::string text{};
        Time fetched_at{0};
        Time usable_until{0};
    };

    explicit TokenShelf(const sdk::Services& /*services*/) {}
    // Another one of the same account gives way; of too many accounts any one.
    void put(const std::string& account, Token token);
    // An empty one: there is none.
    [[nodiscard]] Token find(const std::string& account);

private:
    std::mutex mutex_;  // guards tokens_
    std::map<std::string, Token> tokens_;
};

// The first get() fetches a token (RFC 7523); from then on a timer renews it ahead of its end, used or not. There is
// one fetch at a time, for all loops. After one that failed the next comes after a pause, which doubles up to
// kPauseMax; what is left of the last token is used meanwhile. Signing is done by a worker, the exchange by the host's
// HTTP client. Neither token nor key is in a log line or an error.
class AccessToken final : public sdk::HttpSink {
public:
    static constexpr std::chrono::seconds kTimeout{10};  // of a fetch
    static constexpr std::chrono::seconds kPauseMin{1};  // after the first failure
    static constexpr std::chrono::seconds kPauseMax{60};
    static constexpr std::chrono::seconds kRenewAhead{300};  // or half of its life
    static constexpr std::chrono::seconds kSpare{30};        // its last seconds are not used; or a tenth of its life

    // `services` live as long as this object, which lives as long as the instance.
    // A token that `shelf` has is used until the first fetch is done; `shelf` gets those that are fetched.
    AccessToken(ServiceAccount account, const sdk::InstanceServices& services, TokenShelf& shelf)
        : services_(services), shelf_(shelf), account_(std::move(account)), token_(shelf_.find(account_.name())) {}

    // [loop] One that is valid now. Error, at once: there is none yet, or none any more; Errc::unavailable.
    [[nodiscard]] Result<std::string> get();
    // [loop] The service did not take `token`: unless it is new, it is not used again.
    void refused(std::string_view token);

    [[nodiscard]] const sdk::InstanceServices& services() const { return services_; }

    void on_head(int status, std::span<const aihub_header> headers) override;
    void on_frame(std::string_view event, std::string_view data) override;
    void on_end(aihub_status status) override;

private:
    using Time = std::chrono::nanoseconds;

    // The steps of a fetch: begin, sign (by a worker), send, then the sink's functions.
    void begin();
    void sign();
    void send();
    void renew();  // by the timer
    void failed(const std::string& why);
    // Error: why the reply is no token.
    [[nodiscard]] Result<void> take_reply();
    // The fetch is over; the next one may begin after `pause`, and does so by itself.
    void wait(Time pause);
    void forget_exchange();

    const sdk::InstanceServices& services_;
    TokenShelf& shelf_;
    const ServiceAccount account_;

    // Of the fetch under way; only its steps touch them, one after the other.
    std::string assertion_;
    std::string reply_;
    Time asked_at_{0};
    int status_ = 0;
    bool too_large_ = false;
    std::uint32_t failures_ = 0;  // in a row

    std::mutex mutex_;  // guards the members below
    bool busy_ = false;
    Time due_{0};  // when the next fetch may begin
    TokenShelf::Token token_;
};

}  // namespace aihub::provider_google
