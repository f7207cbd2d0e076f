#include "gateway/operation.hpp"

#include "gateway/call.hpp"
#include "net/target.hpp"

#include <array>

namespace aihub::gateway {

namespace {

struct Entry {
    std::string_view path;
    std::string_view method;
    Operation operation;
};

// Every path that the gateway serves. A path that ends with "/" takes the rest as a name.
constexpr std::array kRoutes{
    Entry{"/v1/chat/completions", "POST", Operation::chat_completions},
    Entry{"/v1/embeddings", "POST", Operation::embeddings},
    Entry{"/v1/models", "GET", Operation::models_list},
    Entry{"/v1/models/", "GET", Operation::models_get},
    Entry{"/healthz", "GET", Operation::health},
    Entry{"/readyz", "GET", Operation::ready},
    Entry{"/metrics", "GET", Operation::metrics},
};

constexpr std::array<std::string_view, 8> kNames{
    "chat_completions", "embeddings", "models_list", "models_get", "health", "ready", "metrics", "unknown"};

bool matches(const Entry& route, std::string_view path) {
    if (route.path.back() == '/') {
        return path.size() > route.path.size() && path.starts_with(route.path);
    }
    return path == route.path;
}

}  // namespace

std::string_view operation_name(Operation operation) {
    return kNames[static_cast<std::size_t>(operation)];
}

std::string_view operation_format(Operation operation) {
    switch (operation) {
        case Operation::chat_completions:
            return "openai.chat";
        case Operation::embeddings:
            return "openai.embeddings";
        default:
            return {};
    }
}

Result<void> choose_operation(Call& call) {
    for (const auto& route : kRoutes) {
        if (!matches(route, call.path)) {
            continue;
        }
        // What answers GET answers HEAD, too (RFC 9110 section 9.3.2); respond() leaves the body out.
        const bool head = call.head.method == "HEAD" && route.method == "GET";
        if (call.head.method != route.method && !head) {
            call.allow = route.method;
            return Error{
                Errc::method_not_allowed,
                "this path takes " + std::string(route.method) + ", not " + std::string(call.head.method),
                "method_not_allowed",
                {}};
        }
        call.operation = route.operation;
        if (route.path.back() == '/') {
            call.model_id = net::path_value(std::string_view(call.path).substr(route.path.size()));
        }
        return {};
    }
    return Error{
        Errc::not_found,
        "there is no " + std::string(call.head.method) + " " + call.path.substr(0, 200) + " here",
        "unknown_url",
        {}};
}

}  // namespace aihub::gateway
