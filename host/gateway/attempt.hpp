// One attempt at one provider: from the request to the end of its answer.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "catalog/catalog.hpp"
#include "gateway/call.hpp"
#include "gateway/output.hpp"
#include "net/task.hpp"
#include "telemetry/log.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

class Rendering;
class SocketAttempt;
class Worker;

// The failure of an answer over the limit with that key: of a whole one, unless it says otherwise.
[[nodiscard]] capability::Failure answer_too_large(std::string_view key = "limits.reply_bytes_max");
// A fault of ours or of a plugin.
[[nodiscard]] capability::Failure internal_failure(const Error& error);
// The failure of one for which there was no room.
[[nodiscard]] capability::Failure no_room(const Error& error);

// What whole replies may hold together.
[[nodiscard]] MemoryLimit memory_of_replies(const config::Limits& limits);

// How an answer looks to the client.
struct AnswerShape {
    enum class Form {
        whole,   // in one piece, with its length
        events,  // a stream of server-sent events
        bytes,   // in pieces as they come, of any size
    };
    Form form = Form::whole;
    int status = 200;
    std::string content_type;             // empty: that of the form
    std::string headers;                  // further fields, each "\r\nname: value"
    std::optional<std::uint64_t> length;  // of `bytes`, when the provider said it
};

// Of an answer that is made here, from events.
[[nodiscard]] AnswerShape made_shape(const Call& call);

// Made by dispatch, driven by dispatch until the first thing to send and by relay from then on. Belongs to the call's
// loop, and the call outlives it.
class Attempt {
public:
    virtual ~Attempt() = default;

    // Works until there is something in output(), or the attempt has ended. May be called again until ended().
    virtual net::Task<void> advance() = 0;
    // Ends it early: the client has gone (client_gone), the process shuts down (unavailable). advance() returns soon.
    // client_gone has no effect on one that outlives its client.
    virtual void cancel(Errc why) = 0;
    // Whether it is to be advanced to its end though nobody takes its output, because only there stands what was used.
    [[nodiscard]] virtual bool outlives_client() const { return false; }
    // The answer has come completely; what can be used again is given back. May be called again. Does not touch
    // output(), which may not be sent yet, unless the attempt ended before the provider's reply did.
    virtual void release() {}

    [[nodiscard]] bool ended() const { return ended_; }
    // Only when ended: why it failed, or nothing when it succeeded.
    [[nodiscard]] const std::optional<capability::Failure>& failure() const { return failure_; }
    [[nodiscard]] Output& output() { return output_; }
    [[nodiscard]] const model::Usage& usage() const { return usage_; }
    // Known with the first output, or with the end of an answer without any.
    [[nodiscard]] virtual AnswerShape shape() const = 0;
    // How many events of a stream were passed on.
    [[nodiscard]] virtual std::uint64_t events_passed() const { return 0; }
    // What makes its answer; nullptr: it is passed through.
    [[nodiscard]] virtual Rendering* rendering() { return nullptr; }
    // When it is an open web socket: that.
    [[nodiscard]] virtual SocketAttempt* socket() { return nullptr; }
    // What the provider answered, as it came: its status, or 0, and the beginning of its body, or of the last event of
    // a stream, when the candidate has rules that look at it.
    [[nodiscard]] int raw_status() const { return raw_status_; }
    [[nodiscard]] std::string_view raw_body() const { return raw_body_; }
    // Failed because of this rule, though the answer looked good; nullptr: of none. Lives as long as the candidate.
    [[nodiscard]] const catalog::ErrorVerdict* verdict() const { return verdict_; }
    // Failed because the answer did not begin in time, though the provider had got the whole request.
    [[nodiscard]] bool late() const { return late_; }
    // Whether the provider has got the whole request, so that it may have begun to work on it.
    [[nodiscard]] virtual bool accepted() const { return accepted_; }
    // Names of fields of the request that the provider was not told.
    [[nodiscard]] const std::vector<std::string>& dropped() const { return dropped_; }

protected:
    // Counts what a stream holds that is made of events: it can be as much as the provider likes to send before there
    // is anything to write. Over a limit the attempt has failed.
    void count_held(std::size_t bytes, std::atomic<std::size_t>& total, const config::Limits& limits);
    // What the operator's rules look at. One of them may take the answer for a failure though it looks good.
    void keep_beginning(const catalog::ErrorRules& rules, capability::Framing framing, std::string_view data);
    // Of many, the first: more say nothing more.
    void note_dropped(std::string_view field) {
        if (dropped_.size() < kDroppedMax) {
            dropped_.emplace_back(field);
        }
    }
    void end() { ended_ = true; }
    void fail(capability::Failure failure) {
        if (!ended_) {
            failure_ = std::move(failure);
            ended_ = true;
        }
    }

    // Counts what a whole answer is made of; `total` is what all of them hold. False: it is over a limit, and the
    // attempt has failed.
    bool count_whole(std::size_t bytes, std::atomic<std::size_t>& total, const config::Limits& limits);

    Output output_;
    model::Usage usage_;
    std::string model_;
    HeldMemory memory_;  // of a whole answer; until the client has it
    std::string raw_body_;
    std::vector<std::string> dropped_;
    int raw_status_ = 0;
    const catalog::ErrorVerdict* verdict_ = nullptr;
    bool accepted_ = false;
    bool late_ = false;

private:
    static constexpr std::size_t kDroppedMax = 64;

    std::size_t whole_bytes_ = 0;
    bool ended_ = false;
    std::optional<capability::Failure> failure_;
};

// What `error` is to dispatch and to the client; the operator's log gets the whole of it.
[[nodiscard]] capability::Failure reported_failure(
    telemetry::Log& log, const Call& call, const catalog::Target& target, const Error& error
);

// A line for the operator about what the provider answered: kind, status, and its words where log.provider_text is on.
void log_failure(
    telemetry::Log& log, const Call& call, const catalog::Target& target, const capability::Failure& failure
);

// What the provider said later replaces what it said before; what it did not say stays.
void merge_usage(model::Usage& usage, const model::Usage& said);

// An error: the provider cannot make this request (invalid_request) or none can be started.
[[nodiscard]] Result<std::unique_ptr<Attempt>> start_codec_attempt(
    Worker& worker, const Call& call, const catalog::Candidate& candidate
);
[[nodiscard]] Result<std::unique_ptr<Attempt>> start_stream_attempt(
    Worker& worker, const Call& call, const catalog::Candidate& candidate
);

// An attempt of the kind that operation and provider want. An error: the provider cannot make this request.
[[nodiscard]] Result<std::unique_ptr<Attempt>> start_attempt(
    Worker& worker, Call& call, const catalog::Candidate& candidate
);

}  // namespace aihub::gateway
