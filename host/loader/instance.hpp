// One configured instance of a plugin.
#pragma once

#include "config/snapshot.hpp"
#include "loader/plugin.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace aihub::loader {

// Lets callbacks of timers in while an instance lives, and lets its end wait for those inside. Shared with the timers,
// which may outlive the instance. Any thread.
class Gate {
public:
    static constexpr std::size_t kTimersMax = 100000;

    [[nodiscard]] bool enter();
    void leave();
    void close_and_wait();

    std::atomic<std::size_t> timers{0};

private:
    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

// Shared by the provider, its calls, worker jobs and HTTP exchanges: the plugin's destroy() runs when the last of them
// is gone, as a [control] task. Timers do not keep it; they do not fire any more. Its address is the `host_instance`
// of the ABI.
class Instance : public std::enable_shared_from_this<Instance> {
public:
    // Checks the settings against the manifest's schema and calls create(). [control] `block` is where the operator
    // wrote it, for messages.
    [[nodiscard]] static Result<std::shared_ptr<Instance>> create(
        std::shared_ptr<Plugin> plugin, const config::Provider& provider, const std::string& block
    );
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    [[nodiscard]] Plugin& plugin() const { return *plugin_; }
    [[nodiscard]] aihub_instance* raw() const { return raw_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const Secret* secret(std::string_view name) const;
    // Whether aihub.http may reach `origin` (normalised): the base URL's, or one of the manifest's.
    [[nodiscard]] bool may_reach(const std::string& origin) const;
    [[nodiscard]] const std::string& base_origin() const { return base_origin_; }
    [[nodiscard]] const std::shared_ptr<Gate>& gate() const { return gate_; }
    // No new calls will come. [control]
    void quiesce();

    // Stream calls that were cancelled and never completed; over kAbandonedMax new calls are refused.
    static constexpr std::size_t kAbandonedMax = 1000;
    std::atomic<std::size_t> abandoned{0};

    // The instance behind a host_instance handle, or nullptr when it is being destroyed.
    [[nodiscard]] static std::shared_ptr<Instance> of(void* host_instance);

private:
    Instance(std::shared_ptr<Plugin> plugin, const config::Provider& provider, std::string base_origin);
    Result<void> initialise(const std::string& settings_json);

    const std::shared_ptr<Plugin> plugin_;
    const std::string name_;
    const std::map<std::string, Secret, std::less<>> secrets_;
    const std::string base_origin_;
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    aihub_instance* raw_ = nullptr;
    bool created_ = false;
};

}  // namespace aihub::loader
