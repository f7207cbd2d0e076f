#include "settings.hpp"

#include <aihub/http_text.hpp>
#include <aihub/json_write.hpp>

#include <algorithm>

namespace aihub::provider_anthropic {
namespace {

constexpr std::string_view kModel = "{model}";

Result<void> read_path(const sdk::JsonValue& settings, const char* name, std::string& path) {
    path = settings[name].string_or(path);
    if (!path.starts_with('/') || !sdk::is_target_text(path)) {
        return sdk::wrong_setting(name, "must begin with '/' and hold no space, control character or '#'");
    }
    return {};
}

Result<void> read_headers(const sdk::JsonValue& given, Settings& into) {
    into.auth_header = given["auth_header"].string_or(into.auth_header);
    into.auth_prefix = given["auth_prefix"].string_or(into.auth_prefix);
    AIHUB_CHECK(sdk::check_auth_header(into.auth_header, into.auth_prefix));
    into.anthropic_version = given["anthropic_version"].string_or("");
    if (!sdk::is_header_value(into.anthropic_version)) {
        return sdk::wrong_setting("anthropic_version", "must be a version such as 2023-06-01");
    }
    for (const sdk::JsonValue name : given["beta"]) {
        const std::string text = name.string_or("");
        if (!sdk::is_header_name(text)) {
            return sdk::wrong_setting("beta", "must be a list of names of features, such as context-1m-2025-08-07");
        }
        into.beta += (into.beta.empty() ? "" : ",") + text;
    }
    if (given["client_beta"].is(sdk::JsonKind::array)) {
        into.client_beta.clear();
    }
    for (const sdk::JsonValue name : given["client_beta"]) {
        into.client_beta.push_back(name.string_or(""));
        if (!sdk::is_header_name(into.client_beta.back())) {
            return sdk::wrong_setting("client_beta", "must be a list of names of features, or of \"*\" for any");
        }
    }
    into.headers = AIHUB_TRY(sdk::read_headers(given["headers"]));
    return {};
}

}  // namespace

Result<std::unique_ptr<Settings>> Settings::create(const sdk::InstanceContext& context) {
    const sdk::JsonValue& given = context.settings;
    auto made = std::make_unique<Settings>();
    made->services = &context.services;
    AIHUB_CHECK(read_path(given, "path_messages", made->path_messages));
    made->path_messages_stream = made->path_messages;
    if (!given["path_messages_stream"].string_or("").empty()) {
        AIHUB_CHECK(read_path(given, "path_messages_stream", made->path_messages_stream));
    }
    AIHUB_CHECK(read_path(given, "path_count_tokens", made->path_count_tokens));
    AIHUB_CHECK(read_headers(given, *made));
    made->version_in_body = given["version_in_body"].boolean_or(false);
    made->max_tokens_default = given["max_tokens_default"].number<std::uint64_t>().value_or(made->max_tokens_default);
    if (made->max_tokens_default == 0) {
        return sdk::wrong_setting("max_tokens_default", "must be at least 1");
    }
    const std::string structured = given["structured_output"].string_or("native");
    made->structured_output = structured == "tool"  ? StructuredOutput::tool
                              : structured == "off" ? StructuredOutput::off
                                                    : StructuredOutput::native;
    made->structured_output_set = static_cast<bool>(given["structured_output"]);
    made->reasoning_set = static_cast<bool>(given["reasoning"]);
    made->adaptive_models_set = static_cast<bool>(given["adaptive_models"]);
    if (made->adaptive_models_set) {
        made->adaptive_models.clear();
    }
    for (const sdk::JsonValue name : given["adaptive_models"]) {
        made->adaptive_models.push_back(name.string_or(""));
        if (made->adaptive_models.back().empty()) {
            return sdk::wrong_setting("adaptive_models", "must be a list of names of models, or of their beginnings");
        }
    }
    const std::string reasoning = given["reasoning"].string_or("budget");
    made->reasoning = reasoning == "effort"     ? ReasoningWay::effort
                      : reasoning == "adaptive" ? ReasoningWay::adaptive
                                                : ReasoningWay::budget;
    return made;
}

const std::string& Settings::path_for(const sdk::Request& request) const {
    if (request.format() == "anthropic.count_tokens") {
        return path_count_tokens;
    }
    return request.stream() ? path_messages_stream : path_messages;
}

bool Settings::takes_sampling(std::string_view model) const {
    return std::ranges::none_of(adaptive_models, [model](const std::string& name) { return model.starts_with(name); });
}

ReasoningWay Settings::reasoning_for(std::string_view model) const {
    return takes_sampling(model) ? reasoning : ReasoningWay::adaptive;
}

bool Settings::model_in_path(const sdk::Request& request) const {
    return path_for(request).find(kModel) != std::string::npos;
}

std::string Settings::version_member() const {
    return version_in_body ? "\"anthropic_version\":" + sdk::json_string(version_of_body()) : std::string();
}

std::string_view Settings::version_for(const sdk::Request& request) const {
    const std::string_view asked = request.format_version();
    return anthropic_version.empty() && !asked.empty() && sdk::is_header_value(asked) ? asked : version_of_body();
}

// The names of the settings, then those that the client asks for.
std::string Settings::beta_for(const sdk::Request& request) const {
    std::string names = beta;
    const auto allowed = [this](std::string_view name) {
        return std::ranges::any_of(client_beta, [name](const auto& one) { return one == "*" || one == name; });
    };
    for (std::string_view rest = request.beta(); !rest.empty();) {
        std::string_view name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        name.remove_prefix(std::min(name.size(), name.find_first_not_of(" \t")));
        name = name.substr(0, name.find_last_not_of(" \t") + 1);
        if (sdk::is_header_name(name) && allowed(name)) {
            names.append(names.empty() ? "" : ",").append(name);
        }
    }
    return names;
}

sdk::HttpRequest Settings::http_for(const sdk::Request& request) const {
    std::string path = path_for(request);
    sdk::replace_placeholder(path, kModel, sdk::percent_encoded(request.model()));
    const bool stream = request.stream() && request.format() != "anthropic.count_tokens";
    auto http = sdk::HttpRequest::post(std::move(path))
                    .header("Content-Type", "application/json")
                    .secret_header(auth_header, auth_prefix, "api_key")
                    .framing(stream ? AIHUB_FRAMING_SSE : AIHUB_FRAMING_WHOLE);
    http.add_header("Accept", stream ? "text/event-stream" : "application/json");
    if (!version_in_body) {
        http.add_header("anthropic-version", version_for(request));
    }
    if (const std::string names = beta_for(request); !names.empty()) {
        http.add_header("anthropic-beta", names);
    }
    for (const auto& [name, value] : headers) {
        http.add_header(name, value);
    }
    return http;
}

}  // namespace aihub::provider_anthropic
