#include "app/serve_application.hpp"

#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/version.hpp"
#include "base/thread_kind.hpp"

#include <Poco/Logger.h>
#include <Poco/Util/Subsystem.h>

#include <csignal>
#include <iostream>

namespace aihub::app {

namespace {

// A module with a start and an end of its own.
class ModuleSubsystem final : public Poco::Util::Subsystem {
public:
    ModuleSubsystem(const char* name, std::function<Result<void>()> start, std::function<void()> stop)
        : name_(name), start_(std::move(start)), stop_(std::move(stop)) {}

    const char* name() const override { return name_; }

protected:
    // Poco ends the start of an application by an exception, so the reason has to become one here.
    void initialize(Poco::Util::Application&) override {
        if (const auto started = start_(); !started) {
            report_failure(started.error().message);
            throw Poco::RuntimeException(name_, started.error().message);
        }
        running_ = true;
    }
    void uninitialize() override {
        if (running_ && stop_) {
            stop_();
        }
        running_ = false;
    }

private:
    const char* name_;
    std::function<Result<void>()> start_;
    std::function<void()> stop_;
    bool running_ = false;
};

// The signals that main() waits for. Blocked before the first thread starts, so that no thread is interrupted by one.
sigset_t waited_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGIO, SIGCHLD}) {
        sigaddset(&signals, signal);
    }
    return signals;
}

}  // namespace

ServeApplication::ServeApplication(
    ConfigChoice choice, config::Sources sources, std::vector<std::string> arguments, std::string pid_file
)
    : watch_(choice.file),
      arguments_(std::move(arguments)),
      pid_file_(std::move(pid_file)),
      server_(std::make_unique<Server>(std::move(choice), std::move(sources))) {
    wire();
}

// The whole process, in the order in which it starts. What uses something stands below it.
void ServeApplication::wire() {
    Server& server = *server_;
    module("config", [&] { return server.start_config(); });
    module("telemetry", [&] { return server.start_telemetry(); });
    module(
        "plugins", [&] { return server.start_plugins(); }, [&] { server.stop_plugins(); }
    );
    module("storage", [&] { return server.start_storage(); });
    module("identity", [&] { return server.start_identity(); });
    module(
        "usage", [&] { return server.start_usage(); }, [&] { server.stop_usage(); }
    );
    module(
        "experiments", [&] { return server.start_experiments(); }, [&] { server.stop_experiments(); }
    );
    module(
        "tracing", [&] { return server.start_tracing(); }, [&] { server.stop_tracing(); }
    );
    module("catalog", [&] { return server.start_catalog(); });
    module(
        "control", [&] { return server.start_control(); }, [&] { server.stop_control(); }
    );
    module(
        "gateway", [&] { return server.start_gateway(); }, [&] { server.stop_gateway(); }
    );
    module(
        "pid file", [&] { return pid_file_.write(); }, [&] { pid_file_.remove(); }
    );
}

void ServeApplication::module(const char* name, std::function<Result<void>()> start, std::function<void()> stop) {
    addSubsystem(new ModuleSubsystem(name, std::move(start), std::move(stop)));  // Poco takes ownership.
}

void ServeApplication::welcome() {
    const Server& server = *server_;
    std::cout << "AI Hub " << kVersion << "\n";
    for (const auto& finding : server.findings()) {
        std::cout << "  " << finding << "\n";
    }
    for (const auto& url : server.urls()) {
        std::cout << "listening on " << url << "\n";
    }
    const auto file = server.first_key_file();
    if (!server.first_key().empty()) {
        std::cout << "first key (shown once, kept in " << file << "): " << server.first_key().expose() << "\n";
    }
    if (const auto model = server.example_model(); !model.empty()) {
        std::cout << "try it:\n  curl " << server.urls().front()
                  << "/v1/chat/completions -H \"Authorization: Bearer $(cat " << file
                  << ")\" -H 'Content-Type: application/json' -d '{\"model\":\"" << model
                  << "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'\n";
    }
    std::cout << std::flush;
}

void ServeApplication::start_upgrade() {
    auto& log = server_->log();
    if (successor_) {
        log.warn("an upgrade is already under way", {{"pid", static_cast<std::int64_t>(successor_->pid())}});
        return;
    }
    auto started = server_->start_successor(arguments_);
    if (!started) {
        log.error("upgrade failed, this process goes on", {{"reason", started.error().message}});
        pid_file_.write_again();
        return;
    }
    successor_.emplace(*std::move(started));
    log.info("upgrade: a new process starts", {{"pid", static_cast<std::int64_t>(successor_->pid())}});
}

// True: another process serves now.
bool ServeApplication::upgraded() {
    if (!successor_) {
        return false;
    }
    auto& log = server_->log();
    const telemetry::Field pid{"pid", static_cast<std::int64_t>(successor_->pid())};
    switch (successor_->look(server_->clock().steady_now())) {
        case Successor::State::starting:
            return false;
        case Successor::State::ready:
            server_->hand_over(successor_->pid());
            log.info("upgrade: the new process serves, this one ends", {pid});
            return true;
        case Successor::State::failed:
            break;
    }
    log.error("upgrade failed, this process goes on", {pid, {"reason", "the new process: " + successor_->failure()}});
    successor_.reset();
    pid_file_.write_again();
    return false;
}

void ServeApplication::reload() {
    server_->reload();
    watch_.also(server_->watched_files());
}

// False: the process shall end. `signal` below 0: a second has passed without one.
bool ServeApplication::act_on(int signal) {
    switch (signal) {
        case SIGHUP:
            reload();
            return true;
        case SIGUSR1:
            server_->log().reopen();
            return true;
        case SIGUSR2:
            start_upgrade();
            return true;
        case SIGTERM:
        case SIGINT:
        case SIGQUIT:
            return false;
        default:
            if (signal < 0 && watch_.look()) {
                reload();
            }
            return true;
    }
}

int ServeApplication::main(const std::vector<std::string>&) {
    set_thread_kind(ThreadKind::control);
    welcome();
    server_->say_ready();
    watch_.also(server_->watched_files());
    const sigset_t signals = waited_signals();
    int signal = -1;
    do {
        const timespec patience{1, 0};
        signal = sigtimedwait(&signals, nullptr, &patience);
    } while (!upgraded() && act_on(signal));
    successor_.reset();
    server_->log().info(
        "stopping", {{"shutdown_grace_ms", static_cast<std::int64_t>(server_->config().shutdown_grace.count())}}
    );
    return EXIT_OK;
}

int serve_command(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub serve [options]",
        "Starts the gateway and stays in the foreground. Without --config it listens on 127.0.0.1:8080, keeps its data "
        "in\n"
        "./var, makes a first API key, and turns on the simulator and every provider whose key is in the environment.\n"
        "SIGTERM ends it after calls in flight are done, SIGHUP reads the configuration again, SIGUSR1 opens the log\n"
        "file anew, SIGUSR2 (or `aihub upgrade`) starts the program anew on the same sockets: when the new process\n"
        "serves, this one ends; when it cannot, this one goes on. Sockets of a service manager (LISTEN_FDS) are used\n"
        "where they fit the configuration.",
        {{"listen", "ADDRESS", "address:port to listen on instead of the configured ones; port 0: any free one"},
         {"pid-file", "FILE", "holds the process id while it serves"}}};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    const sigset_t signals = waited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // Poco would report a failed start once more, in its own words.
    Poco::Logger::root().setLevel("none");
    auto again = arguments;
    again.insert(again.begin(), "serve");
    ServeApplication application(
        config_choice(parsed), config::Sources::process(), std::move(again), parsed.value("pid-file")
    );
    return application.run({"aihub"}) == Poco::Util::Application::EXIT_OK ? kExitOk : kExitFailed;
}

}  // namespace aihub::app
