// What a look-up of a key costs: the same key again, a key seen for the first time, an unknown key.
#include "base/clock.hpp"
#include "identity/key_directory.hpp"
#include "identity/keys.hpp"

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace aihub::identity {
namespace {

constexpr int kKeys = 1000;

struct Keys {
    std::vector<Secret> texts;
    std::vector<KeySnapshot::Entry> entries;

    Keys() {
        const Secret pepper(std::string(32, 'p'));
        for (int i = 0; i < kKeys; ++i) {
            texts.push_back(make_key("aihub", "live"));
            model::Principal principal;
            principal.key_id = KeyId("ak_" + std::to_string(i));
            entries.push_back(
                {hash_key(pepper, texts.back().expose()), std::make_shared<const model::Principal>(principal)}
            );
        }
    }
};

const Keys& keys() {
    static const Keys made;
    return made;
}

const KeySnapshot& snapshot() {
    static const KeySnapshot made(Secret(std::string(32, 'p')), keys().entries, 1);
    return made;
}

void find_hit(benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(snapshot().find(keys().texts[i++ % 16].expose()));
    }
}
BENCHMARK(find_hit)->Threads(1)->Threads(2);

// A look-up that is not in this thread's cache: the key is known, the text has not been seen.
void find_first_time(benchmark::State& state) {
    std::size_t i = 0;
    std::unique_ptr<KeySnapshot> fresh;
    for (auto _ : state) {
        if (i % kKeys == 0) {
            state.PauseTiming();
            fresh = std::make_unique<KeySnapshot>(Secret(std::string(32, 'p')), keys().entries, 1);
            (void)fresh->find("empties the cache of this thread");
            state.ResumeTiming();
        }
        benchmark::DoNotOptimize(fresh->find(keys().texts[i++ % kKeys].expose()));
    }
}
BENCHMARK(find_first_time);

void find_unknown(benchmark::State& state) {
    std::string key(keys().texts[0].expose());
    std::uint64_t number = 0;
    for (auto _ : state) {
        const auto text = std::to_string(++number);
        key.replace(12, text.size(), text);
        benchmark::DoNotOptimize(snapshot().find(key));
    }
}
BENCHMARK(find_unknown);

void check_form(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(well_formed(keys().texts[0].expose()));
    }
}
BENCHMARK(check_form);

void hash(benchmark::State& state) {
    const Secret pepper(std::string(32, 'p'));
    for (auto _ : state) {
        benchmark::DoNotOptimize(hash_key(pepper, keys().texts[0].expose()));
    }
}
BENCHMARK(hash);

// What a loop pays to reach the current snapshot, and for a whole look-up through the directory.
class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "aihub-bench-XXXXXX").string();
        path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
        storage::DatabaseOptions options;
        options.url = "sqlite:" + path_ + "/aihub.db";
        database_ = *storage::Database::open(options, clock_, metrics_);
        store_ = std::make_unique<KeyStore>(*KeyStore::create(*database_, clock_, Secret("pepper")));
        key = store_->create_key({"bench"})->key;
        log_ = *telemetry::Log::create({}, clock_);
        keys = *KeyDirectory::create(*store_, *log_, metrics_, std::chrono::hours(1));
    }
    ~Directory() {
        keys.reset();
        store_.reset();
        database_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    Secret key;

private:
    std::string path_;
    SystemClock clock_;
    telemetry::Metrics metrics_;
    std::unique_ptr<telemetry::Log> log_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<KeyStore> store_;

public:
    std::unique_ptr<KeyDirectory> keys;
};

Directory& directory() {
    static Directory made;
    return made;
}

void directory_snapshot(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(&directory().keys->snapshot());
    }
}
BENCHMARK(directory_snapshot)->Threads(1)->Threads(2);

void directory_find(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(directory().keys->find(directory().key.expose()));
    }
}
BENCHMARK(directory_find)->Threads(1)->Threads(2);

}  // namespace
}  // namespace aihub::identity
