// The database of the process: a few sessions, transactions, migrations. No SOCI in this header; modules with SQL of
// their own include storage/session.hpp in their *_sql.cpp.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database_url.hpp"
#include "storage/migration.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::storage {

class Database;
struct Connection;  // storage/session.hpp

// A connection on loan; it goes back when this goes. Move-only, one thread at a time, must not outlive the database.
class Session {
public:
    Session(Session&& other) noexcept;
    Session& operator=(Session&&) = delete;
    ~Session();

    [[nodiscard]] Connection& connection() { return *connection_; }

private:
    friend class Database;
    Session(Database& database, std::unique_ptr<Connection> connection);

    Database* database_;
    std::unique_ptr<Connection> connection_;
};

// A transaction: rolled back when it goes without a commit. Move-only.
class Transaction {
public:
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    [[nodiscard]] Connection& connection() { return session_.connection(); }

    // Ends the transaction. An error says "unknown", not "no": a commit whose last write failed can be there after a
    // crash. So every writer makes its ids before and writes again under the same ones, or looks.
    Result<void> commit();

private:
    friend class Database;
    explicit Transaction(Session session) : session_(std::move(session)) {}

    Session session_;
    bool open_ = true;
};

struct DatabaseOptions {
    std::string url;
    std::size_t sessions = 4;                      // open at once; over it callers wait
    std::chrono::milliseconds session_wait{5000};  // for a free session; then unavailable
    std::chrono::milliseconds busy_wait{5000};     // for another process's lock; then unavailable
};

enum class Access { read, write };

// All functions block, so on an event loop they are refused: an assertion in debug builds, in release builds an
// internal error and a count in aihub_storage_calls_on_loop_total. From any other thread, several at once.
//
// Errors: unavailable (locked, full, read-only, gone: may pass), conflict (a constraint), internal (a fault of ours or
// a damaged file). `reason` is finer: database_busy, database_full, database_read_only, database_io, database_damaged,
// database_newer, constraint.
//
// SQLite: write-ahead log with synchronous=FULL, for keys and usage rows alike. A commit costs one sync of the disk,
// but what was reported as stored survives a power cut; usage rows come in batches, so theirs is one sync per batch.
class Database {
public:
    // Opens the database, which is created when there is none: directories with mode 0700, the file with 0600.
    // `clock` and `metrics` outlive it.
    static Result<std::unique_ptr<Database>> open(
        const DatabaseOptions& options, const Clock& clock, telemetry::Metrics& metrics
    );
    // All sessions are back by then.
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // A session without a transaction: each statement stands for itself.
    Result<Session> session();
    // A transaction. `write` takes the write lock at once, so it never fails half way because of another writer; `read`
    // sees one state of the database.
    Result<Transaction> begin(Access access);

    // Brings the tables of `module` up to the last of `migrations`, in one transaction; nothing to do is no error. Two
    // processes may do so at once. A database that knows later versions is refused (reason database_newer).
    Result<void> migrate(std::string_view module, std::span<const Migration> migrations);

    [[nodiscard]] Backend backend() const { return url_.backend; }

private:
    friend class Session;
    Database(DatabaseOptions options, DatabaseUrl url, const Clock& clock, telemetry::Metrics& metrics);
    [[nodiscard]] Result<void> check_thread();
    [[nodiscard]] Result<std::unique_ptr<Connection>> connect() const;
    void give_back(std::unique_ptr<Connection> connection);

    const DatabaseOptions options_;
    const DatabaseUrl url_;
    const Clock& clock_;
    telemetry::Counter& calls_on_loop_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
    std::size_t on_loan_ = 0;
};

}  // namespace aihub::storage
