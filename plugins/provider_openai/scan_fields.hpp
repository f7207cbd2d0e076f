// A few members of an object, by name.
#pragma once

#include <aihub/chat_fields.hpp>
#include <aihub/json_scan.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aihub::provider_openai {

// Sets the fields of `into` that the object has; null is the same as nothing. False: it is no object.
template <class Struct, std::size_t Count>
[[nodiscard]] bool scan_fields(
    std::string_view json, const std::array<sdk::chat_fields::Field<Struct>, Count>& fields, Struct& into
) {
    sdk::JsonScan scan(json);
    return scan.members([&](std::string_view name, sdk::JsonScan& value) {
        std::string_view raw;
        const bool taken = value.take(raw);
        if (taken && raw != "null") {
            sdk::chat_fields::set(fields, into, name, raw);
        }
        return taken;
    });
}

// Calls on_element(raw) for each element; nothing for what is no array.
template <class OnElement>
void scan_elements(std::string_view json, OnElement&& on_element) {
    sdk::JsonScan scan(json);
    if (scan.next() != '[') {
        return;
    }
    const bool read = scan.elements([&](sdk::JsonScan& value) {
        std::string_view raw;
        const bool taken = value.take(raw);
        if (taken) {
            on_element(raw);
        }
        return taken;
    });
    static_cast<void>(read);  // Whoever took the chunk has read it.
}

}  // namespace aihub::provider_openai
