// Which database: "sqlite:var/aihub.db".
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aihub::storage {

// What speaks to the database. PostgreSQL and MySQL join here: an enumerator, its scheme in parse_database_url(), a
// file beside sqlite.cpp, and its statements in each Migration.
enum class Backend { sqlite };

struct DatabaseUrl {
    Backend backend = Backend::sqlite;
    std::string path;  // of the file; relative ones start at the working directory
};

// invalid_request: not a URL of a database that this program can use.
[[nodiscard]] Result<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace aihub::storage
