// What the management API offers: one table, from which requests find their handler, rights are checked and the pages
// about it are made.
#pragma once

#include "base/result.hpp"
#include "identity/permissions.hpp"
#include "model/principal.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::control {

// A request for which its caller has the right.
struct Request {
    std::map<std::string, std::string, std::less<>> places;  // what stands for the {names} of the path
    std::map<std::string, std::string, std::less<>> query;   // decoded
    std::string body;                                        // empty: none
    std::string if_match;                                    // header; empty: none
    std::string client;                                      // the caller's address, as the gateway saw it
    bool tls = false;                                        // its connection is encrypted
    std::string request_id;
    std::shared_ptr<const model::Principal> principal;
};

struct Answer {
    int status = 200;
    std::string body;  // JSON
    std::vector<std::pair<std::string, std::string>> fields = {};
};

// Runs on a control thread and may block. What it needs outlives the table.
using Handler = std::function<Result<Answer>(const Request&)>;

// For people who write a client: one sentence or JSON each.
struct RouteDoc {
    std::string_view summary;
    std::string_view request;  // the body; empty: none is taken
    std::string_view answer;
};

// One route. There is no way to make one without saying which permission it needs.
class Route {
public:
    Route(
        std::string_view method,
        std::string_view path,
        identity::Permission permission,
        const RouteDoc& doc,
        Handler handler
    )
        : method_(method), path_(path), permission_(permission), doc_(doc), handler_(std::move(handler)) {}

    [[nodiscard]] std::string_view method() const { return method_; }  // "GET", which stands for HEAD, too
    // "/v1/policies/bundles/{hash}": a {name} stands for one segment.
    [[nodiscard]] std::string_view path() const { return path_; }
    [[nodiscard]] identity::Permission permission() const { return permission_; }
    [[nodiscard]] const RouteDoc& doc() const { return doc_; }
    [[nodiscard]] Result<Answer> answer(const Request& request) const { return handler_(request); }

private:
    std::string_view method_;
    std::string_view path_;
    identity::Permission permission_;
    RouteDoc doc_;
    Handler handler_;
};

// A route and what stands for the {names} of its path.
struct Found {
    const Route* route;
    std::map<std::string, std::string, std::less<>> places;
};

// Filled at start, then read by any thread.
class RouteTable {
public:
    // Routes of the same method and path: the first counts.
    void add(Route route) { routes_.push_back(std::move(route)); }
    [[nodiscard]] std::span<const Route> routes() const { return routes_; }
    // `path` without a query. not_found; method_not_allowed: `allow` is set to what the path takes.
    [[nodiscard]] Result<Found> find(std::string_view method, std::string_view path, std::string& allow) const;
    // The first two segments of all paths, each once: "/v1/policies".
    [[nodiscard]] std::vector<std::string> prefixes() const;

private:
    std::vector<Route> routes_;
};

}  // namespace aihub::control
