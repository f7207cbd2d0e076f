// One step of a module's tables from one version to the next.
#pragma once

#include <string_view>
#include <vector>

namespace aihub::storage {

// A module hands in its migrations in order: versions 1, 2, 3 ... without a gap. A migration that has been released is
// never changed again (its checksum is kept and compared); a change is a new migration. One statement per element,
// without a semicolon.
struct Migration {
    int version;
    std::string_view name;  // "create api_keys"
    std::vector<std::string_view> sqlite;
};

}  // namespace aihub::storage
