// JSON text, read into a flat list of views. For whole documents: settings, requests, errors. Hot paths that need a few
// members of a chunk use json_scan.hpp.
#pragma once

#include <aihub/json_value.hpp>
#include <aihub/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::sdk {

// What parse() accepts at most; beyond it the text is refused.
struct JsonLimits {
    std::size_t depth_max = 64;
    std::size_t values_max = 1'000'000;
};

// A read document. It views the text, which must live longer; values view the document and survive its move.
class JsonDocument {
public:
    // Strict RFC 8259: one value, no comments, no trailing comma. Bytes over 0x7F pass as they are. The error says
    // what was wrong and at which byte.
    static Result<JsonDocument> parse(std::string_view text, JsonLimits limits = {}) {
        JsonDocument document;
        Parser parser{text, limits, document.nodes_};
        if (!parser.run()) {
            return Error{
                Errc::invalid_request,
                "not valid JSON: " + std::string(parser.problem) + " at byte " + std::to_string(parser.at)};
        }
        return document;
    }

    [[nodiscard]] JsonValue root() const { return JsonValue(nodes_.data(), 0); }

private:
    struct Parser {
        std::string_view text;
        JsonLimits limits;
        std::vector<detail::JsonNode>& nodes;
        std::size_t at = 0;
        std::string_view problem = "unexpected end";

        bool run() {
            if (!value({}, 0)) {
                return false;
            }
            skip_space();
            return at == text.size() || fail("text after the value");
        }

        bool fail(std::string_view what) {
            problem = at < text.size() || what != "unexpected byte" ? what : "unexpected end";
            return false;
        }
        [[nodiscard]] char peek() const { return at < text.size() ? text[at] : '\0'; }
        void skip_space() {
            while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) {
                ++at;
            }
        }
        bool take(char expected) {
            if (peek() != expected || at >= text.size()) {
                return false;
            }
            ++at;
            return true;
        }

        bool value(std::string_view key, std::size_t depth) {
            skip_space();
            if (nodes.size() >= limits.values_max) {
                return fail("too many values");
            }
            const std::size_t node = nodes.size();
            const std::size_t begin = at;
            nodes.push_back({JsonKind::null, 0, 0, key, {}});
            if (!content(node, depth)) {
                return false;
            }
            nodes[node].raw = text.substr(begin, at - begin);
            nodes[node].next = nodes.size();
            return true;
        }

        bool content(std::size_t node, std::size_t depth) {
            switch (peek()) {
                case '{':
                case '[':
                    return depth < limits.depth_max ? container(node, depth) : fail("nested too deeply");
                case '"':
                    nodes[node].kind = JsonKind::string;
                    return string();
                case 't':
                    return word(node, JsonKind::boolean, "true");
                case 'f':
                    return word(node, JsonKind::boolean, "false");
                case 'n':
                    return word(node, JsonKind::null, "null");
                default:
                    nodes[node].kind = JsonKind::number;
                    return number();
            }
        }

        bool word(std::size_t node, JsonKind kind, std::string_view expected) {
            nodes[node].kind = kind;
            if (text.substr(at, expected.size()) != expected) {
                return fail("unexpected byte");
            }
            at += expected.size();
            return true;
        }

        bool container(std::size_t node, std::size_t depth) {
            const bool object = peek() == '{';
            const char closing = object ? '}' : ']';
            nodes[node].kind = object ? JsonKind::object : JsonKind::array;
            ++at;
            skip_space();
            if (take(closing)) {
                return true;
            }
            do {
                std::string_view key;
                if (object && !member_name(key)) {
                    return false;
                }
                if (!value(key, depth + 1)) {
                    return false;
                }
                ++nodes[node].count;
                skip_space();
            } while (take(','));
            return take(closing) || fail("unexpected byte");
        }

        bool member_name(std::string_view& key) {
            skip_space();
            const std::size_t begin = at + 1;
            if (peek() != '"') {
                return fail("unexpected byte");
            }
            if (!string()) {
                return false;
            }
            key = text.substr(begin, at - begin - 1);
            skip_space();
            return take(':') || fail("unexpected byte");
        }

        bool string() {
            ++at;
            while (at < text.size()) {
                const auto byte = static_cast<unsigned char>(text[at]);
                if (byte == '"') {
                    ++at;
                    return true;
                }
                if (byte < 0x20) {
                    return fail("control character in a string");
                }
                if (byte == '\\' && !escape()) {
                    return fail("bad escape in a string");
                }
                ++at;
            }
            return fail("unexpected byte");
        }
        // Leaves `at` on the last byte of the escape.
        bool escape() {
            ++at;
            if (peek() != 'u') {
                return peek() != '\0' && std::string_view("\"\\/bfnrt").find(peek()) != std::string_view::npos;
            }
            for (int digit = 0; digit < 4; ++digit) {
                ++at;
                if (detail::hex_digit(peek()) < 0) {
                    return false;
                }
            }
            return true;
        }

        bool digits() {
            const std::size_t begin = at;
            while (peek() >= '0' && peek() <= '9') {
                ++at;
            }
            return at > begin;
        }
        bool number() {
            take('-');
            if (!take('0') && !digits()) {
                return fail("unexpected byte");
            }
            if (take('.') && !digits()) {
                return fail("bad number");
            }
            if (take('e') || take('E')) {
                if (!take('+')) {
                    take('-');
                }
                if (!digits()) {
                    return fail("bad number");
                }
            }
            return true;
        }
    };

    std::vector<detail::JsonNode> nodes_;
};

}  // namespace aihub::sdk
