#include "gateway/inquiry.hpp"

#include "base/json_text.hpp"
#include "dialect/count_tokens.hpp"
#include "dialect/model_list.hpp"
#include "gateway/asked.hpp"

#include <algorithm>
#include <vector>

namespace aihub::gateway {

Answer list_models(const catalog::Catalog& catalog, dialect::Dialect dialect) {
    std::vector<dialect::ListedModel> models;
    models.reserve(catalog.listed().size());
    for (const auto& model : catalog.listed()) {
        models.push_back({model.id, model.owned_by});
    }
    Answer answer;
    answer.body = dialect::model_list(dialect, models);
    return answer;
}

Result<Answer> get_model(const catalog::Catalog& catalog, dialect::Dialect dialect, const std::string& id) {
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
    dialect::append_model(answer.body, dialect, {found->id, found->owned_by});
    return answer;
}

Result<std::optional<Answer>> count_here(const Call& call) {
    const auto format = dialect::counted_by(operation_format(call.operation));
    if (!format) {
        return std::optional<Answer>();
    }
    const auto& shared = *call.state->shared;
    const auto candidates = AIHUB_TRY(shared.catalog->resolve(call.model));
    const bool taken = std::any_of(candidates.begin(), candidates.end(), [&](const catalog::Candidate& candidate) {
        return takes(*candidate.target, call.operation);
    });
    if (taken) {
        return std::optional<Answer>();
    }
    const auto* facts = shared.config->model_table.find(candidates.front().model);
    const auto family = facts == nullptr ? model::TokenizerFamily::other : facts->tokenizer;
    const auto tokens = AIHUB_TRY(dialect::count_tokens(*format, call.body, family));
    Answer answer;
    answer.body = dialect::count_answer(call.dialect, tokens);
    answer.headers = "\r\nx-aihub-estimate: true";
    return std::optional(std::move(answer));
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
