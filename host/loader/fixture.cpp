#include "loader/fixture.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aihub::loader {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

Result<std::string> read_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) {
        return Error{Errc::not_found, "cannot read " + path.string()};
    }
    return text;
}

// A member that must be of type T when it is there.
template <class T>
Result<void> take(const json::object& from, const char* key, T& into) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr) {
        return {};
    }
    const auto read = json::try_value_to<T>(*value);
    if (!read) {
        return Error{Errc::invalid_request, std::string(key) + " is of the wrong type"};
    }
    into = *read;
    return {};
}

Result<json::object> part(const json::object& from, const char* key) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr || !value->is_object()) {
        return Error{Errc::invalid_request, std::string(key) + " is missing or not an object"};
    }
    return value->get_object();
}

Result<void> take_request(const json::object& from, const fs::path& folder, Fixture& fixture) {
    std::string body_file = "request.json";
    AIHUB_CHECK(take(from, "format", fixture.format));
    AIHUB_CHECK(take(from, "model", fixture.model));
    AIHUB_CHECK(take(from, "method", fixture.client_method));
    AIHUB_CHECK(take(from, "path", fixture.client_path));
    AIHUB_CHECK(take(from, "query", fixture.client_query));
    AIHUB_CHECK(take(from, "stream", fixture.stream));
    AIHUB_CHECK(take(from, "include_usage", fixture.include_usage));
    AIHUB_CHECK(take(from, "body_file", body_file));
    if (!body_file.empty()) {
        fixture.request_body = AIHUB_TRY(read_text(folder / body_file));
    }
    return {};
}

Result<void> take_expectation(const json::object& from, const fs::path& folder, Fixture& fixture) {
    std::string body_file;
    AIHUB_CHECK(take(from, "method", fixture.method));
    AIHUB_CHECK(take(from, "path", fixture.path));
    AIHUB_CHECK(take(from, "body_file", body_file));
    AIHUB_CHECK(take(from, "outcome", fixture.outcome));
    AIHUB_CHECK(take(from, "events_exact", fixture.events_exact));
    if (!body_file.empty()) {
        fixture.expected_body = AIHUB_TRY(read_text(folder / body_file));
    }
    if (const json::value* events = from.if_contains("events")) {
        if (!events->is_array() ||
            !std::all_of(events->get_array().begin(), events->get_array().end(), [](const json::value& event) {
                return event.is_object();
            })) {
            return Error{Errc::invalid_request, "expect.events must be a list of objects"};
        }
        fixture.events = events->get_array();
    }
    return {};
}

Result<void> take_reply(const json::object& from, const fs::path& folder, Fixture& fixture) {
    std::string body_file;
    AIHUB_CHECK(take(from, "status", fixture.reply_status));
    AIHUB_CHECK(take(from, "headers", fixture.reply_headers));
    AIHUB_CHECK(take(from, "body_file", body_file));
    if (!body_file.empty()) {
        fixture.reply_body = AIHUB_TRY(read_text(folder / body_file));
    }
    return {};
}

Result<Fixture> read_fixture(const fs::path& folder) {
    Fixture fixture;
    fixture.name = folder.filename();
    const std::string text = AIHUB_TRY(read_text(folder / "exchange.json"));
    boost::system::error_code failed;
    const json::value root = json::parse(text, failed);
    if (failed || !root.is_object()) {
        return Error{Errc::invalid_request, "is not a JSON object"};
    }
    if (root.get_object().contains("settings")) {
        const json::object settings = AIHUB_TRY(part(root.get_object(), "settings"));
        fixture.settings_json = json::serialize(settings);
    }
    const json::object request = AIHUB_TRY(part(root.get_object(), "request"));
    const json::object expect = AIHUB_TRY(part(root.get_object(), "expect"));
    const json::object reply = AIHUB_TRY(part(root.get_object(), "reply"));
    AIHUB_CHECK(take_request(request, folder, fixture));
    AIHUB_CHECK(take_expectation(expect, folder, fixture));
    AIHUB_CHECK(take_reply(reply, folder, fixture));
    return fixture;
}

}  // namespace

Result<std::vector<Fixture>> read_fixtures(const std::string& directory) {
    std::vector<fs::path> folders;
    std::error_code failed;
    for (fs::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed)) {
        if (fs::exists(at->path() / "exchange.json")) {
            folders.push_back(at->path());
        }
    }
    if (failed) {
        return Error{Errc::not_found, "cannot read the fixtures directory " + directory + ": " + failed.message()};
    }
    std::sort(folders.begin(), folders.end());
    std::vector<Fixture> fixtures;
    for (const fs::path& folder : folders) {
        Result<Fixture> fixture = read_fixture(folder);
        if (!fixture) {
            return Error{fixture.error().code, (folder / "exchange.json").string() + ": " + fixture.error().message};
        }
        fixtures.push_back(*std::move(fixture));
    }
    return fixtures;
}

}  // namespace aihub::loader
