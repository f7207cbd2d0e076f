#include "catalog/catalog.hpp"

namespace aihub::catalog {

namespace {

Error unavailable() {
    return {
        Errc::unavailable,
        "the provider of this model is not available at the moment",
        "provider_unavailable",
        "model"};
}

}  // namespace

Catalog::Catalog(config::SnapshotPtr snapshot, const Instances& instances) : snapshot_(std::move(snapshot)) {
    for (const auto& [name, settings] : snapshot_->providers) {
        const auto instance = instances.find(name);
        if (instance != instances.end() && instance->second) {
            targets_.emplace(name, Target{name, &settings, instance->second});
        } else if (settings.enabled) {
            not_loaded_.insert(settings.models.begin(), settings.models.end());
        }
    }
    std::map<std::string, std::string> owners;
    for (const auto& [name, target] : targets_) {
        for (const auto& model : target.settings->models) {
            by_listed_name_[model].push_back({&target, model});
            owners.emplace(model, name);
            owners.emplace(name + "/" + model, name);
        }
    }
    for (const auto& [name, alias] : snapshot_->models) {
        if (targets_.contains(alias.provider)) {
            owners[name] = alias.provider;
        }
    }
    for (auto& [id, owner] : owners) {
        listed_.push_back({id, std::move(owner)});
    }
}

Result<std::vector<Candidate>> Catalog::at(std::string_view provider, std::string_view model) const {
    const auto target = targets_.find(provider);
    if (target == targets_.end()) {
        return unavailable();
    }
    return std::vector<Candidate>{{&target->second, model}};
}

Result<std::vector<Candidate>> Catalog::resolve(std::string_view asked) const {
    const auto& aliases = snapshot_->models;
    if (!aliases.empty()) {
        if (const auto alias = aliases.find(std::string(asked)); alias != aliases.end()) {
            return at(alias->second.provider, alias->second.model);
        }
    }
    const auto slash = asked.find('/');
    if (slash != std::string_view::npos) {
        const auto provider = asked.substr(0, slash);
        const auto settings = snapshot_->providers.find(std::string(provider));
        if (settings != snapshot_->providers.end() && settings->second.enabled && slash + 1 < asked.size()) {
            return at(provider, asked.substr(slash + 1));
        }
    }
    if (const auto known = by_listed_name_.find(asked); known != by_listed_name_.end()) {
        return known->second;
    }
    if (not_loaded_.contains(asked)) {
        return unavailable();
    }
    if (!snapshot_->default_provider.empty()) {
        return at(snapshot_->default_provider, asked);
    }
    return Error{
        Errc::not_found,
        "the model \"" + std::string(asked.substr(0, 200)) + "\" does not exist; GET /v1/models lists those that do",
        "model_not_found",
        "model"};
}

}  // namespace aihub::catalog
