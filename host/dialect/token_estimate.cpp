#include "dialect/token_estimate.hpp"

#include "dialect/token_counter.hpp"

#include <aihub/json_scan.hpp>
#include <aihub/json_value.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace aihub::dialect {
namespace {

using sdk::JsonScan;

constexpr std::uint64_t kOfRequest = 3;
constexpr std::uint64_t kOfMessage = 4;
constexpr std::uint64_t kOfTool = 8;
constexpr std::uint64_t kSmallImage = 85;
constexpr std::uint64_t kImage = 1100;
constexpr std::uint64_t kElsewhere = 1500;
constexpr std::size_t kThoughtBytes = 6;
constexpr std::size_t kMediaBytes = 1000;
constexpr std::size_t kDocumentBytes = 32;

// What of a block its tokens depend on; JSON as it is written.
struct Block {
    std::string_view type, text, name, arguments, title, value, content, redacted, data, url, file_id, detail;
};

// Bytes that base64 in quotes stands for.
std::size_t decoded_size(std::string_view quoted) {
    return quoted.size() < 2 ? 0 : (quoted.size() - 2) / 4 * 3;
}

class RequestCounter {
public:
    // False: the text is broken.
    bool run(std::string_view canonical_json) {
        JsonScan scan(canonical_json);
        flat_ += kOfRequest;
        return scan.members([this](std::string_view name, JsonScan& value) { return member(name, value); }) &&
               scan.at_end();
    }

    [[nodiscard]] std::uint64_t tokens(model::TokenizerFamily family) const { return counter_.tokens(family) + flat_; }

private:
    bool member(std::string_view name, JsonScan& value) {
        if (name == "instructions") {
            flat_ += kOfMessage;
            return blocks(value);
        }
        if (name == "messages") {
            return value.elements([this](JsonScan& message) { return this->message(message); });
        }
        if (name == "tools") {
            return value.elements([this](JsonScan& tool) {
                flat_ += kOfTool;
                return raw(tool);
            });
        }
        return name == "response_format" ? raw(value) : value.skip();
    }

    bool message(JsonScan& scan) {
        flat_ += kOfMessage;
        return scan.members([this](std::string_view name, JsonScan& value) {
            if (name == "content") {
                return blocks(value);
            }
            return name == "name" ? raw(value) : value.skip();
        });
    }

    bool blocks(JsonScan& scan) {
        return scan.elements([this](JsonScan& value) {
            Block block;
            const bool good = value.members([&block](std::string_view name, JsonScan& member) {
                std::string_view* place = place_of(block, name);
                return place == nullptr ? member.skip() : member.take(*place);
            });
            return good && this->block(block);
        });
    }

    static std::string_view* place_of(Block& block, std::string_view name) {
        const std::array<std::pair<std::string_view, std::string_view*>, 12> places = {{
            {"type", &block.type},
            {"text", &block.text},
            {"name", &block.name},
            {"arguments", &block.arguments},
            {"title", &block.title},
            {"value", &block.value},
            {"content", &block.content},
            {"redacted", &block.redacted},
            {"data", &block.data},
            {"url", &block.url},
            {"file_id", &block.file_id},
            {"detail", &block.detail},
        }};
        for (const auto& [known, place] : places) {
            if (known == name) {
                return place;
            }
        }
        return nullptr;
    }

    bool block(const Block& block) {
        for (const std::string_view text : {block.text, block.name, block.title}) {
            string(text);
        }
        json(block.arguments);
        json(block.value);
        const bool tool = block.type == "\"tool_call\"" || block.type == "\"tool_result\"";
        flat_ += tool ? kOfTool : 0;
        flat_ += decoded_size(block.redacted) / kThoughtBytes;
        flat_ += media(block);
        if (block.content.empty()) {
            return true;
        }
        JsonScan inner(block.content);
        return blocks(inner);
    }

    static std::uint64_t media(const Block& block) {
        if (block.type == "\"image\"") {
            return block.detail == "\"low\"" ? kSmallImage : kImage;
        }
        if (!block.url.empty() || !block.file_id.empty()) {
            return kElsewhere;
        }
        const bool document = block.type == "\"document\"";
        return decoded_size(block.data) / (document ? kDocumentBytes : kMediaBytes);
    }

    bool raw(JsonScan& scan) {
        std::string_view text;
        const bool good = scan.take(text);
        json(text);
        return good;
    }

    void json(std::string_view text) {
        counter_.end_text();
        counter_.add(text);
    }

    // A string in quotes; escapes count as what they stand for.
    void string(std::string_view quoted) {
        if (quoted.size() < 2) {
            return;
        }
        counter_.end_text();
        std::string_view left = quoted.substr(1, quoted.size() - 2);
        for (auto at = left.find('\\'); at != std::string_view::npos; at = left.find('\\')) {
            counter_.add(left.substr(0, at));
            left.remove_prefix(at);
            left.remove_prefix(escape(left));
        }
        counter_.add(left);
    }

    // Takes the escape that `text` begins with, and gives its length.
    std::size_t escape(std::string_view text) {
        constexpr std::size_t kUnitBytes = 6;  // \u00e9
        const char kind = text.size() > 1 ? text[1] : '\\';
        if (kind != 'u' || text.size() < kUnitBytes) {
            constexpr std::string_view kNames = "nrtbf";
            const auto known = kNames.find(kind);
            const char stands_for = known == std::string_view::npos ? kind : "\n\r\t  "[known];
            counter_.add(std::string_view(&stands_for, 1));
            return text.size() > 1 ? 2 : 1;
        }
        // Both halves of a pair of surrogates are one character.
        const bool high = (text[2] == 'd' || text[2] == 'D') && std::string_view("89abAB").find(text[3]) != text.npos;
        const bool pair = high && text.size() >= 2 * kUnitBytes && text.substr(kUnitBytes, 2) == "\\u";
        const std::size_t bytes = pair ? 2 * kUnitBytes : kUnitBytes;
        counter_.add(sdk::json_unescape(text.substr(0, bytes)));
        return bytes;
    }

    TokenCounter counter_;
    std::uint64_t flat_ = 0;
};

}  // namespace

std::uint64_t estimate_tokens(std::string_view text, model::TokenizerFamily family) {
    TokenCounter counter;
    counter.add(text);
    return counter.tokens(family);
}

std::uint64_t estimate_request(std::string_view canonical_json, model::TokenizerFamily family) {
    RequestCounter counter;
    return counter.run(canonical_json) ? counter.tokens(family) : estimate_tokens(canonical_json, family);
}

}  // namespace aihub::dialect
