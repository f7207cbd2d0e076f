#include "policy/manifest.hpp"

#include "policy/data_file.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace aihub::policy {

namespace {

constexpr double kStepsMax = 1e9;
constexpr double kMicrosecondsMax = 1e9;
constexpr std::size_t kHeaderBytesMax = 128;

Error wrong(const std::string& where, const std::string& why) {
    return {Errc::invalid_request, std::string(Manifest::kFile) + ": " + where + why};
}

Result<void> read_text(const DataMember& member, std::string& to) {
    const auto* text = std::get_if<std::string>(&member.value.value);
    if (text == nullptr || text->size() > Manifest::kTextBytesMax) {
        return wrong(
            member.name, " has to be a string of at most " + std::to_string(Manifest::kTextBytesMax) + " bytes"
        );
    }
    to = *text;
    return {};
}

// Calls `read(hook, value, where)` for each member of an object whose members are hooks.
template <class Read>
Result<void> by_hook(const DataMember& member, Read read) {
    const auto* members = std::get_if<DataValue::Members>(&member.value.value);
    if (members == nullptr) {
        return wrong(member.name, " has to be an object with the names of hooks");
    }
    for (const auto& one : *members) {
        const auto where = member.name + "." + one.name;
        const auto hook = hook_named(one.name);
        if (!hook) {
            return wrong(where, ": there is no such hook");
        }
        AIHUB_CHECK(read(*hook, one.value, where));
    }
    return {};
}

Result<void> read_on_error(Manifest& manifest, Hook hook, const DataValue& value, const std::string& where) {
    const auto* word = std::get_if<std::string>(&value.value);
    const auto choice = word == nullptr ? std::nullopt : on_error_named(hook, *word);
    if (!choice) {
        return wrong(where, " has to be " + std::string(on_error_words(hook)));
    }
    manifest.on_error[static_cast<std::size_t>(hook)] = *choice;
    return {};
}

Result<double> whole_number(const DataValue& value, double most, const std::string& where) {
    const auto* number = std::get_if<double>(&value.value);
    if (number == nullptr || *number < 1 || *number > most || *number != std::floor(*number)) {
        return wrong(where, " has to be a whole number above 0");
    }
    return *number;
}

Result<void> read_limits(Manifest& manifest, Hook hook, const DataValue& value, const std::string& where) {
    const auto* members = std::get_if<DataValue::Members>(&value.value);
    if (members == nullptr) {
        return wrong(where, R"( has to be an object, such as {"steps_max": 10000, "cpu_max_us": 500})");
    }
    auto& limits = manifest.limits[static_cast<std::size_t>(hook)];
    for (const auto& one : *members) {
        const auto place = where + "." + one.name;
        if (one.name == "steps_max") {
            limits.steps_max = static_cast<std::uint64_t>(AIHUB_TRY(whole_number(one.value, kStepsMax, place)));
        } else if (one.name == "cpu_max_us") {
            limits.cpu_max = std::chrono::microseconds(
                static_cast<std::int64_t>(AIHUB_TRY(whole_number(one.value, kMicrosecondsMax, place)))
            );
        } else {
            return wrong(place, " is not known; there are steps_max and cpu_max_us");
        }
    }
    return {};
}

bool is_header(const std::string* name) {
    return name != nullptr && !name->empty() && name->size() <= kHeaderBytesMax &&
           std::ranges::all_of(*name, [](unsigned char c) {
               return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '_';
           });
}

Result<void> read_headers(const DataMember& member, std::vector<std::string>& to) {
    const auto* list = std::get_if<DataValue::List>(&member.value.value);
    if (list == nullptr || list->size() > Manifest::kHeadersMax) {
        return wrong(member.name, " has to be a list of at most " + std::to_string(Manifest::kHeadersMax) + " names");
    }
    for (const auto& one : *list) {
        const auto* name = std::get_if<std::string>(&one.value);
        if (!is_header(name)) {
            return wrong(member.name, " has to be a list of names of headers in lower case");
        }
        to.push_back(*name);
    }
    std::ranges::sort(to);
    to.erase(std::unique(to.begin(), to.end()), to.end());
    return {};
}

Result<void> read_member(Manifest& manifest, const DataMember& member) {
    if (member.name == "description") {
        return read_text(member, manifest.description);
    }
    if (member.name == "author") {
        return read_text(member, manifest.author);
    }
    if (member.name == "headers") {
        return read_headers(member, manifest.headers);
    }
    if (member.name == "on_error") {
        return by_hook(member, [&](Hook hook, const DataValue& value, const std::string& where) {
            return read_on_error(manifest, hook, value, where);
        });
    }
    if (member.name == "budgets") {
        return by_hook(member, [&](Hook hook, const DataValue& value, const std::string& where) {
            return read_limits(manifest, hook, value, where);
        });
    }
    if (member.name == "check_splitting") {
        const auto* flag = std::get_if<bool>(&member.value.value);
        manifest.splitting_is_checked = flag == nullptr || *flag;
        return flag == nullptr ? Result<void>(wrong(member.name, " has to be true or false")) : Result<void>();
    }
    return wrong(
        member.name, " is not known; there are description, author, headers, on_error, budgets and check_splitting"
    );
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) {
        return wrong("", value.error().message);
    }
    const auto* members = std::get_if<DataValue::Members>(&value->value);
    if (members == nullptr) {
        return wrong("", "it has to be an object");
    }
    Manifest manifest;
    for (const auto& member : *members) {
        AIHUB_CHECK(read_member(manifest, member));
    }
    return manifest;
}

OnError Manifest::on_error_or(Hook hook, OnError configured) const {
    return on_error[static_cast<std::size_t>(hook)].value_or(configured);
}

Budget Manifest::budget(Hook hook, Budget configured) const {
    const auto& own = limits[static_cast<std::size_t>(hook)];
    configured.steps_max = std::min(configured.steps_max, own.steps_max.value_or(configured.steps_max));
    configured.cpu_max = std::min(configured.cpu_max, own.cpu_max.value_or(configured.cpu_max));
    return configured;
}

}  // namespace aihub::policy
