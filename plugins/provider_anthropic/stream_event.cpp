#include "stream_event.hpp"

#include <aihub/json_scan.hpp>

#include <charconv>

namespace aihub::provider_anthropic {
namespace {

// A value that says something; null is the same as nothing.
bool take_said(sdk::JsonScan& value, std::string_view& out) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    out = raw == "null" ? std::string_view() : raw;
    return true;
}

bool take_word(sdk::JsonScan& value, std::string_view& out) {
    if (!take_said(value, out)) {
        return false;
    }
    const bool string = out.size() >= 2 && out.front() == '"';
    out = string ? out.substr(1, out.size() - 2) : std::string_view();
    return true;
}

bool take_index(sdk::JsonScan& value, std::uint32_t& index) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), index);
    return read.ec == std::errc{} && read.ptr == raw.data() + raw.size();
}

}  // namespace

bool scan_event(std::string_view data, StreamEvent& event) {
    event = {};
    sdk::JsonScan scan(data);
    const bool good = scan.members([&event](std::string_view name, sdk::JsonScan& value) {
        if (name == "type") {
            return take_word(value, event.type);
        }
        if (name == "index") {
            return take_index(value, event.index);
        }
        std::string_view* const place = name == "message"         ? &event.message
                                        : name == "content_block" ? &event.content_block
                                        : name == "delta"         ? &event.delta
                                        : name == "usage"         ? &event.usage
                                        : name == "error"         ? &event.error
                                                                  : nullptr;
        return place != nullptr ? take_said(value, *place) : value.skip();
    });
    return good && scan.at_end();
}

bool scan_delta(std::string_view raw, StreamDelta& delta) {
    delta = {};
    sdk::JsonScan scan(raw);
    return scan.members([&delta](std::string_view name, sdk::JsonScan& value) {
        if (name == "type") {
            return take_word(value, delta.type);
        }
        const bool adds = name == "text" || name == "thinking" || name == "partial_json" || name == "signature";
        std::string_view* const place = adds                      ? &delta.text
                                        : name == "citation"      ? &delta.citation
                                        : name == "stop_reason"   ? &delta.stop_reason
                                        : name == "stop_sequence" ? &delta.stop_sequence
                                                                  : nullptr;
        return place != nullptr ? take_said(value, *place) : value.skip();
    });
}

bool scan_head(std::string_view raw, MessageHead& head) {
    head = {};
    sdk::JsonScan scan(raw);
    const bool good = scan.members([&head](std::string_view name, sdk::JsonScan& value) {
        if (name == "id" || name == "model") {
            return take_word(value, name == "id" ? head.id : head.model);
        }
        std::string_view* const place = name == "usage"           ? &head.usage
                                        : name == "stop_reason"   ? &head.stop_reason
                                        : name == "stop_sequence" ? &head.stop_sequence
                                        : name == "input_tokens"  ? &head.input_tokens
                                                                  : nullptr;
        return place != nullptr ? take_said(value, *place) : value.skip();
    });
    return good && scan.at_end();
}

}  // namespace aihub::provider_anthropic
