// A stream that its provider broke off goes on at the next candidate, where the route asks for that.
#pragma once

#include "dialect/answer_so_far.hpp"
#include "gateway/asked.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/worker.hpp"
#include "net/task.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace aihub::gateway {

// Of a call whose route has `continue_streams`. Its answers are made from events, also where the provider speaks the
// client's format: bytes that are passed on cannot be gone on with.
struct Continuation {
    std::span<const catalog::Candidate> rest;      // behind the one that answers
    std::unique_ptr<dialect::AnswerSoFar> answer;  // that the next attempt goes on with; nullptr: none broke off
    std::size_t breaks = 0;
};

// Whether the call can be continued: a chat that is streamed, and a second candidate of a route that wants it.
[[nodiscard]] bool may_continue(const Call& call, std::span<const catalog::Candidate> candidates);

// The next attempt goes on with an answer that the client has the beginning of.
[[nodiscard]] inline bool goes_on(const Call& call) {
    return call.continuation != nullptr && call.continuation->answer != nullptr;
}

// What makes the client's format for one attempt.
class Rendering {
public:
    Rendering() = default;
    // `model`: what the answer names. Empty: the call has no format that can be made.
    Rendering(const Call& call, const Asked& asked, std::string_view model, const Clock& clock);

    explicit operator bool() const { return renderer_ != nullptr; }
    dialect::Renderer* operator->() const { return renderer_; }
    // What another attempt could go on with; nullptr: the call is not one of those.
    [[nodiscard]] const dialect::AnswerSoFar* so_far() const { return so_far_; }
    // Gives it away and goes on using it: the taker lives longer than this. nullptr: it is the call's already.
    [[nodiscard]] std::unique_ptr<dialect::AnswerSoFar> take_so_far() { return std::move(own_so_far_); }

private:
    std::unique_ptr<dialect::Renderer> own_;
    std::unique_ptr<dialect::AnswerSoFar> own_so_far_;
    dialect::AnswerSoFar* so_far_ = nullptr;
    dialect::Renderer* renderer_ = nullptr;
};

// The attempt of `dispatched` has failed after its first output. True: `dispatched` is now that of another candidate,
// with its first output there; before it stands a comment that says who goes on, for clients that skip comments. What
// the provider that broke off had used has a row of its own. False: nobody goes on, and `dispatched` is as it was, but
// for its place at the provider.
[[nodiscard]] net::Task<bool> go_on(Worker& worker, Call& call, Dispatched& dispatched, ActiveCall& active);

}  // namespace aihub::gateway
