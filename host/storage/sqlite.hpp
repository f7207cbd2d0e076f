// What is particular to SQLite: making its file, opening it, its errors.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>

namespace aihub::storage {

struct Connection;

// Makes the directories of `path` (mode 0700) and the file (mode 0600) where they are missing, and puts it into
// write-ahead mode. Two processes may do so at once.
[[nodiscard]] Result<void> prepare_sqlite(const std::string& path, std::chrono::milliseconds busy_wait);
// Opens `connection` with the settings that Database documents.
[[nodiscard]] Result<void> open_sqlite(
    Connection& connection, const std::string& path, std::chrono::milliseconds busy_wait
);

// What a result code of the library means, as Database documents it. `text` is the library's own message.
[[nodiscard]] Error sqlite_error(int code, const std::string& text);

}  // namespace aihub::storage
