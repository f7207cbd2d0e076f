// Formats that are passed on as they are: responses, images, audio, moderations, rerank, files, batches.
#pragma once

#include "settings.hpp"

#include <aihub/provider_codec.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace aihub::provider_openai {

// One attempt. The model's name is put in its place in the request; of the reply it reads what the host must know: the
// usage, the model, whether a stream is complete, errors. The order of calls is that of Codec.
class Passage {
public:
    explicit Passage(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] sdk::HttpRequest build(const sdk::Request& request);
    void on_head(int http_status, const sdk::Headers& headers);
    void on_frame(sdk::Frame frame, sdk::Call& call);
    void on_end(sdk::End why, sdk::Call& call);

private:
    void on_event(sdk::Frame frame, sdk::Call& call);
    void on_bytes(std::string_view bytes, sdk::Call& call);
    void on_whole(std::string_view body, sdk::Call& call);
    // Of a reply that came whole where a stream was asked for. False: there is no way to.
    [[nodiscard]] bool tell_as_events(std::string_view body, sdk::Call& call) const;
    void tell(std::string_view usage, std::string_view model, sdk::Call& call);
    void succeed(sdk::Call& call);
    void fail(sdk::Call& call, const sdk::Failure& failure);

    const Settings& settings_;
    std::chrono::nanoseconds retry_after_{0};
    int status_ = 0;
    std::string held_bytes_;
    bool counts_ = true;              // what the reply tells was used by this request
    bool stream_ = false;             // asked for as a stream
    std::string_view picture_event_;  // the last of each picture in a stream; empty: these are no pictures
    bool responses_ = false;
    bool stored_ = false;       // the reply may be an object that holds an error of an earlier request
    bool may_be_text_ = false;  // the reply may be something else than JSON
    bool raw_ = false;          // asked for as bytes
    bool sse_ = false;          // asked for as events, if the provider has any
    bool framed_ = false;       // the reply is events
    bool json_ = false;         // the reply says that it is JSON
    bool held_ = false;         // bytes were asked for, but JSON comes: it is looked at first
    bool end_seen_ = false;     // an event said that its part of the answer is complete
    bool bytes_seen_ = false;
    bool ended_ = false;
};

}  // namespace aihub::provider_openai
