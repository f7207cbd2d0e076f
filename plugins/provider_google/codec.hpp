// One attempt at Gemini.
#pragma once

#include "chat_reply.hpp"
#include "reply_facts.hpp"
#include "settings.hpp"
#include "usage.hpp"

#include <aihub/provider_codec.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_google {

// Requests in Gemini's own formats pass through, and their replies go back as they come; of those the codec only reads
// what the host must know. Those of the canonical form are made and told anew. The order: build, on_head, on_frame...,
// on_end. After the call was ended further frames are ignored.
class Codec {
public:
    explicit Codec(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] Result<sdk::HttpRequest> build(const sdk::Request& request, sdk::Call& call);
    void on_head(int http_status, const sdk::Headers& headers);
    void on_frame(sdk::Frame frame, sdk::Call& call);
    void on_end(sdk::End why, sdk::Call& call);

private:
    enum class Task { generate, pass, chat, embeddings };
    struct End {
        std::uint32_t candidate = 0;
        std::string_view word{};  // empty: it goes on
        bool spoilt = false;
    };

    // Of the canonical form: into made_body_.
    [[nodiscard]] Result<void> make_body(const sdk::Request& request, sdk::Call& call);
    void on_whole(std::string_view body, sdk::Call& call);
    void on_chunk(std::string_view json, sdk::Call& call);
    void on_list(std::string_view body, sdk::Call& call);
    // Reads facts_ and tells model and id. False: it is an error, or no JSON; the call has failed.
    bool take_facts(std::string_view json, sdk::Call& call);
    bool tell_chat(std::string_view json, sdk::Call& call);
    void note_ends();
    // The reply has ended: tells the ends of the candidates, then that of the call.
    void complete(sdk::Call& call);
    void fail(sdk::Call& call, sdk::Failure failure);
    void fail(sdk::Call& call, sdk::FailureKind kind, std::string message);

    const Settings& settings_;
    ReplyFacts facts_;
    UsageCounts usage_;
    ChatReply reply_;
    std::vector<End> ends_;
    std::string made_body_;
    std::string access_token_;  // that the request carries; empty: it carries the key
    std::chrono::nanoseconds retry_after_{0};
    std::size_t texts_ = 0;  // to embed
    int status_ = 0;
    Task task_ = Task::generate;
    bool stream_ = false;  // the client asked for one
    bool framed_ = false;  // the reply is one
    bool model_told_ = false;
    bool id_told_ = false;
    bool ended_ = false;
};

}  // namespace aihub::provider_google
