#include "policy/policy_state.hpp"

#include "policy/library.hpp"
#include "policy/script_host.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <type_traits>
#include <utility>

namespace aihub::policy {

namespace {

constexpr std::size_t kMessageBytes = 1024;

// What there is in extra arguments of a hook.
void push_extra(lua_State* lua, const AttemptFacts& attempt) {
    push_attempt(lua, attempt);
}

void push_extra(lua_State* lua, const OutcomeFacts& outcome) {
    push_outcome(lua, outcome);
}

void push_extra(lua_State* lua, const PriceFacts& facts) {
    push_price(lua, facts);
}

void push_extra(lua_State* lua, const GuardFacts& facts) {
    push_guarded(lua, facts);
}

struct Nothing {};

// One line of printable text; a script may have put anything into its error.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, kMessageBytes));
    for (char& c : out) {
        if (std::iscntrl(static_cast<unsigned char>(c)) != 0) {
            c = ' ';
        }
    }
    return out;
}

// "route.lua:12: why" into its parts; false when it does not begin with a file of the bundle.
bool split_place(const Bundle& bundle, std::string_view text, Failure& failure) {
    const auto file_end = text.find(':');
    const auto line_end = file_end == std::string_view::npos ? file_end : text.find(": ", file_end + 1);
    if (line_end == std::string_view::npos || bundle.find(text.substr(0, file_end)) == nullptr) {
        return false;
    }
    const auto digits = text.substr(file_end + 1, line_end - file_end - 1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), failure.line).ec != std::errc()) {
        return false;
    }
    failure.file = text.substr(0, file_end);
    failure.message = printable(text.substr(line_end + 2));
    return true;
}

std::string kibibytes(std::size_t bytes) {
    constexpr std::size_t kKibibyte = 1024;
    return std::to_string(bytes / kKibibyte) + " KiB";
}

std::string over_limit(Fault fault, const Budget& budget, const StateLimits& limits) {
    switch (fault) {
        case Fault::steps:
            return "stopped after " + std::to_string(budget.steps_max) +
                   " steps, its limit; look for a loop that does not end, or do less for each call";
        case Fault::time:
            return "stopped after " + std::to_string(budget.cpu_max.count()) +
                   " us of processor time, its limit; look for work on long texts or large tables";
        default:
            break;
    }
    return "stopped for lack of memory: a state may have " + kibibytes(limits.memory_soft_bytes) +
           ", one string or table " + kibibytes(limits.block_bytes_max) + "; keep less";
}

}  // namespace

struct PolicyState::HookCall {
    Hook hook = Hook::admit;
    void (*push_arguments)(lua_State* lua, const void* extra) = nullptr;  // behind ctx, where there is one
    const void* extra = nullptr;
    bool (*read)(lua_State* lua, void* decision, DecisionError& error) = nullptr;
    void* decision = nullptr;
    DecisionError error;
    std::uint64_t steps = 0;  // what it cost
};

std::array<Budget, kHooks.size()> StateOptions::default_budgets() {
    std::array<Budget, kHooks.size()> budgets;
    std::ranges::transform(kHooks, budgets.begin(), default_budget);
    return budgets;
}

PolicyState::PolicyState(std::shared_ptr<const Bundle> bundle, const StateOptions& options)
    : bundle_(std::move(bundle)), options_(options) {
    for (const auto hook : kHooks) {
        auto& budget = options_.budgets[static_cast<std::size_t>(hook)];
        budget = bundle_->manifest().budget(hook, budget);
    }
}

PolicyState::~PolicyState() {
    close();
}

Result<std::unique_ptr<PolicyState>> PolicyState::open(
    std::shared_ptr<const Bundle> bundle, const StateOptions& options
) {
    std::unique_ptr<PolicyState> made(new PolicyState(std::move(bundle), options));
    if (const auto failure = made->build()) {
        return Error{Errc::invalid_request, failure->text(), "policy_load"};
    }
    return made;
}

void PolicyState::close() {
    if (state_ != nullptr) {
        lua_close(state_);
        state_ = nullptr;
    }
    host_.reset();
    places_ = {};
}

// Loads the bundle. Called by lua_cpcall with the PolicyState.
int PolicyState::build_protected(lua_State* lua) {
    auto& self = *static_cast<PolicyState*>(lua_touserdata(lua, 1));
    (void)luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    open_library(lua);
    for (std::size_t i = 0; i < kHooks.size(); ++i) {
        const auto hook = kHooks[i];
        lua_pushfstring(lua, "%s.lua", hook_name(hook).data());
        const char* file = lua_tolstring(lua, -1, nullptr);
        if (self.bundle_->find(file) == nullptr) {
            continue;
        }
        keep_environment(lua, hook);
        run_file(lua, hook, file);
        if (lua_type(lua, -1) != LUA_TFUNCTION) {
            return luaL_error(
                lua, "%s:1: the file returns no function; end it with `return %s`", file, hook_name(hook).data()
            );
        }
        lua_pushvalue(lua, -1);
        lua_Debug about{};
        lua_getinfo(lua, ">S", &about);
        self.places_[i] = {luaL_ref(lua, LUA_REGISTRYINDEX), about.linedefined};
        lua_settop(lua, 1);
    }
    push_context(lua);
    self.context_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pushcfunction(lua, &PolicyState::call_protected);
    self.entry_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

std::optional<Failure> PolicyState::build() {
    host_ = std::make_unique<ScriptHost>(options_, *bundle_);
    state_ = lua_newstate(&Meter::allocate, static_cast<Meter*>(host_.get()));
    if (state_ == nullptr) {
        host_.reset();
        return Failure{Fault::memory, bundle_->label(), "load", {}, 0, "no memory for a state of the interpreter"};
    }
    host_->loading = true;
    host_->begin(state_, options_.limits.load);
    const int status = lua_cpcall(state_, &PolicyState::build_protected, this);
    host_->end();
    host_->loading = false;
    if (status == 0 && !host_->stopped()) {
        return std::nullopt;
    }
    auto failure = failure_of("load", status, options_.limits.load);
    if (failure.fault == Fault::error) {
        failure.fault = Fault::load;
    }
    close();
    return failure;
}

Failure PolicyState::failure_of(std::string_view hook, int status, const Budget& budget) const {
    Failure failure{Fault::error, bundle_->label(), std::string(hook), {}, 0, {}};
    const auto stopped = status == LUA_ERRMEM && !host_->stopped() ? Fault::memory : host_->stopped();
    if (stopped) {
        failure.fault = *stopped;
        failure.file = host_->stopped_file();
        failure.line = host_->stopped_line();
        failure.message = over_limit(*stopped, budget, options_.limits);
    } else if (lua_gettop(state_) == 0 || lua_type(state_, -1) != LUA_TSTRING) {
        // Only a string is looked at: anything else could have a __tostring that runs.
        failure.message = "an error was raised that is no text; write error(\"why\")";
    } else {
        std::size_t size = 0;
        const char* text = lua_tolstring(state_, -1, &size);
        if (!split_place(*bundle_, {text, size}, failure)) {
            failure.message = printable({text, size});
        }
    }
    return failure;
}

void PolicyState::place_at_hook(Hook hook, Failure& failure) const {
    if (failure.line == 0) {
        failure.file = std::string(hook_name(hook)) + ".lua";
        failure.line = places_[static_cast<std::size_t>(hook)].line;
    }
}

// Everything that can raise an error happens in here, the reading of the decision, too.
int PolicyState::call_protected(lua_State* lua) {
    auto& host = ScriptHost::of(lua);
    auto& self = *host.state;
    auto& call = *self.call_;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, self.places_[static_cast<std::size_t>(call.hook)].reference);
    const int before = lua_gettop(lua);
    if (host.facts != nullptr) {
        lua_rawgeti(lua, LUA_REGISTRYINDEX, self.context_);
    }
    call.push_arguments(lua, call.extra);
    lua_call(lua, lua_gettop(lua) - before, 1);
    if (!host.stopped()) {
        (void)call.read(lua, call.decision, call.error);
    }
    return 0;
}

std::optional<Failure> PolicyState::run(HookCall& call) {
    const auto index = static_cast<std::size_t>(call.hook);
    const auto& budget = options_.budgets[index];
    call_ = &call;
    host_->state = this;
    host_->hook = call.hook;
    host_->begin(state_, budget);
    lua_rawgeti(state_, LUA_REGISTRYINDEX, entry_);
    const int status = lua_pcall(state_, 0, 0, 0);
    host_->end();
    call.steps = host_->steps();
    call_ = nullptr;
    if (status == 0 && !host_->stopped()) {
        if (call.error.empty()) {
            return std::nullopt;
        }
        Failure failure{
            Fault::bad_decision, bundle_->label(), std::string(hook_name(call.hook)), {}, 0, printable(call.error)};
        place_at_hook(call.hook, failure);
        return failure;
    }
    auto failure = failure_of(hook_name(call.hook), status, budget);
    place_at_hook(call.hook, failure);
    lua_settop(state_, 0);
    if (failure.fault != Fault::error && !options_.rebuild) {
        done_ = true;
    } else if (failure.fault != Fault::error) {
        close();
        ++rebuilds_;
        // A bundle that loaded before loads again, unless the machine has no memory left; then the next call says so.
        (void)build();
    }
    return failure;
}

bool PolicyState::has(Hook hook) const {
    return bundle_->find(std::string(hook_name(hook)) + ".lua") != nullptr;
}

std::size_t PolicyState::memory_bytes() const {
    return host_ == nullptr ? 0 : host_->memory_bytes();
}

template <class Decision, class Extra>
Answer<Decision> PolicyState::ask(Hook hook, const CallFacts* call, const Extra* extra) {
    Answer<Decision> answer;
    if (done_) {
        answer.failure =
            Failure{Fault::load, bundle_->label(), std::string(hook_name(hook)), {}, 0, "its state was stopped before"};
        return answer;
    }
    if (state_ == nullptr) {
        answer.failure = build();
        if (answer.failure) {
            return answer;
        }
    }
    if (places_[static_cast<std::size_t>(hook)].reference == 0) {
        const std::string name(hook_name(hook));
        answer.failure = Failure{Fault::error, bundle_->label(), name, {}, 0, "the bundle has no " + name + ".lua"};
        return answer;
    }
    HookCall asked;
    asked.hook = hook;
    asked.extra = extra;
    asked.push_arguments = [](lua_State* lua, const void* more) {
        if constexpr (!std::is_same_v<Extra, Nothing>) {
            push_extra(lua, *static_cast<const Extra*>(more));
        }
    };
    asked.read = [](lua_State* lua, void* decision, DecisionError& error) {
        return read_decision(lua, *static_cast<Decision*>(decision), error);
    };
    asked.decision = &answer.decision.emplace();
    host_->facts = call;
    host_->log_lines = 0;
    host_->counts_made = 0;
    host_->random.reset();
    answer.failure = run(asked);
    answer.steps = asked.steps;
    if (host_ != nullptr) {
        host_->facts = nullptr;
    }
    if (answer.failure) {
        answer.decision.reset();
    }
    return answer;
}

Answer<AdmitDecision> PolicyState::admit(const CallFacts& call) {
    return ask<AdmitDecision, Nothing>(Hook::admit, &call, nullptr);
}

Answer<ExperimentDecision> PolicyState::experiment(const CallFacts& call) {
    return ask<ExperimentDecision, Nothing>(Hook::experiment, &call, nullptr);
}

Answer<RouteDecision> PolicyState::route(const CallFacts& call) {
    return ask<RouteDecision, Nothing>(Hook::route, &call, nullptr);
}

Answer<FallbackDecision> PolicyState::fallback(const CallFacts& call, const AttemptFacts& failed) {
    return ask<FallbackDecision>(Hook::fallback, &call, &failed);
}

Answer<LabelDecision> PolicyState::label(const CallFacts& call, const OutcomeFacts& outcome) {
    return ask<LabelDecision>(Hook::label, &call, &outcome);
}

Answer<PriceDecision> PolicyState::price(const PriceFacts& facts) {
    return ask<PriceDecision>(Hook::price, nullptr, &facts);
}

Answer<GuardDecision> PolicyState::guard(Hook hook, const GuardFacts& facts) {
    auto answer = ask<GuardDecision>(hook, nullptr, &facts);
    if (answer.decision && !answer.decision->spans.empty() && answer.decision->spans.back().end > facts.text.size()) {
        answer.decision.reset();
        answer.failure = Failure{
            Fault::bad_decision,
            bundle_->label(),
            std::string(hook_name(hook)),
            {},
            0,
            "a span goes beyond the text, which has " + std::to_string(facts.text.size()) + " bytes"};
        place_at_hook(hook, *answer.failure);
    }
    return answer;
}

}  // namespace aihub::policy
