#include "net/exchange.hpp"

#include <algorithm>

namespace aihub::net {

ExchangeSend::ExchangeSend(
    Exchange& exchange, std::span<const std::string_view> parts, std::chrono::milliseconds patience, SteadyTime latest
)
    : exchange_(exchange), write_(exchange.lease_.connection(), parts) {
    exchange.lease_.connection().set_write_patience(patience, latest, Errc::upstream_timeout);
}

Result<void> ExchangeSend::await_resume() {
    auto written = write_.await_resume();
    exchange_.surplus_ = !written;  // A connection with half a request on it serves nobody else.
    return written;
}

ExchangeRead::ExchangeRead(Exchange& exchange, SteadyTime deadline)
    : exchange_(exchange),
      read_(exchange.lease_.connection(), {exchange.lease_.connection().loop().scratch(), Loop::kScratchBytes}) {
    exchange.lease_.connection().set_deadline(deadline, Errc::upstream_timeout);
}

Result<std::string_view> ExchangeRead::await_resume() {
    const auto count = AIHUB_TRY(read_.await_resume());
    exchange_.begun_ = exchange_.begun_ || count > 0;
    return std::string_view(exchange_.lease_.connection().loop().scratch(), count);
}

Task<Result<std::string_view>> Exchange::read_head(HeadLimits limits, SteadyTime deadline, ReplyTo request) {
    for (;;) {
        auto received = co_await read_some(deadline);
        if (!received) {
            co_return received.error();
        }
        std::string_view bytes = *received;
        if (bytes.empty()) {
            co_return Error{Errc::upstream_failed, "the provider closed the connection without an answer"};
        }
        if (!carry_.empty()) {
            carry_ += bytes;
            bytes = carry_;
        }
        auto progress = parse_reply_head(bytes, limits, request, head_);
        while (progress && *progress == HeadProgress::complete && head_.status < 200 && head_.status != 101) {
            bytes.remove_prefix(head_.head_bytes);
            progress = parse_reply_head(bytes, limits, request, head_);
        }
        if (!progress) {
            co_return progress.error();
        }
        if (*progress == HeadProgress::complete) {
            co_return bytes.substr(head_.head_bytes);
        }
        if (carry_.empty() || bytes.size() != carry_.size()) {
            carry_ = std::string(bytes);
        }
    }
}

std::string_view Exchange::take_counted(std::string_view bytes) {
    const auto expected = head_.body == BodyKind::none ? 0 : head_.length;
    const auto part = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), expected - received_));
    received_ += part.size();
    surplus_ = surplus_ || part.size() < bytes.size();
    body_done_ = received_ == expected;
    return part;
}

void Exchange::give_back() {
    if (body_done_ && head_.keep_alive && !surplus_) {
        lease_.give_back();
    }
}

void Exchange::drain(Exchange exchange, std::chrono::milliseconds patience) {
    const auto deadline = exchange.lease_.connection().loop().now() + patience;
    spawn(drain_until(std::move(exchange), deadline));
}

Task<void> Exchange::drain_until(Exchange exchange, SteadyTime deadline) {
    while (!exchange.body_done_) {
        const auto bytes = co_await exchange.read_some(deadline);
        if (!bytes || bytes->empty() || !exchange.take(*bytes, [](std::string_view) {})) {
            co_return;
        }
    }
    exchange.give_back();
}

}  // namespace aihub::net
