#include "app/control_plane.hpp"

#include "app/policy_bundles.hpp"
#include "control/permissions_resource.hpp"
#include "control/policies_resource.hpp"
#include "control/policy_bundles_resource.hpp"
#include "control/policy_reviews_resource.hpp"

#include <utility>

namespace aihub::app {

namespace {

// The store, or else the folder that policies are read from, whose bundle is in no store.
Result<BundlePtr> find_bundle(policy::BundleStore& store, const std::string& folder, const std::string& which) {
    auto stored = store.get(which);
    if (stored) {
        return stored->bundle;
    }
    if (stored.error().code == Errc::not_found && !folder.empty() && which.size() >= policy::kHashDigitsMin) {
        auto loaded = policy::Bundle::load(folder);
        if (loaded && loaded->hash().starts_with(which)) {
            return std::make_shared<const policy::Bundle>(*std::move(loaded));
        }
    }
    return stored.error();
}

// The gateway gives a request up after `timeout`; nobody would read an answer that comes later.
control::PolicyReviews reviews_of(
    const ControlParts& parts, std::chrono::milliseconds timeout, const std::atomic<bool>& stopping
) {
    const auto policies = [catalog = parts.catalog] { return catalog()->snapshot().policies; };
    const auto settings = [policies] {
        const auto now = policies();
        return control::PolicyReviewSettings{now.decisions.directory, policy_limits(now)};
    };
    const auto find = [policies, &store = parts.bundles](const std::string& which) {
        return find_bundle(store, policies().folder, which);
    };
    return {parts.clock, settings, find, [&stopping] { return stopping.load(); }, timeout / 2};
}

}  // namespace

ControlPlane::ControlPlane(ControlParts parts, std::chrono::milliseconds timeout)
    : service_(table_, parts.keys, parts.clock, parts.log, parts.metrics) {
    control::add_permissions(table_);
    control::add_providers(table_, parts.catalog, parts.clock);
    const auto folder = [catalog = parts.catalog] { return catalog()->snapshot().policies.folder; };
    control::add_policies(table_, parts.bundles, folder);
    control::add_policy_bundles(table_, parts.bundles);
    control::add_policy_reviews(table_, reviews_of(parts, timeout, stopping_));
}

ControlPlane::~ControlPlane() = default;

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(
    const config::Control& settings, const std::string& directory, ControlParts parts
) {
    std::unique_ptr<ControlPlane> plane(new ControlPlane(std::move(parts), settings.timeout));
    control::HttpServerOptions options;
    options.directory = directory;
    options.threads = settings.threads;
    options.queue_max = settings.queue_max;
    options.body_bytes_max = settings.body_bytes_max;
    options.timeout = settings.timeout;
    plane->server_ = AIHUB_TRY(control::HttpServer::start(plane->service_, options));
    auto& door = plane->door_;
    door.socket = plane->server_->socket();
    door.prefixes = plane->table_.prefixes();
    door.requests_max = settings.threads + settings.queue_max;
    door.body_bytes_max = settings.body_bytes_max;
    door.timeout = settings.timeout;
    return plane;
}

void ControlPlane::stop() {
    stopping_ = true;
    server_.reset();
}

}  // namespace aihub::app
