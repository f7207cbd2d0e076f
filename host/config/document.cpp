#include "config/document.hpp"

#include <aihub/text.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace aihub::config {
namespace {

Place place_of(const YAML::Mark& mark) {
    return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// Ends the parse. Never leaves this file.
struct Refused {
    Place place;
    std::string message;
};

// Builds the tree. Open containers stand in `open_`, innermost last; their finished children are moved into them.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(Problems& problems) : problems_(problems) {}

    [[nodiscard]] Node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            throw Refused{place_of(mark), "a second document begins here, keep one in a file"};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        add(Node{Node::Kind::null, place_of(mark), {}, false, {}, {}});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse_anchor(mark, 1); }
    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override { refuse_anchor(mark, 1); }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value)
        override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (value.find('\0') != std::string::npos) {
            throw Refused{place_of(mark), "a value holds a NUL character, remove it"};
        }
        add(Node{Node::Kind::scalar, place_of(mark), value, tag == "!", {}, {}});
    }

    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/
    ) override {
        open(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/
    ) override {
        open(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        Node node;
        std::optional<Member> pending;  // a map's key that waits for its value
    };

    static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            throw Refused{
                place_of(mark),
                "YAML anchors and aliases (& and *) are not taken, write the value out (or in quotes if it is text)"};
        }
    }
    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refused{place_of(mark), "YAML tags are not taken, remove it (or put the value in quotes)"};
        }
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (open_.size() >= kDocumentDepthMax) {
            throw Refused{
                place_of(mark), "nested deeper than " + std::to_string(kDocumentDepthMax) + " levels, make it flatter"};
        }
        open_.push_back(Open{Node{kind, place_of(mark), {}, false, {}, {}}, {}});
    }

    void close() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    void add(Node node) {
        if (++nodes_ > kDocumentNodesMax) {
            throw Refused{node.place, "more than " + std::to_string(kDocumentNodesMax) + " values, make it smaller"};
        }
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == Node::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.pending) {
            parent.pending = key_of(std::move(node));
        } else {
            add_member(parent, std::move(node));
        }
    }

    static Member key_of(Node node) {
        if (node.kind == Node::Kind::null && node.text.empty()) {
            throw Refused{node.place, "a key has no name, write one (in quotes if it is a word like null)"};
        }
        if (node.kind != Node::Kind::scalar) {
            throw Refused{node.place, "a key is " + std::string(node.kind_name()) + ", write a name"};
        }
        if (node.text == "<<" && !node.quoted) {
            throw Refused{node.place, "YAML merge keys (<<) are not taken, write the values out"};
        }
        return Member{std::move(node.text), node.place, {}};
    }

    // The first of two stays. A linear search would make a long map quadratic, so names are looked up in order.
    void add_member(Open& parent, Node node) {
        Member member = std::move(*parent.pending);
        parent.pending.reset();
        member.value = std::move(node);
        if (member.value.kind == Node::Kind::null) {
            member.value.place =
                member.place;  // Nothing has no place of its own: the library gives that of what follows.
        }
        parent.node.members.push_back(std::move(member));
        if (parent.node.members.size() > kMembersMax) {
            throw Refused{
                parent.node.place, "more than " + std::to_string(kMembersMax) + " keys in a map, make it smaller"};
        }
        auto& members = parent.node.members;
        const auto first = std::find_if(members.begin(), members.end() - 1, [&](const Member& m) {
            return m.key == members.back().key;
        });
        if (first == members.end() - 1) {
            return;
        }
        problems_.add(
            members.back().place,
            path_to(members.back().key),
            "written twice, first in line " + std::to_string(first->place.line) + ", keep one"
        );
        members.pop_back();
    }

    // The path of a member of the innermost map.
    std::string path_to(const std::string& key) const {
        std::string path;
        for (const Open& one : open_) {
            if (one.node.kind == Node::Kind::list) {
                path += "[" + std::to_string(one.node.items.size()) + "]";
            } else if (one.pending) {
                path += (path.empty() ? "" : ".") + one.pending->key;
            }
        }
        return path + (path.empty() ? "" : ".") + key;
    }

    static constexpr std::size_t kMembersMax = 2000;

    Problems& problems_;
    Node root_;
    std::vector<Open> open_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

std::optional<Place> first_bad_utf8(std::string_view text) {
    Place place{1, 1};
    while (!text.empty()) {
        const std::size_t length = sdk::utf8_length(text);
        if (length == 0) {
            return place;
        }
        place = text.front() == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
        text.remove_prefix(length);
    }
    return std::nullopt;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
    return found == members.end() ? nullptr : &found->value;
}

std::string_view Node::kind_name() const {
    constexpr std::string_view kNames[] = {"empty", "a single value", "a list", "a map"};
    return kNames[static_cast<int>(kind)];
}

Node parse_document(std::string_view text, Problems& problems) {
    if (text.size() > kDocumentBytesMax) {
        problems.add({}, {}, "larger than 1 MiB, make it smaller");
        return {};
    }
    if (const auto place = first_bad_utf8(text)) {
        problems.add(*place, {}, "not UTF-8 from here on, save the file as UTF-8");
        return {};
    }
    TreeBuilder builder(problems);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Refused& refused) {
        problems.add(refused.place, {}, refused.message);
        return {};
    } catch (const YAML::Exception& error) {
        const bool in_braces = text.find("${") != std::string_view::npos && error.msg.find("flow") != std::string::npos;
        const std::string remedy = in_braces ? "put ${NAME} within { } or [ ] in quotes, or close the brackets"
                                             : "check the indentation, colons and quotes near it";
        problems.add(place_of(error.mark), {}, "not valid YAML (" + error.msg + "), " + remedy);
        return {};
    }
    Node root = builder.take_root();
    if (root.kind == Node::Kind::null) {
        root.kind = Node::Kind::map;
    }
    if (root.kind != Node::Kind::map) {
        problems.add(
            root.place,
            {},
            "the file is " + std::string(root.kind_name()) +
                ", write keys and values, for example listen: 127.0.0.1:8080"
        );
        return {};
    }
    return root;
}

}  // namespace aihub::config
