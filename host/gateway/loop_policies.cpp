#include "gateway/loop_policies.hpp"

#include <utility>

namespace aihub::gateway {

namespace {

// Between two lines about failures of one hook.
constexpr std::chrono::seconds kLineInterval{10};

struct HookSettings {
    std::string_view hook;
    config::PolicyHook config::Policies::*settings;
};
constexpr std::array kSettings{
    HookSettings{"admit", &config::Policies::admit},
    HookSettings{"experiment", &config::Policies::experiment},
    HookSettings{"route", &config::Policies::route},
    HookSettings{"fallback", &config::Policies::fallback},
    HookSettings{"price", &config::Policies::price},
};

telemetry::LogLevel level_of(std::string_view word) {
    if (word == "error") {
        return telemetry::LogLevel::error;
    }
    if (word == "warning") {
        return telemetry::LogLevel::warn;
    }
    return word == "info" ? telemetry::LogLevel::info : telemetry::LogLevel::debug;
}

}  // namespace

// Any thread.
class LoopBundle::Listener final : public policy::ScriptLog, public policy::ScriptCounts {
public:
    Listener(const policy::Bundle& bundle, ScriptEars ears)
        : name_(bundle.name()), label_(bundle.label()), log_(ears.log), metrics_(ears.metrics) {}

    void write(policy::Hook hook, std::string_view level, std::string_view place, std::string_view message) override {
        const auto wanted = level_of(level);
        if (log_.enabled(wanted)) {
            log_.write(
                wanted,
                "a policy says",
                {{"bundle", label_}, {"hook", policy::hook_name(hook)}, {"place", place}, {"message", message}}
            );
        }
    }

    void add(policy::Hook hook, std::string_view name, std::uint64_t amount) override {
        metrics_
            .counter(
                "aihub_policy_script_total",
                "What scripts of policies counted with aihub.count.",
                {{"bundle", name_}, {"hook", std::string(policy::hook_name(hook))}, {"name", std::string(name)}}
            )
            .add(amount);
    }

private:
    const std::string name_;
    const std::string label_;
    telemetry::Log& log_;
    telemetry::Metrics& metrics_;
};

policy::OnError on_error(const config::Policies& policies, const policy::Bundle& bundle, policy::Hook hook) {
    const auto configured = policy::on_error_named(hook, settings_of(policies, hook).on_error);
    return bundle.manifest().on_error_or(hook, configured.value_or(policy::default_on_error(hook)));
}

const config::PolicyHook& settings_of(const config::Policies& policies, policy::Hook hook) {
    for (const auto& [name, settings] : kSettings) {
        if (policy::hook_name(hook) == name) {
            return policies.*settings;
        }
    }
    return policies.label;
}

policy::StateOptions state_options(const config::Policies& policies) {
    policy::StateOptions options;
    options.rebuild = false;
    options.limits.memory_soft_bytes = policies.memory_max;
    options.limits.memory_hard_bytes = policies.memory_hard_max;
    for (std::size_t i = 0; i < policy::kHooks.size(); ++i) {
        const auto& settings = settings_of(policies, policy::kHooks[i]);
        options.budgets[i] = {settings.steps_max, settings.cpu_max};
    }
    return options;
}

LoopBundle::LoopBundle(const policy::RunningBundle& running, const policy::StateOptions& options, ScriptEars ears)
    : running_(running),
      label_(running.bundle->label()),
      listener_(std::make_shared<Listener>(*running.bundle, ears)),
      options_(options) {
    options_.log = listener_.get();
    options_.counts = listener_.get();
}

Result<std::unique_ptr<LoopBundle>> LoopBundle::create(
    const policy::RunningBundle& running, const policy::StateOptions& options, ScriptEars ears
) {
    std::unique_ptr<LoopBundle> made(new LoopBundle(running, options, ears));
    made->state_ = AIHUB_TRY(policy::PolicyState::open(running.bundle, made->options_));
    made->spare_ = AIHUB_TRY(policy::PolicyState::open(running.bundle, made->options_));
    for (const auto hook : policy::kHooks) {
        made->hooks_.set(static_cast<std::size_t>(hook), made->state_->has(hook));
    }
    return made;
}

std::unique_ptr<policy::PolicyState> LoopBundle::take_stopped() {
    return std::exchange(state_, std::move(spare_));
}

void LoopBundle::add(std::unique_ptr<policy::PolicyState> state) {
    renewing_ = false;
    (state_ ? spare_ : state_) = std::move(state);
}

std::optional<LoopBundle::Maker> LoopBundle::begin_renewal() {
    if (renewing_ || (state_ && spare_)) {
        return std::nullopt;
    }
    renewing_ = true;
    return [bundle = running_.bundle, options = options_, listener = listener_] {
        return policy::PolicyState::open(bundle, options);
    };
}

LoopBundle::Notice LoopBundle::failed(policy::Hook hook, SteadyTime now) {
    auto& record = records_[static_cast<std::size_t>(hook)];
    Notice notice{!record.told || now - *record.told >= kLineInterval, record.untold, ++record.in_a_row};
    if (notice.log) {
        record.told = now;
        record.untold = 0;
    } else {
        ++record.untold;
    }
    return notice;
}

Result<std::shared_ptr<LoopPolicies>> LoopPolicies::create(
    policy::PolicySetPtr set, const policy::StateOptions& options, ScriptEars ears
) {
    if (set == nullptr || (set->active.bundle == nullptr && set->candidate.bundle == nullptr)) {
        return std::shared_ptr<LoopPolicies>();
    }
    auto made = std::make_shared<LoopPolicies>();
    if (set->active.bundle != nullptr) {
        made->active = AIHUB_TRY(LoopBundle::create(set->active, options, ears));
    }
    if (set->candidate.bundle != nullptr) {
        made->candidate = AIHUB_TRY(LoopBundle::create(set->candidate, options, ears));
    }
    for (const auto& [name, value] : set->values) {
        made->values.emplace_back(name, value);
    }
    made->set = std::move(set);
    return made;
}

std::uint64_t recorded_values(const policy::PolicySet& set) {
    return set.values.empty() ? 0 : set.values_version + 1;
}

void replace_stopped(const LoopPoliciesPtr& policies, LoopBundle& bundle, net::Loop& loop, const OffLoop& off_loop) {
    std::shared_ptr<policy::PolicyState> ended;
    if (bundle.state() != nullptr && bundle.state()->done()) {
        ended = bundle.take_stopped();
    }
    if (!off_loop) {
        return;
    }
    auto maker = bundle.begin_renewal();
    if (!maker) {
        return;
    }
    // The bundle may be gone by then; only the loop may find out, for it ends its states.
    const bool taken = off_loop(
        [&loop, &bundle, &off_loop, weak = std::weak_ptr(policies), make = *std::move(maker), ended = std::move(ended)](
        ) mutable {
            ended.reset();
            auto made = make();
            const auto state = std::make_shared<std::unique_ptr<policy::PolicyState>>();
            if (made) {
                *state = *std::move(made);
            }
            loop.post([&loop, &bundle, &off_loop, weak, state] {
                const auto alive = weak.lock();
                if (alive == nullptr) {
                    return;
                }
                const bool good = *state != nullptr;
                bundle.add(std::move(*state));
                if (good) {
                    replace_stopped(alive, bundle, loop, off_loop);  // Both may have been missing.
                }
            });
        }
    );
    if (!taken) {
        bundle.add(nullptr);  // Another failure asks again.
    }
}

}  // namespace aihub::gateway
