#include "loader/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>

#include <exception>
#include <filesystem>
#include <system_error>

namespace aihub::loader {
namespace {

// Boost.DLL has no name for RTLD_NODELETE, but hands unknown bits to dlopen() as they are.
constexpr auto kMode = static_cast<boost::dll::load_mode::type>(
    static_cast<unsigned>(boost::dll::load_mode::rtld_now) | static_cast<unsigned>(boost::dll::load_mode::rtld_local) |
    static_cast<unsigned>(RTLD_NODELETE)
);

// The linker begins its sentence with the path, which the caller has said already.
std::string linker_error(const std::string& path) {
    const char* text = ::dlerror();
    std::string message = text != nullptr ? text : "the dynamic linker gave no reason";
    if (message.starts_with(path + ": ")) {
        message.erase(0, path.size() + 2);
    }
    return message;
}

}  // namespace

Result<const aihub_plugin_entry*> open_library(const std::string& path) {
    try {
        std::error_code failed;
        boost::dll::shared_library library;
        library.load(std::filesystem::absolute(path), kMode, failed);
        if (failed) {
            return Error{Errc::invalid_request, "cannot be loaded: " + linker_error(std::filesystem::absolute(path))};
        }
        if (!library.has(AIHUB_PLUGIN_ENTRY_SYMBOL)) {
            return Error{Errc::invalid_request, "does not export " AIHUB_PLUGIN_ENTRY_SYMBOL};
        }
        const auto entry = library.get<const aihub_plugin_entry*()>(AIHUB_PLUGIN_ENTRY_SYMBOL);
        const aihub_plugin_entry* answer = entry();
        if (answer == nullptr) {
            return Error{
                Errc::invalid_request, "its entry function returned nothing: report it to the plugin's author"};
        }
        return answer;
    } catch (const std::exception& exception) {
        return Error{Errc::internal, std::string("cannot be loaded: ") + exception.what()};
    }
}

}  // namespace aihub::loader
