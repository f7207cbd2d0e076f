// One attempt at an OpenAI-compatible provider.
#pragma once

#include "chat_events.hpp"
#include "chunk.hpp"
#include "passage.hpp"
#include "settings.hpp"

#include <aihub/provider_codec.hpp>

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::provider_openai {

// Chat, completions and embeddings; all other formats go to Passage.
//
// Passes frames on as they are and reads from them what the host must know: usage, the model, the finish reasons,
// errors. Where the request came in the canonical form, it tells what they say in events instead. The order: build,
// on_head, on_frame..., on_end. After the call was ended further frames are ignored.
class Codec {
public:
    explicit Codec(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] Result<sdk::HttpRequest> build(const sdk::Request& request, sdk::Call& call);
    void on_head(int http_status, const sdk::Headers& headers);
    void on_frame(sdk::Frame frame, sdk::Call& call);
    void on_end(sdk::End why, sdk::Call& call);

private:
    static constexpr std::size_t kChoicesMax = 256;

    [[nodiscard]] sdk::HttpRequest build_realtime(const sdk::Request& request);
    [[nodiscard]] sdk::HttpRequest post(const sdk::Request& request) const;
    // The body for a request in the canonical form.
    [[nodiscard]] Result<std::string> canonical_body(const sdk::Request& request, sdk::Call& call);
    void on_chunk(sdk::Frame frame, sdk::Call& call);
    void on_whole(std::string_view body, sdk::Call& call);
    // Tells model and usage. False: a finish reason says that the answer was given up; the call has failed.
    bool tell_facts(sdk::Call& call);
    void tell_finishes(sdk::Call& call);
    void finish(const ChoiceFacts& choice, sdk::Call& call);
    // True for a chunk that only says again that its choices have finished.
    [[nodiscard]] bool repeats_finish() const;
    void add_finishes(sdk::Call& call);
    // What `facts_` say, as events. False: the call has failed.
    bool tell_content(sdk::Call& call);
    void tell_whole_as_events(sdk::Call& call);
    void succeed(sdk::Call& call);
    void fail(sdk::Call& call, const sdk::Failure& failure);

    const Settings& settings_;
    ChunkFacts facts_;
    std::string held_usage_;  // the chunk that only tells usage, for the end of the stream
    std::string beginning_;   // of a chunk that must be made, from the first one that left a choice unfinished
    std::bitset<kChoicesMax> seen_;
    std::bitset<kChoicesMax> finished_;
    std::chrono::nanoseconds retry_after_{0};
    int status_ = 0;
    std::optional<Passage> passage_;
    std::optional<ChatEvents> events_;  // tells the answer to a chat in the canonical form
    bool canonical_ = false;
    bool embeddings_ = false;
    bool chat_ = false;
    bool realtime_ = false;
    bool stream_ = false;         // the client asked for one
    bool include_usage_ = false;  // the client asked for usage in it
    bool framed_ = false;         // the reply is one
    bool model_told_ = false;
    bool ended_ = false;
};

}  // namespace aihub::provider_openai
