#include "gateway/upload.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace aihub::gateway {

namespace {

// How long a body is dropped after the answer.
constexpr std::chrono::seconds kLinger{1};

struct Piece {
    std::string bytes;
    Result<void> take(std::string_view more) {
        bytes += more;
        return {};
    }
};

}  // namespace

// Waits for the end of run().
class Upload::Finished {
public:
    explicit Finished(Upload& upload) : upload_(upload) {}
    [[nodiscard]] bool await_ready() const { return upload_.finished_; }
    void await_suspend(std::coroutine_handle<> handle) { upload_.waiting_ = handle; }
    void await_resume() const {}

private:
    Upload& upload_;
};

void Upload::start(
    net::ConnectionPtr upstream, std::chrono::milliseconds patience, std::chrono::milliseconds first_byte
) {
    started_ = true;
    call_.body_gone = true;
    upstream_ = std::move(upstream);
    patience_ = patience;
    first_byte_ = first_byte;
    net::spawn(run());
}

net::Task<void> Upload::run() {
    co_await pump();
    sent_ = upstream_ != nullptr && !error_;
    if (sent_) {
        upstream_->set_deadline(std::min(call_.deadline, client_.loop().now() + first_byte_), Errc::upstream_timeout);
        detach();
    }
    if (deadlines_) {
        client_.clear_deadline();
    }
    finished_ = true;
    if (!stopping_) {
        on_end_();
    }
    if (waiting_) {
        std::exchange(waiting_, nullptr).resume();
    }
}

net::Task<void> Upload::pump() {
    Piece piece;
    while (!body_.done() && !(stopping_ && client_.loop().now() >= stop_by_)) {
        piece.bytes.clear();
        if (deadlines_) {
            const auto idle = call_.state->shared->config->timeouts.body_idle;
            client_.set_read_deadline(std::min(call_.deadline, client_.loop().now() + idle), Errc::request_timeout);
        }
        reading_ = true;
        auto read = co_await body_.more(piece);
        reading_ = false;
        if (!read) {
            error_ = std::move(read).error();
            co_return;
        }
        call_.uploaded_bytes += piece.bytes.size();
        if (upstream_) {
            if (auto good = check(piece.bytes); !good) {
                error_ = std::move(good).error();
                co_return;
            }
            co_await send(piece.bytes, body_.done());
        }
    }
}

void Upload::expire() {
    error_ = Error{Errc::request_timeout, "the request's body did not come in time"};
}

Result<void> Upload::check(std::string_view piece) {
    if (!tail_) {
        return {};
    }
    AIHUB_CHECK(tail_->take(piece));
    return body_.done() ? tail_->finish() : Result<void>{};
}

net::Task<void> Upload::send(std::string_view piece, bool last) {
    const bool chunked = !body_.rest();
    const bool empty = piece.empty();
    if (empty && !(chunked && last)) {
        co_return;
    }
    const net::ChunkHead head(std::max<std::size_t>(piece.size(), 1));
    std::array<std::string_view, 4> parts{};
    parts[0] = chunked && !empty ? head.text() : std::string_view();
    parts[1] = piece;
    parts[2] = chunked && !empty ? net::kChunkEnd : std::string_view();
    parts[3] = chunked && last ? net::kLastChunk : std::string_view();
    const auto upstream = upstream_;  // detach() may come while it takes its time
    upstream->set_write_patience(patience_, call_.deadline, Errc::upstream_timeout);
    const auto taken = co_await upstream->write(parts);
    if (!taken) {
        detach();  // It may have said why: whoever reads the reply will see.
    } else if (upstream_) {
        upstream->set_deadline(call_.deadline, Errc::upstream_timeout);
    }
}

net::Task<void> Upload::stop() {
    detach();
    if (body_.done()) {
        co_return;
    }
    stopping_ = true;
    deadlines_ = false;
    client_.shutdown_write();
    stop_by_ = client_.loop().now() + kLinger;
    client_.set_read_deadline(stop_by_, Errc::request_timeout);
    if (started_ && !finished_) {
        co_await Finished(*this);
    } else {
        co_await drop();
    }
}

// What comes is not looked at any more.
net::Task<void> Upload::drop() {
    auto& loop = client_.loop();
    while (loop.now() < stop_by_) {
        const auto count = co_await client_.read_some({loop.scratch(), net::Loop::kScratchBytes});
        if (!count || *count == 0) {
            co_return;
        }
    }
}

}  // namespace aihub::gateway
