// A recorded exchange with a provider, for checking a codec.
#pragma once

#include "base/result.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aihub::loader {

// One folder of the fixtures directory, read whole: exchange.json and the files that it names.
struct Fixture {
    std::string name;  // of the folder
    std::string settings_json = "{}";

    std::string format = "openai.chat";
    std::string model;
    std::string client_method = "POST";  // these three as the client sent them
    std::string client_path;             // behind its version: "/files/file-1"
    std::string client_query;
    bool stream = false;
    bool include_usage = false;
    std::string request_body;  // may be empty

    // What is expected; an absent member is not checked.
    std::string method;
    std::string path;
    std::optional<std::string> expected_body;  // compared as JSON when both are, else byte for byte
    // Each must come, in this order, with the members named; others may come between, unless `events_exact`.
    std::optional<boost::json::array> events;
    bool events_exact = false;
    std::string outcome = "success";  // or the name of a failure kind: "rate_limit"

    int reply_status = 200;
    std::vector<std::pair<std::string, std::string>> reply_headers;
    std::string reply_body;
};

// All fixtures of `directory`, in order of name. Error: the first that cannot be read, with its file and what is wrong.
[[nodiscard]] Result<std::vector<Fixture>> read_fixtures(const std::string& directory);

}  // namespace aihub::loader
