// Requests that are answered from memory: models, health, readiness, metrics.
#pragma once

#include "gateway/call.hpp"
#include "gateway/worker.hpp"

#include <optional>
#include <string>

namespace aihub::gateway {

struct Answer {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string headers{};  // further fields, each "\r\nname: value"
};

// GET /v1/models, in the shape of that dialect's list: {"object":"list","data":[{id,object,created,owned_by}]}.
[[nodiscard]] Answer list_models(const catalog::Catalog& catalog, dialect::Dialect dialect);
// GET /v1/models/{id}. not_found when the list does not have it.
[[nodiscard]] Result<Answer> get_model(
    const catalog::Catalog& catalog, dialect::Dialect dialect, const std::string& id
);
// A request to count tokens that no provider of its model takes: the count is estimated. Nothing: one takes it.
[[nodiscard]] Result<std::optional<Answer>> count_here(const Call& call);
// GET /healthz: the process lives. GET /readyz: 503 and {"status","missing":[...]} until everything is there.
[[nodiscard]] Answer health();
[[nodiscard]] Answer readiness(const Services& services);
// GET /metrics.
[[nodiscard]] Answer metrics_text(const Services& services);

}  // namespace aihub::gateway
