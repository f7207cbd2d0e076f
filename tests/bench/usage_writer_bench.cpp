// How fast usage rows are stored, and what recording one costs the calling thread.
#include "base/ids.hpp"
#include "storage/database.hpp"
#include "usage/store.hpp"
#include "usage/writer.hpp"

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace aihub::usage {
namespace {

class Bench {
public:
    Bench() {
        std::string name = (std::filesystem::temp_directory_path() / "aihub-bench-XXXXXX").string();
        path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
        storage::DatabaseOptions options;
        options.url = "sqlite:" + path_ + "/aihub.db";
        database = *storage::Database::open(options, clock, metrics);
        store = std::make_unique<Store>(*Store::create(*database));
        log = *telemetry::Log::create({}, clock);
    }
    ~Bench() {
        store.reset();
        database.reset();
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    [[nodiscard]] model::UsageRow row() const {
        model::UsageRow made;
        assign_request_id(made.request_id);
        made.started_at = clock.wall_now();
        made.key_id = "ak_0123456789abcdef";
        made.operation = "chat_completions";
        made.model_asked = "fast";
        made.model_used = "a-model-of-usual-length";
        made.provider = "upstream";
        made.attempts = 1;
        made.status = 200;
        made.outcome = model::Outcome::completed;
        made.usage.input = 1200;
        made.usage.output = 345;
        made.bytes_in = 5000;
        made.bytes_out = 1500;
        made.duration = std::chrono::microseconds(812345);
        return made;
    }

    SystemClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<telemetry::Log> log;
    std::unique_ptr<storage::Database> database;
    std::unique_ptr<Store> store;

private:
    std::string path_;
};

// One transaction of `range(0)` rows.
void write_batch(benchmark::State& state) {
    Bench bench;
    std::vector<StoredRow> rows;
    std::int64_t id = 0;
    for (auto _ : state) {
        state.PauseTiming();
        rows.clear();
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            rows.push_back({++id, bench.row()});
        }
        state.ResumeTiming();
        if (!bench.store->write(rows)) {
            state.SkipWithError("a batch could not be stored");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_batch)->Arg(1)->Arg(100)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

// 100000 rows from record() to the disk.
void record_and_store(benchmark::State& state) {
    constexpr int kRows = 100000;
    for (auto _ : state) {
        state.PauseTiming();
        auto bench = std::make_unique<Bench>();
        auto writer = std::make_unique<Writer>(*bench->store, bench->clock, *bench->log, bench->metrics);
        const auto row = bench->row();
        state.ResumeTiming();
        for (int i = 0; i < kRows; ++i) {
            (void)writer->record(row);
        }
        if (writer->stop(std::chrono::minutes(1)) != 0 || *bench->store->count() != kRows) {
            state.SkipWithError("rows were lost");
        }
        state.PauseTiming();
        writer.reset();
        bench.reset();
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(record_and_store)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(3);

// record() alone: the queue takes all of them, the interval is never over.
void record_only(benchmark::State& state) {
    static Bench bench;
    static std::unique_ptr<Writer> writer;
    if (state.thread_index() == 0) {
        WriterOptions options;
        options.queue_rows_max = options.batch_rows_max = 10'000'000;
        options.flush_interval = std::chrono::hours(1);
        writer = std::make_unique<Writer>(*bench.store, bench.clock, *bench.log, bench.metrics, options);
    }
    const auto row = bench.row();
    for (auto _ : state) {
        benchmark::DoNotOptimize(writer->record(row));
    }
    if (state.thread_index() == 0) {
        writer.reset();
    }
}
BENCHMARK(record_only)->Threads(1)->Threads(2)->Iterations(200000)->UseRealTime();

}  // namespace
}  // namespace aihub::usage
