#include "app/config_choice.hpp"

#include "loader/elf_image.hpp"
#include "loader/library.hpp"
#include "loader/negotiate.hpp"

#include <sys/auxv.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace aihub::app {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> libraries_in(const std::vector<std::string>& directories) {
    std::vector<fs::path> found;
    for (const auto& directory : directories) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(directory, error)) {
            if (entry.path().extension() == ".so") {
                found.push_back(entry.path());
            }
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::vector<config::Preset>> presets_of(const fs::path& file, const config::Plugins& plugins) {
    const auto image = AIHUB_TRY(loader::read_elf(file));
    std::vector<std::string> warnings;
    AIHUB_CHECK(loader::inspect(image, warnings));
    const auto* entry = AIHUB_TRY(loader::open_library(file));
    loader::HostFacts host;
    host.allow_draft = plugins.allow_draft;
    return AIHUB_TRY(loader::negotiate(*entry, host)).manifest.presets;
}

Result<config::Listen> parse_listen(const std::string& text) {
    const auto colon = text.rfind(':');
    config::Listen listen;
    const auto* end = text.data() + text.size();
    if (colon != std::string::npos) {
        listen.address = text.substr(0, colon);
        const auto parsed = std::from_chars(text.data() + colon + 1, end, listen.port);
        if (parsed.ec == std::errc() && parsed.ptr == end && colon + 1 < text.size()) {
            if (listen.address.starts_with('[') && listen.address.ends_with(']')) {
                listen.address = listen.address.substr(1, listen.address.size() - 2);
            }
            return listen;
        }
    }
    return Error{Errc::invalid_request, "--listen " + text + ": write it as address:port, for example 127.0.0.1:8080"};
}

// The default paths lie under "var"; a path that the operator chose stays as it is.
void move_data(config::Snapshot& snapshot, const std::string& directory) {
    const config::Snapshot defaults;
    if (snapshot.storage.url == defaults.storage.url) {
        snapshot.storage.url = "sqlite:" + directory + "/aihub.db";
    }
    if (snapshot.identity.pepper_file == defaults.identity.pepper_file) {
        snapshot.identity.pepper_file = directory + "/pepper";
    }
    if (snapshot.policies.decisions.directory == defaults.policies.decisions.directory) {
        snapshot.policies.decisions.directory = directory + "/decisions";
    }
}

}  // namespace

std::string program_directory() {
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        return program.parent_path();
    }
    // Without /proc, as in a bare chroot: the path that the program was started by.
    const auto* started = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    return started == nullptr ? std::string(".") : fs::absolute(started, error).parent_path().string();
}

std::vector<std::string> plugin_directories(const config::Plugins& plugins) {
    if (!plugins.directories.empty()) {
        return plugins.directories;
    }
    return {program_directory() + "/plugins"};
}

std::vector<config::Preset> plugin_presets(const config::Plugins& plugins) {
    std::vector<config::Preset> all;
    for (const auto& file : libraries_in(plugin_directories(plugins))) {
        if (const auto presets = presets_of(file, plugins)) {
            all.insert(all.end(), presets->begin(), presets->end());
        }
    }
    return all;
}

Result<config::SnapshotPtr> read_config(const ConfigChoice& choice, const config::Sources& sources, EmptyFile empty) {
    const auto loaded = choice.file.empty() ? config::load_defaults(sources, plugin_presets)
                                            : config::load_file(choice.file, sources, plugin_presets);
    if (!loaded.snapshot) {
        std::string message;
        for (const auto& problem : loaded.problems) {
            message += (message.empty() ? "" : "\n") + problem.text();
        }
        return Error{Errc::invalid_request, message};
    }
    if (loaded.names_nothing && empty == EmptyFile::refused) {
        return Error{
            Errc::invalid_request,
            choice.file + ": the file names nothing, write its keys again (`providers: {}` goes on without providers)"};
    }
    if (choice.listen.empty() && choice.data_directory.empty()) {
        return loaded.snapshot;
    }
    config::Snapshot snapshot = *loaded.snapshot;
    if (!choice.listen.empty()) {
        snapshot.listen = {AIHUB_TRY(parse_listen(choice.listen))};
    }
    if (!choice.data_directory.empty()) {
        move_data(snapshot, choice.data_directory);
    }
    return config::SnapshotPtr(std::make_shared<const config::Snapshot>(std::move(snapshot)));
}

}  // namespace aihub::app
