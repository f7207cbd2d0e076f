#include "settings.hpp"

#include <aihub/http_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::provider_openai {
namespace {

constexpr std::string_view kModel = "{model}";
constexpr std::string_view kPath = "{path}";
constexpr std::string_view kBeta = "openai-beta";

// Names of headers have no case.
bool is_beta(std::string_view name) {
    return std::equal(name.begin(), name.end(), kBeta.begin(), kBeta.end(), [](char given, char lower) {
        return given == lower || (lower != '-' && (given | 0x20) == lower);
    });
}

Result<void> read_path(const sdk::JsonValue& settings, const char* name, std::string& path) {
    path = settings[name].string_or(path);
    const bool rooted = path.starts_with('/') || path.starts_with(kPath);
    if (!rooted || !sdk::is_target_text(path)) {
        return sdk::wrong_setting(name, "must begin with '/' and hold no space, control character or '#'");
    }
    return {};
}

void add_query(std::string& path, std::string_view query) {
    if (!query.empty()) {
        path.append(path.find('?') == std::string::npos ? "?" : "&").append(query);
    }
}

}  // namespace

Result<std::unique_ptr<Settings>> Settings::create(const sdk::InstanceContext& context) {
    const sdk::JsonValue& given = context.settings;
    auto made = std::make_unique<Settings>();
    made->services = &context.services;
    AIHUB_CHECK(read_path(given, "path_chat", made->path_chat));
    AIHUB_CHECK(read_path(given, "path_embeddings", made->path_embeddings));
    AIHUB_CHECK(read_path(given, "path_other", made->path_other));
    AIHUB_CHECK(read_path(given, "path_stored", made->path_stored));
    AIHUB_CHECK(read_path(given, "path_realtime", made->path_realtime));
    made->query = given["query"].string_or("");
    if (!sdk::is_target_text(made->query)) {
        return sdk::wrong_setting("query", "must hold no space, control character or '#'; escape them as %XX");
    }
    made->auth_header = given["auth_header"].string_or(made->auth_header);
    made->auth_prefix = given["auth_prefix"].string_or(made->auth_prefix);
    AIHUB_CHECK(sdk::check_auth_header(made->auth_header, made->auth_prefix));
    made->ask_stream_usage = given["ask_stream_usage"].boolean_or(true);
    made->chat_style = ChatStyle::read(given);
    made->headers = AIHUB_TRY(sdk::read_headers(given["headers"]));
    made->beta_is_fixed = std::any_of(made->headers.begin(), made->headers.end(), [](const auto& header) {
        return is_beta(header.first);
    });
    return made;
}

void Settings::add_headers(sdk::HttpRequest& http, const sdk::Request& request) const {
    for (const auto& [name, value] : headers) {
        http.add_header(name, value);
    }
    if (!beta_is_fixed && !request.beta().empty() && sdk::is_header_value(request.beta())) {
        http.add_header(kBeta, request.beta());
    }
}

std::string Settings::path(const sdk::Request& request) const {
    const std::string_view format = request.format();
    const bool stored = format == "openai.responses" || format == "openai.files" || format == "openai.batches";
    const bool chat = format == "openai.chat" || format == "aihub.chat";
    const bool embeddings = format == "openai.embeddings" || format == "aihub.embeddings";
    std::string path = chat ? path_chat : embeddings ? path_embeddings : stored ? path_stored : path_other;
    sdk::replace_placeholder(path, kModel, sdk::percent_encoded(request.model()));
    sdk::replace_placeholder(path, kPath, request.path());
    add_query(path, query);
    if (!format.starts_with("aihub.")) {
        add_query(path, request.query());  // Of another format it means nothing here.
    }
    return path;
}

std::string Settings::realtime_path(std::string_view model) const {
    std::string path = path_realtime;
    if (path.find(kModel) == std::string::npos) {
        add_query(path, "model=" + sdk::percent_encoded(model));
    }
    sdk::replace_placeholder(path, kModel, sdk::percent_encoded(model));
    add_query(path, query);
    return path;
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

}  // namespace aihub::provider_openai
