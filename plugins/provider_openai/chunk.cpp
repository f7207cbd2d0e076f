#include "chunk.hpp"

#include <aihub/json_scan.hpp>

#include <charconv>

namespace aihub::provider_openai {
namespace {

constexpr std::uint32_t kChoiceIndexMax = 255;

// A value that says something; null is the same as nothing.
bool take_said(sdk::JsonScan& value, std::string_view& out) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    if (raw != "null") {
        out = raw;
    }
    return true;
}

bool take_index(sdk::JsonScan& value, std::uint32_t& index) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), index);
    return raw == "null" || (read.ec == std::errc{} && read.ptr == raw.data() + raw.size() && index <= kChoiceIndexMax);
}

bool scan_choice(sdk::JsonScan& scan, ChunkFacts& facts) {
    ChoiceFacts choice;
    choice.index = static_cast<std::uint32_t>(facts.choices.size());
    const bool good = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        if (name == "index") {
            return take_index(value, choice.index);
        }
        if (name == "finish_reason") {
            return take_said(value, choice.finish_reason);
        }
        if (name == "delta" || name == "message" || name == "text") {
            return value.take(choice.content);
        }
        if (name == "logprobs") {
            return take_said(value, choice.logprobs);
        }
        if (name == "stop_reason") {
            return take_said(value, choice.stop_reason);
        }
        return name == "usage" ? take_said(value, facts.usage) : value.skip();
    });
    facts.choices.push_back(choice);
    return good && facts.choices.size() <= kChoiceIndexMax + 1;
}

bool scan_choices(sdk::JsonScan& value, ChunkFacts& facts) {
    if (value.next() != '[') {
        return value.skip();
    }
    facts.has_choices = true;
    return value.elements([&](sdk::JsonScan& element) { return scan_choice(element, facts); });
}

// {"usage": {...}} inside a vendor's own object.
bool scan_vendor(sdk::JsonScan& value, ChunkFacts& facts) {
    if (value.next() != '{') {
        return value.skip();
    }
    return value.members([&](std::string_view name, sdk::JsonScan& member) {
        return name == "usage" ? take_said(member, facts.usage) : member.skip();
    });
}

bool is_plain_member(std::string_view name) {
    for (const std::string_view known :
         {"id",
          "object",
          "created",
          "model",
          "choices",
          "usage",
          "error",
          "x_groq",
          "system_fingerprint",
          "service_tier",
          "obfuscation",
          "provider",
          "timings"}) {
        if (name == known) {
            return true;
        }
    }
    return false;
}

// This runs for each member of each chunk: most are told apart by their length alone.
bool scan_member(std::string_view name, sdk::JsonScan& value, ChunkFacts& facts) {
    switch (name.size()) {
        case 2:
            if (name == "id") {
                return take_said(value, facts.id);
            }
            break;
        case 4:
            facts.has_data = facts.has_data || (name == "data" && value.next() == '[');
            break;
        case 5:
            if (name == "model") {
                return take_said(value, facts.model);
            }
            if (name == "usage") {
                return take_said(value, facts.usage);
            }
            if (name == "error") {
                return take_said(value, facts.error);
            }
            break;
        case 6:
            if (name == "object") {
                return take_said(value, facts.object);
            }
            if (name == "x_groq") {
                return scan_vendor(value, facts);
            }
            break;
        case 7:
            if (name == "choices") {
                return scan_choices(value, facts);
            }
            break;
        default:
            break;
    }
    return value.skip();
}

}  // namespace

void ChunkFacts::clear() {
    id = model = usage = error = object = {};
    has_choices = has_data = false;
    choices.clear();
}

bool scan_chunk(std::string_view json, ChunkFacts& facts) {
    facts.clear();
    sdk::JsonScan scan(json);
    const bool object =
        scan.members([&](std::string_view name, sdk::JsonScan& value) { return scan_member(name, value, facts); });
    return object && scan.at_end();
}

bool has_extras(std::string_view json) {
    bool found = false;
    sdk::JsonScan scan(json);
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        found = found || !is_plain_member(name);
        return value.skip();
    });
    return found || !read;
}

}  // namespace aihub::provider_openai
