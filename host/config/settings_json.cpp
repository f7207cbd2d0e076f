#include "config/settings_json.hpp"

#include "base/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace aihub::config {
namespace {

bool is_bare(std::string_view text) {
    if (text == "true" || text == "false" || text == "null") {
        return true;
    }
    const bool begins = !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
    if (!begins || text.size() > 64) {
        return false;
    }
    boost::json::error_code error;
    const auto value = boost::json::parse(text, error);
    return !error && value.is_number() && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

void append(std::string& out, const Node& node, const std::string& path, const Expand& expand) {
    switch (node.kind) {
        case Node::Kind::null:
            out += "null";
            return;
        case Node::Kind::scalar: {
            const std::string text = expand(node, path);
            if (!node.quoted && is_bare(text)) {
                out += text;
                return;
            }
            append_json_string(out, text);
            return;
        }
        case Node::Kind::list: {
            out += '[';
            std::size_t index = 0;
            for (const Node& item : node.items) {
                out += index == 0 ? "" : ",";
                append(out, item, path + "[" + std::to_string(index++) + "]", expand);
            }
            out += ']';
            return;
        }
        case Node::Kind::map: {
            out += '{';
            bool first = true;
            for (const Member& member : node.members) {
                out += first ? "" : ",";
                first = false;
                append_json_string(out, member.key);
                out += ':';
                append(out, member.value, path + "." + member.key, expand);
            }
            out += '}';
            return;
        }
    }
}

boost::json::object object_of(std::string_view text) {
    boost::json::error_code error;
    auto value = boost::json::parse(text, error);
    return !error && value.is_object() ? std::move(value.as_object()) : boost::json::object();
}

}  // namespace

std::string settings_json(const Node& node, const std::string& path, const Expand& expand) {
    std::string out;
    append(out, node, path, expand);
    return out;
}

std::string merge_settings(std::string_view lower, std::string_view upper) {
    auto merged = object_of(lower);
    if (merged.empty() && !object_of(upper).empty()) {
        return std::string(upper);  // Numbers stay as they were written.
    }
    for (auto& member : object_of(upper)) {
        merged[member.key()] = member.value();
    }
    return boost::json::serialize(merged);
}

}  // namespace aihub::config
