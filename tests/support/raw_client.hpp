// A client of raw bytes: sends exactly what it is told, in the segments it is told.
#pragma once

#include "support/http_text.hpp"
#include "support/posix.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {

// One connection. One thread. Waits have deadlines.
class RawClient {
public:
    // Throws std::system_error when nobody listens.
    explicit RawClient(std::uint16_t port, int receive_buffer = 0);

    // All bytes. False: the peer did not take them in time, or has left.
    bool send(std::string_view bytes, Milliseconds patience = kPatience);
    // Each segment by itself.
    bool send_segments(const std::vector<std::string>& segments);

    // Reads until `enough` holds for what has come and was not taken. False: end of connection or deadline first.
    bool read_until(const std::function<bool(std::string_view)>& enough, Milliseconds patience = kPatience);
    bool read_until(std::string_view text, Milliseconds patience = kPatience);
    // Reads and takes one reply; nullopt: nothing came in time. A reply cut by the end of the connection has
    // complete = false.
    [[nodiscard]] std::optional<Message> reply(Milliseconds patience = kPatience);
    [[nodiscard]] std::optional<Message> head_reply(Milliseconds patience = kPatience);  // to a HEAD request
    // Reads up to `limit` bytes and drops them; gives how many came, 0 at the end or deadline.
    std::size_t discard(std::size_t limit, Milliseconds patience = kPatience);
    // Waits for the end of the connection, keeping what comes. False: deadline.
    [[nodiscard]] bool wait_for_close(Milliseconds patience = kPatience);

    // What has come and was not taken by reply().
    [[nodiscard]] const std::string& received() const { return received_; }
    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] bool was_reset() const { return reset_; }

    void half_close();
    void close() { socket_.close(); }
    void reset();

private:
    bool fill(const Deadline& deadline);
    std::optional<Message> take(Milliseconds patience, bool head_only);

    Descriptor socket_;
    std::string received_;
    bool ended_ = false;
    bool reset_ = false;
};

}  // namespace aihub::testing
