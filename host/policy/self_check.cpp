#include "policy/self_check.hpp"

#include "policy/meter.hpp"
#include "policy/policy_state.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace aihub::policy {

namespace {

constexpr std::string_view kFile = "route.lua";
constexpr std::array<std::string_view, 7> kExpectations{
    "stopped", "memory", "error", "failed", "bad_decision", "decision", "load"};

std::string header(std::string_view source, std::string_view name) {
    const std::string mark = "-- " + std::string(name) + ": ";
    const auto at = source.find(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto begin = at + mark.size();
    return std::string(source.substr(begin, source.find('\n', begin) - begin));
}

bool is_stop(Fault fault) {
    return fault == Fault::steps || fault == Fault::time || fault == Fault::memory;
}

bool is_expected(const std::string& expect, const std::optional<Failure>& failure) {
    if (!failure) {
        return expect == "decision";
    }
    const bool stopped = is_stop(failure->fault);
    if (expect == "stopped") {
        return stopped;
    }
    if (expect == "failed") {
        return stopped || failure->fault == Fault::error;
    }
    return expect == fault_name(failure->fault);
}

Result<std::unique_ptr<PolicyState>> open(const std::string& name, const std::string& source) {
    auto bundle = AIHUB_TRY(Bundle::make(name, {{std::string(kFile), source}}));
    return PolicyState::open(std::make_shared<const Bundle>(std::move(bundle)), StateOptions());
}

// What a failure has to say besides what the case asks for.
std::optional<std::string> check_text(const AdversarialCase& adversary, const Failure& failure) {
    const auto text = failure.text();
    const bool named = text.find("bundle " + adversary.name + "@") != std::string::npos &&
                       text.find(", hook route") != std::string::npos && failure.file == kFile;
    if (!named || (is_stop(failure.fault) && failure.line == 0)) {
        return "its failure does not name bundle, hook, file and line: " + text;
    }
    if (text.find(adversary.says) == std::string::npos) {
        return "its failure does not say \"" + adversary.says + "\": " + text;
    }
    return std::nullopt;
}

std::optional<std::string> check_call(
    const AdversarialCase& adversary, PolicyState& state, const CallFacts& facts, std::chrono::milliseconds late
) {
    const auto begin = thread_cpu_now();
    const auto answer = state.route(facts);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(thread_cpu_now() - begin);
    if (took > late) {
        return "it ended only after " + std::to_string(took.count()) + " ms of processor time";
    }
    // Where the processor is slow, or the interpreter is watched, its time may be over before another limit is reached.
    const bool out_of_time = answer.failure && answer.failure->fault == Fault::time;
    if (!out_of_time && !is_expected(adversary.expect, answer.failure)) {
        return "expected " + adversary.expect + ", and it gave " +
               (answer.failure ? answer.failure->text() : std::string("a decision"));
    }
    if (answer.failure && !out_of_time && answer.failure->message.find("no text") == std::string::npos) {
        if (auto wrong = check_text(adversary, *answer.failure)) {
            return wrong;
        }
    }
    if (state.memory_bytes() > StateLimits().memory_soft_bytes) {
        return "its state keeps " + std::to_string(state.memory_bytes()) + " bytes";
    }
    // Nothing of an earlier call may show.
    if (answer.decision && answer.decision->candidates.front().provider.starts_with("request") &&
        answer.decision->candidates.front().provider != facts.request_id) {
        return "it knows the earlier call " + answer.decision->candidates.front().provider;
    }
    return std::nullopt;
}

std::optional<std::string> check_neighbour() {
    auto state = open(
        "neighbour",
        "return function(ctx)\n"
        "    local name = (\"a\"):upper() .. math.floor(1.5) .. tostring(true)\n"
        "    return { candidates = { { provider = name, model = ctx.model } } }\n"
        "end\n"
    );
    CallFacts facts;
    facts.model = "m";
    if (!state) {
        return "another script cannot be loaded any more: " + state.error().message;
    }
    const auto answer = (*state)->route(facts);
    const bool good = answer.decision && answer.decision->candidates.front() == Candidate{"A1true", "m", 1, {}, {}};
    return good ? std::nullopt : std::optional<std::string>("another script does not work any more");
}

// In the child: the name of each case before it runs, and what was wrong.
[[noreturn]] void run_all(std::span<const AdversarialCase> cases, std::chrono::milliseconds late, int out) {
    const auto say = [out](const std::string& text) { return ::write(out, text.data(), text.size()) > 0; };
    for (const auto& adversary : cases) {
        if (!say(adversary.name + "\n")) {
            ::_exit(1);
        }
        if (const auto wrong = run_case(adversary, late)) {
            (void)say("!" + *wrong + "\n");
            ::_exit(1);
        }
    }
    ::_exit(0);
}

// Everything that the child says until it ends; false when patience was over first.
bool read_until_end(int in, const Clock& clock, std::chrono::milliseconds patience, std::string& said) {
    const auto deadline = clock.steady_now() + patience;
    std::array<char, 1024> part{};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now()).count();
        pollfd waiting{in, POLLIN, 0};
        const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
        if (ready == 0) {
            return false;
        }
        const auto count = ready > 0 ? ::read(in, part.data(), part.size()) : -1;
        if (count > 0) {
            said.append(part.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return true;
        }
    }
}

Error failed_check(const std::string& said, bool ended) {
    const auto wrong = said.find("\n!");
    const auto names = said.substr(0, wrong == std::string::npos ? said.find_last_not_of('\n') + 1 : wrong);
    const auto name = names.substr(names.rfind('\n') + 1);
    std::string text = "the limits of policies do not hold here: \"" + name + "\" ";
    if (!ended) {
        text += "was not stopped";
    } else if (wrong == std::string::npos) {
        text += "ended its process";
    } else {
        text += "failed: " + said.substr(wrong + 2, said.find('\n', wrong + 2) - wrong - 2);
    }
    return {Errc::internal, text + "; policies cannot be used with this build of LuaJIT", "policy_self_check"};
}

}  // namespace

Result<AdversarialCase> AdversarialCase::parse(std::string name, std::string source) {
    AdversarialCase made{std::move(name), header(source, "expect"), header(source, "says"), std::move(source)};
    if (std::ranges::find(kExpectations, made.expect) == kExpectations.end()) {
        return Error{Errc::invalid_request, made.name + ".lua does not begin with \"-- expect: \" and a known word"};
    }
    return made;
}

std::optional<std::string> run_case(const AdversarialCase& adversary, std::chrono::milliseconds late) {
    auto state = open(adversary.name, adversary.source);
    if (!state || adversary.expect == "load") {
        const std::string text = state ? "it was loaded" : state.error().message;
        const bool good = !state && adversary.expect == "load" && text.find(adversary.says) != std::string::npos;
        return good ? check_neighbour() : std::optional<std::string>("while it was loaded: " + text);
    }
    for (const auto* request : {"request 1", "request 2"}) {
        CallFacts facts;
        facts.request_id = request;
        if (auto wrong = check_call(adversary, **state, facts, late)) {
            return wrong;
        }
    }
    return check_neighbour();
}

Result<void> self_check(
    std::span<const AdversarialCase> cases,
    const Clock& clock,
    std::chrono::milliseconds patience,
    std::chrono::milliseconds late
) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return Error{Errc::unavailable, "no pipe for the self-check of policies: too many open files"};
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        run_all(cases, late, ends[1]);
    }
    ::close(ends[1]);
    std::string said;
    const bool ended = child > 0 && read_until_end(ends[0], clock, patience, said);
    ::close(ends[0]);
    if (child < 0) {
        return Error{Errc::unavailable, "no process for the self-check of policies: too many processes"};
    }
    if (!ended) {
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    return failed_check(said, ended);
}

}  // namespace aihub::policy
