// A running gateway: every module, wired together.
#pragma once

#include "app/config_choice.hpp"
#include "app/config_watch.hpp"
#include "app/control_plane.hpp"
#include "app/experiment_control.hpp"
#include "app/handover.hpp"
#include "app/http_service.hpp"
#include "app/loop_set.hpp"
#include "app/memory_watch.hpp"
#include "app/policy_service.hpp"
#include "app/service_notice.hpp"
#include "app/watchdog.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "catalog/health.hpp"
#include "config/load.hpp"
#include "gateway/worker.hpp"
#include "identity/key_directory.hpp"
#include "identity/key_store.hpp"
#include "loader/loader.hpp"
#include "policy/decision_log.hpp"
#include "storage/database.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "tracing/tracer.hpp"
#include "usage/store.hpp"
#include "usage/writer.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aihub::app {

// The members are the modules in the order in which they start; they end in the reverse order. Each start_*() is one
// subsystem of ServeApplication. One thread, the main one, calls everything; the work happens on the loops.
class Server {
public:
    Server(ConfigChoice choice, config::Sources sources);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<void> start_config();
    Result<void> start_telemetry();
    Result<void> start_plugins();
    Result<void> start_storage();
    Result<void> start_identity();
    Result<void> start_usage();
    Result<void> start_experiments();
    Result<void> start_tracing();
    Result<void> start_catalog();
    Result<void> start_control();
    Result<void> start_gateway();

    // Tells the service manager, and the process that this one takes over from, that clients can connect.
    void say_ready();
    // Starts `program` with the listening sockets, to take over from this process.
    [[nodiscard]] Result<Successor> start_successor(const std::vector<std::string>& arguments) const;
    // The process `pid` serves now: the rest of this one is its stop, which gives idle connections more time.
    void hand_over(pid_t pid);
    // Reads the configuration again. A bad one is refused, logged, and the old one stays.
    void reload();
    // Stops accepting, lets calls finish for up to shutdown_grace, ends the rest, and waits for the last connection.
    // Then the decisions of policies that are queued are written.
    void stop_gateway();
    // Lets requests to the management API come to their end.
    void stop_control();
    // Hands the queued spans to their sink.
    void stop_tracing();
    // Writes every queued usage row.
    void stop_usage();
    // Writes the feedback that is queued.
    void stop_experiments();
    // Lets go of all providers and ends the loops.
    void stop_plugins();

    [[nodiscard]] const config::Snapshot& config() const { return *config_; }
    // The files beside the configuration whose content counts, as it is in use.
    [[nodiscard]] std::vector<WatchedFile> watched_files() const;
    [[nodiscard]] telemetry::Log& log() { return *log_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    // "http://127.0.0.1:8080", one for each listener.
    [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }
    // For people: one line for each provider that was found and one for each refused plugin.
    [[nodiscard]] std::vector<std::string> findings() const;
    // A model name that works now, for examples; empty: none is listed.
    [[nodiscard]] std::string example_model() const;
    // The key made at the first start, to be shown once; empty at later starts.
    [[nodiscard]] const Secret& first_key() const { return first_key_; }
    [[nodiscard]] std::string first_key_file() const;

private:
    Result<gateway::StatePtr> make_state(config::SnapshotPtr config);
    void use_state(gateway::StatePtr state);
    [[nodiscard]] std::string data_directory() const;
    Result<void> make_first_key();
    Result<void> start_policies();
    Result<void> open_sockets();
    void say_status() const;
    void start_watchdog();
    [[nodiscard]] MemoryBudget memory_budget() const;
    [[nodiscard]] Result<config::SnapshotPtr> usable_config() const;
    void load_config_again();
    [[nodiscard]] std::vector<std::string> missing() const;

    const ConfigChoice choice_;
    const config::Sources sources_;
    const ServiceNotice notice_;
    Inheritance inheritance_;
    bool handed_over_ = false;
    const std::uint64_t control_group_limit_;
    SystemClock clock_;
    telemetry::Metrics metrics_;
    catalog::HealthBoard health_;
    config::SnapshotPtr config_;
    std::unique_ptr<telemetry::Log> log_;
    std::unique_ptr<LoopSet> loops_;
    std::unique_ptr<HttpService> http_;
    std::unique_ptr<loader::Loader> loader_;
    std::unique_ptr<storage::Database> database_;
    std::optional<identity::KeyStore> key_store_;
    std::unique_ptr<identity::KeyDirectory> keys_;
    std::optional<usage::Store> usage_store_;
    std::unique_ptr<usage::Writer> usage_;
    std::unique_ptr<ExperimentControl> experiments_;
    std::unique_ptr<tracing::Tracer> tracer_;         // null: no sink is configured
    std::unique_ptr<policy::DecisionLog> decisions_;  // null: what policies decide is not recorded
    std::unique_ptr<gateway::GatewayMetrics> gateway_metrics_;
    Guarded<catalog::CatalogPtr> catalog_;  // that of state_, for other threads
    std::optional<policy::BundleStore> bundle_store_;
    std::unique_ptr<ControlPlane> control_;  // null: it is off
    std::unique_ptr<gateway::Services> services_;
    gateway::StatePtr state_;
    std::vector<std::unique_ptr<gateway::Worker>> workers_;
    std::unique_ptr<PolicyService> policies_;
    std::unique_ptr<MemoryWatch> memory_watch_;
    std::unique_ptr<Watchdog> watchdog_;  // below the loops and what it reports to
    std::vector<std::string> urls_;
    Secret first_key_;
};

}  // namespace aihub::app
