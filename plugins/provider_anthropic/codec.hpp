// One attempt at a provider that speaks the Messages API.
#pragma once

#include "answer.hpp"
#include "provider_failure.hpp"
#include "settings.hpp"

#include <aihub/provider_codec.hpp>

#include <chrono>
#include <string_view>

namespace aihub::provider_anthropic {

// Clients of the same format: their bytes go out, and the provider's come back; the codec reads from them what the host
// must know. Others: the canonical form goes out as a request of the API, and the answer comes back in events.
class Codec {
public:
    explicit Codec(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] Result<sdk::HttpRequest> build(const sdk::Request& request, sdk::Call& call);
    void on_head(int http_status, const sdk::Headers& headers);
    void on_frame(sdk::Frame frame, sdk::Call& call);
    void on_end(sdk::End why, sdk::Call& call);

private:
    enum class Format { messages, count_tokens, chat };

    void on_whole(std::string_view body, sdk::Call& call);
    void on_stream(sdk::Frame frame, sdk::Call& call);
    // The same dialect: reads the event and passes it on.
    void pass(const StreamEvent& event, sdk::Frame frame, sdk::Call& call);
    void pass_whole(const StreamEvent& message, std::string_view body, sdk::Call& call);
    void tell_message(std::string_view message, sdk::Call& call);
    void tell_usage(std::string_view raw, sdk::Call& call);
    void tell_stop(std::string_view raw, sdk::Call& call);
    void succeed(sdk::Call& call);
    void fail(sdk::Call& call, const sdk::Failure& failure);
    void fail_upstream(sdk::Call& call, std::string_view message);
    void fail_with(sdk::Call& call, std::string_view error_body);

    const Settings& settings_;
    Answer answer_;
    UsageCount usage_;
    std::chrono::nanoseconds retry_after_{0};
    int status_ = 0;
    Format format_ = Format::messages;
    bool stream_ = false;    // the client asked for one
    bool framed_ = false;    // the reply is one
    bool begun_ = false;     // the answer that is passed on
    bool finished_ = false;  // its stop reason was told
    bool ended_ = false;
};

}  // namespace aihub::provider_anthropic
