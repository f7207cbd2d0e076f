#include "usage/store.hpp"
#include "usage_fixture.hpp"

namespace aihub::usage {
namespace {

class UsageStoreTest : public UsageTest {};

TEST_F(UsageStoreTest, every_field_comes_back) {
    model::UsageRow full;
    full.request_id = "req_1";
    full.started_at = clock.wall_now();
    full.key_id = "ak_1";
    full.operation = "chat_completions";
    full.model_asked = "fast";
    full.model_used = "m-1";
    full.provider = "up";
    full.attempts = 3;
    full.streamed = true;
    full.status = 499;
    full.outcome = model::Outcome::client_closed;
    full.usage = {1, 2, 3, 4, 5, 6, 7, 8};
    full.bytes_in = 5'000'000'000;
    full.bytes_out = 8;
    full.duration = std::chrono::microseconds(9);
    full.first_byte = std::chrono::microseconds(10);
    full.overhead = std::chrono::microseconds(11);
    full.policy = "1a2b3c";
    full.experiments = "checkout=b";
    full.labels = "kind=batch,team=search";
    full.rating = "rated";
    full.amount = "0.000000012345";
    full.currency = "EUR";
    ASSERT_TRUE(store->write(std::vector<StoredRow>{{1, full}}));
    const auto rows = store->recent(10);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 1U);
    const auto& back = rows->front();
    EXPECT_EQ(back.request_id, full.request_id);
    EXPECT_EQ(back.started_at, full.started_at);
    EXPECT_EQ(back.key_id, full.key_id);
    EXPECT_EQ(back.operation, full.operation);
    EXPECT_EQ(back.model_asked, full.model_asked);
    EXPECT_EQ(back.model_used, full.model_used);
    EXPECT_EQ(back.provider, full.provider);
    EXPECT_EQ(back.attempts, full.attempts);
    EXPECT_EQ(back.streamed, full.streamed);
    EXPECT_EQ(back.status, full.status);
    EXPECT_EQ(back.outcome, full.outcome);
    EXPECT_EQ(back.usage, full.usage);
    EXPECT_EQ(back.bytes_in, full.bytes_in);
    EXPECT_EQ(back.bytes_out, full.bytes_out);
    EXPECT_EQ(back.duration, full.duration);
    EXPECT_EQ(back.first_byte, full.first_byte);
    EXPECT_EQ(back.overhead, full.overhead);
    EXPECT_EQ(back.policy, full.policy);
    EXPECT_EQ(back.experiments, full.experiments);
    EXPECT_EQ(back.labels, full.labels);
    EXPECT_EQ(back.rating, full.rating);
    EXPECT_EQ(back.amount, full.amount);
    EXPECT_EQ(back.currency, full.currency);
}

TEST_F(UsageStoreTest, not_said_is_not_zero) {
    auto silent = row(1);
    auto zero = row(2);
    zero.usage.input = 0;
    ASSERT_TRUE(store->write(std::vector<StoredRow>{{1, silent}, {2, zero}}));
    const auto rows = *store->recent(2);
    EXPECT_EQ(rows.at(0).usage.input, std::optional<std::uint64_t>(0));
    EXPECT_EQ(rows.at(0).usage.output, std::nullopt);
    EXPECT_EQ(rows.at(1).usage, model::Usage{});
    EXPECT_EQ(number("SELECT count(*) FROM usage_rows WHERE input_tokens IS NULL"), 1);
}

TEST_F(UsageStoreTest, every_outcome_has_a_name_of_its_own) {
    std::vector<StoredRow> rows;
    for (int i = 0; i <= static_cast<int>(model::Outcome::internal_error); ++i) {
        auto made = row(i);
        made.outcome = static_cast<model::Outcome>(i);
        rows.push_back({i + 1, made});
    }
    ASSERT_TRUE(store->write(rows));
    const auto back = *store->recent(rows.size());
    ASSERT_EQ(back.size(), rows.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
        EXPECT_EQ(back[i].outcome, rows[rows.size() - 1 - i].row.outcome);
    }
}

TEST_F(UsageStoreTest, writing_a_batch_again_adds_nothing) {
    const std::vector<StoredRow> batch{{1, row(1)}, {2, row(2)}};
    ASSERT_TRUE(store->write(batch));
    // The commit was reported as failed and had happened; meanwhile another row has come.
    ASSERT_TRUE(store->write(std::vector<StoredRow>{batch[0], batch[1], {3, row(3)}}));
    EXPECT_EQ(*store->count(), 3U);
    EXPECT_EQ(number("SELECT count(*) FROM usage_rows WHERE id = 2"), 1);
}

TEST_F(UsageStoreTest, the_same_request_id_of_two_requests_makes_two_rows) {
    ASSERT_TRUE(store->write(std::vector<StoredRow>{{1, row(1)}, {2, row(1)}, {3, row(1)}}));
    EXPECT_EQ(*store->count(), 3U);
}

TEST_F(UsageStoreTest, recent_is_newest_first_and_bounded) {
    std::vector<StoredRow> rows;
    for (int i = 1; i <= 1200; ++i) {
        rows.push_back({i, row(i)});
    }
    ASSERT_TRUE(store->write(rows));
    const auto three = *store->recent(3);
    ASSERT_EQ(three.size(), 3U);
    EXPECT_EQ(three[0].request_id, "req_1200");
    EXPECT_EQ(three[2].request_id, "req_1198");
    EXPECT_EQ(store->recent(100000)->size(), kRecentRowsMax);
    EXPECT_TRUE(store->recent(0)->empty());
}

TEST_F(UsageStoreTest, texts_of_clients_are_cut_between_characters) {
    auto made = row(1);
    made.model_asked = "a";
    for (int i = 0; i < 200; ++i) {
        made.model_asked += "\xc3\xa4";
    }
    made.request_id = std::string("id\0hidden", 9);
    ASSERT_TRUE(store->write(std::vector<StoredRow>{{1, made}}));
    const auto back = store->recent(1)->front();
    EXPECT_EQ(back.model_asked, made.model_asked.substr(0, kUsageTextMax - 1));
    EXPECT_EQ(back.request_id, "id");
}

TEST_F(UsageStoreTest, a_batch_that_fails_leaves_nothing) {
    open(1);
    ASSERT_TRUE(execute("PRAGMA max_page_count=20"));
    std::vector<StoredRow> rows;
    for (int i = 1; i <= 5000; ++i) {
        rows.push_back({i, row(i)});
    }
    const auto outcome = store->write(rows);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, "database_full");
    EXPECT_EQ(*store->count(), 0U);
}

TEST_F(UsageStoreTest, each_start_writes_under_a_number_of_its_own) {
    auto second = Store::create(*database);
    ASSERT_TRUE(second);
    EXPECT_NE(store->row_ids().next(clock.wall_now()), second->row_ids().next(clock.wall_now()));
    EXPECT_EQ(number("SELECT count(*) FROM usage_writers"), 1);
}

TEST_F(UsageStoreTest, rows_of_the_first_version_are_kept) {
    ASSERT_TRUE(execute("DROP TABLE usage_rows"));
    ASSERT_TRUE(execute("DROP TABLE usage_writers"));
    ASSERT_TRUE(execute("DELETE FROM schema_migrations WHERE module = 'usage' AND version > 1"));
    ASSERT_TRUE(
        execute("CREATE TABLE usage_rows (writer, serial, request_id, started_at, key_id, operation, model_asked, "
                "model_used, provider, attempts, streamed, status, outcome, input_tokens, output_tokens, "
                "cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_tokens, bytes_in, bytes_out, "
                "duration_us, first_byte_us, overhead_us)")
    );
    for (const auto* serial : {"1", "2", "3"}) {
        ASSERT_TRUE(execute(
            std::string("INSERT INTO usage_rows VALUES (77, ") + serial + ", 'req_" + serial +
            "', 5000, 'ak_1', 'chat_completions', 'fast', 'm-1', 'up', 1, 0, 200, 'completed', 7, NULL, NULL, NULL, "
            "NULL, "
            "NULL, 10, 20, 30, 40, 50)"
        ));
    }
    const auto again = Store::create(*database);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*store->count(), 3U);
    EXPECT_EQ(number("SELECT count(DISTINCT request_id) FROM usage_rows WHERE id / 2048 = 5000"), 3);
    EXPECT_EQ(store->recent(1)->front().usage.input, std::optional<std::uint64_t>(7));
    EXPECT_EQ(store->recent(1)->front().overhead, std::chrono::microseconds(50));
    EXPECT_EQ(store->recent(1)->front().rating, "");
}

}  // namespace
}  // namespace aihub::usage
