#include "passage_facts.hpp"

#include <aihub/json_scan.hpp>

namespace aihub::provider_openai {
namespace {

bool take_said(sdk::JsonScan& value, std::string_view& out) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    out = raw == "null" ? std::string_view() : raw;
    return true;
}

// {"usage": ..., "model": ...} of the object that an event carries, or of a vendor's `meta`.
bool scan_inner(sdk::JsonScan& value, PassageFacts& facts) {
    if (value.next() != '{') {
        return value.skip();
    }
    return value.members([&](std::string_view name, sdk::JsonScan& member) {
        if (name == "background") {
            return take_said(member, facts.background);
        }
        if (name == "usage" || name == "tokens") {
            return take_said(member, facts.usage);
        }
        return name == "model" ? take_said(member, facts.model) : member.skip();
    });
}

bool scan_member(std::string_view name, sdk::JsonScan& value, PassageFacts& facts) {
    if (name == "type") {
        return take_said(value, facts.type);
    }
    if (name == "error") {
        return take_said(value, facts.error);
    }
    if (name == "usage") {
        return take_said(value, facts.usage);
    }
    if (name == "model") {
        return take_said(value, facts.model);
    }
    if (name == "background") {
        return take_said(value, facts.background);
    }
    if (name == "id" || name == "object") {
        return take_said(value, facts.identity);
    }
    return name == "response" || name == "meta" ? scan_inner(value, facts) : value.skip();
}

}  // namespace

bool scan_facts(std::string_view json, PassageFacts& facts) {
    sdk::JsonScan scan(json);
    const bool object =
        scan.members([&](std::string_view name, sdk::JsonScan& value) { return scan_member(name, value, facts); });
    return object && scan.at_end();
}

}  // namespace aihub::provider_openai
