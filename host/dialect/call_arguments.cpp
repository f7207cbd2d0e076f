#include "dialect/call_arguments.hpp"

#include <aihub/json_read.hpp>

#include <utility>

namespace aihub::dialect {

namespace {

JsonText raw_text(JsonText text, ChatBuilder& builder) {
    return builder.keep("{\"_raw\":" + std::string(text) + "}");
}

}  // namespace

JsonText call_arguments(const sdk::JsonValue& arguments, ChatBuilder& builder) {
    constexpr JsonText kNone = "{}";
    if (arguments.is(sdk::JsonKind::object)) {
        return arguments.raw();
    }
    if (!arguments || arguments.is(sdk::JsonKind::null)) {
        return kNone;
    }
    std::string text = arguments.string_or("");
    if (arguments.is(sdk::JsonKind::string) && text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return kNone;
    }
    // Kept before it is read, because the object is a view of it; without the spaces around it.
    const JsonText kept = builder.keep(std::move(text));
    sdk::JsonLimits limits;
    limits.depth_max = kNestedMax;
    const auto document = sdk::JsonDocument::parse(kept, limits);
    if (!document || !document->root().is(sdk::JsonKind::object)) {
        return raw_text(arguments.raw(), builder);
    }
    return document->root().raw();
}

}  // namespace aihub::dialect
