#include "settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::provider_openai {
namespace {

constexpr std::string_view kModel = "{model}";
constexpr std::string_view kPath = "{path}";
constexpr std::string_view kBeta = "openai-beta";

Error wrong(std::string_view setting, std::string_view remedy) {
    return Error{Errc::invalid_request, std::string(setting) + ": " + std::string(remedy)};
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
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

Result<void> read_path(const sdk::JsonValue& settings, const char* name, std::string& path) {
    path = settings[name].string_or(path);
    const bool rooted = path.starts_with('/') || path.starts_with(kPath);
    if (!rooted || !is_path_text(path)) {
        return wrong(name, "must begin with '/' and hold no space, control character or '#'");
    }
    return {};
}

// Everything that is not unreserved (RFC 3986 section 2.3) is escaped; a slash in a model's name stays one segment.
std::string percent_encoded(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        out += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
    return out;
}

void add_query(std::string& path, std::string_view query) {
    if (!query.empty()) {
        path.append(path.find('?') == std::string::npos ? "?" : "&").append(query);
    }
}

void replace(std::string& path, std::string_view placeholder, std::string_view text) {
    if (const auto at = path.find(placeholder); at != std::string::npos) {
        path.replace(at, placeholder.size(), text);
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
    if (!is_path_text(made->query)) {
        return wrong("query", "must hold no space, control character or '#'; escape them as %XX");
    }
    made->auth_header = given["auth_header"].string_or(made->auth_header);
    made->auth_prefix = given["auth_prefix"].string_or(made->auth_prefix);
    if (!is_token(made->auth_header) || !is_field_value(made->auth_prefix)) {
        return wrong("auth_header", "must be an HTTP header name, and auth_prefix plain text without line ends");
    }
    made->ask_stream_usage = given["ask_stream_usage"].boolean_or(true);
    made->chat_style = ChatStyle::read(given);
    for (const sdk::JsonValue header : given["headers"]) {
        std::string value = header.string_or("");
        if (!is_token(header.key()) || !is_field_value(value)) {
            return wrong("headers." + header.key(), "not a valid HTTP header name and value");
        }
        std::string name = header.key();
        std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
        made->beta_is_fixed = made->beta_is_fixed || name == kBeta;
        made->headers.emplace_back(header.key(), std::move(value));
    }
    return made;
}

void Settings::add_headers(sdk::HttpRequest& http, const sdk::Request& request) const {
    for (const auto& [name, value] : headers) {
        http.add_header(name, value);
    }
    if (!beta_is_fixed && !request.beta().empty() && is_field_value(request.beta())) {
        http.add_header(kBeta, request.beta());
    }
}

std::string Settings::path(const sdk::Request& request) const {
    const std::string_view format = request.format();
    const bool stored = format == "openai.responses" || format == "openai.files" || format == "openai.batches";
    const bool chat = format == "openai.chat" || format == "aihub.chat";
    const bool embeddings = format == "openai.embeddings" || format == "aihub.embeddings";
    std::string path = chat ? path_chat : embeddings ? path_embeddings : stored ? path_stored : path_other;
    replace(path, kModel, percent_encoded(request.model()));
    replace(path, kPath, request.path());
    add_query(path, query);
    if (!format.starts_with("aihub.")) {
        add_query(path, request.query());  // Of another format it means nothing here.
    }
    return path;
}

std::string Settings::realtime_path(std::string_view model) const {
    std::string path = path_realtime;
    if (path.find(kModel) == std::string::npos) {
        add_query(path, "model=" + percent_encoded(model));
    }
    replace(path, kModel, percent_encoded(model));
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
