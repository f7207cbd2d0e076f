#include "dialect/gemini_member.hpp"

namespace aihub::dialect {

namespace {

char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
}

}  // namespace

std::string camel_case(std::string_view name) {
    std::string camel;
    camel.reserve(name.size());
    for (std::size_t at = 0; at < name.size(); ++at) {
        const bool joint = name[at] == '_' && at > 0 && at + 1 < name.size();
        camel += joint ? upper(name[++at]) : name[at];
    }
    return camel;
}

sdk::JsonValue gemini_member(const sdk::JsonValue& object, std::string_view camel) {
    const sdk::JsonValue found = object[camel];
    if (found || object.size() == 0) {
        return found;
    }
    sdk::JsonValue other;
    if (object.is(sdk::JsonKind::object)) {
        for (const sdk::JsonValue member : object) {
            if (const std::string name = member.key();
                name.find('_') != std::string::npos && camel_case(name) == camel) {
                other = member;
            }
        }
    }
    return other;
}

}  // namespace aihub::dialect
