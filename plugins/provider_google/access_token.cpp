#include "access_token.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>
#include <utility>

namespace aihub::provider_google {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kReplyBytesMax = 65536;
constexpr std::size_t kTokenBytesMax = 16384;
constexpr std::size_t kWordBytesMax = 64;
constexpr seconds kLifeUnsaid{600};
constexpr seconds kLifeMax{12 * 3600};
constexpr seconds kNew{60};  // a token that is refused so soon is not the reason

// The error codes of RFC 6749 section 5.2 are such words; anything else might hold what nobody should see.
bool is_error_word(std::string_view text) {
    return !text.empty() && text.size() <= kWordBytesMax &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= kTokenBytesMax &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string_view why_ended(aihub_status status) {
    switch (status) {
        case AIHUB_E_TIMEOUT:
            return "the token endpoint took too long";
        case AIHUB_E_UNAVAILABLE:
            return "the token endpoint cannot be reached";
        case AIHUB_E_LIMIT:
            return "the token endpoint's answer is too large";
        default:
            return "the token endpoint's answer was cut";
    }
}

}  // namespace

void TokenShelf::put(const std::string& account, Token token) {
    constexpr std::size_t kAccountsMax = 256;
    const std::scoped_lock lock(mutex_);
    if (tokens_.size() >= kAccountsMax && !tokens_.contains(account)) {
        tokens_.erase(tokens_.begin());
    }
    tokens_.insert_or_assign(account, std::move(token));
}

TokenShelf::Token TokenShelf::find(const std::string& account) {
    const std::scoped_lock lock(mutex_);
    const auto found = tokens_.find(account);
    return found == tokens_.end() ? Token() : found->second;
}

Result<std::string> AccessToken::get() {
    std::string token;
    bool fetch = false;
    {
        const nanoseconds now = services_.monotonic();
        const std::scoped_lock lock(mutex_);
        fetch = !busy_ && now >= due_;
        busy_ = busy_ || fetch;
        if (now < token_.usable_until) {
            token = token_.text;
        }
    }
    if (fetch) {
        begin();
    }
    if (token.empty()) {
        return Error{
            Errc::unavailable, "the gateway has no valid credential for this provider at the moment: try again"};
    }
    return token;
}

void AccessToken::refused(std::string_view token) {
    const nanoseconds now = services_.monotonic();
    const std::scoped_lock lock(mutex_);
    if (token == token_.text && now - token_.fetched_at >= kNew) {
        token_.usable_until = nanoseconds(0);
        due_ = std::min(due_, now);
        shelf_.put(account_.name(), token_);
    }
}

void AccessToken::begin() {
    if (const auto queued = services_.run_blocking<&AccessToken::sign, &AccessToken::send>(this); !queued) {
        failed(queued.error().message);
    }
}

void AccessToken::sign() {
    assertion_ = account_.assertion(std::chrono::duration_cast<seconds>(services_.wall()));
}

void AccessToken::send() {
    if (assertion_.empty()) {
        failed("the key cannot sign");
        return;
    }
    asked_at_ = services_.monotonic();
    status_ = 0;
    too_large_ = false;
    auto request = sdk::HttpRequest::post(account_.token_path())
                       .header("Content-Type", "application/x-www-form-urlencoded")
                       .header("Accept", "application/json");
    request.add_owned("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion_);
    const auto started = services_.fetch(account_.token_origin(), std::move(request), kTimeout, *this);
    if (!started) {
        const bool denied = started.error().code == Errc::forbidden;
        failed(
            denied ? "the key's token_uri is neither Google's nor at the provider's base_url" : started.error().message
        );
    }
}

void AccessToken::on_head(int status, std::span<const aihub_header> /*headers*/) {
    status_ = status;
}

void AccessToken::on_frame(std::string_view /*event*/, std::string_view data) {
    too_large_ = too_large_ || reply_.size() + data.size() > kReplyBytesMax;
    if (!too_large_) {
        reply_ += data;
    }
}

void AccessToken::on_end(aihub_status status) {
    if (status == AIHUB_CANCELLED) {  // The host ends, or its loops do.
        forget_exchange();
        const std::scoped_lock lock(mutex_);
        busy_ = false;
        due_ = services_.monotonic() + kPauseMin;
        return;
    }
    const Result<void> taken =
        status == AIHUB_OK ? take_reply() : Result<void>(Error{Errc::unavailable, std::string(why_ended(status))});
    if (!taken) {
        failed(taken.error().message);
    }
}

Result<void> AccessToken::take_reply() {
    constexpr int kGood = 200;
    const auto document = sdk::JsonDocument::parse(too_large_ ? std::string_view() : std::string_view(reply_));
    const sdk::JsonValue said = document ? document->root() : sdk::JsonValue();
    if (status_ != kGood) {
        const std::string word = said["error"].string_or("");
        return Error{
            Errc::unavailable,
            "the token endpoint answered with status " + std::to_string(status_) +
                (is_error_word(word) ? ", " + word : std::string())};
    }
    std::string token = said["access_token"].string_or("");
    const nanoseconds life = std::min<nanoseconds>(
        seconds(said["expires_in"].number<std::uint32_t>().value_or(kLifeUnsaid.count())), kLifeMax
    );
    if (!is_token(token) || life <= seconds(1)) {
        return Error{Errc::unavailable, "the token endpoint's answer holds no access token"};
    }
    const TokenShelf::Token fetched{
        std::move(token), asked_at_, asked_at_ + life - std::min<nanoseconds>(kSpare, life / 10)};
    shelf_.put(account_.name(), fetched);
    {
        const std::scoped_lock lock(mutex_);
        token_ = fetched;
    }
    if (std::exchange(failures_, 0) > 0) {
        services_.log(sdk::LogLevel::info, "access tokens of the service account are given out again");
    }
    const nanoseconds renew_at = asked_at_ + life - std::min<nanoseconds>(kRenewAhead, life / 2);
    wait(std::max<nanoseconds>(renew_at - services_.monotonic(), kPauseMin));
    return {};
}

void AccessToken::failed(const std::string& why) {
    constexpr std::uint32_t kDoublings = 6;
    services_.log(sdk::LogLevel::warn, "no access token of the service account", {{"reason", why}});
    const nanoseconds pause = kPauseMin * (std::int64_t{1} << std::min(failures_, kDoublings));
    ++failures_;
    wait(std::min<nanoseconds>(pause, kPauseMax));
}

void AccessToken::wait(nanoseconds pause) {
    forget_exchange();
    {
        const std::scoped_lock lock(mutex_);
        busy_ = false;
        due_ = services_.monotonic() + pause;
    }
    // Without a timer the next get() that finds it due begins.
    if (auto timer = services_.start_timer<&AccessToken::renew>(pause, this)) {
        std::move(*timer).let_go();  // The next fetch may be another loop's.
    }
}

void AccessToken::renew() {
    {
        const std::scoped_lock lock(mutex_);
        if (busy_ || services_.monotonic() < due_) {
            return;  // Another one was begun meanwhile, and has a timer of its own.
        }
        busy_ = true;
    }
    begin();
}

void AccessToken::forget_exchange() {
    assertion_.clear();
    reply_.clear();
}

}  // namespace aihub::provider_google
