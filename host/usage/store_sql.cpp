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

// Token columns without a value mean "the provider did not say", which is not zero. `status` 499: the client left
// first.
const std::array<storage::Migration, 1> kMigrations{{{
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
}}};

constexpr std::string_view kColumns =
    "request_id, started_at, key_id, operation, model_asked, model_used, provider, attempts, streamed, status, "
    "outcome, "
    "input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_tokens, "
    "bytes_in, bytes_out, duration_us, first_byte_us, overhead_us";

// An integer that may be missing, as the database library binds it.
struct MaybeInteger {
    long long value = 0;
    soci::indicator said = soci::i_null;

    void set(const std::optional<std::uint64_t>& from) {
        said = from ? soci::i_ok : soci::i_null;
        value = static_cast<long long>(from.value_or(0));
    }
    [[nodiscard]] std::optional<std::uint64_t> get() const {
        return said == soci::i_ok ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
    }
};

// At most kUsageTextMax bytes, not cut inside a UTF-8 character, and no NUL, which not every database takes.
void set_text(std::string& out, std::string_view text) {
    text = text.substr(0, text.find('\0'));
    if (text.size() > kUsageTextMax) {
        std::size_t end = kUsageTextMax;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
            --end;
        }
        text = text.substr(0, end);
    }
    out.assign(text);
}

// One row in the types that the database library binds; the statement reads and writes these.
struct Bound {
    long long writer = 0, serial = 0;
    std::string request_id, key_id, operation, model_asked, model_used, provider, outcome;
    long long started_at = 0, attempts = 0, streamed = 0, status = 0;
    MaybeInteger input, output, cache_read, cache_write, reasoning, audio;
    long long bytes_in = 0, bytes_out = 0, duration = 0, first_byte = 0, overhead = 0;

    void set(const StoredRow& stored) {
        const auto& row = stored.row;
        writer = stored.writer;
        serial = stored.serial;
        set_text(request_id, row.request_id);
        started_at = storage::to_micros(row.started_at);
        set_text(key_id, row.key_id);
        set_text(operation, row.operation);
        set_text(model_asked, row.model_asked);
        set_text(model_used, row.model_used);
        set_text(provider, row.provider);
        attempts = row.attempts;
        streamed = row.streamed ? 1 : 0;
        status = row.status;
        outcome = model::outcome_name(row.outcome);
        input.set(row.usage.input);
        output.set(row.usage.output);
        cache_read.set(row.usage.cache_read);
        cache_write.set(row.usage.cache_write);
        reasoning.set(row.usage.reasoning);
        audio.set(row.usage.audio);
        bytes_in = static_cast<long long>(row.bytes_in);
        bytes_out = static_cast<long long>(row.bytes_out);
        duration = row.duration.count();
        first_byte = row.first_byte.count();
        overhead = row.overhead.count();
    }

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
        row.usage = {input.get(), output.get(), cache_read.get(), cache_write.get(), reasoning.get(), audio.get()};
        row.bytes_in = static_cast<std::uint64_t>(bytes_in);
        row.bytes_out = static_cast<std::uint64_t>(bytes_out);
        row.duration = std::chrono::microseconds(duration);
        row.first_byte = std::chrono::microseconds(first_byte);
        row.overhead = std::chrono::microseconds(overhead);
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

soci::statement prepare_insert(soci::session& sql, Bound& row) {
    const std::string statement = "INSERT INTO usage_rows (writer, serial, " + std::string(kColumns) +
                                  ") VALUES (:writer, :serial, :request_id, :started_at, :key_id, :operation,"
                                  " :model_asked, :model_used, :provider, :attempts, :streamed, :status, :outcome,"
                                  " :input, :output, :cache_read, :cache_write, :reasoning, :audio,"
                                  " :bytes_in, :bytes_out, :duration, :first_byte, :overhead)"
                                  " ON CONFLICT (writer, serial) DO NOTHING";
    return (
        sql.prepare << statement,
        soci::use(row.writer),
        soci::use(row.serial),
        soci::use(row.request_id),
        soci::use(row.started_at),
        soci::use(row.key_id),
        soci::use(row.operation),
        soci::use(row.model_asked),
        soci::use(row.model_used),
        soci::use(row.provider),
        soci::use(row.attempts),
        soci::use(row.streamed),
        soci::use(row.status),
        soci::use(row.outcome),
        soci::use(row.input.value, row.input.said),
        soci::use(row.output.value, row.output.said),
        soci::use(row.cache_read.value, row.cache_read.said),
        soci::use(row.cache_write.value, row.cache_write.said),
        soci::use(row.reasoning.value, row.reasoning.said),
        soci::use(row.audio.value, row.audio.said),
        soci::use(row.bytes_in),
        soci::use(row.bytes_out),
        soci::use(row.duration),
        soci::use(row.first_byte),
        soci::use(row.overhead)
    );
}

soci::statement prepare_recent(soci::session& sql, Bound& row, const long long& limit) {
    const std::string statement = "SELECT " + std::string(kColumns) +
                                  " FROM usage_rows ORDER BY started_at DESC, writer DESC, serial DESC LIMIT :limit";
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
        soci::into(row.bytes_in),
        soci::into(row.bytes_out),
        soci::into(row.duration),
        soci::into(row.first_byte),
        soci::into(row.overhead)
    );
}

}  // namespace

Result<Store> Store::create(storage::Database& database) {
    AIHUB_CHECK(database.migrate("usage", kMigrations));
    return Store(database);
}

Result<void> Store::write(std::span<const StoredRow> rows) {
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto insert_all = [&](soci::session& sql) -> Result<void> {
        Bound bound;
        auto statement = prepare_insert(sql, bound);
        for (const auto& row : rows) {
            bound.set(row);
            statement.execute(true);
        }
        return {};
    };
    AIHUB_CHECK(run_sql(transaction, insert_all));
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
