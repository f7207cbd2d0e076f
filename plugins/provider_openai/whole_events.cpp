#include "whole_events.hpp"

#include <aihub/json_scan.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

namespace aihub::provider_openai {
namespace {

using Replacements = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Raw JSON of the members with these names; empty: there is none.
struct Members {
    std::string_view type, id, status, output, content, arguments, text, refusal, data, picture, created;
};

bool read_members(std::string_view json, Members& members) {
    static constexpr std::pair<std::string_view, std::string_view Members::*> kPlaces[] = {
        {"type", &Members::type},
        {"id", &Members::id},
        {"status", &Members::status},
        {"output", &Members::output},
        {"content", &Members::content},
        {"arguments", &Members::arguments},
        {"text", &Members::text},
        {"refusal", &Members::refusal},
        {"data", &Members::data},
        {"b64_json", &Members::picture},
        {"created", &Members::created},
    };
    sdk::JsonScan scan(json);
    return scan.members([&](std::string_view name, sdk::JsonScan& value) {
        for (const auto& [known, place] : kPlaces) {
            if (known == name) {
                return value.take(members.*place);
            }
        }
        return value.skip();
    });
}

// The object with other values in place of some that it has; nothing: without that member.
std::string with(std::string_view object, Replacements replacements) {
    std::string out;
    sdk::JsonScan scan(object);
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        std::string_view raw;
        if (!value.take(raw)) {
            return false;
        }
        for (const auto& [replaced, other] : replacements) {
            raw = replaced == name ? other : raw;
        }
        if (!raw.empty()) {
            out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":").append(raw);
        }
        return true;
    });
    static_cast<void>(read);  // It was read before.
    return out.empty() ? "{}" : out + "}";
}

// What ends the stream of a response with that status; empty: it has not ended. One that does not say its status, which
// servers of this format leave out, has come whole.
std::string_view end_of(std::string_view status) {
    if (status.empty() || status == "null" || status == "\"completed\"") {
        return "response.completed";
    }
    if (status == "\"incomplete\"") {
        return "response.incomplete";
    }
    return status == "\"failed\"" ? "response.failed" : std::string_view();
}

class Teller {
public:
    explicit Teller(sdk::Call& call) : call_(call) {}

    // `members`: those behind the type, in pieces.
    void event(std::string_view type, std::initializer_list<std::string_view> members) {
        data_.assign("{\"type\":\"").append(type).append("\",\"sequence_number\":");
        data_.append(std::to_string(number_++)).append(",");
        for (const std::string_view piece : members) {
            data_.append(piece);
        }
        data_.append("}");
        call_.raw(data_, type);
    }

    // One of `output`.
    void item(std::string_view raw, std::size_t index) {
        Members item;
        if (!read_members(raw, item)) {
            return;
        }
        const std::string at = ",\"output_index\":" + std::to_string(index);
        const auto begun = with(raw, {{"status", "\"in_progress\""}, {"content", "[]"}, {"arguments", "\"\""}});
        event("response.output_item.added", {"\"item\":", begun, at});
        const std::string place = "\"item_id\":" + std::string(item.id.empty() ? "\"\"" : item.id) + at;
        if (item.type == "\"message\"") {
            each(item.content, [&](std::string_view part, std::size_t number) {
                content(part, place + ",\"content_index\":" + std::to_string(number));
            });
        } else if (item.type == "\"function_call\"" && !item.arguments.empty()) {
            deltas("response.function_call_arguments", "arguments", item.arguments, place);
        }
        event("response.output_item.done", {"\"item\":", raw, at});
    }

    template <class Function>
    static void each(std::string_view array, Function&& function) {
        std::size_t number = 0;
        sdk::JsonScan scan(array);
        const bool read = scan.elements([&](sdk::JsonScan& value) {
            std::string_view raw;
            const bool taken = value.take(raw);
            if (taken) {
                function(raw, number++);
            }
            return taken;
        });
        static_cast<void>(read);  // An output that is no array has no items.
    }

private:
    void content(std::string_view raw, const std::string& place) {
        Members part;
        if (!read_members(raw, part)) {
            return;
        }
        const auto begun = with(raw, {{"text", "\"\""}, {"refusal", "\"\""}});
        event("response.content_part.added", {"\"part\":", begun, ",", place});
        if (!part.text.empty()) {
            deltas("response.output_text", "text", part.text, place + ",\"logprobs\":[]");
        } else if (!part.refusal.empty()) {
            deltas("response.refusal", "refusal", part.refusal, place);
        }
        event("response.content_part.done", {"\"part\":", raw, ",", place});
    }

    void deltas(const std::string& type, std::string_view name, std::string_view raw, const std::string& place) {
        event(type + ".delta", {"\"delta\":", raw, ",", place});
        event(type + ".done", {"\"", name, "\":", raw, ",", place});
    }

    sdk::Call& call_;
    std::uint64_t number_ = 0;
    std::string data_;  // of one event
};

}  // namespace

std::string_view on_one_line(std::string_view json, std::string& room) {
    if (json.find_first_of("\r\n") == std::string_view::npos) {
        return json;
    }
    room = json;
    std::replace_if(
        room.begin(), room.end(), [](char c) { return c == '\n' || c == '\r'; }, ' '
    );
    return room;
}

bool tell_images_as_events(std::string_view body, std::string_view type, sdk::Call& call) {
    Members images;
    if (!read_members(body, images)) {
        return false;
    }
    std::size_t count = 0;
    bool here = true;
    Teller::each(images.data, [&](std::string_view raw, std::size_t) {
        Members image;
        here = read_members(raw, image) && image.picture.size() > 2 && here;
        ++count;
    });
    if (!here || count == 0) {
        return false;
    }
    // Size, format, usage and the like stand beside the pictures.
    auto shared = with(body, {{"data", ""}, {"created", ""}});
    if (!images.created.empty()) {
        shared.insert(1, "\"created_at\":" + std::string(images.created) + (shared == "{}" ? "" : ","));
    }
    Teller::each(images.data, [&](std::string_view raw, std::size_t) {
        std::string data = "{\"type\":\"";
        data.append(type).append("\",").append(raw.substr(1, raw.size() - 2));
        data.append(shared == "{}" ? "" : ",").append(std::string_view(shared).substr(1));
        call.raw(data, type);
    });
    return true;
}

bool tell_response_as_events(std::string_view body, sdk::Call& call) {
    Members response;
    if (!read_members(body, response) || response.id.empty() || response.output.empty()) {
        return false;
    }
    const std::string_view end = end_of(response.status);
    if (end.empty()) {
        return false;
    }
    Teller teller(call);
    const auto begun = with(
        body,
        {{"status", "\"in_progress\""},
         {"output", "[]"},
         {"usage", "null"},
         {"error", "null"},
         {"incomplete_details", "null"},
         {"completed_at", "null"},
         {"output_text", ""}}
    );
    teller.event("response.created", {"\"response\":", begun});
    teller.event("response.in_progress", {"\"response\":", begun});
    Teller::each(response.output, [&](std::string_view raw, std::size_t index) { teller.item(raw, index); });
    teller.event(end, {"\"response\":", body});
    return true;
}

}  // namespace aihub::provider_openai
