// May this plugin live in this host? The decision table of the plugin ABI.
#pragma once

#include "base/result.hpp"
#include "loader/manifest.hpp"

#include <aihub/plugin.h>

#include <string>

namespace aihub::loader {

// What the host is, as far as a plugin may care.
struct HostFacts {
    std::string product = "AI Hub";
    std::string product_version = "0.0.0";
    std::string flavour;  // name of a white-label ABI flavour; empty: none
    std::uint32_t abi_major = AIHUB_ABI_MAJOR;
    std::uint32_t abi_minor = AIHUB_ABI_MINOR;
    bool allow_draft = false;
};

// A copy of what the entry said, checked.
struct Introduction {
    std::string id;
    std::string version;
    std::string built_with;
    std::string abi;  // "1.0"
    Manifest manifest;
};

// Reads `entry` in the order: size, major, flavour, needed minor, drafts, id and version, functions, manifest. Nothing
// beyond abi_major is read of another major. Error: the first refusal, with the numbers of both sides and the remedy.
[[nodiscard]] Result<Introduction> negotiate(const aihub_plugin_entry& entry, const HostFacts& host);

}  // namespace aihub::loader
