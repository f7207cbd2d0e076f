// One direction of a relayed web socket.
#pragma once

#include "net/connection.hpp"
#include "net/websocket.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Why a direction ended.
enum class WayEnd {
    running,
    closed,   // a close frame passed
    cut,      // its source has gone without one
    stuck,    // its target does not take bytes any more
    broken,   // its source sent what no frame is
    too_big,  // its source began a message over limit_messages()
    refused,  // `take_message` wanted no more
    stopped,  // stop() was called
};

// A farewell: a close frame at the next boundary, if there is one.
struct Farewell {
    std::uint16_t code = 0;
    std::string_view reason;  // a literal
};

struct SocketTraffic {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    std::uint64_t unseen = 0;  // text messages that were too long to be shown
};

// Reads frames of `source` and writes them to `target`, which it alone writes to. Belongs to the loop.
class SocketWay {
public:
    using TakeMessage = std::function<bool(std::string_view text)>;

    SocketWay(net::Connection& source, net::Connection& target, net::WebSocketSide sender, Errc malformed)
        : source_(source), target_(target), sender_(sender), reader_(sender, malformed) {}

    // Every whole text message of up to `bytes_max` bytes is shown, before it is passed on. False: no more.
    void show_messages(TakeMessage take, std::size_t bytes_max) {
        take_message_ = std::move(take);
        message_bytes_max_ = bytes_max;
    }
    // A message over it ends the direction before any of the frame that goes over it has passed.
    void limit_messages(std::uint64_t bytes_max) { message_limit_ = bytes_max; }
    // Called when something was read.
    void on_traffic(std::function<void()> seen) { seen_ = std::move(seen); }

    // Works until it ends; `first` is what was read already. The target may take up to `patience` for each bit.
    [[nodiscard]] net::Task<void> run(std::string first, std::chrono::milliseconds patience);
    // Ends it soon: nothing more is read, and the target gets `farewell`.
    void stop(Farewell farewell);
    // What comes from now on is read and dropped, up to a close frame or the end.
    void drop_the_rest() { dropping_ = true; }
    // Writes `farewell`, when run() has ended and the target is at a boundary and has not had a close frame.
    [[nodiscard]] net::Task<void> say(Farewell farewell, std::chrono::milliseconds patience);

    [[nodiscard]] WayEnd end() const { return end_; }
    [[nodiscard]] bool ended() const { return end_ != WayEnd::running; }
    [[nodiscard]] std::uint16_t close_code() const { return reader_.close_code(); }
    // The target got a close frame.
    [[nodiscard]] bool said_close() const { return said_close_; }
    [[nodiscard]] const std::optional<Farewell>& farewell() const { return farewell_; }
    [[nodiscard]] const std::string& problem() const { return problem_; }  // when broken or too big
    [[nodiscard]] const SocketTraffic& traffic() const { return traffic_; }

private:
    // Takes the frames in `bytes`; gives how many may pass. What is left over is kept.
    std::size_t take(std::string_view bytes);
    [[nodiscard]] bool too_big();
    void look_at(const net::WebSocketStep& step);
    void add_text(std::string_view part, bool message_done);
    [[nodiscard]] net::Task<void> pass(std::string_view bytes, std::chrono::milliseconds patience);

    net::Connection& source_;
    net::Connection& target_;
    const net::WebSocketSide sender_;
    net::WebSocketReader reader_;
    TakeMessage take_message_;
    std::function<void()> seen_;
    std::size_t message_bytes_max_ = 0;  // of those that are shown
    std::uint64_t message_limit_ = UINT64_MAX;
    std::uint64_t message_bytes_ = 0;  // of the frames of a message so far
    std::string kept_;                 // the beginning of a frame that is not complete enough to be judged
    std::string message_;              // a text message that came in pieces
    bool reading_ = false;
    bool in_frame_ = false;  // the beginning of a frame has passed, its end has not
    bool in_text_ = false;
    bool too_long_ = false;
    bool dropping_ = false;
    bool said_close_ = false;
    WayEnd end_ = WayEnd::running;
    std::optional<Farewell> farewell_;
    std::string problem_;
    SocketTraffic traffic_;
};

}  // namespace aihub::gateway
