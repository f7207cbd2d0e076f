#include "app/server.hpp"

#include "app/first_key.hpp"
#include "app/memory_limit.hpp"
#include "app/version.hpp"
#include "identity/pepper.hpp"
#include "net/http_proxy.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace aihub::app {

namespace {

namespace fs = std::filesystem;

telemetry::LogLevel level_of(const std::string& name) {
    if (name == "debug") {
        return telemetry::LogLevel::debug;
    }
    if (name == "warn") {
        return telemetry::LogLevel::warn;
    }
    return name == "error" ? telemetry::LogLevel::error : telemetry::LogLevel::info;
}

std::string url_of(const config::Listen& listen, std::uint16_t port) {
    const bool six = listen.address.find(':') != std::string::npos;
    const std::string host = six ? "[" + listen.address + "]" : listen.address;
    return (listen.tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

// Plugins may go anywhere, so every proxy has to be good.
Result<OutboundOptions> outbound_of(const config::Snapshot& config) {
    for (const auto* url : {&config.proxies.http, &config.proxies.https}) {
        if (url->empty()) {
            continue;
        }
        if (const auto proxy = net::HttpProxy::parse(url->expose()); !proxy) {
            return Error{proxy.error().code, config.proxies.source + ": " + proxy.error().message};
        }
    }
    return OutboundOptions{gateway::resolver_options(config), config.proxies};
}

// Their names, between commas.
std::string removed_providers(const config::Snapshot& old, const config::Snapshot& now) {
    std::string names;
    for (const auto& [name, provider] : old.providers) {
        if (!now.providers.contains(name)) {
            names += (names.empty() ? "" : ", ") + name;
        }
    }
    return names;
}

// After the calls were ended: for their error events to reach the clients.
constexpr std::chrono::milliseconds kAbortPatience{5000};
constexpr std::chrono::milliseconds kUsagePatience{10000};
constexpr std::chrono::milliseconds kTracePatience{3000};
constexpr std::chrono::milliseconds kHttpPatience{1000};

policy::DecisionLogOptions decision_options(const config::PolicyDecisions& wanted) {
    policy::DecisionLogOptions options;
    options.directory = wanted.directory;
    options.file_bytes_max = wanted.file_bytes_max;
    options.bytes_max = wanted.bytes_max;
    options.retention = wanted.retention;
    options.queue_max = wanted.queue_max;
    return options;
}

}  // namespace

Server::Server(ConfigChoice choice, config::Sources sources)
    : choice_(std::move(choice)),
      sources_(std::move(sources)),
      notice_(sources_),
      control_group_limit_(control_group_limit()) {}

Server::~Server() = default;

Result<void> Server::start_config() {
    config_ = AIHUB_TRY(usable_config());
    return {};
}

Result<config::SnapshotPtr> Server::usable_config() const {
    const auto empty = config_ ? EmptyFile::refused : EmptyFile::accepted;
    auto config = AIHUB_TRY(read_config(choice_, sources_, empty));
    const auto limit = memory_limit(config->limits, control_group_limit_);
    return within_memory(std::move(config), limit);
}

MemoryBudget Server::memory_budget() const {
    return {memory_limit(config_->limits, control_group_limit_), config_->limits.memory_shed_percent};
}

Result<void> Server::start_telemetry() {
    telemetry::LogOptions options;
    options.format = config_->log.format == "json" ? telemetry::LogFormat::json : telemetry::LogFormat::console;
    options.level = level_of(config_->log.level);
    options.file = config_->log.file;
    options.colour = options.file.empty() && isatty(STDERR_FILENO) == 1 && !sources_.environment("NO_COLOR");
    log_ = AIHUB_TRY(telemetry::Log::create(options, clock_));
    metrics_.gauge("aihub_build_info", "The version that runs; always 1.", {{"version", kVersion}}).set(1);
    metrics_.gauge_from("aihub_log_dropped_lines", "Log lines that were dropped because the queue was full.", [this] {
        return static_cast<double>(log_->dropped());
    });
    return {};
}

Result<void> Server::start_plugins() {
    loops_ = std::make_unique<LoopSet>(config_->loops, clock_);
    http_ = std::make_unique<HttpService>(*loops_, AIHUB_TRY(outbound_of(*config_)));
    loader::LoaderOptions options;
    options.host.product_version = kVersion;
    options.host.allow_draft = config_->plugins.allow_draft;
    options.call_budget = config_->plugins.call_budget;
    options.work = {config_->plugins.worker_threads, config_->plugins.worker_queue_max};
    loader_ =
        std::make_unique<loader::Loader>(options, loader::Services{*log_, metrics_, clock_, *loops_, http_.get()});
    loader_->load_directories(plugin_directories(config_->plugins));
    for (const auto& plugin : loader_->list()) {
        const bool loaded = plugin.state == loader::PluginInfo::State::loaded;
        metrics_.gauge("aihub_plugins", "Plugin files by state.", {{"state", loaded ? "loaded" : "refused"}}).add(1);
        if (!loaded) {
            log_->error("plugin refused", {{"file", plugin.file}, {"reason", plugin.reason}});
        }
    }
    return {};
}

Result<void> Server::start_storage() {
    storage::DatabaseOptions options;
    options.url = config_->storage.url;
    database_ = AIHUB_TRY(storage::Database::open(options, clock_, metrics_));
    return {};
}

Result<void> Server::start_identity() {
    auto pepper = AIHUB_TRY(identity::load_or_make_pepper(config_->identity.pepper_file));
    key_store_ = AIHUB_TRY(identity::KeyStore::create(*database_, clock_, std::move(pepper)));
    const FirstKey first(*key_store_, first_key_file(), config_->identity.key_prefix);
    first_key_ = AIHUB_TRY(first.ensure());
    keys_ = AIHUB_TRY(identity::KeyDirectory::create(*key_store_, *log_, metrics_, config_->identity.reload_interval));
    return {};
}

Result<void> Server::start_usage() {
    usage_store_ = AIHUB_TRY(usage::Store::create(*database_));
    usage::WriterOptions options;
    options.queue_rows_max = config_->storage.usage_queue_rows_max;
    options.batch_rows_max = config_->storage.usage_batch_rows_max;
    options.flush_interval = config_->storage.usage_flush_interval;
    usage_ = std::make_unique<usage::Writer>(*usage_store_, clock_, *log_, metrics_, options);
    return {};
}

Result<void> Server::start_experiments() {
    experiments_ = AIHUB_TRY(ExperimentControl::create(*database_, *config_, clock_, *log_, metrics_));
    return {};
}

Result<void> Server::start_tracing() {
    const auto& tracing = config_->tracing;
    if (tracing.sink.plugin.empty()) {
        return {};
    }
    config::Provider settings = tracing.sink;
    settings.name = "tracing";
    auto sink = AIHUB_TRY(loader_->create_trace_sink(settings));
    tracing::TracerOptions options;
    options.queue_spans_max = tracing.queue_spans_max;
    // A sink's functions run on one loop, the first.
    auto& loop = loops_->at(0);
    tracer_ = std::make_unique<tracing::Tracer>(
        std::move(sink), [&loop](std::function<void()> task) { loop.post(std::move(task)); }, options, clock_, metrics_
    );
    return {};
}

Result<gateway::StatePtr> Server::make_state(config::SnapshotPtr config) {
    catalog::Catalog::Instances instances;
    for (const auto& [name, settings] : config->providers) {
        if (!settings.enabled) {
            continue;
        }
        auto provider = loader_->create_provider(settings);
        if (!provider && !config->file.empty()) {
            return Error{Errc::invalid_request, settings.source + ": " + provider.error().message};
        }
        if (!provider) {
            log_->warn("provider left out", {{"provider", name}, {"reason", provider.error().message}});
            continue;
        }
        instances.emplace(name, *std::move(provider));
    }
    auto catalog = std::make_shared<const catalog::Catalog>(config, instances, &health_);
    return gateway::State::create(std::move(config), std::move(catalog), metrics_, clock_);
}

void Server::use_state(gateway::StatePtr state) {
    state_ = std::move(state);
    catalog_.with([this](catalog::CatalogPtr& now) { now = state_->catalog; });
}

Result<void> Server::start_catalog() {
    use_state(AIHUB_TRY(make_state(config_)));
    return {};
}

Result<void> Server::start_control() {
    if (!config_->control.enabled) {
        return {};
    }
    const auto catalog = [this] { return catalog_.with([](const catalog::CatalogPtr& now) { return now; }); };
    bundle_store_ = AIHUB_TRY(policy::BundleStore::create(*database_, clock_));
    control_ = AIHUB_TRY(ControlPlane::start(
        config_->control, data_directory(), ControlParts{clock_, *log_, metrics_, *keys_, catalog, *bundle_store_}
    ));
    return {};
}

Result<void> Server::start_gateway() {
    gateway_metrics_ = std::make_unique<gateway::GatewayMetrics>(metrics_);
    // clang 14 has no aggregate initialisation in parentheses, which make_unique would need.
    services_.reset(new gateway::Services{
        clock_, *log_, metrics_, *keys_, *usage_, [this] { return missing(); }, {}, {}, {}});
    services_->tracer = tracer_.get();
    services_->feedback = &experiments_->feedback();
    services_->control = control_ ? &control_->door() : nullptr;
    // Whether it is used is the word of the configuration at each call.
    decisions_ =
        std::make_unique<policy::DecisionLog>(decision_options(config_->policies.decisions), clock_, *log_, metrics_);
    services_->decisions = decisions_.get();
    const auto show = [this](std::string_view of, const std::atomic<std::size_t>& bytes) {
        metrics_.gauge_from(
            "aihub_held_bytes",
            "Bodies of requests and whole replies that are held in memory.",
            [&bytes] { return static_cast<double>(bytes.load(std::memory_order_relaxed)); },
            {{"of", std::string(of)}}
        );
    };
    show("requests", services_->body_bytes);
    show("replies", services_->reply_bytes);
    for (std::size_t index = 0; index < loops_->size(); ++index) {
        workers_.push_back(std::make_unique<gateway::Worker>(loops_->at(index), *services_, *gateway_metrics_, state_));
    }
    memory_watch_ =
        std::make_unique<MemoryWatch>(services_->memory_short, memory_budget(), resident_bytes, *log_, metrics_);
    AIHUB_CHECK(start_policies());
    AIHUB_CHECK(open_sockets());
    loops_->run();
    start_watchdog();
    return {};
}

// Before anybody can connect: no call is served without the policies that are active.
Result<void> Server::start_policies() {
    policies_ =
        AIHUB_TRY(PolicyService::start(*config_, PolicyService::Parts{*database_, clock_, *log_, metrics_, workers_}));
    services_->off_loop = [this](std::function<void()> work) { return policies_->off_loop(std::move(work)); };
    services_->policy_failing = [this](const policy::Bundle& bundle, policy::Hook hook, const std::string& why) {
        policies_->failing(bundle, hook, why);
    };
    return {};
}

Result<void> Server::open_sockets() {
    inheritance_ = AIHUB_TRY(Inheritance::take(sources_));
    for (std::size_t place = 0; place < config_->listen.size(); ++place) {
        const auto& listen = config_->listen[place];
        auto sockets =
            AIHUB_TRY(net::ListenSockets::open(listen.address, listen.port, workers_.size(), inheritance_.sockets));
        for (std::size_t index = 0; index < sockets.size(); ++index) {
            workers_[index % workers_.size()]->listen(sockets.take(index), place);
        }
        urls_.push_back(url_of(listen, sockets.port()));
    }
    for (const auto& address : inheritance_.sockets.close_rest()) {
        log_->warn("an inherited socket is not configured, and was closed", {{"address", address}});
    }
    return {};
}

void Server::start_watchdog() {
    WatchdogOptions options;
    options.stall = config_->watchdog.stall;
    options.abort = config_->watchdog.abort;
    if (notice_.watchdog().count() > 0) {
        const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(notice_.watchdog() / 2);
        options.period = std::min(options.period, half);
    }
    std::vector<Watched> watched;
    for (std::size_t index = 0; index < loops_->size(); ++index) {
        auto& loop = loops_->at(index);
        const auto post = [&loop](std::function<void()> task) { loop.post(std::move(task)); };
        watched.push_back({std::to_string(index), post, loops_->thread(index)});
    }
    const auto alive = [this] {
        if (notice_.watchdog().count() > 0) {
            notice_.send("WATCHDOG=1");
        }
    };
    const auto end = [this](const std::string& why) { end_process(*log_, why); };
    watchdog_ = std::make_unique<Watchdog>(
        std::move(watched), options, Watchdog::Reactions{alive, end}, clock_, *log_, metrics_
    );
}

void Server::say_ready() {
    say_status();
    inheritance_.say_ready();
}

Result<Successor> Server::start_successor(const std::vector<std::string>& arguments) const {
    std::vector<int> sockets;
    for (const auto& worker : workers_) {
        const auto own = worker->listening();
        sockets.insert(sockets.end(), own.begin(), own.end());
    }
    return Successor::start(program_path(), arguments, sockets, clock_.steady_now() + config_->upgrade_timeout);
}

void Server::hand_over(pid_t pid) {
    handed_over_ = true;
    notice_.send("MAINPID=" + std::to_string(pid));
}

void Server::say_status() const {
    notice_.send("READY=1\nSTATUS=listening on " + (urls_.empty() ? std::string("nothing") : urls_.front()));
}

void Server::reload() {
    notice_.send("RELOADING=1");
    load_config_again();
    policies_->reload(*config_);
    say_status();
}

void Server::load_config_again() {
    auto config = usable_config();
    auto state = config ? make_state(*config) : Result<gateway::StatePtr>(config.error());
    const auto outbound = state ? outbound_of(**config) : Result<OutboundOptions>(state.error());
    if (!outbound) {
        state = outbound.error();
    }
    if (const auto adopted = state ? experiments_->adopt(**config) : Result<void>(); !adopted) {
        state = adopted.error();
    }
    if (!state) {
        log_->error("configuration refused, the old one stays", {{"problems", state.error().message}});
        return;
    }
    for (const auto& key : config::restart_needed(*config_, **config)) {
        log_->warn("this change counts after a restart only", {{"key", key}});
    }
    if (const auto gone = removed_providers(*config_, **config); !gone.empty()) {
        log_->warn("providers are no longer configured", {{"providers", gone}});
    }
    config_ = *std::move(config);
    use_state(*std::move(state));
    log_->set_level(level_of(config_->log.level));
    keys_->set_interval(config_->identity.reload_interval);
    for (const auto& worker : workers_) {
        worker->set_state(state_);
    }
    http_->configure(*outbound);
    memory_watch_->set_budget(memory_budget());
    log_->info("configuration loaded", {{"providers", static_cast<std::uint64_t>(config_->providers.size())}});
}

void Server::stop_gateway() {
    if (workers_.empty()) {
        return;
    }
    if (!handed_over_) {
        notice_.send("STOPPING=1\nSTATUS=letting calls finish");
    }
    services_->draining = true;
    for (const auto& worker : workers_) {
        worker->drain(handed_over_ ? config_->shutdown_grace : config_->shutdown_idle_grace);
    }
    auto& connections = services_->connections;
    if (!connections.wait_for_none(config_->shutdown_grace)) {
        log_->warn(
            "ending calls that outlived shutdown_grace",
            {{"connections", static_cast<std::uint64_t>(connections.count())}}
        );
        for (const auto& worker : workers_) {
            worker->abort_calls();
        }
        if (!connections.wait_for_none(kAbortPatience)) {
            log_->error("connections did not end");
        }
    }
    if (decisions_) {
        decisions_->stop();
    }
}

void Server::stop_control() {
    if (control_) {
        control_->stop();
    }
}

void Server::stop_usage() {
    if (!usage_) {
        return;
    }
    if (const auto lost = usage_->stop(kUsagePatience); lost > 0) {
        log_->error("usage rows could not be stored", {{"rows", static_cast<std::uint64_t>(lost)}});
    }
}

void Server::stop_experiments() {
    if (experiments_) {
        experiments_->feedback().stop(kUsagePatience);
    }
}

void Server::stop_tracing() {
    if (tracer_) {
        tracer_->stop(kTracePatience);
    }
}

void Server::stop_plugins() {
    watchdog_.reset();
    memory_watch_.reset();
    if (loops_) {
        if (http_) {
            http_->cancel_all(kHttpPatience);
        }
        loops_->stop();
    }
    policies_.reset();
    workers_.clear();
    tracer_.reset();
    catalog_.with([](catalog::CatalogPtr& now) { now.reset(); });
    state_.reset();
    loader_.reset();
}

std::vector<std::string> Server::missing() const {
    std::vector<std::string> missing;
    if (auto problem = keys_->problem(); !problem.empty()) {
        missing.push_back("API keys: " + problem);
    }
    if (auto problem = usage_->problem(); !problem.empty()) {
        missing.push_back("usage rows: " + problem);
    }
    if (services_->memory_short.load(std::memory_order_relaxed)) {
        missing.emplace_back("memory: the process is near its limit (limits.memory_max)");
    }
    return missing;
}

std::vector<std::string> Server::findings() const {
    std::vector<std::string> lines;
    for (const auto& [name, target] : state_->catalog->targets()) {
        std::string line = name;
        line += target.settings->base_url.empty() ? "" : "  " + target.settings->base_url;
        line += "  (" + target.settings->source + ")";
        lines.push_back(line);
    }
    for (const auto& plugin : loader_->list()) {
        if (plugin.state == loader::PluginInfo::State::refused) {
            lines.push_back("refused plugin " + plugin.file + ": " + plugin.reason);
        }
    }
    return lines;
}

// The cheapest that is sure to work: a provider inside the process, else what is listed first.
std::string Server::example_model() const {
    std::string first;
    for (const auto& [name, target] : state_->catalog->targets()) {
        if (target.settings->models.empty()) {
            continue;
        }
        auto model = name + "/" + target.settings->models.front();
        if (target.provider->tier() == capability::ProviderTier::stream) {
            return model;
        }
        first = first.empty() ? model : first;
    }
    return first;
}

std::vector<WatchedFile> Server::watched_files() const {
    std::vector<WatchedFile> files;
    for (const auto& acceptor : state_->acceptors) {
        if (!acceptor) {
            continue;
        }
        for (const auto& file : acceptor->files()) {
            files.push_back({file.path, file.hash});
        }
    }
    if (!config_->models_file.empty()) {
        files.push_back({config_->models_file, config_->models_file_hash});
    }
    return files;
}

std::string Server::data_directory() const {
    const auto directory = fs::path(config_->identity.pepper_file).parent_path();
    return directory.empty() ? "." : directory.string();
}

std::string Server::first_key_file() const {
    return fs::path(config_->identity.pepper_file).parent_path() / "first-key";
}

}  // namespace aihub::app
