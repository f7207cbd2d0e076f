#include "realtime.hpp"

#include "usage.hpp"

#include <aihub/json_read.hpp>

namespace aihub::provider_openai {
namespace {

constexpr std::string_view kResponseDone = "response.done";
constexpr std::string_view kTranscribed = "conversation.item.input_audio_transcription.completed";

}  // namespace

std::optional<sdk::Usage> realtime_usage(std::string_view event) {
    const bool done = event.find(kResponseDone) != std::string_view::npos;
    if (!done && event.find(kTranscribed) == std::string_view::npos) {
        return std::nullopt;
    }
    const auto document = sdk::JsonDocument::parse(event);
    if (!document || !document->root().is(sdk::JsonKind::object)) {
        return std::nullopt;
    }
    const sdk::JsonValue root = document->root();
    const std::string type = root["type"].string_or("");
    if (type != kResponseDone && type != kTranscribed) {
        return std::nullopt;  // The words stood in what somebody said.
    }
    const sdk::JsonValue usage = type == kResponseDone ? root["response"]["usage"] : root["usage"];
    return usage.is(sdk::JsonKind::object) ? read_usage(usage.raw()) : std::nullopt;
}

}  // namespace aihub::provider_openai
