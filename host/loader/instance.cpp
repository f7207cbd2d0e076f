#include "loader/instance.hpp"

#include "loader/abi_error.hpp"

#include <algorithm>
#include <utility>

namespace aihub::loader {

bool Gate::enter() {
    const std::scoped_lock lock(mutex_);
    if (closed_) {
        return false;
    }
    ++inside_;
    return true;
}

void Gate::leave() {
    const std::scoped_lock lock(mutex_);
    --inside_;
    left_.notify_all();
}

void Gate::close_and_wait() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    left_.wait(lock, [this] { return inside_ == 0; });
}

Instance::Instance(std::shared_ptr<Plugin> plugin, const config::Provider& provider, std::string base_origin)
    : plugin_(std::move(plugin)),
      name_(provider.name),
      secrets_(provider.secrets.begin(), provider.secrets.end()),
      base_origin_(std::move(base_origin)) {
    for (const auto& [name, value] : secrets_) {
        plugin_->log().hide(this, value);
    }
}

Result<std::shared_ptr<Instance>> Instance::create(
    std::shared_ptr<Plugin> plugin, const config::Provider& provider, const std::string& block
) {
    const auto explain = [&](const Error& error) {
        const std::string where = provider.source.empty() ? "" : " (" + provider.source + ")";
        return Error{error.code, block + where + ": " + error.message};
    };
    if (const Result<void> fits = plugin->manifest().config_schema.validate(provider.settings_json); !fits) {
        return explain(fits.error());
    }
    std::string base_origin;
    if (!provider.base_url.empty()) {
        Result<std::string> origin = origin_of(provider.base_url);
        if (!origin) {
            return explain(Error{Errc::invalid_request, "base_url is " + origin.error().message});
        }
        base_origin = *std::move(origin);
    } else if (plugin->codec() != nullptr) {
        return explain(Error{Errc::invalid_request, "base_url is missing: set the address of the provider's API"});
    }
    Core& core = plugin->core();
    // The last owner may be an event loop or a plugin's thread: destroy() goes to the control thread from there. The
    // lambda keeps the plugin, and with it the worker, for that long.
    const auto dispose = [plugin](Instance* instance) {
        plugin->core().control.post([plugin, instance] { delete instance; });
    };
    std::shared_ptr<Instance> instance(new Instance(plugin, provider, std::move(base_origin)), dispose);
    const Result<void> made = core.control.run([&] { return instance->initialise(provider.settings_json); });
    if (!made) {
        return explain(made.error());
    }
    return instance;
}

Result<void> Instance::initialise(const std::string& settings_json) {
    aihub_error error;
    aihub_instance* raw = nullptr;
    const aihub_status status = invoke(plugin_->meter(), Function::create, aihub_status{AIHUB_E_INTERNAL}, [&] {
        return plugin_->lifecycle().create(plugin_->raw(), this, slice(name_), slice(settings_json), &raw, &error);
    });
    if (status != AIHUB_OK) {
        return to_error("create", status, error, Errc::unavailable);
    }
    raw_ = raw;
    created_ = true;
    return {};
}

Instance::~Instance() {
    gate_->close_and_wait();
    if (created_) {
        invoke(plugin_->meter(), Function::destroy_instance, [this] { plugin_->lifecycle().destroy(raw_); });
    }
    plugin_->log().forget(this);
}

void Instance::quiesce() {
    if (plugin_->lifecycle().quiesce != nullptr) {
        invoke(plugin_->meter(), Function::quiesce, [this] { plugin_->lifecycle().quiesce(raw_); });
    }
}

const Secret* Instance::secret(std::string_view name) const {
    const auto found = secrets_.find(name);
    return found == secrets_.end() || found->second.empty() ? nullptr : &found->second;
}

bool Instance::may_reach(const std::string& origin) const {
    const std::vector<std::string>& allowed = plugin_->manifest().permissions.origins;
    return origin == base_origin_ || std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

std::shared_ptr<Instance> Instance::of(void* host_instance) {
    return host_instance == nullptr ? nullptr : static_cast<Instance*>(host_instance)->weak_from_this().lock();
}

}  // namespace aihub::loader
