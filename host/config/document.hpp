// YAML text as a tree with places. The only file that knows the YAML library is document.cpp.
#pragma once

#include "config/problems.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

struct Member;

// One value of the document.
struct Node {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    Place place;
    std::string text;     // scalar: as written, without quotes
    bool quoted = false;  // scalar: in quotes or a block, so it is text whatever it looks like
    std::vector<Node> items;
    std::vector<Member> members;  // in the order of the text; no key twice

    // Null: no such member.
    [[nodiscard]] const Node* find(std::string_view key) const;
    // "a list", "a map", for messages.
    [[nodiscard]] std::string_view kind_name() const;
};

struct Member {
    std::string key;
    Place place;
    Node value;
};

// Limits of a document; beyond them it is refused as a whole.
constexpr std::size_t kDocumentBytesMax = 1024UL * 1024;
constexpr std::size_t kDocumentDepthMax = 32;
constexpr std::size_t kDocumentNodesMax = 100000;

// The root: a map, also for an empty text. Null kind: refused, and the reason was added to `problems`. Duplicate keys
// are added, too, but do not stop it. Anchors, aliases, merge keys and tags are refused: a small text could stand for a
// huge one with them. Not UTF-8 and a second document are refused.
[[nodiscard]] Node parse_document(std::string_view text, Problems& problems);

}  // namespace aihub::config
