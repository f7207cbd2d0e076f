#include "behaviour.hpp"

#include <charconv>

namespace aihub::provider_simulator {
namespace {

constexpr std::uint32_t kTokensMax = 16384;
constexpr std::string_view kFailPrefix = "sim-fail-";

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

struct Option {
    std::string_view name;
    std::uint64_t value_max;
    void (*apply)(Behaviour&, std::uint64_t);
};

constexpr Option kOptions[] = {
    {"tokens", kTokensMax, [](Behaviour& b, std::uint64_t v) { b.tokens = static_cast<std::uint32_t>(v); }},
    {"reasoning", kTokensMax, [](Behaviour& b, std::uint64_t v) { b.reasoning = static_cast<std::uint32_t>(v); }},
    {"first_ms", 600000, [](Behaviour& b, std::uint64_t v) { b.first = std::chrono::milliseconds(v); }},
    {"pace_ms", 60000, [](Behaviour& b, std::uint64_t v) { b.pace = std::chrono::milliseconds(v); }},
    {"fail", 599, [](Behaviour& b, std::uint64_t v) { b.fail_status = static_cast<int>(v); }},
    {"retry_after", 86400, [](Behaviour& b, std::uint64_t v) { b.retry_after = std::chrono::seconds(v); }},
    {"cut_after", kTokensMax, [](Behaviour& b, std::uint64_t v) { b.cut_after = static_cast<std::uint32_t>(v); }},
    {"seed", UINT64_MAX, [](Behaviour& b, std::uint64_t v) { b.seed = v; }},
    {"usage", 1, [](Behaviour& b, std::uint64_t v) { b.tells_usage = v == 1; }},
};

Error wrong(std::string_view what) {
    return Error{Errc::invalid_request, "simulator: " + std::string(what)};
}

Result<void> apply_option(Behaviour& behaviour, std::string_view text) {
    const std::size_t equals = text.find('=');
    const auto value = whole_number(equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1));
    for (const Option& option : kOptions) {
        if (option.name != text.substr(0, equals)) {
            continue;
        }
        if (!value || *value > option.value_max) {
            return wrong(
                "option " + std::string(option.name) + " takes a whole number up to " + std::to_string(option.value_max)
            );
        }
        option.apply(behaviour, *value);
        return {};
    }
    return wrong(
        "unknown option in the model's name; known are tokens, reasoning, first_ms, pace_ms, fail, retry_after, "
        "cut_after, seed, usage"
    );
}

Result<void> apply_name(Behaviour& behaviour, std::string_view name) {
    if (name == "sim" || name == "sim-embed") {
        return {};
    }
    if (name == "sim-echo") {
        behaviour.kind = Kind::echo;
        return {};
    }
    if (name == "sim-tools") {
        behaviour.kind = Kind::tools;
        return {};
    }
    if (name == "sim-slow") {
        behaviour.first = std::chrono::milliseconds(500);
        behaviour.pace = std::chrono::milliseconds(50);
        return {};
    }
    const auto status = whole_number(name.starts_with(kFailPrefix) ? name.substr(kFailPrefix.size()) : "");
    if (status && *status <= 599) {
        behaviour.fail_status = static_cast<int>(*status);
        return {};
    }
    return Error{
        Errc::not_found,
        "the simulator has no such model; it has sim, sim-echo, sim-slow, sim-tools, sim-embed and "
        "sim-fail-<status>"};
}

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::create(const sdk::InstanceContext& context) {
    auto made = std::make_unique<Simulator>();
    made->services_ = &context.services;
    const sdk::JsonValue& settings = context.settings;
    Behaviour& defaults = made->defaults_;
    defaults.seed = settings["seed"].number<std::uint64_t>();
    defaults.tokens = settings["tokens"].number<std::uint32_t>().value_or(defaults.tokens);
    defaults.dimensions = settings["dimensions"].number<std::uint32_t>().value_or(defaults.dimensions);
    defaults.first = std::chrono::milliseconds(settings["first_ms"].number<std::uint32_t>().value_or(0));
    defaults.pace = std::chrono::milliseconds(settings["pace_ms"].number<std::uint32_t>().value_or(0));
    return made;
}

Result<Behaviour> Simulator::behaviour(std::string_view model) const {
    Behaviour behaviour = defaults_;
    const std::size_t question = model.find('?');
    AIHUB_CHECK(apply_name(behaviour, model.substr(0, question)));
    std::string_view options = question == std::string_view::npos ? std::string_view{} : model.substr(question + 1);
    while (!options.empty()) {
        const std::size_t end = options.find('&');
        AIHUB_CHECK(apply_option(behaviour, options.substr(0, end)));
        options = end == std::string_view::npos ? std::string_view{} : options.substr(end + 1);
    }
    if (behaviour.fail_status != 0 && behaviour.fail_status < 400) {
        return wrong("a failure needs an HTTP status from 400 to 599");
    }
    if (behaviour.fail_status != 0) {
        behaviour.kind = Kind::failure;
    }
    return behaviour;
}

}  // namespace aihub::provider_simulator
