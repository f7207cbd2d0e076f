#include "loader/negotiate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace aihub::loader {
namespace {

Error refuse(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

std::string number(std::uint32_t value) {
    return std::to_string(value);
}

// Text of a plugin, with a limit, because a pointer may be wrong in a way that shows only as endless text.
std::string text(const char* value) {
    constexpr std::size_t kTextBytesMax = 256;
    return value == nullptr ? std::string() : std::string(value, strnlen(value, kTextBytesMax));
}

std::string shown(const std::string& flavour) {
    return flavour.empty() ? "no flavour" : "flavour \"" + flavour + "\"";
}

bool is_id(const std::string& id) {
    const bool shaped = !id.empty() && id.size() <= 100 && id.find('.') != std::string::npos && id.front() != '.' &&
                        id.back() != '.' && id.find("..") == std::string::npos;
    return shaped && std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
           });
}

bool is_version(const std::string& version) {
    return !version.empty() && version.size() <= 64 && version.front() >= '0' && version.front() <= '9' &&
           std::count(version.begin(), version.end(), '.') >= 2 &&
           std::all_of(version.begin(), version.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                      c == '-' || c == '+';
           });
}

Result<void> check_abi(const aihub_plugin_entry& entry, const HostFacts& host) {
    if (entry.struct_size < offsetof(aihub_plugin_entry, abi_minor)) {
        return refuse(
            "its entry struct is " + number(entry.struct_size) +
            " bytes, too short to say a version: build it with the SDK"
        );
    }
    if (entry.abi_major != host.abi_major) {
        return refuse(
            "built for plugin ABI major " + number(entry.abi_major) + ", this host has " + number(host.abi_major) +
            ": " +
            (entry.abi_major > host.abi_major
                 ? "update the host or use an older version of the plugin"
                 : "use a version of the plugin that was built for major " + number(host.abi_major))
        );
    }
    constexpr auto kMinimum = offsetof(aihub_plugin_entry, get_extension) + sizeof(entry.get_extension);
    if (entry.struct_size < kMinimum) {
        return refuse(
            "its entry struct is " + number(entry.struct_size) + " bytes, ABI " + number(host.abi_major) + ".0 needs " +
            std::to_string(kMinimum) + ": build it with the SDK"
        );
    }
    if (const std::string flavour = text(entry.flavour); flavour != host.flavour) {
        return refuse(
            "built for " + shown(flavour) + ", this host has " + shown(host.flavour) +
            ": get the plugin from the vendor of this host"
        );
    }
    if (entry.abi_needs_minor > host.abi_minor) {
        const std::string major = number(host.abi_major) + ".";
        return refuse(
            "needs plugin ABI " + major + number(entry.abi_needs_minor) + ", this host has " + major +
            number(host.abi_minor) + ": update the host or use an older version of the plugin"
        );
    }
    if ((entry.flags & AIHUB_PF_DRAFT_EXTENSIONS) != 0 && !host.allow_draft) {
        return refuse("uses draft extensions, which this host does not allow: set plugins.allow_draft, or use a release"
        );
    }
    return {};
}

}  // namespace

Result<Introduction> negotiate(const aihub_plugin_entry& entry, const HostFacts& host) {
    AIHUB_CHECK(check_abi(entry, host));
    Introduction plugin;
    plugin.id = text(entry.id);
    plugin.version = text(entry.version);
    plugin.built_with = text(entry.built_with);
    plugin.abi = number(entry.abi_major) + "." + number(entry.abi_minor);
    if (!is_id(plugin.id)) {
        return refuse(
            "its id \"" + plugin.id + "\" is not a lower-case reverse domain name, as in com.acme.echo: correct the id"
        );
    }
    if (!is_version(plugin.version)) {
        return refuse("its version \"" + plugin.version + "\" is not of the form 1.2.3: correct the version");
    }
    if (entry.init == nullptr || entry.deinit == nullptr || entry.get_extension == nullptr) {
        return refuse("its entry lacks init, deinit or get_extension: set all three");
    }
    if (entry.manifest_json == nullptr) {
        return refuse("it has no manifest: set manifest_json");
    }
    plugin.manifest = AIHUB_TRY(parse_manifest(entry.manifest_json, plugin.id));
    return plugin;
}

}  // namespace aihub::loader
