// The management API of this process: its routes, its server, and the way of the gateway to it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/snapshot.hpp"
#include "control/http_server.hpp"
#include "control/providers_resource.hpp"
#include "control/route_table.hpp"
#include "control/service.hpp"
#include "gateway/control_relay.hpp"
#include "identity/key_directory.hpp"
#include "policy/bundle_store.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace aihub::app {

// What the routes work on. References outlive the control plane.
struct ControlParts {
    const Clock& clock;
    telemetry::Log& log;
    telemetry::Metrics& metrics;
    const identity::KeyDirectory& keys;
    control::CatalogNow catalog;
    policy::BundleStore& bundles;
};

class ControlPlane {
public:
    // Listens on a socket in `directory`.
    [[nodiscard]] static Result<std::unique_ptr<ControlPlane>> start(
        const config::Control& settings, const std::string& directory, ControlParts parts
    );
    ~ControlPlane();
    ControlPlane(const ControlPlane&) = delete;
    ControlPlane& operator=(const ControlPlane&) = delete;

    // Lets the requests that run come to their end and takes no more. The door stays, and leads nowhere.
    void stop();
    [[nodiscard]] gateway::ControlDoor& door() { return door_; }

private:
    ControlPlane(ControlParts parts, std::chrono::milliseconds timeout);

    std::atomic<bool> stopping_{false};
    control::RouteTable table_;
    control::Service service_;
    gateway::ControlDoor door_;
    std::unique_ptr<control::HttpServer> server_;
};

}  // namespace aihub::app
