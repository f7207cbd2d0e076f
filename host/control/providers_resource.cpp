#include "control/providers_resource.hpp"

#include "base/json_text.hpp"

#include <chrono>
#include <utility>

namespace aihub::control {

namespace {

std::string_view breaker_text(catalog::Breaker::State state) {
    switch (state) {
        case catalog::Breaker::State::open:
            return "open";
        case catalog::Breaker::State::half_open:
            return "half_open";
        default:
            return "closed";
    }
}

void append_names(std::string& out, const std::vector<std::string>& names) {
    out += "[";
    for (const auto& name : names) {
        out += out.back() == '[' ? "" : ",";
        append_json_string(out, name);
    }
    out += "]";
}

void append_provider(std::string& out, const catalog::Target& target, SteadyTime now) {
    const auto& health = *target.health;
    const auto latency = std::chrono::duration_cast<std::chrono::milliseconds>(health.latency.expected(now));
    out += "{\"name\":";
    append_json_string(out, target.name);
    out += ",\"plugin\":";
    append_json_string(out, target.settings->plugin);
    out += ",\"base_url\":";
    append_json_string(out, target.settings->base_url);
    out += ",\"models\":";
    append_names(out, target.settings->models);
    out += ",\"formats\":";
    append_names(out, target.formats);
    out += ",\"health\":{\"breaker\":\"";
    out += breaker_text(health.breaker.state(now));
    out += "\",\"in_flight\":" + std::to_string(health.gate.inside());
    out += ",\"waiting\":" + std::to_string(health.gate.waiting());
    out += ",\"expected_latency_ms\":" + std::to_string(latency.count()) + "}}";
}

Answer list(const catalog::Catalog& catalog, SteadyTime now) {
    Answer answer;
    answer.body = "{\"data\":[";
    for (const auto& [name, target] : catalog.targets()) {
        answer.body += answer.body.back() == '[' ? "" : ",";
        append_provider(answer.body, target, now);
    }
    answer.body += "]}";
    return answer;
}

Result<Answer> one(const catalog::Catalog& catalog, const std::string& name, SteadyTime now) {
    const auto found = catalog.targets().find(name);
    if (found == catalog.targets().end()) {
        return Error{
            Errc::not_found,
            "there is no provider of this name; GET /v1/providers lists them",
            "provider_not_found",
            "name"};
    }
    Answer answer;
    append_provider(answer.body, found->second, now);
    return answer;
}

}  // namespace

void add_providers(RouteTable& table, CatalogNow catalog, const Clock& clock) {
    constexpr std::string_view kShape = R"({"name","plugin","base_url","models":[],"formats":[],)"
                                        R"("health":{"breaker","in_flight","waiting","expected_latency_ms"}})";
    table.add(Route(
        "GET",
        "/v1/providers",
        identity::Permission::providers_read,
        {"Lists the providers that are configured and loaded, and how they do in this process.",
         {},
         R"({"data":[{"name","plugin","base_url","models":[],"formats":[],"health":{}}]})"},
        [catalog, &clock](const Request&) -> Result<Answer> { return list(*catalog(), clock.steady_now()); }
    ));
    table.add(Route(
        "GET",
        "/v1/providers/{name}",
        identity::Permission::providers_read,
        {"Shows one of them.", {}, kShape},
        [catalog = std::move(catalog), &clock](const Request& request) -> Result<Answer> {
            return one(*catalog(), request.places.find("name")->second, clock.steady_now());
        }
    ));
}

}  // namespace aihub::control
