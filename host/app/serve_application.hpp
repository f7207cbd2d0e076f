// `aihub serve`: the gateway as a Poco server application.
#pragma once

#include "app/config_watch.hpp"
#include "app/handover.hpp"
#include "app/pid_file.hpp"
#include "app/server.hpp"

#include <Poco/Util/ServerApplication.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::app {

// Each module is a Poco subsystem: they start in the order of wire() and end in the reverse order. The main thread
// waits for signals: SIGTERM and SIGINT end the process, SIGHUP and a changed file make it read the configuration
// again, SIGUSR1 opens the log file anew, SIGUSR2 starts the program anew and ends this process when that one serves.
class ServeApplication : public Poco::Util::ServerApplication {
public:
    // `arguments` are those of the command line, for a process that takes over. `pid_file` may be empty.
    ServeApplication(
        ConfigChoice choice, config::Sources sources, std::vector<std::string> arguments, std::string pid_file
    );

protected:
    int main(const std::vector<std::string>& arguments) override;
    const char* name() const override { return "aihub"; }

private:
    void wire();
    void module(const char* name, std::function<Result<void>()> start, std::function<void()> stop = nullptr);
    void welcome();
    void reload();
    void start_upgrade();
    bool upgraded();
    bool act_on(int signal);

    ConfigWatch watch_;  // made before the file is read
    const std::vector<std::string> arguments_;
    PidFile pid_file_;
    std::unique_ptr<Server> server_;
    std::optional<Successor> successor_;
};

}  // namespace aihub::app
