#include "storage/bulk_insert.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"
#include "usage/store.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::usage {

namespace {

using storage::Access;
using storage::run_sql;

// From the first version's table to the second's. Rows of one microsecond are told apart by counting them.
constexpr std::string_view kCopyRows =
    "INSERT INTO usage_rows_2 SELECT started_at * 2048 + row_number() OVER (PARTITION BY started_at) - 1,"
    " request_id, started_at, key_id, operation, model_asked, model_used, provider, attempts, streamed, status,"
    " outcome, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_tokens,"
    " bytes_in, bytes_out, duration_us, first_byte_us, overhead_us FROM usage_rows";

// Token columns without a value mean "the provider did not say", which is not zero. `status` 499: the client left
// first.
const std::array<storage::Migration, 5> kMigrations{{
    {
        1,
        "create usage_rows",
        {"CREATE TABLE usage_rows ("
         " writer INTEGER NOT NULL,"
         " serial INTEGER NOT NULL,"
         " request_id TEXT NOT NULL,"
         " started_at INTEGER NOT NULL,"
         " key_id TEXT NOT NULL,"
         " operation TEXT NOT NULL,"
         " model_asked TEXT NOT NULL,"
         " model_used TEXT NOT NULL,"
         " provider TEXT NOT NULL,"
         " attempts INTEGER NOT NULL,"
         " streamed INTEGER NOT NULL,"
         " status INTEGER NOT NULL,"
         " outcome TEXT NOT NULL,"
         " input_tokens INTEGER,"
         " output_tokens INTEGER,"
         " cache_read_tokens INTEGER,"
         " cache_write_tokens INTEGER,"
         " reasoning_tokens INTEGER,"
         " audio_tokens INTEGER,"
         " bytes_in INTEGER NOT NULL,"
         " bytes_out INTEGER NOT NULL,"
         " duration_us INTEGER NOT NULL,"
         " first_byte_us INTEGER NOT NULL,"
         " overhead_us INTEGER NOT NULL,"
         " PRIMARY KEY (writer, serial))",
         "CREATE INDEX usage_rows_started_at ON usage_rows (started_at)"},
    },
    {
        2,
        "one key that grows with time",
        {"CREATE TABLE usage_writers (number INTEGER PRIMARY KEY AUTOINCREMENT)",
         "CREATE TABLE usage_rows_2 ("
         " id INTEGER PRIMARY KEY,"
         " request_id TEXT NOT NULL,"
         " started_at INTEGER NOT NULL,"
         " key_id TEXT NOT NULL,"
         " operation TEXT NOT NULL,"
         " model_asked TEXT NOT NULL,"
         " model_used TEXT NOT NULL,"
         " provider TEXT NOT NULL,"
         " attempts INTEGER NOT NULL,"
         " streamed INTEGER NOT NULL,"
         " status INTEGER NOT NULL,"
         " outcome TEXT NOT NULL,"
         " input_tokens INTEGER,"
         " output_tokens INTEGER,"
         " cache_read_tokens INTEGER,"
         " cache_write_tokens INTEGER,"
         " reasoning_tokens INTEGER,"
         " audio_tokens INTEGER,"
         " bytes_in INTEGER NOT NULL,"
         " bytes_out INTEGER NOT NULL,"
         " duration_us INTEGER NOT NULL,"
         " first_byte_us INTEGER NOT NULL,"
         " overhead_us INTEGER NOT NULL)",
         kCopyRows,
         "DROP TABLE usage_rows",
         "ALTER TABLE usage_rows_2 RENAME TO usage_rows"},
    },
    {3, "audio that is billed by its length", {"ALTER TABLE usage_rows ADD COLUMN audio_ms INTEGER"}},
    {4, "what stays in a cache for an hour", {"ALTER TABLE usage_rows ADD COLUMN cache_write_1h_tokens INTEGER"}},
    {
        5,
        "policies, experiments and prices",
        {"ALTER TABLE usage_rows ADD COLUMN policy TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE usage_rows ADD COLUMN experiments TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE usage_rows ADD COLUMN labels TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE usage_rows ADD COLUMN rating TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE usage_rows ADD COLUMN amount TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE usage_rows ADD COLUMN currency TEXT NOT NULL DEFAULT ''"},
    },
}};

// In the order in which insert() sets them.
constexpr std::array<std::string_view, 31> kColumns{
    "id",
    "request_id",
    "started_at",
    "key_id",
    "operation",
    "model_asked",
    "model_used",
    "provider",
    "attempts",
    "streamed",
    "status",
    "outcome",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "audio_tokens",
    "audio_ms",
    "cache_write_1h_tokens",
    "bytes_in",
    "bytes_out",
    "duration_us",
    "first_byte_us",
    "overhead_us",
    "policy",
    "experiments",
    "labels",
    "rating",
    "amount",
    "currency",
};

// An integer that may be missing, as the database library reads it.
struct MaybeInteger {
    long long value = 0;
    soci::indicator said = soci::i_null;

    [[nodiscard]] std::optional<std::uint64_t> get() const {
        return said == soci::i_ok ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
    }
};

// At most kUsageTextMax bytes, not cut inside a UTF-8 character, and no NUL, which not every database takes.
std::string_view stored_text(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    if (text.size() <= kUsageTextMax) {
        return text;
    }
    std::size_t end = kUsageTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

// One row in the types that the database library reads.
struct Bound {
    std::string request_id, key_id, operation, model_asked, model_used, provider, outcome;
    std::string policy, experiments, labels, rating, amount, currency;
    long long started_at = 0, attempts = 0, streamed = 0, status = 0;
    MaybeInteger input, output, cache_read, cache_write, reasoning, audio, audio_ms, cache_write_1h;
    long long bytes_in = 0, bytes_out = 0, duration = 0, first_byte = 0, overhead = 0;

    [[nodiscard]] model::UsageRow get() const {
        model::UsageRow row;
        row.request_id = request_id;
        row.started_at = storage::from_micros(started_at);
        row.key_id = key_id;
        row.operation = operation;
        row.model_asked = model_asked;
        row.model_used = model_used;
        row.provider = provider;
        row.attempts = static_cast<std::uint32_t>(attempts);
        row.streamed = streamed != 0;
        row.status = static_cast<int>(status);
        row.outcome = outcome_of(outcome);
        row.usage = {
            input.get(),
            output.get(),
            cache_read.get(),
            cache_write.get(),
            reasoning.get(),
            audio.get(),
            audio_ms.get(),
            cache_write_1h.get()};
        row.bytes_in = static_cast<std::uint64_t>(bytes_in);
        row.bytes_out = static_cast<std::uint64_t>(bytes_out);
        row.duration = std::chrono::microseconds(duration);
        row.first_byte = std::chrono::microseconds(first_byte);
        row.overhead = std::chrono::microseconds(overhead);
        row.policy = policy;
        row.experiments = experiments;
        row.labels = labels;
        row.rating = rating;
        row.amount = amount;
        row.currency = currency;
        return row;
    }

    // A name that only a newer program knows reads as a fault.
    static model::Outcome outcome_of(std::string_view name) {
        for (int i = 0; i < static_cast<int>(model::Outcome::internal_error); ++i) {
            if (model::outcome_name(static_cast<model::Outcome>(i)) == name) {
                return static_cast<model::Outcome>(i);
            }
        }
        return model::Outcome::internal_error;
    }
};

Result<void> insert(storage::BulkInsert& into, const StoredRow& stored) {
    const auto& row = stored.row;
    std::size_t column = 0;
    const auto number = [&](auto value) { into.set(column++, static_cast<std::int64_t>(value)); };
    const auto text = [&](std::string_view value) { into.set(column++, stored_text(value)); };
    number(stored.id);
    text(row.request_id);
    number(storage::to_micros(row.started_at));
    for (const std::string_view value :
         {std::string_view(row.key_id),
          std::string_view(row.operation),
          std::string_view(row.model_asked),
          std::string_view(row.model_used),
          std::string_view(row.provider)}) {
        text(value);
    }
    number(row.attempts);
    number(row.streamed ? 1 : 0);
    number(row.status);
    text(model::outcome_name(row.outcome));
    const auto& usage = row.usage;
    for (const auto& tokens :
         {usage.input,
          usage.output,
          usage.cache_read,
          usage.cache_write,
          usage.reasoning,
          usage.audio,
          usage.audio_ms,
          usage.cache_write_1h}) {
        into.set(column++, tokens);
    }
    number(row.bytes_in);
    number(row.bytes_out);
    number(row.duration.count());
    number(row.first_byte.count());
    number(row.overhead.count());
    for (const std::string_view value :
         {std::string_view(row.policy),
          std::string_view(row.experiments),
          std::string_view(row.labels),
          std::string_view(row.rating),
          std::string_view(row.amount),
          std::string_view(row.currency)}) {
        text(value);
    }
    return into.run();
}

soci::statement prepare_recent(soci::session& sql, Bound& row, const long long& limit) {
    std::string columns;
    for (const auto column : std::span(kColumns).subspan(1)) {
        columns.append(columns.empty() ? "" : ", ").append(column);
    }
    const std::string statement = "SELECT " + columns + " FROM usage_rows ORDER BY id DESC LIMIT :limit";
    return (
        sql.prepare << statement,
        soci::use(limit),
        soci::into(row.request_id),
        soci::into(row.started_at),
        soci::into(row.key_id),
        soci::into(row.operation),
        soci::into(row.model_asked),
        soci::into(row.model_used),
        soci::into(row.provider),
        soci::into(row.attempts),
        soci::into(row.streamed),
        soci::into(row.status),
        soci::into(row.outcome),
        soci::into(row.input.value, row.input.said),
        soci::into(row.output.value, row.output.said),
        soci::into(row.cache_read.value, row.cache_read.said),
        soci::into(row.cache_write.value, row.cache_write.said),
        soci::into(row.reasoning.value, row.reasoning.said),
        soci::into(row.audio.value, row.audio.said),
        soci::into(row.audio_ms.value, row.audio_ms.said),
        soci::into(row.cache_write_1h.value, row.cache_write_1h.said),
        soci::into(row.bytes_in),
        soci::into(row.bytes_out),
        soci::into(row.duration),
        soci::into(row.first_byte),
        soci::into(row.overhead),
        soci::into(row.policy),
        soci::into(row.experiments),
        soci::into(row.labels),
        soci::into(row.rating),
        soci::into(row.amount),
        soci::into(row.currency)
    );
}

}  // namespace

Result<Store> Store::create(storage::Database& database) {
    AIHUB_CHECK(database.migrate("usage", kMigrations));
    auto transaction = AIHUB_TRY(database.begin(Access::write));
    long long number = 0;
    AIHUB_CHECK(run_sql(transaction, [&](soci::session& sql) -> Result<void> {
        sql << "INSERT INTO usage_writers DEFAULT VALUES";
        sql << "SELECT max(number) FROM usage_writers", soci::into(number);
        sql << "DELETE FROM usage_writers WHERE number < :number", soci::use(number);
        return {};
    }));
    AIHUB_CHECK(transaction.commit());
    return Store(database, number);
}

Result<void> Store::write(std::span<const StoredRow> rows) {
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    auto into = AIHUB_TRY(storage::BulkInsert::prepare(transaction, "usage_rows", kColumns));
    for (const auto& row : rows) {
        AIHUB_CHECK(insert(into, row));
    }
    return transaction.commit();
}

Result<std::vector<model::UsageRow>> Store::recent(std::size_t limit) {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [&](soci::session& sql) -> Result<std::vector<model::UsageRow>> {
        const auto most = static_cast<long long>(std::min(limit, kRecentRowsMax));
        Bound bound;
        auto statement = prepare_recent(sql, bound, most);
        statement.execute();
        std::vector<model::UsageRow> rows;
        while (statement.fetch()) {
            rows.push_back(bound.get());
        }
        return rows;
    });
}

Result<std::uint64_t> Store::count() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) -> Result<std::uint64_t> {
        long long count = 0;
        sql << "SELECT count(*) FROM usage_rows", soci::into(count);
        return static_cast<std::uint64_t>(count);
    });
}

}  // namespace aihub::usage
