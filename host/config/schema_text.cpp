#include "config/scalar.hpp"
#include "config/schema.hpp"

#include <type_traits>

namespace aihub::config {
namespace {

std::string number_text(const Key& key, std::uint64_t number) {
    if (key.type == Type::bytes) {
        return bytes_text(number);
    }
    return key.type == Type::duration ? duration_text(number) : std::to_string(number);
}

}  // namespace

std::string type_text(const Key& key) {
    constexpr std::string_view kNames[] = {
        "block",
        "text",
        "path",
        "URL",
        "secret",
        "true or false",
        "number",
        "size",
        "duration",
        "one of",
        "ratio, 0 to 1",
        "list of text",
        "address:port",
        "names and text",
        "any",
        "provider/model",
        "list of provider/model",
        "list of rules",
        "percent, 0 to 100",
        "list of arms"};
    std::string name(kNames[static_cast<int>(key.type)]);
    if (key.type == Type::choice) {
        name += " `" + std::string(key.words) + "`";
        for (std::size_t at = name.find(' ', name.find('`')); at != std::string::npos; at = name.find(' ', at + 4)) {
            name.replace(at, 1, "`, `");
        }
    }
    return name;
}

std::string range_text(const Key& key) {
    const bool numeric = key.type == Type::bytes || key.type == Type::duration || key.type == Type::count;
    return numeric ? number_text(key, key.min) + " to " + number_text(key, key.max) : std::string();
}

std::string default_text(const Key& key) {
    if (!key.fallback.empty()) {
        return std::string(key.fallback);
    }
    Snapshot snapshot;
    Provider provider;
    const auto shown = [&](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
            return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::size_t>) {
            return number_text(key, value);
        } else if constexpr (std::is_same_v<Value, double>) {
            return ratio_text(value);
        } else if constexpr (std::is_same_v<Value, Milliseconds>) {
            return duration_text(static_cast<std::uint64_t>(value.count()));
        } else if constexpr (std::is_same_v<Value, std::string>) {
            return value.empty() ? "empty" : value;
        } else {
            return "empty";
        }
    };
    const auto of = [&](auto& owner) {
        return [&](auto find) -> std::string {
            if constexpr (std::is_same_v<decltype(find), std::monostate>) {
                return {};
            } else {
                return shown(find(owner));
            }
        };
    };
    Route route;
    std::string text = std::visit(of(snapshot), key.slot);
    text = text.empty() ? std::visit(of(provider), key.provider_slot) : text;
    return text.empty() ? std::visit(of(route), key.route_slot) : text;
}

}  // namespace aihub::config
