#include "settings.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::provider_google {
namespace {

Error wrong(std::string_view setting, std::string_view remedy) {
    return Error{Errc::invalid_request, std::string(setting) + ": " + std::string(remedy)};
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    });
}

bool is_path_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

// Everything that is not unreserved (RFC 3986 section 2.3) is escaped; a slash in a model's name stays one segment.
std::string percent_encoded(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_letter_or_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
    return out;
}

void replace(std::string& path, std::string_view placeholder, std::string_view text) {
    if (const auto at = path.find(placeholder); at != std::string::npos) {
        path.replace(at, placeholder.size(), text);
    }
}

Result<void> read_path(const sdk::JsonValue& given, const std::string& own_project, std::string& path) {
    path = given["path"].string_or(path);
    if (!path.starts_with('/') || !is_path_text(path) || path.find('?') != std::string::npos) {
        return wrong("path", "must begin with '/' and hold no space, control character, '?' or '#'");
    }
    if (path.find("{verb}") == std::string::npos) {
        return wrong("path", "must hold {verb}, which stands for what is asked of the model");
    }
    std::string project = given["project"].string_or("");
    project = project.empty() ? own_project : project;
    if (project.empty() && path.find("{project}") != std::string::npos) {
        return wrong("project", "the path holds {project}: set the id of the Google Cloud project");
    }
    replace(path, "{project}", percent_encoded(project));
    replace(path, "{location}", percent_encoded(given["location"].string_or("global")));
    return {};
}

}  // namespace

Result<std::unique_ptr<Settings>> Settings::create(const sdk::InstanceContext& context) {
    const sdk::JsonValue& given = context.settings;
    auto made = std::make_unique<Settings>();
    made->services = &context.services;
    const std::string project = AIHUB_TRY(made->read_credential(context));
    AIHUB_CHECK(read_path(given, project, made->path));
    made->auth_header = given["auth_header"].string_or(made->auth_header);
    made->auth_prefix = given["auth_prefix"].string_or(made->auth_prefix);
    if (!is_token(made->auth_header) || !is_field_value(made->auth_prefix)) {
        return wrong("auth_header", "must be an HTTP header name, and auth_prefix plain text without line ends");
    }
    const std::string schema = given["schema"].string_or("json_schema");
    if (schema != "json_schema" && schema != "subset") {
        return wrong("schema", "must be json_schema or subset");
    }
    made->schema_subset = schema == "subset";
    for (const sdk::JsonValue header : given["headers"]) {
        std::string value = header.string_or("");
        if (!is_token(header.key()) || !is_field_value(value)) {
            return wrong("headers." + header.key(), "not a valid HTTP header name and value");
        }
        made->headers.emplace_back(header.key(), std::move(value));
    }
    return made;
}

Result<std::string> Settings::read_credential(const sdk::InstanceContext& context) {
    const std::string credential = context.settings["credential"].string_or("api_key");
    if (credential == "api_key") {
        return std::string();
    }
    if (credential != "service_account") {
        return wrong("credential", "must be api_key or service_account");
    }
    if (!context.services.has_secret("service_account")) {
        return wrong(
            "credential",
            "the secret service_account is missing: set secrets_files.service_account to the file of its key"
        );
    }
    std::string json = AIHUB_TRY(context.services.secret("service_account"));
    Result<ServiceAccount> account = ServiceAccount::read(json);
    OPENSSL_cleanse(json.data(), json.size());
    if (!account) {
        return account.error();
    }
    std::string project = account->project();
    access_token_ = std::make_unique<AccessToken>(*std::move(account), context.services);
    return project;
}

std::string Settings::path_for(std::string_view model, std::string_view verb) const {
    std::string made = path;
    replace(made, "{model}", percent_encoded(model));
    replace(made, "{verb}", verb);
    return made;
}

std::string Settings::call_mark() const {
    constexpr int kBase = 36;
    std::array<char, 32> digits{};
    char* const begin = digits.data();
    char* const end = begin + digits.size();
    const auto time = std::to_chars(begin, end, services->wall().count(), kBase);
    const auto all = std::to_chars(time.ptr, end, calls_.fetch_add(1, std::memory_order_relaxed), kBase);
    return {begin, all.ptr};
}

}  // namespace aihub::provider_google
