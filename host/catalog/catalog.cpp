#include "catalog/catalog.hpp"

#include <algorithm>
#include <iterator>

namespace aihub::catalog {

namespace {

Error unavailable() {
    return {
        Errc::unavailable,
        "the provider of this model is not available at the moment",
        "provider_unavailable",
        "model"};
}

// What the service takes of what its plugin knows. The canonical forms are the plugin's own business.
std::vector<std::string> formats_of(const capability::Provider& provider, const config::Provider& settings) {
    constexpr std::string_view kCanonical = "aihub.";
    const auto known = provider.formats();
    std::vector<std::string> formats;
    std::copy_if(known.begin(), known.end(), std::back_inserter(formats), [&](const std::string& format) {
        const auto& wanted = settings.formats;
        return wanted.empty() || format.starts_with(kCanonical) ||
               std::find(wanted.begin(), wanted.end(), format) != wanted.end();
    });
    return formats;
}

}  // namespace

Catalog::Catalog(config::SnapshotPtr snapshot, const Instances& instances, HealthBoard* board)
    : snapshot_(std::move(snapshot)) {
    for (const auto& [name, settings] : snapshot_->providers) {
        const auto instance = instances.find(name);
        if (instance != instances.end() && instance->second) {
            auto health = board != nullptr ? board->of(name) : std::make_shared<Health>();
            auto policy = policy_of(*snapshot_, settings);
            Target target{
                name,
                &settings,
                instance->second,
                std::move(health),
                std::move(policy),
                formats_of(*instance->second, settings)};
            targets_.emplace(name, std::move(target));
        } else if (settings.enabled) {
            not_loaded_.insert(settings.models.begin(), settings.models.end());
        }
    }
    std::map<std::string, std::string> owners;
    for (const auto& [name, target] : targets_) {
        for (const auto& model : target.settings->models) {
            by_listed_name_[model].push_back({&target, model, &target.policy, 1, 0, snapshot_->model_table.find(model)}
            );
            owners.emplace(model, name);
            owners.emplace(name + "/" + model, name);
        }
    }
    for (const auto& [name, route] : snapshot_->models) {
        add_route(route);
        const auto& candidates = routes_[name];
        if (!candidates.empty()) {
            owners[name] = candidates.front().target->name;
        }
    }
    for (auto& [id, owner] : owners) {
        listed_.push_back({id, std::move(owner)});
    }
}

void Catalog::add_route(const config::Route& route) {
    auto& candidates = routes_[route.name];
    for (const auto& place : route.candidates) {
        const auto target = targets_.find(place.provider);
        if (target == targets_.end()) {
            continue;
        }
        const auto& policy = policies_.emplace_back(policy_of(*snapshot_, *target->second.settings, route));
        const auto* facts = snapshot_->model_table.find(place.model);
        candidates.push_back({&target->second, place.model, &policy, place.weight, place.priority, facts});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& left, const auto& right) {
        return left.priority < right.priority;
    });
}

Result<std::vector<Candidate>> Catalog::at(std::string_view provider, std::string_view model) const {
    const auto target = targets_.find(provider);
    if (target == targets_.end()) {
        return unavailable();
    }
    return std::vector<Candidate>{{&target->second, model, &target->second.policy}};
}

Result<std::vector<Candidate>> Catalog::resolve(std::string_view asked) const {
    if (const auto route = routes_.find(asked); route != routes_.end()) {
        if (route->second.empty()) {
            return unavailable();
        }
        return route->second;
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
