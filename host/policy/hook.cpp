#include "policy/hook.hpp"

namespace aihub::policy {

std::string_view hook_name(Hook hook) {
    switch (hook) {
        case Hook::admit:
            return "admit";
        case Hook::experiment:
            return "experiment";
        case Hook::route:
            return "route";
        case Hook::fallback:
            return "fallback";
        case Hook::label:
            return "label";
        case Hook::price:
            return "price";
        case Hook::guard_request:
            return "guard_request";
        case Hook::guard_window:
            return "guard_window";
        case Hook::guard_response:
            return "guard_response";
    }
    return "";
}

std::optional<Hook> hook_named(std::string_view name) {
    for (const auto hook : kHooks) {
        if (hook_name(hook) == name) {
            return hook;
        }
    }
    return std::nullopt;
}

Budget default_budget(Hook hook) {
    Budget budget;
    if (hook != Hook::route) {
        budget.steps_max /= 2;
        budget.cpu_max /= 2;
    }
    return budget;
}

std::string_view fault_name(Fault fault) {
    switch (fault) {
        case Fault::steps:
            return "steps";
        case Fault::time:
            return "time";
        case Fault::memory:
            return "memory";
        case Fault::error:
            return "error";
        case Fault::bad_decision:
            return "bad_decision";
        case Fault::load:
            return "load";
    }
    return "";
}

std::string Failure::text() const {
    std::string out = "bundle " + bundle + ", hook " + hook;
    if (!file.empty()) {
        out += ", " + file;
    }
    if (line > 0) {
        out += ":" + std::to_string(line);
    }
    return out + ": " + message;
}

OnError default_on_error(Hook hook) {
    switch (hook) {
        case Hook::admit:
        case Hook::guard_request:
        case Hook::guard_window:
        case Hook::guard_response:
            return OnError::refuse;
        case Hook::experiment:
            return OnError::control;
        case Hook::price:
            return OnError::unrated;
        case Hook::route:
        case Hook::fallback:
        case Hook::label:
            break;
    }
    return OnError::ordinary;
}

std::string_view on_error_words(Hook hook) {
    switch (hook) {
        case Hook::experiment:
            return "control or ordinary";
        case Hook::fallback:
            return "ordinary or stop";
        case Hook::label:
            return "ordinary";
        case Hook::price:
            return "unrated";
        default:
            return "refuse or ordinary";
    }
}

std::optional<OnError> on_error_named(Hook hook, std::string_view word) {
    const auto words = on_error_words(hook);
    const auto separator = words.find(" or ");
    if (word != words.substr(0, separator) &&
        (separator == std::string_view::npos || word != words.substr(separator + std::string_view(" or ").size()))) {
        return std::nullopt;
    }
    if (word == "ordinary") {
        return OnError::ordinary;
    }
    if (word == "control") {
        return OnError::control;
    }
    return word == "unrated" ? OnError::unrated : OnError::refuse;
}

}  // namespace aihub::policy
