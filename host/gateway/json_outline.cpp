#include "gateway/json_outline.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char letter) {
    return kSpace.find(letter) != std::string_view::npos;
}

// Of numbers, true, false and null.
bool is_of_word(char letter) {
    return std::string_view("0123456789+-.aeflnrstuE").find(letter) != std::string_view::npos;
}

std::string_view stand_in(char kind) {
    switch (kind) {
        case '"':
            return "\"\"";
        case '{':
            return "{}";
        case '[':
            return "[]";
        default:
            return "0";
    }
}

Error not_an_object() {
    return {Errc::upstream_failed, "the provider's answer is not a JSON object"};
}

}  // namespace

Result<void> JsonOutline::take(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!step(bytes)) {
            return not_an_object();
        }
    }
    return {};
}

Result<std::string_view> JsonOutline::finish() const {
    if (place_ != Place::end) {
        return not_an_object();
    }
    return std::string_view(outline_);
}

bool JsonOutline::step(std::string_view& rest) {
    if (quoted_) {
        keep(take_string(rest));
        if (!quoted_ && place_ != Place::nested) {
            place_ = place_ == Place::name_text ? Place::colon : Place::behind;
        }
        return true;
    }
    if (place_ == Place::nested) {
        return take_nested(rest);
    }
    if (place_ == Place::word) {
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_of_word);
        const auto length = static_cast<std::size_t>(end - rest.begin());
        keep(rest.substr(0, length));
        rest.remove_prefix(length);
        place_ = rest.empty() ? Place::word : Place::behind;
        return true;
    }
    const char letter = rest.front();
    rest.remove_prefix(1);
    return is_space(letter) || take_letter(letter);
}

bool JsonOutline::take_letter(char letter) {
    switch (place_) {
        case Place::begin:
            outline_ = "{";
            place_ = Place::first_name;
            return letter == '{';
        case Place::first_name:
            if (letter == '}') {
                return end_member(letter);
            }
            [[fallthrough]];
        case Place::name:
            begin_name();
            return letter == '"';
        case Place::colon:
            outline_ += ':';
            place_ = Place::value;
            return letter == ':';
        case Place::value:
            return begin_value(letter);
        case Place::behind:
            return end_member(letter);
        default:
            return false;
    }
}

void JsonOutline::begin_name() {
    member_ = outline_.size();
    if (member_ > 1) {
        outline_ += ',';
    }
    part_ = outline_.size();
    kind_ = '"';
    dropped_ = false;
    quoted_ = true;
    keep("\"");
    place_ = Place::name_text;
}

bool JsonOutline::begin_value(char letter) {
    part_ = outline_.size();
    kind_ = letter;
    dropped_ = false;
    keep(std::string_view(&letter, 1));
    if (letter == '{' || letter == '[') {
        place_ = Place::nested;
        nesting_ = letter == '{' ? "}" : "]";
        return true;
    }
    quoted_ = letter == '"';
    place_ = quoted_ ? Place::text : Place::word;
    return quoted_ || is_of_word(letter);
}

bool JsonOutline::end_member(char letter) {
    if (outline_.size() > kBytesMax) {
        outline_.resize(member_);
    }
    if (letter == ',') {
        place_ = Place::name;
        return true;
    }
    outline_ += '}';
    place_ = Place::end;
    return letter == '}';
}

bool JsonOutline::take_nested(std::string_view& rest) {
    const auto all = rest;
    bool good = true;
    while (!rest.empty() && good && place_ == Place::nested) {
        const char letter = rest.front();
        rest.remove_prefix(1);
        if (letter == '"') {
            quoted_ = true;
            take_string(rest);
        } else if (letter == '{' || letter == '[') {
            nesting_ += letter == '{' ? '}' : ']';
            good = nesting_.size() <= kDepthMax;
        } else if (letter == '}' || letter == ']') {
            good = letter == nesting_.back();
            nesting_.pop_back();
            place_ = nesting_.empty() ? Place::behind : Place::nested;
        }
    }
    keep(all.substr(0, all.size() - rest.size()));
    return good;
}

// Up to and with the closing quote, or all there is. Text without backslashes is searched, not walked through.
std::string_view JsonOutline::take_string(std::string_view& rest) {
    const auto from = [&](std::size_t at) { return std::min(rest.find('"', at), rest.size()); };
    std::size_t at = 0;
    std::size_t quote = from(at);
    while (quoted_ && at < rest.size()) {
        if (escaped_) {
            escaped_ = false;
            ++at;
            continue;
        }
        quote = quote < at ? from(at) : quote;
        const auto slash = rest.substr(0, quote).find('\\', at);
        escaped_ = slash != std::string_view::npos;
        quoted_ = escaped_ || quote == rest.size();
        at = std::min(escaped_ ? slash + 1 : quote + 1, rest.size());
    }
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(at);
    return taken;
}

void JsonOutline::keep(std::string_view bytes) {
    if (dropped_) {
        return;
    }
    if (outline_.size() - part_ + bytes.size() <= kValueMax) {
        outline_ += bytes;
        return;
    }
    outline_.resize(part_);
    outline_ += stand_in(kind_);
    dropped_ = true;
}

}  // namespace aihub::gateway
