// `aihub serve`: the gateway as a Poco server application.
#pragma once

#include "app/config_watch.hpp"
#include "app/server.hpp"

#include <Poco/Util/ServerApplication.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aihub::app {

// Each module is a Poco subsystem: they start in the order of wire() and end in the reverse order. The main thread
// waits for signals: SIGTERM and SIGINT end the process, SIGHUP and a changed file make it read the configuration
// again, SIGUSR1 opens the log file anew.
class ServeApplication : public Poco::Util::ServerApplication {
public:
    ServeApplication(ConfigChoice choice, config::Sources sources);

protected:
    int main(const std::vector<std::string>& arguments) override;
    const char* name() const override { return "aihub"; }

private:
    void wire();
    void module(const char* name, std::function<Result<void>()> start, std::function<void()> stop = nullptr);
    void welcome();

    ConfigWatch watch_;  // made before the file is read
    std::unique_ptr<Server> server_;
};

}  // namespace aihub::app
