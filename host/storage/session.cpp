#include "storage/session.hpp"

#include "storage/sqlite.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <string>

namespace aihub::storage {

namespace {

// SOCI puts the name of its function before the database's text.
std::string without_function(const std::string& message) {
    const auto colons = message.find("::");
    const auto end = message.find(": ");
    if (colons != std::string::npos && end != std::string::npos && colons < end) {
        return message.substr(end + 2);
    }
    return message;
}

}  // namespace

Error sqlite_error(int code, const std::string& text) {
    // The low byte is the primary code, whether or not extended codes are on.
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Errc::unavailable, "the database is locked by another process: " + text, "database_busy"};
        case SQLITE_FULL:
            return {Errc::unavailable, "the database cannot grow, free disk space: " + text, "database_full"};
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return {
                Errc::unavailable,
                "the database cannot be written, check owner and mode of the file and its directory: " + text,
                "database_read_only"};
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_NOMEM:
            return {Errc::unavailable, "the database cannot be read or written: " + text, "database_io"};
        case SQLITE_CONSTRAINT:
            return {Errc::conflict, "the database refused a value: " + text, "constraint"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Errc::internal, "the database file is damaged, restore a back-up: " + text, "database_damaged"};
        default:
            return {Errc::internal, "a statement failed: " + text, "statement"};
    }
}

Error to_error(const soci::soci_error& error) {
    // get_error_message() and not what(): the latter quotes the statement and its values.
    const auto text = without_function(error.get_error_message());
    if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
        return sqlite_error(sqlite->result(), text);
    }
    if (error.get_error_category() == soci::soci_error::connection_error) {
        return {Errc::unavailable, "the database cannot be reached: " + text, "database_io"};
    }
    return {Errc::internal, "a statement failed: " + text, "statement"};
}

Error to_error(const std::exception& error) {
    return {Errc::internal, std::string("a statement failed: ") + error.what(), "statement"};
}

}  // namespace aihub::storage
