#include "policy/bundle_store.hpp"
#include "policy/bundle_text.hpp"
#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/posix.hpp"
#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace aihub::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <class T>
std::string message(const Result<T>& made) {
    return made ? "made" : made.error().message;
}

class BundleStoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        database = open();
        auto made = BundleStore::create(*database, clock);
        ASSERT_TRUE(made) << made.error().message;
        store.emplace(*std::move(made));
    }
    [[nodiscard]] std::unique_ptr<storage::Database> open() {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        auto opened = storage::Database::open(options, clock, metrics);
        EXPECT_TRUE(opened) << opened.error().message;
        return *std::move(opened);
    }
    static Bundle bundle(const std::string& text, const std::string& name = "eu") {
        auto made = Bundle::make(name, {{"route.lua", text}});
        EXPECT_TRUE(made) << made.error().message;
        return *std::move(made);
    }
    // Stores a bundle and gives its hash.
    std::string stored(const std::string& text) {
        clock.advance(std::chrono::seconds(1));
        const auto made = store->put(bundle(text), {"ann", "", ""});
        EXPECT_TRUE(made) << made.error().message;
        return made->hash;
    }
    static NewActivation wanted(const std::string& hash, Stage stage = Stage::full, std::uint32_t buckets = 0) {
        NewActivation made;
        made.bundle = hash;
        made.stage = stage;
        made.canary_buckets = buckets;
        made.actor = "ann";
        return made;
    }
    void activate(const NewActivation& what) {
        const auto made = store->activate(what);
        ASSERT_TRUE(made) << made.error().message;
    }
    // "active/candidate" by the first letter of their texts.
    std::string running() {
        const auto current = store->current();
        EXPECT_TRUE(current) << message(current);
        const auto text = [&](const std::optional<Activation>& of) {
            return of ? store->get(of->bundle)->bundle->find("route.lua")->text : std::string("none");
        };
        return text(current->active) + "/" + text(current->candidate);
    }
    void execute(const std::string& statement) {
        auto session = database->session();
        ASSERT_TRUE(session);
        const auto done = storage::run_sql(*session, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<BundleStore> store;
};

TEST_F(BundleStoreTest, KeepsWhatWasPut) {
    const auto made = bundle("return 1 -- '\";\n\xc3\xa4");
    const auto info = store->put(made, {"ann", "first", "abc"});
    ASSERT_TRUE(info) << message(info);
    EXPECT_EQ(info->hash, made.hash());
    EXPECT_EQ(info->created_at, clock.wall_now());
    EXPECT_EQ(info->bytes, bundle_text(made).size());

    for (const auto& which : {made.hash(), made.hash().substr(0, 6)}) {
        const auto got = store->get(which);
        ASSERT_TRUE(got) << message(got);
        EXPECT_EQ(got->bundle->files(), made.files());
        EXPECT_EQ(got->bundle->label(), made.label());
        EXPECT_EQ(got->info.author, "ann");
        EXPECT_EQ(got->info.comment, "first");
        EXPECT_EQ(got->info.parent, "abc");
    }
}

TEST_F(BundleStoreTest, TheSameContentIsOneBundle) {
    ASSERT_TRUE(store->put(bundle("return 1"), {"ann", "first", ""}));
    clock.advance(std::chrono::seconds(5));
    const auto again = store->put(bundle("return 1", "us"), {"bob", "second", ""});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->author, "ann");
    EXPECT_EQ(again->name, "eu");
    ASSERT_TRUE(store->put(bundle("return 2"), {}));
    const auto listed = store->list();
    ASSERT_TRUE(listed);
    ASSERT_THAT(*listed, SizeIs(2));
    EXPECT_EQ(listed->front().hash, bundle("return 2").hash());
}

TEST_F(BundleStoreTest, RefusesWhatCannotBeKept) {
    EXPECT_THAT(
        message(store->put(bundle(std::string("a\0b", 3)), {})), HasSubstr("file route.lua has a character of")
    );
    EXPECT_THAT(message(store->put(bundle("return 1"), {"", std::string(1025, 'x'), ""})), HasSubstr("1025 bytes"));
    std::vector<SourceFile> files{{"route.lua", "return 1"}};
    for (int i = 0; i < 17; ++i) {
        files.push_back({"m" + std::to_string(i) + ".lua", std::string(Bundle::kFileBytesMax, ' ')});
    }
    const auto large = store->put(*Bundle::make("large", files), {});
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, Errc::too_large);
    EXPECT_THAT(*store->list(), IsEmpty());
}

TEST_F(BundleStoreTest, ABeginningHasToFitOne) {
    EXPECT_THAT(message(store->get("abc")), HasSubstr("at least 6 of the letters"));
    EXPECT_THAT(message(store->get("ABCDEF")), HasSubstr("0 to 9, a to f"));
    const auto none = store->get("abcdef");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::not_found);
    const auto hash = stored("return 1");
    const auto other = hash.substr(0, 10) + std::string(54, '0');
    execute(
        "INSERT INTO policy_bundles SELECT '" + other +
        "', name, author, comment, parent, created_at, bytes, files FROM policy_bundles"
    );
    EXPECT_THAT(message(store->get(hash.substr(0, 8))), HasSubstr("more than one bundle begins with"));
    EXPECT_TRUE(store->get(hash));
    EXPECT_THAT(message(store->get(other)), HasSubstr("is damaged in the database: its content has another hash"));
}

TEST_F(BundleStoreTest, AStageLeavesTheActiveOneInPlace) {
    EXPECT_EQ(running(), "none/none");
    EXPECT_EQ(*store->version(), 0U);
    const auto a = stored("a");
    const auto b = stored("b");
    activate(wanted(a));
    EXPECT_EQ(running(), "a/none");
    activate(wanted(b, Stage::shadow));
    EXPECT_EQ(running(), "a/b");
    activate(wanted(b.substr(0, 7), Stage::canary, 500));
    const auto current = store->current();
    EXPECT_EQ(running(), "a/b");
    EXPECT_EQ(current->version, 3U);
    EXPECT_EQ(current->candidate->bundle, b);
    EXPECT_EQ(current->candidate->stage, Stage::canary);
    EXPECT_EQ(current->candidate->canary_buckets, 500U);
    EXPECT_EQ(current->active->version, 1U);
    activate(wanted(b));
    EXPECT_EQ(running(), "b/none");
    activate(wanted(""));
    EXPECT_EQ(running(), "none/none");
    EXPECT_EQ(*store->version(), 5U);
}

TEST_F(BundleStoreTest, RefusesWhatCannotBeActivated) {
    const auto a = stored("a");
    EXPECT_THAT(message(store->activate(wanted("", Stage::shadow))), HasSubstr("name the bundle to try"));
    EXPECT_THAT(message(store->activate(wanted(a, Stage::canary))), HasSubstr("from 0.01 to 100 percent"));
    EXPECT_THAT(message(store->activate(wanted(a, Stage::canary, 10001))), HasSubstr("from 0.01 to 100 percent"));
    EXPECT_THAT(message(store->activate(wanted("abcdef0"))), HasSubstr("no bundle is stored whose hash begins with"));
    EXPECT_EQ(*store->version(), 0U);
}

TEST_F(BundleStoreTest, TheLastOfTwoWhoExpectTheSameLoses) {
    const auto a = stored("a");
    const auto b = stored("b");
    auto first = wanted(a);
    first.expected_bundle = "";
    auto second = wanted(b);
    second.expected_bundle = "";
    activate(first);
    const auto lost = store->activate(second);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Errc::conflict);
    EXPECT_EQ(lost.error().reason, "policy_conflict");
    EXPECT_EQ(
        lost.error().message,
        "no bundle was expected to be the last that was activated, but eu@" + a.substr(0, 12) +
            " is, in stage full (version 1, by ann); look at it, then activate with what you expect now"
    );
    second.expected_bundle = a.substr(0, 8);
    second.expected_version = 2;
    EXPECT_THAT(message(store->activate(second)), HasSubstr("version 2 was expected"));
    second.expected_version = 1;
    activate(second);
    EXPECT_EQ(running(), "b/none");
}

TEST_F(BundleStoreTest, GoesBackStepByStep) {
    const auto back = [&] { return store->roll_back({}); };
    EXPECT_THAT(message(back()), HasSubstr("no bundle is active"));
    for (const auto* text : {"a", "b", "c"}) {
        activate(wanted(stored(text)));
    }
    activate(wanted(stored("d"), Stage::shadow));
    EXPECT_EQ(running(), "c/d");
    ASSERT_TRUE(back());
    EXPECT_EQ(running(), "c/none") << "a candidate goes first";
    EXPECT_EQ(store->current()->version, 5U);
    EXPECT_EQ(store->current()->active->version, 3U) << "it is active since then";
    const auto before = store->before_active();
    ASSERT_TRUE(before) << message(before);
    EXPECT_EQ(*before, bundle("b").hash());
    ASSERT_TRUE(back());
    EXPECT_EQ(running(), "b/none");
    ASSERT_TRUE(back());
    EXPECT_EQ(running(), "a/none") << "and not to what was taken back";
    EXPECT_THAT(message(back()), HasSubstr("to run none, activate none"));
    activate(wanted(""));
    ASSERT_TRUE(back());
    EXPECT_EQ(running(), "a/none");
    NewActivation late;
    late.expected_version = 3;
    EXPECT_THAT(message(store->roll_back(late)), HasSubstr("version 3 was expected"));
}

TEST_F(BundleStoreTest, TheHistoryTellsWhoAndWhy) {
    const auto a = stored("a");
    auto first = wanted(a);
    first.comment = "for the spring";
    activate(first);
    clock.advance(std::chrono::minutes(1));
    NewActivation taken_back;
    taken_back.actor = "gateway";
    taken_back.reason = "errors left their band";
    activate(taken_back);
    const auto history = store->history(10);
    ASSERT_TRUE(history);
    ASSERT_THAT(*history, SizeIs(2));
    const auto& last = history->front();
    EXPECT_EQ(last.version, 2U);
    EXPECT_EQ(last.bundle, "");
    EXPECT_EQ(last.reason, "errors left their band");
    EXPECT_EQ(last.at, clock.wall_now());
    EXPECT_EQ(history->back().bundle_name, "eu");
    EXPECT_EQ(history->back().comment, "for the spring");
    EXPECT_THAT(*store->history(1), SizeIs(1));
}

TEST_F(BundleStoreTest, BundlesOfTheHistoryStay) {
    const auto first = stored("first");
    activate(wanted(first));
    activate(wanted(""));
    const auto unused = stored("unused");
    for (std::size_t i = 0; i < kUnusedBundlesMax; ++i) {
        (void)stored(std::to_string(i));
    }
    EXPECT_TRUE(store->get(first));
    EXPECT_FALSE(store->get(unused));
    EXPECT_THAT(*store->list(), SizeIs(kUnusedBundlesMax + 1));
}

TEST_F(BundleStoreTest, ANewDatabaseObjectSeesTheSame) {
    activate(wanted(stored("a")));
    database.reset();
    database = open();
    store.emplace(*BundleStore::create(*database, clock));
    EXPECT_EQ(running(), "a/none");
}

}  // namespace
}  // namespace aihub::policy
