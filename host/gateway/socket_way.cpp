#include "gateway/socket_way.hpp"

#include "base/ids.hpp"

#include <algorithm>
#include <cstring>

namespace aihub::gateway {

namespace {

// A buffer that one long message made is not held for the rest of the socket's life.
constexpr std::size_t kMessageKeepBytes = 16UL * 1024;

// Of 62 to the power of 4 values: nobody can foresee it, which is what it is for.
std::array<unsigned char, 4> random_mask() {
    std::array<unsigned char, 4> mask{};
    const auto text = random_base62(mask.size());
    std::copy(text.begin(), text.end(), mask.begin());
    return mask;
}

}  // namespace

net::Task<void> SocketWay::run(std::string first, std::chrono::milliseconds patience) {
    if (!first.empty()) {
        const auto passing = take(first);
        co_await pass(std::string_view(first).substr(0, passing), patience);
    }
    auto& loop = source_.loop();
    while (!ended()) {
        if (farewell_) {
            end_ = WayEnd::stopped;
            break;
        }
        char* const begin = loop.scratch() + net::WebSocketReader::kKeepBytesMax;
        reading_ = true;
        const auto count =
            co_await source_.read_some({begin, net::Loop::kScratchBytes - net::WebSocketReader::kKeepBytesMax});
        reading_ = false;
        if (farewell_) {
            end_ = WayEnd::stopped;
        } else if (!count || *count == 0) {
            end_ = WayEnd::cut;
        } else {
            char* const at = begin - kept_.size();
            std::memcpy(at, kept_.data(), kept_.size());
            const std::string_view bytes(at, kept_.size() + *count);
            const auto passing = take(bytes);
            co_await pass(bytes.substr(0, passing), patience);
        }
    }
    if (farewell_) {
        co_await say(*farewell_, patience);
    }
}

net::Task<void> SocketWay::pass(std::string_view bytes, std::chrono::milliseconds patience) {
    if (!bytes.empty() && !dropping_) {
        traffic_.bytes += bytes.size();
        const std::array<std::string_view, 1> parts{bytes};
        target_.set_write_patience(patience, SteadyTime::max(), Errc::client_gone);
        const auto written = co_await target_.write(parts);
        if (!written) {
            end_ = WayEnd::stuck;
            co_return;
        }
        target_.clear_deadline();
    }
    if (reader_.closed() && !ended()) {
        said_close_ = !dropping_;
        end_ = WayEnd::closed;
    } else if (farewell_ && !ended()) {
        end_ = WayEnd::stopped;
    }
}

net::Task<void> SocketWay::say(Farewell farewell, std::chrono::milliseconds patience) {
    if (said_close_ || in_frame_ || !target_.open() || end_ == WayEnd::stuck) {
        co_return;
    }
    said_close_ = true;
    const auto frame = net::websocket_close(sender_, farewell.code, farewell.reason, random_mask());
    const std::array<std::string_view, 1> parts{frame};
    target_.set_write_patience(patience, SteadyTime::max(), Errc::client_gone);
    static_cast<void>(co_await target_.write(parts));
    target_.clear_deadline();
}

void SocketWay::stop(Farewell farewell) {
    if (ended() || farewell_) {
        return;
    }
    farewell_ = farewell;
    if (reading_) {
        source_.interrupt_read(Errc::unavailable);
    }
}

std::size_t SocketWay::take(std::string_view bytes) {
    if (seen_) {
        seen_();
    }
    std::size_t passing = 0;
    while (passing < bytes.size() && !ended() && !reader_.closed()) {
        const auto step = reader_.read(bytes.substr(passing));
        if (!step) {
            problem_ = step.error().message;
            end_ = WayEnd::broken;
            break;
        }
        if (step->consumed == 0) {
            break;
        }
        if (too_big()) {
            problem_ = "a message over limits.realtime_message_bytes_max";
            end_ = WayEnd::too_big;
            break;
        }
        look_at(*step);
        in_frame_ = !step->frame_done;
        passing += step->consumed;
    }
    kept_ = ended() || reader_.closed() ? std::string_view() : bytes.substr(passing);
    return passing;
}

bool SocketWay::too_big() {
    const auto& frame = reader_.frame();
    if (in_frame_ || frame.control()) {
        return false;
    }
    const auto before = frame.opcode == net::WebSocketOpcode::continuation ? message_bytes_ : 0;
    if (frame.bytes > message_limit_ - before) {
        return true;
    }
    message_bytes_ = before + frame.bytes;
    return false;
}

void SocketWay::look_at(const net::WebSocketStep& step) {
    const auto& frame = reader_.frame();
    if (frame.control()) {
        return;
    }
    const bool message_done = step.frame_done && frame.last;
    traffic_.messages += message_done ? 1 : 0;
    if (frame.opcode != net::WebSocketOpcode::continuation) {
        in_text_ = frame.opcode == net::WebSocketOpcode::text;
    }
    if (in_text_ && take_message_) {
        add_text(step.payload, message_done);
    }
}

void SocketWay::add_text(std::string_view part, bool message_done) {
    too_long_ = too_long_ || message_.size() + part.size() > message_bytes_max_;
    if (too_long_) {
        message_.clear();
    } else if (!message_done || !message_.empty()) {
        message_ += part;
    }
    if (!message_done) {
        return;
    }
    if (too_long_) {
        ++traffic_.unseen;
    } else if (!take_message_(message_.empty() ? part : std::string_view(message_))) {
        end_ = WayEnd::refused;
    }
    too_long_ = false;
    message_.clear();
    if (message_.capacity() > kMessageKeepBytes) {
        message_.shrink_to_fit();
    }
}

}  // namespace aihub::gateway
