#include "control/service.hpp"

#include "base/api_error.hpp"
#include "identity/check_key.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <utility>

namespace aihub::control {

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kPathShown = 256;

Result<std::string_view> key_of(const Incoming& incoming) {
    const std::string_view value = incoming.authorization;
    if (!value.starts_with(kBearer)) {
        return Error{Errc::unauthorized, "send an API key: Authorization: Bearer <key>", "invalid_api_key", {}};
    }
    return value.substr(kBearer.size());
}

// Of two parameters of one name the last counts.
Result<std::map<std::string, std::string, std::less<>>> query_of(const std::string& target) {
    std::map<std::string, std::string, std::less<>> query;
    try {
        for (auto& [name, value] : Poco::URI(target).getQueryParameters()) {
            query.insert_or_assign(std::move(name), std::move(value));
        }
    } catch (const Poco::Exception&) {
        return Error{Errc::invalid_request, "the query of the URL is not well-formed", "invalid_query", {}};
    }
    return query;
}

Error missing(identity::Permission permission) {
    const std::string name(identity::permission_name(permission));
    return {
        Errc::forbidden,
        "this key may not do that: it needs the permission " + name + " (`aihub key create --permission " + name +
            "` makes one that has it)",
        "permission_missing",
        name};
}

}  // namespace

Answer answer_of(const Error& error, std::string_view request_id) {
    Answer answer;
    answer.status = http_status(error.code);
    answer.body = api_error_body(error, request_id);
    if (error.code == Errc::unavailable || error.code == Errc::rate_limited) {
        answer.fields.emplace_back("Retry-After", "1");
    }
    return answer;
}

Service::Service(
    const RouteTable& table,
    const identity::KeyDirectory& keys,
    const Clock& clock,
    telemetry::Log& log,
    telemetry::Metrics& metrics
)
    : table_(table),
      keys_(keys),
      clock_(clock),
      log_(log),
      seconds_(metrics.histogram("aihub_control_seconds", "Time that requests to the management API took.")) {}

Result<Answer> Service::try_serve(const Incoming& incoming, std::string& allow, std::string& key_id) const {
    const std::string_view path = std::string_view(incoming.target).substr(0, incoming.target.find('?'));
    auto found = AIHUB_TRY(table_.find(incoming.method, path, allow));
    Request request;
    const auto key = AIHUB_TRY(key_of(incoming));
    request.principal = AIHUB_TRY(identity::check_key(keys_, key, clock_));
    key_id = request.principal->key_id.text();
    const auto permission = found.route->permission();
    if (!identity::allows(request.principal->permissions, permission)) {
        return missing(permission);
    }
    if (found.route->doc().request.empty() && !incoming.body.empty()) {
        return Error{Errc::invalid_request, "this route takes no body; send none", "invalid_body", {}};
    }
    request.query = AIHUB_TRY(query_of(incoming.target));
    request.places = std::move(found.places);
    request.body = incoming.body;
    request.if_match = incoming.if_match;
    request.client = incoming.client;
    request.tls = incoming.tls;
    request.request_id = incoming.request_id;
    return found.route->answer(request);
}

Answer Service::serve(const Incoming& incoming) const {
    const auto began = clock_.steady_now();
    std::string allow;
    std::string key_id;
    auto served = try_serve(incoming, allow, key_id);
    Answer answer = served ? *std::move(served) : answer_of(served.error(), incoming.request_id);
    if (answer.status == http_status(Errc::method_not_allowed)) {
        answer.fields.emplace_back("Allow", allow);
    }
    const auto took = clock_.steady_now() - began;
    seconds_.observe_ns(took.count());
    const auto path = std::string_view(incoming.target).substr(0, incoming.target.find('?')).substr(0, kPathShown);
    log_.info(
        "management",
        {{"request_id", std::string_view(incoming.request_id)},
         {"client", std::string_view(incoming.client)},
         {"method", std::string_view(incoming.method)},
         {"path", path},
         {"status", answer.status},
         {"key_id", std::string_view(key_id)},
         {"duration_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}}
    );
    return answer;
}

}  // namespace aihub::control
