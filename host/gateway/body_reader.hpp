// The body of one request, read in pieces.
#pragma once

#include "gateway/call.hpp"
#include "net/chunked.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::gateway {

// What a client connection keeps between two requests.
struct ClientInput {
    std::string carry;         // bytes that came behind the last one
    std::size_t requests = 0;  // that were received
    std::size_t place = 0;     // of the listener in the configuration
    std::string peer;          // the address at the other end; empty: it is no trusted proxy
};

// Made when the head of a request is read; gives its body without framing, and never a byte of the next request. A sink
// is called as sink.take(std::string_view) for each piece, which is valid during the call, and says Result<void>. After
// an error the connection cannot go on. Belongs to the loop; what it is made of outlives it.
class BodyReader {
public:
    BodyReader(net::Connection& client, ClientInput& input, Call& call)
        : client_(client),
          input_(input),
          call_(call),
          chunked_(call.head.body == net::BodyKind::chunked),
          length_(call.head.body == net::BodyKind::length ? call.head.length : 0) {}

    // Takes what has come with the head, without waiting.
    template <class Sink>
    [[nodiscard]] Result<void> take_carried(Sink& sink) {
        const auto taken = AIHUB_TRY(take(input_.carry, sink));
        input_.carry.erase(0, taken);
        return {};
    }
    // Waits for what comes next and takes it; it may be nothing but framing. Call unless done(), behind take_carried().
    // client_gone; request_timeout: the client's read deadline, which the caller sets, has passed; invalid_request: the
    // chunks are malformed; too_large: the body is larger than limits.body_bytes_max; and what the sink says.
    template <class Sink>
    [[nodiscard]] net::Task<Result<void>> more(Sink& sink) {
        char* scratch = client_.loop().scratch();
        const auto wanted =
            chunked_ ? net::Loop::kScratchBytes : std::min<std::uint64_t>(left(), net::Loop::kScratchBytes);
        AIHUB_CO_TRY(const auto got, co_await client_.read_some({scratch, wanted}));
        if (got == 0) {
            co_return Error{Errc::client_gone, "the client closed the connection in the middle of a request"};
        }
        AIHUB_CO_TRY(const auto taken, take({scratch, got}, sink));
        input_.carry.assign(scratch + taken, got - taken);
        co_return Result<void>{};
    }

    // The client sends nothing before it is told to go on.
    [[nodiscard]] bool awaited() const { return call_.head.expect_continue && input_.carry.empty(); }
    // All has been read; it is the call's `body_read`.
    [[nodiscard]] bool done() const { return call_.body_read; }
    // How much is still to come; nothing: the client did not say.
    [[nodiscard]] std::optional<std::uint64_t> rest() const { return chunked_ ? std::nullopt : std::optional(left()); }

private:
    [[nodiscard]] std::uint64_t left() const { return length_ - taken_; }
    // How many of `bytes` belong to this body; those behind it belong to the next request.
    template <class Sink>
    Result<std::size_t> take(std::string_view bytes, Sink& sink) {
        if (!chunked_) {
            const auto part = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left()));
            AIHUB_CHECK(sink.take(part));
            taken_ += part.size();
            call_.body_read = taken_ == length_;
            return part.size();
        }
        std::size_t taken = 0;
        while (taken < bytes.size() && !call_.body_read) {
            const auto step = AIHUB_TRY(chunks_.decode(bytes.substr(taken)));
            AIHUB_CHECK(count(step.payload.size()));
            AIHUB_CHECK(sink.take(step.payload));
            taken += step.consumed;
            call_.body_read = step.done;
        }
        return taken;
    }
    [[nodiscard]] Result<void> count(std::size_t bytes);

    net::Connection& client_;
    ClientInput& input_;
    Call& call_;
    bool chunked_;
    std::uint64_t length_;
    std::uint64_t taken_ = 0;
    net::ChunkedDecoder chunks_{Errc::invalid_request};
};

// The refusal of a body over `limit` bytes; `key` names the limit.
[[nodiscard]] Error body_too_large(std::size_t limit, std::string_view key);

}  // namespace aihub::gateway
