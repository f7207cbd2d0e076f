// Notices that the configuration file has changed.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace aihub::app {

// Watches the file's directory, so that files which editors and orchestrators replace whole are noticed, too. Calls
// `changed` on a thread of its own, once for each change of the content; a change that cannot be read is waited out.
class ConfigWatch {
public:
    ConfigWatch(std::string file, std::function<void()> changed);
    ~ConfigWatch();
    ConfigWatch(const ConfigWatch&) = delete;
    ConfigWatch& operator=(const ConfigWatch&) = delete;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aihub::app
