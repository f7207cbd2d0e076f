// What a plugin file says about itself before any of its code runs.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace aihub::loader {

// Facts of one ELF shared object, read from its dynamic symbol table. A value.
struct ElfImage {
    std::vector<std::string> exports;          // defined global and weak symbols that others can see, sorted
    std::vector<std::string> undefined_aihub;  // undefined symbols named aihub_*: the host exports none
    std::vector<std::string> unique;           // STB_GNU_UNIQUE symbols: they keep the library resident for ever
    std::vector<std::string> needed;           // libraries it asks for
    bool thread_local_storage = false;         // has a TLS segment

    [[nodiscard]] bool exports_symbol(const std::string& name) const;
};

// Reads `path` without mapping it as code. Error (lower case, with the path): not a readable file, not a 64-bit ELF
// shared object for this machine, damaged, or over 1 GiB.
[[nodiscard]] Result<ElfImage> read_elf(const std::string& path);

// The loader's rules on an image, for a file that is about to be loaded. Error: there is no entry symbol, or it needs
// symbols of the host. `warnings` receives what is allowed but not good; `aihub plugin check` refuses those, too.
[[nodiscard]] Result<void> inspect(const ElfImage& image, std::vector<std::string>& warnings);

}  // namespace aihub::loader
