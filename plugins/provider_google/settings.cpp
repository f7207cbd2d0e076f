#include "settings.hpp"

#include <aihub/http_text.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::provider_google {
namespace {

Result<void> read_path(const sdk::JsonValue& given, const std::string& own_project, std::string& path) {
    path = given["path"].string_or(path);
    if (!path.starts_with('/') || !sdk::is_target_text(path) || path.find('?') != std::string::npos) {
        return sdk::wrong_setting("path", "must begin with '/' and hold no space, control character, '?' or '#'");
    }
    if (path.find("{verb}") == std::string::npos) {
        return sdk::wrong_setting("path", "must hold {verb}, which stands for what is asked of the model");
    }
    std::string project = given["project"].string_or("");
    project = project.empty() ? own_project : project;
    if (project.empty() && path.find("{project}") != std::string::npos) {
        return sdk::wrong_setting("project", "the path holds {project}: set the id of the Google Cloud project");
    }
    sdk::replace_placeholder(path, "{project}", sdk::percent_encoded(project));
    sdk::replace_placeholder(path, "{location}", sdk::percent_encoded(given["location"].string_or("global")));
    return {};
}

}  // namespace

Result<std::unique_ptr<Settings>> Settings::create(const sdk::InstanceContext& context, TokenShelf& shelf) {
    const sdk::JsonValue& given = context.settings;
    auto made = std::make_unique<Settings>();
    made->services = &context.services;
    const std::string project = AIHUB_TRY(made->read_credential(context, shelf));
    AIHUB_CHECK(read_path(given, project, made->path));
    made->auth_header = given["auth_header"].string_or(made->auth_header);
    made->auth_prefix = given["auth_prefix"].string_or(made->auth_prefix);
    AIHUB_CHECK(sdk::check_auth_header(made->auth_header, made->auth_prefix));
    const std::string schema = given["schema"].string_or("json_schema");
    if (schema != "json_schema" && schema != "subset") {
        return sdk::wrong_setting("schema", "must be json_schema or subset");
    }
    made->schema_subset = schema == "subset";
    made->headers = AIHUB_TRY(sdk::read_headers(given["headers"]));
    return made;
}

Result<std::string> Settings::read_credential(const sdk::InstanceContext& context, TokenShelf& shelf) {
    const std::string credential = context.settings["credential"].string_or("api_key");
    if (credential == "api_key") {
        return std::string();
    }
    if (credential != "service_account") {
        return sdk::wrong_setting("credential", "must be api_key or service_account");
    }
    if (!context.services.has_secret("service_account")) {
        return sdk::wrong_setting(
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
    access_token_ = std::make_unique<AccessToken>(*std::move(account), context.services, shelf);
    return project;
}

std::string Settings::path_for(std::string_view model, std::string_view verb) const {
    std::string made = path;
    sdk::replace_placeholder(made, "{model}", sdk::percent_encoded(model));
    sdk::replace_placeholder(made, "{verb}", verb);
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
