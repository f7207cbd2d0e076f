#include "config/blocks.hpp"

#include <algorithm>
#include <array>

namespace aihub::config {
namespace {

constexpr std::size_t kValuesMax = 1000;
constexpr std::size_t kValueNameMax = 128;
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kHeaderBytesMax = 128;

// Parts of names of headers that hold keys, or may.
constexpr std::array<std::string_view, 9> kSecretParts{
    "authorization", "cookie", "api-key", "apikey", "token", "secret", "password", "credential", "signature"};

bool is_header_name(std::string_view name) {
    return !name.empty() && name.size() <= kHeaderBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

bool is_currency(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

// Browsers put their key into sec-websocket-protocol.
bool may_hold_key(std::string_view name) {
    return name == "sec-websocket-protocol" ||
           std::any_of(kSecretParts.begin(), kSecretParts.end(), [&](std::string_view part) {
               return name.find(part) != std::string_view::npos;
           });
}

void check_headers(const Node& list, Reader& reader, const std::vector<std::string>& headers) {
    if (headers.size() > kHeadersMax) {
        reader.problem(list, "policies.headers", "more than 32 headers, name fewer");
    }
    for (std::size_t index = 0; index < headers.size() && headers.size() == list.items.size(); ++index) {
        const auto path = "policies.headers[" + std::to_string(index) + "]";
        if (!is_header_name(headers[index])) {
            reader.problem(list.items[index], path, "not the name of a header in small letters, write it like x-tier");
        } else if (may_hold_key(headers[index])) {
            reader.problem(list.items[index], path, "a header that may hold a key, which no policy sees; remove it");
        }
    }
}

}  // namespace

std::map<std::string, std::string> read_policy_values(const Node& node, const std::string& path, Reader& reader) {
    constexpr Key kValue{.path = "", .type = Type::text, .max = 4096};
    std::map<std::string, std::string> values;
    if (!reader.is_map(node, path)) {
        return values;
    }
    if (node.members.size() > kValuesMax) {
        reader.problem(node, path, "more than 1000 values, keep fewer");
        return values;
    }
    for (const Member& member : node.members) {
        const auto below = path + "." + member.key.substr(0, kValueNameMax);
        if (member.key.empty() || member.key.size() > kValueNameMax) {
            reader.problem(member.value, below, "a name of no or more than 128 bytes, write a shorter one");
        } else if (auto text = reader.text(member.value, kValue, below)) {
            values.emplace(member.key, *std::move(text));
        }
    }
    return values;
}

void check_policies(const Node& root, Reader& reader, const Policies& policies) {
    const Node* block = root.find("policies");
    if (block == nullptr) {
        return;
    }
    if (const Node* headers = block->find("headers"); headers != nullptr) {
        check_headers(*headers, reader, policies.headers);
    }
    if (const Node* currency = block->find("currency"); currency != nullptr && !is_currency(policies.currency)) {
        reader.problem(*currency, "policies.currency", "not capital letters and digits, write it like EUR");
    }
    if (policies.memory_max > policies.memory_hard_max) {
        reader.problem(
            *block,
            "policies.memory_max",
            "above policies.memory_hard_max, lower policies.memory_max or raise policies.memory_hard_max"
        );
    }
    if (policies.decisions.file_bytes_max > policies.decisions.bytes_max) {
        reader.problem(
            *block,
            "policies.decisions.file_bytes_max",
            "above policies.decisions.bytes_max, lower the one or raise the other"
        );
    }
}

}  // namespace aihub::config
