#include "storage/sqlite.hpp"

#include "storage/session.hpp"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>

namespace aihub::storage {

namespace {

namespace fs = std::filesystem;

Error failed(const std::string& what, int error) {
    return {
        Errc::unavailable,
        what + ": " + std::generic_category().message(error) + "; check storage.url, owner and mode",
        "database_io"};
}

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return value_; }

private:
    int value_;
};

Result<void> make_directories(const fs::path& directory) {
    std::error_code error;
    if (directory.empty() || fs::is_directory(directory, error)) {
        return {};
    }
    AIHUB_CHECK(make_directories(directory.parent_path()));
    // mkdir and not create_directories: the mode holds from the first moment, whatever the umask lets through.
    if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        return failed("cannot create the directory " + directory.string(), errno);
    }
    return {};
}

Result<void> make_file(const std::string& path) {
    // Only a file that nobody has open yet is opened here: closing a descriptor of an open database would drop the
    // locks that SQLite holds on it (POSIX record locks belong to the process). O_EXCL makes sure of it.
    const Descriptor file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0 && errno != EEXIST) {
        return failed("cannot create the database " + path, errno);
    }
    return {};
}

}  // namespace

// Before the first use of the library in the process; later it is refused and changes nothing. A session belongs to one
// thread at a time, so SQLite need not lock each of its own calls, nor count its memory under a lock.
void configure_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    });
}

Result<void> prepare_sqlite(const std::string& path, std::chrono::milliseconds busy_wait) {
    configure_library();
    const auto parent = fs::path(path).parent_path();
    const fs::path directory = parent.empty() ? fs::path(".") : parent;
    AIHUB_CHECK(make_directories(parent));
    // Changing the journal mode ignores the busy handler when two connections do it at once, so the directory is locked
    // meanwhile. The holder only runs the few lines below.
    const Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() < 0) {
        return failed("cannot open the directory " + directory.string(), errno);
    }
    int locked = 0;
    do {
        locked = ::flock(lock.get(), LOCK_EX);
    } while (locked != 0 && errno == EINTR);
    if (locked != 0) {
        return failed("cannot lock the directory " + directory.string(), errno);
    }
    AIHUB_CHECK(make_file(path));
    Connection connection;
    AIHUB_CHECK(open_sqlite(connection, path, busy_wait));
    struct {
        Connection& held;
        Connection& connection() { return held; }
    } lender{connection};
    return run_sql(lender, [&](soci::session& sql) -> Result<void> {
        std::string mode;
        sql << "PRAGMA journal_mode=WAL", soci::into(mode);
        if (mode != "wal") {
            return Error{
                Errc::unavailable,
                "the file system of " + path + " does not take SQLite's write-ahead log, use a local disk",
                "database_io"};
        }
        return {};
    });
}

Result<void> open_sqlite(Connection& connection, const std::string& path, std::chrono::milliseconds busy_wait) {
    try {
        connection.sql.open(soci::sqlite3, "db=\"" + path + "\"");
        connection.sql << "PRAGMA busy_timeout=" << busy_wait.count();
        connection.sql << "PRAGMA synchronous=FULL";
        connection.sql << "PRAGMA foreign_keys=ON";
        return {};
    } catch (const soci::soci_error& error) {
        Error known = to_error(error);
        known.message = "cannot open the database " + path + ": " + known.message;
        return known;
    }
}

}  // namespace aihub::storage
