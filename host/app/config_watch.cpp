#include "app/config_watch.hpp"

#include <Poco/Delegate.h>
#include <Poco/DirectoryWatcher.h>
#include <Poco/Exception.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>

namespace aihub::app {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string directory_of(const std::string& file) {
    std::error_code error;
    return fs::absolute(file, error).parent_path();
}

}  // namespace

struct ConfigWatch::State {
    std::string file;
    std::function<void()> changed;
    std::mutex mutex;
    std::optional<std::string> content;
    Poco::DirectoryWatcher watcher;

    State(std::string path, std::function<void()> on_change)
        : file(std::move(path)),
          changed(std::move(on_change)),
          content(content_of(file)),
          watcher(directory_of(file), Poco::DirectoryWatcher::DW_FILTER_ENABLE_ALL) {
        watcher.itemAdded += Poco::delegate(this, &State::look);
        watcher.itemModified += Poco::delegate(this, &State::look);
        watcher.itemMovedTo += Poco::delegate(this, &State::look);
    }

    // Any event of the directory may mean a new content: a link beside the file may have been turned.
    void look(const Poco::DirectoryWatcher::DirectoryEvent&) {
        {
            const std::scoped_lock lock(mutex);
            auto now = content_of(file);
            if (!now || now->empty() || now == content) {
                return;
            }
            content = std::move(now);
        }
        changed();
    }
};

ConfigWatch::ConfigWatch(std::string file, std::function<void()> changed) {
    try {
        state_ = std::make_unique<State>(std::move(file), std::move(changed));
    } catch (const Poco::Exception&) {
        state_.reset();  // Without a watch SIGHUP still works.
    }
}

ConfigWatch::~ConfigWatch() = default;

}  // namespace aihub::app
