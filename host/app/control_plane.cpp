#include "app/control_plane.hpp"

#include "control/permissions_resource.hpp"
#include "control/policies_resource.hpp"
#include "control/policy_bundles_resource.hpp"

#include <utility>

namespace aihub::app {

ControlPlane::ControlPlane(ControlParts parts) : service_(table_, parts.keys, parts.clock, parts.log, parts.metrics) {
    control::add_permissions(table_);
    control::add_providers(table_, parts.catalog, parts.clock);
    const auto folder = [catalog = parts.catalog] { return catalog()->snapshot().policies.folder; };
    control::add_policies(table_, parts.bundles, folder);
    control::add_policy_bundles(table_, parts.bundles);
}

ControlPlane::~ControlPlane() = default;

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(
    const config::Control& settings, const std::string& directory, ControlParts parts
) {
    std::unique_ptr<ControlPlane> plane(new ControlPlane(std::move(parts)));
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
    server_.reset();
}

}  // namespace aihub::app
