#include "app/policy_director.hpp"

#include <algorithm>
#include <utility>

namespace aihub::app {

namespace {

using policy::PolicySet;
using policy::Stage;

constexpr std::size_t kCameMax = 16;
constexpr std::string_view kInfo = "aihub_policy_info";

std::string hash_of(const std::shared_ptr<const policy::Bundle>& bundle) {
    return bundle ? bundle->hash() : std::string();
}

std::string label_of(const std::shared_ptr<const policy::Bundle>& bundle) {
    return bundle ? bundle->label() : std::string("none");
}

std::vector<telemetry::Label> info_labels(const policy::Bundle& bundle, Stage stage) {
    return {{"bundle", bundle.name()}, {"hash", bundle.hash()}, {"stage", std::string(policy::stage_name(stage))}};
}

// Whether `to` has no rule where `from` has one that refuses calls when it fails.
bool opens(const policy::Bundle& from, const policy::Bundle& to) {
    const bool route =
        from.manifest().on_error_or(policy::Hook::route, policy::OnError::ordinary) == policy::OnError::refuse;
    return (from.find("admit.lua") != nullptr && to.find("admit.lua") == nullptr) ||
           (route && from.find("route.lua") != nullptr && to.find("route.lua") == nullptr);
}

// As the history may keep it: a reason may quote what a script said.
std::string kept(const std::string& reason) {
    std::string text = reason.substr(0, policy::kActivationTextBytesMax);
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?'
    );
    return text;
}

// Adds or takes away one row of aihub_policy_info.
void show_info(telemetry::Metrics& metrics, const policy::RunningBundle& running, Stage stage, bool shown) {
    if (!running.bundle) {
        return;
    }
    auto labels = info_labels(*running.bundle, stage);
    if (shown) {
        metrics.gauge_from(
            kInfo, "Bundles of policies that run, by stage; always 1.", [] { return 1.0; }, std::move(labels)
        );
    } else {
        metrics.forget_gauge_from(kInfo, std::move(labels));
    }
}

}  // namespace

PolicyDirector::PolicyDirector(PolicyDirectorOptions options, Services services)
    : options_(std::move(options)),
      services_(std::move(services)),
      returns_(services_.metrics.counter(
          "aihub_policy_returns_total", "Bundles of policies that this process took back by itself."
      )),
      refusals_(services_.metrics.counter(
          "aihub_policy_refusals_total", "Bundles of policies that were to run here and could not."
      )),
      active_window_(nullptr, services_.clock.steady_now()) {
    auto none = std::make_shared<PolicySet>();
    none->values = options_.values;
    set_ = std::move(none);
    if (!options_.folder.empty()) {
        folder_.emplace(options_.folder);
    }
}

PolicyDirector::~PolicyDirector() = default;

Result<void> PolicyDirector::start() {
    next_poll_ = services_.clock.steady_now() + options_.poll_interval;
    Wanted wanted;
    if (folder_) {
        wanted.version = 1;
        wanted.active = AIHUB_TRY(folder_->load());
        AIHUB_CHECK(check(wanted.active));
    } else {
        wanted = AIHUB_TRY(wanted_by_database());
        seen_version_ = wanted.version;
    }
    return publish(wanted);
}

void PolicyDirector::look() {
    const auto now = services_.clock.steady_now();
    if (!next_poll_ || now >= *next_poll_) {
        next_poll_ = now + options_.poll_interval;
        if (folder_) {
            take_edit(folder_->look());
        } else {
            poll_database();
        }
    }
    judge();
}

void PolicyDirector::look_at_once() {
    if (folder_) {
        take_edit(folder_->look_at_once());
    } else {
        poll_database();
    }
}

void PolicyDirector::configure(PolicyDirectorOptions options) {
    const bool same = options.values == options_.values;
    options.folder = options_.folder;
    options.state = options_.state;  // What the loops have counts from the start on.
    options_ = std::move(options);
    if (same) {
        return;
    }
    auto next = std::make_shared<PolicySet>(*set_);
    next->values = options_.values;
    ++next->values_version;
    if (const auto taken = services_.listener(next); !taken) {
        refuse("with other values", taken.error());
        return;
    }
    set_ = std::move(next);
}

void PolicyDirector::take_edit(const std::optional<PolicyFolder::Loaded>& edit) {
    if (!edit) {
        return;
    }
    if (!*edit) {
        refuse(folder_->path(), edit->error());
        return;
    }
    Wanted wanted;
    wanted.version = set_->version + 1;
    wanted.active = **edit;
    if (const auto checked = check(wanted.active); !checked) {
        refuse(wanted.active->label(), checked.error());
        return;
    }
    if (const auto taken = publish(wanted); !taken) {
        refuse(wanted.active->label(), taken.error());
    }
}

void PolicyDirector::poll_database() {
    const auto version = services_.store->version();
    auto read = version ? Result<void>() : Result<void>(version.error());
    if (version && *version != seen_version_) {
        const auto wanted = wanted_by_database();
        if (wanted) {
            run(*wanted);
        } else if (wanted.error().code == Errc::unavailable) {
            read = wanted.error();
        } else {
            seen_version_ = *version;
            refuse("version " + std::to_string(*version), wanted.error());
        }
    }
    if (!read && !database_away_) {
        services_.log.error(
            "policies cannot be brought up to date, those that run go on", {{"error", read.error().message}}
        );
    } else if (read && database_away_) {
        services_.log.info("policies are up to date again");
    }
    database_away_ = !read;
}

void PolicyDirector::run(const Wanted& wanted) {
    if (const auto taken = publish(wanted)) {
        seen_version_ = wanted.version;
    } else if (refused_version_ != wanted.version) {  // One word for each; it is tried again at the next look.
        refused_version_ = wanted.version;
        refuse("version " + std::to_string(wanted.version), taken.error());
    }
}

// An error: unavailable, or the active bundle cannot run.
Result<PolicyDirector::Wanted> PolicyDirector::wanted_by_database() {
    const auto current = AIHUB_TRY(services_.store->current());
    Wanted wanted;
    wanted.version = current.version;
    if (current.active) {
        wanted.active = AIHUB_TRY(fetch(*current.active));
    }
    if (current.candidate) {
        AIHUB_CHECK(add_candidate(*current.candidate, wanted));
    }
    return wanted;
}

// A candidate that cannot run is left out: the active one does not depend on it.
Result<void> PolicyDirector::add_candidate(const policy::Activation& activation, Wanted& wanted) {
    auto candidate = fetch(activation);
    if (!candidate && candidate.error().code == Errc::unavailable) {
        return candidate.error();
    }
    if (!candidate) {
        refuse("version " + std::to_string(activation.version), candidate.error());
        return {};
    }
    wanted.candidate = *std::move(candidate);
    wanted.stage = activation.stage;
    wanted.canary_buckets = activation.canary_buckets;
    return {};
}

Result<PolicyDirector::BundlePtr> PolicyDirector::fetch(const policy::Activation& activation) {
    for (const auto* known : {&set_->active, &set_->candidate}) {
        if (known->bundle && known->bundle->hash() == activation.bundle) {
            return known->bundle;
        }
    }
    auto stored = AIHUB_TRY(services_.store->get(activation.bundle));
    AIHUB_CHECK(check(stored.bundle));
    return std::move(stored.bundle);
}

// Whether it can run in this process; its specs were run when it was activated.
Result<void> PolicyDirector::check(const BundlePtr& bundle) {
    if (!self_check_) {
        auto checked = services_.self_check();
        if (!checked && checked.error().code == Errc::unavailable) {
            return checked;
        }
        self_check_ = std::move(checked);
    }
    AIHUB_CHECK(*self_check_);
    const auto opened = policy::PolicyState::open(bundle, options_.state);
    return opened ? Result<void>() : Result<void>(opened.error());
}

void PolicyDirector::refuse(const std::string& what, const Error& error) {
    refusals_.add();
    services_.log.error(
        "policy bundle refused, what runs goes on",
        {{"bundle", what}, {"active", label_of(set_->active.bundle)}, {"problems", error.message}}
    );
}

// The same bundle goes on with its figures.
policy::RunningBundle PolicyDirector::running(const BundlePtr& bundle) const {
    if (!bundle) {
        return {};
    }
    for (const auto* known : {&set_->active, &set_->candidate}) {
        if (known->bundle && known->bundle->hash() == bundle->hash()) {
            return *known;
        }
    }
    return {bundle, std::make_shared<policy::BundleFigures>()};
}

Result<void> PolicyDirector::publish(const Wanted& wanted) {
    auto next = std::make_shared<PolicySet>();
    next->version = wanted.version;
    next->active = running(wanted.active);
    next->candidate = running(wanted.candidate);
    next->stage = wanted.stage;
    next->canary_buckets = wanted.canary_buckets;
    next->values = set_->values;
    next->values_version = set_->values_version;
    AIHUB_CHECK(services_.listener(next));
    const auto before = std::exchange(set_, std::move(next));
    begin_trial(*before);
    show(*before);
    return {};
}

void PolicyDirector::show(const PolicySet& before) const {
    show_info(services_.metrics, before.active, Stage::full, false);
    show_info(services_.metrics, before.candidate, before.stage, false);
    show_info(services_.metrics, set_->active, Stage::full, true);
    show_info(services_.metrics, set_->candidate, set_->stage, true);
    const auto& active = set_->active.bundle;
    if (active) {
        services_.log.info(
            "policy bundle active",
            {{"bundle", active->name()}, {"hash", active->hash()}, {"stage", "full"}, {"version", set_->version}}
        );
    } else if (before.active.bundle) {
        services_.log.info("no policy bundle is active", {{"version", set_->version}});
    }
    if (const auto& candidate = set_->candidate.bundle) {
        services_.log.info(
            "policy bundle active",
            {{"bundle", candidate->name()},
             {"hash", candidate->hash()},
             {"stage", policy::stage_name(set_->stage)},
             {"canary_buckets", static_cast<std::uint64_t>(set_->canary_buckets)},
             {"version", set_->version}}
        );
    }
}

void PolicyDirector::note_active(const BundlePtr& bundle) {
    const auto same = [&](const BundlePtr& one) { return hash_of(one) == hash_of(bundle); };
    came_.erase(std::ranges::find_if(came_, same), came_.end());
    if (came_.size() == kCameMax) {
        came_.erase(came_.begin());
    }
    came_.push_back(bundle);
}

// A bundle that was active before is known, and whoever went back to it, meant to: it is not looked at again.
void PolicyDirector::begin_trial(const PolicySet& before) {
    const auto now = services_.clock.steady_now();
    const auto& active = set_->active;
    const auto& candidate = set_->candidate;
    const bool first = came_.empty();
    const bool changed = first || hash_of(active.bundle) != hash_of(before.active.bundle);
    const bool known =
        std::ranges::any_of(came_, [&](const BundlePtr& one) { return hash_of(one) == hash_of(active.bundle); });
    if (changed) {
        const auto before_values = active_window_.look(now, options_.bands.window);
        note_active(active.bundle);
        active_window_ = policy::FigureWindow(active.figures, now);
        trial_.reset();
        if (active.bundle && !known && before.active.bundle) {
            trial_ = Trial{
                active.bundle->hash(),
                policy::FigureWindow(active.figures, now),
                policy::FigureWindow(nullptr, now),
                before_values,
                now + options_.bands.window};
        }
    }
    if (!candidate.bundle) {
        if (before.candidate.bundle && trial_ && !trial_->until) {
            trial_.reset();
        }
        return;
    }
    const bool goes_on = !changed && hash_of(candidate.bundle) == hash_of(before.candidate.bundle) &&
                         set_->stage == before.stage && trial_ && !trial_->until;
    if (!goes_on) {
        trial_ = Trial{
            candidate.bundle->hash(),
            policy::FigureWindow(candidate.figures, now),
            policy::FigureWindow(active.figures, now),
            std::nullopt,
            std::nullopt};
    }
}

void PolicyDirector::judge() {
    const auto now = services_.clock.steady_now();
    const auto window = options_.bands.window;
    (void)active_window_.look(now, window);
    if (!trial_) {
        return;
    }
    const auto tried = trial_->tried.look(now, window);
    const auto base = trial_->base.look(now, window);
    if (const auto reason = policy::outside(options_.bands, tried, trial_->base_before.value_or(base))) {
        // When another bundle runs now, its trial has begun.
        if (take_back_running(set_->candidate.bundle != nullptr, *reason) == Return::lost) {
            trial_.reset();
        }
    } else if (trial_->until && now >= *trial_->until) {
        trial_.reset();
    }
}

void PolicyDirector::take_back(const std::string& hash, const std::string& reason) {
    // Reports of several loops, and of calls that began before, may name what is gone.
    if (set_->candidate.bundle && set_->candidate.bundle->hash() == hash) {
        take_back_running(true, reason);
    } else if (set_->active.bundle && set_->active.bundle->hash() == hash) {
        take_back_running(false, reason);
    }
}

PolicyDirector::Return PolicyDirector::take_back_running(bool candidate, const std::string& reason) {
    const auto taken = candidate ? set_->candidate.bundle : set_->active.bundle;
    const auto stage = candidate ? set_->stage : Stage::full;
    auto to = candidate ? Result<BundlePtr>(set_->active.bundle) : bundle_before();
    if (!to) {
        services_.log.error("policy bundle cannot be taken back", {{"error", to.error().message}});
        return to.error().code == Errc::unavailable ? Return::not_now : Return::lost;
    }
    if (!candidate && !*to) {
        services_.log.error(
            "policy bundle does badly, and there is none to go back to",
            {{"bundle", label_of(taken)}, {"reason", reason}}
        );
        return Return::lost;
    }
    if (!candidate && opens(*taken, **to)) {
        services_.log.error(
            "policy bundle does badly, and the one before would let through what it refuses: it stays",
            {{"bundle", label_of(taken)}, {"before", label_of(*to)}, {"reason", reason}}
        );
        return Return::lost;
    }
    const auto end = folder_ ? take_back_in_folder(*to) : take_back_in_database(reason, *to);
    if (end == Return::done) {
        returns_.add();
        services_.log.warn(
            "policy bundle taken back",
            {{"bundle", label_of(taken)},
             {"stage", policy::stage_name(stage)},
             {"reason", reason},
             {"active", label_of(set_->active.bundle)}}
        );
    }
    return end;
}

// Null: there was none, or none was to run.
Result<PolicyDirector::BundlePtr> PolicyDirector::bundle_before() {
    constexpr std::size_t kActiveAndBefore = 2;
    if (came_.size() >= kActiveAndBefore) {
        return came_[came_.size() - kActiveAndBefore];
    }
    if (folder_) {
        return BundlePtr();
    }
    // It came before this process did.
    const auto before = AIHUB_TRY(services_.store->before_active());
    if (!before || before->empty()) {
        return BundlePtr();
    }
    auto stored = AIHUB_TRY(services_.store->get(*before));
    came_.insert(came_.begin(), stored.bundle);
    return std::move(stored.bundle);
}

PolicyDirector::Return PolicyDirector::take_back_in_folder(const BundlePtr& to) {
    Wanted wanted;
    wanted.version = set_->version + 1;
    wanted.active = to;
    if (const auto taken = publish(wanted); !taken) {
        services_.log.error("policy bundle cannot be taken back", {{"error", taken.error().message}});
        return Return::not_now;
    }
    return Return::done;
}

PolicyDirector::Return PolicyDirector::take_back_in_database(const std::string& reason, const BundlePtr& to) {
    policy::NewActivation back;
    back.bundle = hash_of(to);
    back.actor = options_.node;
    back.reason = kept(reason);
    back.expected_version = set_->version;
    const auto made = services_.store->activate(back);
    if (!made && made.error().code != Errc::conflict) {
        services_.log.error("policy bundle cannot be taken back", {{"error", made.error().message}});
        return Return::not_now;
    }
    const auto before = set_;
    poll_database();
    if (made) {
        return Return::done;
    }
    return set_ == before ? Return::lost : Return::not_now;
}

}  // namespace aihub::app
