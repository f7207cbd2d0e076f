#include "dialect/request_needs.hpp"

#include <aihub/json_scan.hpp>
#include <aihub/json_value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace aihub::dialect {
namespace {

using sdk::JsonScan;

// Lists and objects of messages within one another; requests of tools with results of several parts have six.
constexpr int kDepthMax = 32;
// The cheapest picture of any vendor.
constexpr std::uint64_t kImageLeast = 85;
// As estimate_request() has them.
constexpr std::uint64_t kImageUsual = 1100;
constexpr std::uint64_t kMessageUsual = 4;
constexpr std::uint64_t kBytesOfToken = 4;

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 7> kMessages{
    "messages", "input", "contents", "system", "instructions", "systemInstruction", "system_instruction"};
constexpr std::array<std::string_view, 3> kLists{"messages", "input", "contents"};
constexpr std::array<std::string_view, 2> kTools{"tools", "functions"};
// Members of a message or a part that hold further ones, or a text.
constexpr std::array<std::string_view, 12> kInner{
    "content",
    "parts",
    "output",
    "text",
    "thinking",
    "refusal",
    "arguments",
    "name",
    "tool_calls",
    "function",
    "functionResponse",
    "function_response"};
// Those that hold JSON of the client's tools: nothing in it is a part, whatever it looks like.
constexpr std::array<std::string_view, 4> kValues{"input", "response", "functionCall", "function_call"};
constexpr std::array<std::string_view, 4> kMedia{"inlineData", "inline_data", "fileData", "file_data"};

// Without its quotes; what is no string is empty.
std::string_view unquoted(std::string_view raw) {
    return raw.size() < 2 || raw.front() != '"' ? std::string_view() : raw.substr(1, raw.size() - 2);
}

std::uint64_t number(std::string_view raw) {
    std::uint64_t value = 0;
    std::from_chars(raw.data(), raw.data() + raw.size(), value);
    return value;
}

bool has_elements(std::string_view raw) {
    JsonScan scan(raw);
    return raw.starts_with('[') && !scan.elements([](JsonScan&) { return false; });
}

// A string member of an object.
std::string_view member_of(std::string_view object, std::string_view first, std::string_view second = {}) {
    std::string_view found;
    JsonScan scan(object);
    static_cast<void>(scan.members([&](std::string_view name, JsonScan& value) {
        return name == first || name == second ? value.take(found) : value.skip();
    }));
    return found;
}

// Walks messages, items and parts of every format: their members do not contradict one another.
class PartReader {
public:
    // `bytes_max` of texts are counted; 0: none.
    PartReader(RequestNeeds& needs, std::uint64_t bytes_max)
        : needs_(needs), counts_(bytes_max > 0), left_(bytes_max) {}

    // A text, an object, or a list of such.
    bool content(JsonScan& value) {
        const char kind = value.next();
        if (kind == '"') {
            return text(value);
        }
        if ((kind != '[' && kind != '{') || depth_ == kDepthMax) {
            return value.skip();
        }
        ++depth_;
        const bool good =
            kind == '{' ? part(value) : value.elements([this](JsonScan& element) { return content(element); });
        --depth_;
        return good;
    }

    bool json(JsonScan& value) {
        std::string_view raw;
        const bool good = value.take(raw);
        add(raw);
        return good;
    }

private:
    bool part(JsonScan& scan) {
        std::string_view type, source, file, media;
        const bool good = scan.members([&](std::string_view name, JsonScan& value) {
            if (name == "type") {
                return value.take(type);
            }
            if (name == "source") {
                return value.take(source);
            }
            if (name == "file") {
                return value.take(file);
            }
            if (is_one_of(name, kMedia)) {
                return value.take(media);
            }
            if (is_one_of(name, kInner)) {
                return content(value);
            }
            return is_one_of(name, kValues) ? json(value) : value.skip();
        });
        if (good && media.starts_with('{')) {
            see_type(unquoted(member_of(media, "mimeType", "mime_type")));
        } else if (good) {
            see_part(unquoted(type), source, file.empty() ? media : member_of(file, "file_data"));
        }
        return good;
    }

    void see_part(std::string_view type, std::string_view source, std::string_view file_data) {
        if (type == "image_url" || type == "input_image" || type == "image") {
            see_image();
        } else if (type == "input_audio" || type == "audio") {
            needs_.audio = true;
        } else if (type == "video_url" || type == "input_video" || type == "video") {
            needs_.video = true;
        } else if (type == "file" || type == "input_file") {
            constexpr std::string_view kScheme = "data:";
            const auto data = unquoted(file_data);
            see_type(data.starts_with(kScheme) ? data.substr(kScheme.size()) : "application/");
        } else if (type == "document") {
            see_document(source);
        }
    }

    // One that is written out is a text.
    void see_document(std::string_view source) {
        const auto type = unquoted(member_of(source, "type"));
        if (type != "text" && type != "content") {
            needs_.document = true;
            return;
        }
        JsonScan scan(source);
        static_cast<void>(scan.members([&](std::string_view name, JsonScan& value) {
            return name == "data" || name == "content" ? content(value) : value.skip();
        }));
    }

    // A media type, or what begins with one.
    void see_type(std::string_view type) {
        if (type.starts_with("image/")) {
            see_image();
        } else if (type.starts_with("audio/")) {
            needs_.audio = true;
        } else if (type.starts_with("video/")) {
            needs_.video = true;
        } else if (type.starts_with("application/")) {
            needs_.document = true;
        }
    }

    void see_image() {
        needs_.image = true;
        ++needs_.images;
    }

    bool text(JsonScan& value) {
        std::string_view raw;
        const bool good = value.take(raw);
        const auto inner = unquoted(raw);
        needs_.longest_text = std::max<std::uint64_t>(needs_.longest_text, inner.size());
        if (counts_ && inner.size() <= left_ && inner.find('\\') != std::string_view::npos) {
            add(sdk::json_unescape(inner));
        } else {
            add(inner);
        }
        return good;
    }

    void add(std::string_view text) {
        if (counts_ && text.size() > left_) {
            left_ = 0;
            needs_.uncounted += text.size();
        } else if (counts_) {
            left_ -= text.size();
            needs_.texts.end_text();
            needs_.texts.add(text);
        }
    }

    RequestNeeds& needs_;
    const bool counts_;
    std::uint64_t left_;
    int depth_ = 0;
};

// Elements of a list; anything else is one.
std::uint64_t count_of(std::string_view raw) {
    std::uint64_t count = 0;
    JsonScan scan(raw);
    if (scan.next() != '[') {
        return 1;
    }
    static_cast<void>(scan.elements([&count](JsonScan& element) {
        ++count;
        return element.skip();
    }));
    return count;
}

void read_messages(std::span<const capability::JsonMember> members, RequestNeeds& needs, std::uint64_t bytes_max) {
    needs.images = 0;
    PartReader reader(needs, bytes_max);
    const bool counts = bytes_max > 0;
    for (const auto& member : members) {
        JsonScan scan(member.value);
        if (is_one_of(member.name, kMessages)) {
            static_cast<void>(reader.content(scan));
        } else if (counts && is_one_of(member.name, kTools)) {
            static_cast<void>(reader.json(scan));
        }
    }
}

}  // namespace

std::uint64_t RequestNeeds::least_input(model::TokenizerFamily family) const {
    // No text of the tests is estimated at more than 29 % too much (docs/models.md).
    return texts.tokens(family) / 4 * 3 + images * kImageLeast;
}

std::uint64_t RequestNeeds::estimated_input(model::TokenizerFamily family) const {
    return texts.tokens(family) + images * kImageUsual + messages * kMessageUsual + uncounted / kBytesOfToken;
}

RequestNeeds ask_needs(std::span<const capability::JsonMember> members) {
    RequestNeeds needs;
    const auto limit = [&needs](std::string_view raw) {
        const auto tokens = number(raw);
        needs.output_tokens = needs.output_tokens == 0 ? tokens : std::min(needs.output_tokens, tokens);
    };
    for (const auto& [name, value] : members) {
        if (is_one_of(name, kTools)) {
            needs.tools = needs.tools || has_elements(value);
        } else if (name == "max_tokens" || name == "max_completion_tokens" || name == "max_output_tokens") {
            limit(value);
        } else if (name == "generationConfig" || name == "generation_config") {
            limit(member_of(value, "maxOutputTokens", "max_output_tokens"));
        }
    }
    return needs;
}

void find_media(std::span<const capability::JsonMember> members, RequestNeeds& needs) {
    read_messages(members, needs, 0);
}

void count_texts(std::span<const capability::JsonMember> members, RequestNeeds& needs, std::uint64_t bytes_max) {
    needs.messages = 0;
    for (const auto& member : members) {
        needs.messages += is_one_of(member.name, kLists) ? count_of(member.value) : 0;
    }
    read_messages(members, needs, bytes_max);
}

}  // namespace aihub::dialect
