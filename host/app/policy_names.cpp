#include "app/policy_names.hpp"

namespace aihub::app {

policy::LintNames policy_names(const config::Snapshot& snapshot) {
    policy::LintNames names;
    policy::LintNames::Names models;
    for (const auto& [name, provider] : snapshot.providers) {
        names.providers.insert(name);
        models.insert(provider.models.begin(), provider.models.end());
    }
    for (const auto& [name, route] : snapshot.models) {
        models.insert(name);
        for (const auto& candidate : route.candidates) {
            models.insert(candidate.model);
        }
    }
    for (const auto& experiment : snapshot.experiments) {
        names.experiments.insert(experiment.name);
    }
    names.has_model = [models = std::move(models), &table = snapshot.model_table](std::string_view name) {
        return models.contains(name) || table.find(name) != nullptr;
    };
    return names;
}

}  // namespace aihub::app
