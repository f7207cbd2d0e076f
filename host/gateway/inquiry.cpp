#include "gateway/inquiry.hpp"

#include "base/json_text.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

void append_model(std::string& out, const catalog::Listed& model) {
    out += "{\"id\":";
    append_json_string(out, model.id);
    out += ",\"object\":\"model\",\"created\":0,\"owned_by\":";
    append_json_string(out, model.owned_by);
    out += "}";
}

}  // namespace

Answer list_models(const catalog::Catalog& catalog) {
    Answer answer;
    answer.body = "{\"object\":\"list\",\"data\":[";
    for (const auto& model : catalog.listed()) {
        answer.body += answer.body.back() == '[' ? "" : ",";
        append_model(answer.body, model);
    }
    answer.body += "]}";
    return answer;
}

Result<Answer> get_model(const catalog::Catalog& catalog, const std::string& id) {
    const auto& listed = catalog.listed();
    const auto found =
        std::find_if(listed.begin(), listed.end(), [&](const catalog::Listed& model) { return model.id == id; });
    if (found == listed.end()) {
        return Error{
            Errc::not_found,
            "the model \"" + id.substr(0, 200) + "\" does not exist; GET /v1/models lists those that do",
            "model_not_found",
            "model"};
    }
    Answer answer;
    append_model(answer.body, *found);
    return answer;
}

Answer health() {
    return {200, "application/json", "{\"status\":\"ok\"}"};
}

Answer readiness(const Services& services) {
    auto missing = services.missing();
    if (services.draining.load(std::memory_order_relaxed)) {
        missing.emplace_back("the gateway is shutting down");
    }
    if (missing.empty()) {
        return {200, "application/json", "{\"status\":\"ready\"}"};
    }
    Answer answer{503, "application/json", "{\"status\":\"not ready\",\"missing\":["};
    for (const auto& what : missing) {
        answer.body += answer.body.back() == '[' ? "" : ",";
        append_json_string(answer.body, what);
    }
    answer.body += "]}";
    return answer;
}

Answer metrics_text(const Services& services) {
    return {200, "text/plain; version=0.0.4; charset=utf-8", services.metrics.render()};
}

}  // namespace aihub::gateway
