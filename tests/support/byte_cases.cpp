#include "support/byte_cases.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace aihub::test {

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string without_remarks(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        if (text.substr(0, 2) != "# ") {
            kept.append(text.substr(0, end));
        }
        text.remove_prefix(end);
    }
    std::erase(kept, '\n');
    return kept;
}

}  // namespace

std::string unescape(std::string_view notation) {
    const std::string text = without_remarks(notation);
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            bytes += text[at];
            continue;
        }
        const char kind = text.at(++at);
        if (kind == 'x') {
            bytes += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
            at += 2;
        } else if (kind == '*') {
            const std::size_t open = text.find('{', at);
            const std::size_t close = text.find('}', open);
            const std::string part = unescape(std::string_view(text).substr(open + 1, close - open - 1));
            for (int count = std::stoi(text.substr(at + 1)); count > 0; --count) {
                bytes += part;
            }
            at = close;
        } else {
            bytes += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind == 't' ? '\t' : kind;
        }
    }
    return bytes;
}

std::string escape(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (const char letter : bytes) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '\r' || letter == '\n' || letter == '\t' || letter == '\\') {
            text += '\\';
            text += letter == '\r' ? 'r' : letter == '\n' ? 'n' : letter == '\t' ? 't' : '\\';
        } else if (byte < 0x20 || byte >= 0x7F) {
            text.append("\\x").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
        } else {
            text += letter;
        }
    }
    return text;
}

std::vector<ByteCase> load_byte_cases(const std::filesystem::path& folder, const std::string& extension) {
    std::vector<ByteCase> cases;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == extension) {
            auto expected = entry.path();
            expected.replace_extension(".expect");
            cases.push_back({entry.path().stem().string(), unescape(read_file(entry.path())), read_file(expected)});
        }
    }
    std::ranges::sort(cases, {}, &ByteCase::name);
    return cases;
}

void for_each_cut(std::string_view bytes, const std::function<void(const std::vector<std::string_view>&)>& run) {
    run({bytes});
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        single.push_back(bytes.substr(at, 1));
    }
    run(single);
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        run({bytes.substr(0, at), bytes.substr(at)});
    }
}

}  // namespace aihub::test
