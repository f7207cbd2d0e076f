#include "control/permissions_resource.hpp"

#include "base/json_text.hpp"

namespace aihub::control {

namespace {

void append_routes(std::string& out, const RouteTable& table, identity::Permission permission) {
    out += "\"routes\":[";
    for (const auto& route : table.routes()) {
        if (route.permission() != permission) {
            continue;
        }
        out += out.back() == '[' ? "{\"method\":" : ",{\"method\":";
        append_json_string(out, route.method());
        out += ",\"path\":";
        append_json_string(out, route.path());
        out += ",\"summary\":";
        append_json_string(out, route.doc().summary);
        out += "}";
    }
    out += "]";
}

Answer list(const RouteTable& table) {
    Answer answer;
    answer.body = "{\"data\":[";
    for (const auto& one : identity::permissions()) {
        answer.body += answer.body.back() == '[' ? "{\"name\":" : ",{\"name\":";
        append_json_string(answer.body, one.name);
        answer.body += ",\"description\":";
        append_json_string(answer.body, one.description);
        answer.body += ",";
        append_routes(answer.body, table, one.permission);
        answer.body += "}";
    }
    answer.body += "]}";
    return answer;
}

}  // namespace

void add_permissions(RouteTable& table) {
    table.add(Route(
        "GET",
        "/v1/permissions",
        identity::Permission::permissions_read,
        {"Lists the permissions that a key can have, and the routes that need each.",
         {},
         R"({"data":[{"name","description","routes":[{"method","path","summary"}]}]})"},
        [&table](const Request&) -> Result<Answer> { return list(table); }
    ));
}

}  // namespace aihub::control
