// The rest of a client's body on its way to a provider, while the answer may already come.
#pragma once

#include "gateway/body_reader.hpp"
#include "gateway/form_tail.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace aihub::gateway {

// One for each call whose body is not held in memory. start() takes bytes from the client that nobody else has: from
// then on the call has one attempt only. At most one piece of the body, of Loop::kScratchBytes, is in memory; a
// provider that does not take bytes slows the client down. A client that pauses for longer than timeouts.body_idle ends
// it. Belongs to the loop; outlives the attempt, and stop() has been awaited when it goes.
class Upload {
public:
    // `tail`, unless it is null, sees each piece before it is sent. `on_end` is called once the client's body has come
    // to its end, or cannot.
    Upload(net::Connection& client, BodyReader& body, Call& call, FormTailPtr tail, std::function<void()> on_end)
        : client_(client), body_(body), call_(call), tail_(std::move(tail)), on_end_(std::move(on_end)) {}
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    [[nodiscard]] bool started() const { return started_; }
    // How much is to come behind what the call holds; nothing: it is sent in chunks.
    [[nodiscard]] std::optional<std::uint64_t> rest() const { return body_.rest(); }

    // Goes on by itself: writes to `upstream`, behind what was sent there, until the body's end, each piece within
    // `patience`. When all is sent, something must come back within `first_byte`.
    void start(net::ConnectionPtr upstream, std::chrono::milliseconds patience, std::chrono::milliseconds first_byte);
    // Nobody takes any more: what still comes from the client is read and dropped, so that it can see the answer.
    void detach() { upstream_.reset(); }
    // Somebody writes to the client from now on, and sets its deadlines.
    void leave_deadlines() { deadlines_ = false; }
    // All has been sent to the provider.
    [[nodiscard]] bool sent() const { return sent_; }
    // The provider has all that came, and it is the client's turn.
    [[nodiscard]] bool awaits_client() const { return reading_ && upstream_ != nullptr; }
    // Time is over while it awaits the client: that is its error, whatever the provider would have said.
    void expire();
    // Why the client's body could not be read to its end, or was not passed on to it.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

    // Ends it: a client that is still sending gets a moment to see the answer. Await this last.
    [[nodiscard]] net::Task<void> stop();

private:
    class Finished;
    net::Task<void> run();
    net::Task<void> pump();
    net::Task<void> drop();
    [[nodiscard]] Result<void> check(std::string_view piece);
    net::Task<void> send(std::string_view piece, bool last);

    net::Connection& client_;
    BodyReader& body_;
    Call& call_;
    FormTailPtr tail_;
    std::function<void()> on_end_;
    net::ConnectionPtr upstream_;
    std::chrono::milliseconds patience_{0};
    std::chrono::milliseconds first_byte_{0};
    SteadyTime stop_by_;
    bool started_ = false;
    bool sent_ = false;
    bool reading_ = false;
    bool stopping_ = false;
    bool deadlines_ = true;
    bool finished_ = false;
    std::optional<Error> error_;
    std::coroutine_handle<> waiting_;
};

}  // namespace aihub::gateway
