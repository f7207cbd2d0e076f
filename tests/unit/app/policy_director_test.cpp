#include "app/policy_director.hpp"

#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aihub::app {
namespace {

using policy::Stage;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PolicyDirectorTest : public ::testing::Test {
protected:
    static std::string policy(const std::string& note) {
        return "return function(ctx) -- " + note + "\n return { candidates = ctx.candidates }\nend\n";
    }
    [[nodiscard]] PolicyDirector::Services services(policy::BundleStore* store) {
        return {
            store,
            [this] {
                ++self_checks;
                return self_check;
            },
            [this](const policy::PolicySetPtr& set) -> Result<void> {
                if (!takes) {
                    return Error{Errc::invalid_request, "a loop has no room for it"};
                }
                told.push_back(set);
                return {};
            },
            clock,
            log,
            metrics};
    }
    // What is running, as "version: active/candidate", the bundles by their notes.
    [[nodiscard]] std::string running() const {
        const auto note = [](const policy::RunningBundle& of) {
            if (!of.bundle) {
                return std::string("none");
            }
            const auto& text = of.bundle->find("route.lua")->text;
            const auto at = text.find("-- ") + 3;
            return text.substr(at, text.find('\n') - at);
        };
        if (told.empty()) {
            return "nothing was told";
        }
        const auto& set = *told.back();
        return std::to_string(set.version) + ": " + note(set.active) + "/" + note(set.candidate);
    }
    void a_second_passes(PolicyDirector& director) {
        clock.advance(seconds(1));
        director.look();
    }
    [[nodiscard]] std::vector<std::string> lines(const std::string& text) const {
        std::vector<std::string> found;
        for (const auto& line : log.lines()) {
            if (line.find(text) != std::string::npos) {
                found.push_back(line);
            }
        }
        return found;
    }
    [[nodiscard]] std::uint64_t count(const std::string& name) { return metrics.counter(name, "").value(); }
    static void calls(const policy::RunningBundle& of, std::uint64_t count, std::uint64_t failed) {
        of.figures->calls += count;
        of.figures->failed_calls += failed;
        of.figures->hook_calls += count;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    aihub::testing::FakeLog log;
    telemetry::Metrics metrics;
    Result<void> self_check;
    int self_checks = 0;
    bool takes = true;  // the loops do
    std::vector<policy::PolicySetPtr> told;
};

class FolderDirector : public PolicyDirectorTest {
protected:
    void write(const std::string& text) const { aihub::testing::write_file(directory.file("route.lua"), text); }
    [[nodiscard]] PolicyDirectorOptions options() const {
        PolicyDirectorOptions made;
        made.folder = directory.path();
        return made;
    }
    // Two looks see an edit.
    void edit(PolicyDirector& director, const std::string& text) {
        write(text);
        a_second_passes(director);
        a_second_passes(director);
    }
};

TEST_F(FolderDirector, AnEditGoesLiveAndAMistakeStaysOut) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    EXPECT_EQ(running(), "1: one/none");
    edit(director, policy("two"));
    EXPECT_EQ(running(), "2: two/none");
    edit(director, "return function(ctx)\n return contxt\nend\n");
    EXPECT_EQ(running(), "2: two/none");
    EXPECT_THAT(
        lines("policy bundle refused"),
        ElementsAre(AllOf(
            HasSubstr("route.lua:2: there is no \"contxt\""), HasSubstr("active=" + told.back()->active.bundle->label())
        ))
    );
    EXPECT_EQ(count("aihub_policy_refusals_total"), 1U);
    edit(director, policy("three"));
    EXPECT_EQ(running(), "3: three/none");
    write(policy("four"));
    director.look_at_once();
    EXPECT_EQ(running(), "4: four/none");
    EXPECT_EQ(told.size(), 4U);
    EXPECT_EQ(self_checks, 1);
}

TEST_F(FolderDirector, WhatTheLoopsCannotTakeDoesNotCountAsRunning) {
    write(policy("one"));
    takes = false;
    PolicyDirector unable(options(), services(nullptr));
    EXPECT_THAT(unable.start().error().message, HasSubstr("no room"));
    takes = true;
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    const auto before = director.current();
    takes = false;
    edit(director, policy("two"));
    EXPECT_EQ(director.current(), before);
    EXPECT_EQ(lines("policy bundle refused").size(), 1U);
}

TEST_F(FolderDirector, NothingIsTakenBackForABundleWithoutItsAdmit) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    aihub::testing::write_file(directory.file("admit.lua"), "return function() return { allow = true } end\n");
    aihub::testing::write_file(
        directory.file("admit_spec.lua"),
        "describe('all', function() it('may', function() expect(aihub.test.admit({}).allow).to_be(true) end) end)\n"
    );
    edit(director, policy("two"));
    EXPECT_EQ(running(), "2: two/none");
    director.take_back(told.back()->active.bundle->hash(), "route keeps failing");
    EXPECT_EQ(running(), "2: two/none");
    EXPECT_EQ(lines("would let through what it refuses").size(), 1U);
}

TEST_F(FolderDirector, AGatewayWhosePoliciesCannotRunDoesNotStart) {
    write("return 1 +");
    PolicyDirector wrong(options(), services(nullptr));
    EXPECT_THAT(wrong.start().error().message, HasSubstr("route.lua:1: "));
    write(policy("one"));
    self_check = Error{Errc::internal, "the limits of policies do not hold here"};
    PolicyDirector not_held(options(), services(nullptr));
    EXPECT_EQ(not_held.start().error().message, "the limits of policies do not hold here");
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(FolderDirector, WhatRunsIsSeenInMetricsAndLog) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    const auto info = [](const policy::PolicySetPtr& set) {
        return "aihub_policy_info{bundle=\"" + set->active.bundle->name() + "\",hash=\"" + set->active.bundle->hash() +
               "\",stage=\"full\"} 1\n";
    };
    EXPECT_THAT(metrics.render(), HasSubstr(info(told[0])));
    edit(director, policy("two"));
    EXPECT_THAT(metrics.render(), AllOf(HasSubstr(info(told[1])), Not(HasSubstr(info(told[0])))));
    EXPECT_THAT(
        lines("info: policy bundle active").back(),
        HasSubstr("hash=" + told[1]->active.bundle->hash() + " stage=full version=2")
    );
}

TEST_F(FolderDirector, ValuesCountAtOnceAndBundlesGoOn) {
    write(policy("one"));
    auto wanted = options();
    wanted.values = {{"limit", "5"}};
    PolicyDirector director(wanted, services(nullptr));
    ASSERT_TRUE(director.start());
    EXPECT_EQ(told.back()->values, wanted.values);
    const auto before = told.back();
    director.configure(wanted);
    EXPECT_EQ(told.size(), 1U);
    wanted.values["limit"] = "6";
    director.configure(wanted);
    EXPECT_EQ(told.back()->values.at("limit"), "6");
    EXPECT_GT(told.back()->values_version, before->values_version);
    EXPECT_EQ(told.back()->active.figures, before->active.figures);
    edit(director, policy("two"));
    EXPECT_EQ(told.back()->values.at("limit"), "6");
}

TEST_F(FolderDirector, ABundleThatFailsAfterAnEditIsTakenBack) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    calls(told.back()->active, 1000, 10);
    a_second_passes(director);
    edit(director, policy("two"));
    calls(told.back()->active, 100, 5);
    a_second_passes(director);
    EXPECT_EQ(running(), "2: two/none") << "5 percent points more may fail";
    calls(told.back()->active, 100, 20);
    a_second_passes(director);
    EXPECT_EQ(running(), "3: one/none");
    EXPECT_THAT(
        lines("policy bundle taken back"),
        ElementsAre(HasSubstr("stage=full reason=12.5 % of its calls failed, and 1.0 % of those of the other bundle"))
    );
    EXPECT_EQ(count("aihub_policy_returns_total"), 1U);
    // It stays out until the next edit, and the one that was gone back to is not looked at.
    calls(told.back()->active, 1000, 1000);
    a_second_passes(director);
    a_second_passes(director);
    EXPECT_EQ(running(), "3: one/none");
    edit(director, policy("three"));
    EXPECT_EQ(running(), "4: three/none");
}

TEST_F(FolderDirector, WhatWentWellForTheWindowStays) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    calls(told.back()->active, 1000, 0);
    edit(director, policy("two"));
    calls(told.back()->active, 1000, 0);
    clock.advance(policy::Bands().window);
    director.look();
    calls(told.back()->active, 9000, 9000);
    a_second_passes(director);
    EXPECT_EQ(running(), "2: two/none");
}

TEST_F(FolderDirector, HooksThatKeepFailingBringTheOneBeforeBack) {
    write(policy("one"));
    PolicyDirector director(options(), services(nullptr));
    ASSERT_TRUE(director.start());
    const auto one = told.back()->active.bundle->hash();
    director.take_back(one, "route failed 20 times in a row");
    EXPECT_EQ(running(), "1: one/none") << "there is none to go back to";
    EXPECT_THAT(lines("there is none to go back to"), Not(IsEmpty()));
    edit(director, policy("two"));
    const auto two = told.back()->active.bundle->hash();
    director.take_back(two, "route failed 20 times in a row");
    director.take_back(two, "route failed 20 times in a row");
    EXPECT_EQ(running(), "3: one/none");
    EXPECT_EQ(count("aihub_policy_returns_total"), 1U);
}

class DatabaseDirector : public PolicyDirectorTest {
protected:
    void SetUp() override {
        storage::DatabaseOptions wanted;
        wanted.url = "sqlite:" + directory.file("aihub.db");
        auto opened = storage::Database::open(wanted, clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
        store.emplace(*policy::BundleStore::create(*database, clock));
    }
    [[nodiscard]] std::unique_ptr<PolicyDirector> started() {
        PolicyDirectorOptions options;
        options.node = "gateway one";
        auto director = std::make_unique<PolicyDirector>(options, services(&*store));
        const auto begun = director->start();
        EXPECT_TRUE(begun) << begun.error().message;
        return director;
    }
    // Stores a bundle and activates it.
    void activate(const std::string& text, Stage stage = Stage::full, std::uint32_t buckets = 0) {
        const auto stored = store->put(*policy::Bundle::make("eu", {{"route.lua", text}}), {});
        ASSERT_TRUE(stored) << stored.error().message;
        policy::NewActivation wanted;
        wanted.bundle = stored->hash;
        wanted.stage = stage;
        wanted.canary_buckets = buckets;
        ASSERT_TRUE(store->activate(wanted));
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

    std::unique_ptr<storage::Database> database;
    std::optional<policy::BundleStore> store;
};

TEST_F(DatabaseDirector, FollowsWhatIsActivated) {
    const auto director = started();
    EXPECT_EQ(running(), "0: none/none");
    EXPECT_EQ(self_checks, 0) << "nothing is to run";
    activate(policy("one"));
    director->look();
    EXPECT_EQ(running(), "0: none/none") << "not before the interval";
    a_second_passes(*director);
    EXPECT_EQ(running(), "1: one/none");
    const auto one = told.back()->active;
    activate(policy("two"), Stage::shadow);
    a_second_passes(*director);
    EXPECT_EQ(running(), "2: one/two");
    EXPECT_EQ(told.back()->active.figures, one.figures) << "it goes on";
    const auto two = told.back()->candidate;
    activate(policy("two"), Stage::canary, 250);
    director->look_at_once();
    EXPECT_EQ(running(), "3: one/two");
    EXPECT_EQ(told.back()->stage, Stage::canary);
    EXPECT_EQ(told.back()->canary_buckets, 250U);
    EXPECT_EQ(told.back()->candidate.figures, two.figures);
    EXPECT_THAT(metrics.render(), HasSubstr("hash=\"" + two.bundle->hash() + "\",stage=\"canary\"} 1\n"));
    activate(policy("two"));
    a_second_passes(*director);
    EXPECT_EQ(running(), "4: two/none");
    ASSERT_TRUE(store->roll_back({}));
    a_second_passes(*director);
    EXPECT_EQ(running(), "5: one/none");
    ASSERT_TRUE(store->activate({}));
    a_second_passes(*director);
    EXPECT_EQ(running(), "6: none/none");
    EXPECT_THAT(lines("no policy bundle is active"), Not(IsEmpty()));
    a_second_passes(*director);
    EXPECT_EQ(told.size(), 7U) << "told once each";
}

TEST_F(DatabaseDirector, ANewProcessBeginsWhereTheOldOneWas) {
    activate(policy("one"));
    activate(policy("two"), Stage::shadow);
    const auto director = started();
    EXPECT_EQ(running(), "2: one/two");
}

TEST_F(DatabaseDirector, ACanaryThatFailsMoreIsTakenBack) {
    activate(policy("one"));
    activate(policy("two"), Stage::canary, 1000);
    const auto director = started();
    calls(told.back()->active, 900, 9);
    calls(told.back()->candidate, 100, 6);
    a_second_passes(*director);
    EXPECT_EQ(running(), "2: one/two") << "5 points more may be";
    calls(told.back()->candidate, 0, 1);
    a_second_passes(*director);
    EXPECT_EQ(running(), "3: one/none");
    EXPECT_EQ(store->history(1)->front().reason, "7.0 % of its calls failed, and 1.0 % of those of the other bundle");
}

TEST_F(DatabaseDirector, OfTwoGatewaysOneTakesBack) {
    activate(policy("one"));
    activate(policy("two"), Stage::canary, 1000);
    const auto first = started();
    const auto second = started();
    for (const auto* one : {&first, &second}) {
        calls((*one)->current()->active, 900, 0);
        calls((*one)->current()->candidate, 100, 50);
    }
    a_second_passes(*first);
    second->look();
    for (const auto* one : {&first, &second}) {
        EXPECT_EQ((*one)->current()->candidate.bundle, nullptr);
        EXPECT_EQ((*one)->current()->version, 3U);
    }
    const auto history = store->history(10);
    ASSERT_EQ(history->size(), 3U);
    EXPECT_EQ(history->front().actor, "gateway one");
    EXPECT_EQ(history->front().reason, "50.0 % of its calls failed, and 0.0 % of those of the other bundle");
    EXPECT_EQ(history->front().bundle, history->back().bundle);
    EXPECT_EQ(count("aihub_policy_returns_total"), 1U);
}

TEST_F(DatabaseDirector, OneThatLosesSeesWhatTheOthersDid) {
    activate(policy("one"));
    activate(policy("two"), Stage::canary, 1000);
    const auto director = started();
    calls(told.back()->active, 900, 0);
    calls(told.back()->candidate, 100, 50);
    // Between its look at the database and its judgement somebody activates the third.
    director->look_at_once();
    activate(policy("three"));
    director->take_back(told.back()->candidate.bundle->hash(), "hooks fail");
    EXPECT_EQ(running(), "3: three/none");
    EXPECT_EQ(store->history(10)->size(), 3U);
    EXPECT_EQ(count("aihub_policy_returns_total"), 0U);
}

TEST_F(DatabaseDirector, AShadowThatIsStoppedIsTakenBack) {
    activate(policy("one"));
    activate(policy("two"), Stage::shadow);
    const auto director = started();
    told.back()->candidate.figures->hook_stops += 1;
    a_second_passes(*director);
    EXPECT_EQ(running(), "3: one/none");
    EXPECT_EQ(
        store->history(1)->front().reason, "1 calls of its hooks were stopped at a limit, and 0 with the other bundle"
    );
}

TEST_F(DatabaseDirector, TheLastGoodOneIsFoundAfterARestart) {
    activate(policy("one"));
    activate(policy("two"));
    const auto director = started();
    director->take_back(told.back()->active.bundle->hash(), "admit failed 20 times in a row");
    EXPECT_EQ(running(), "3: one/none");
    EXPECT_EQ(store->history(1)->front().reason, "admit failed 20 times in a row");
    director->take_back(told.back()->active.bundle->hash(), "admit failed 20 times in a row");
    EXPECT_EQ(running(), "3: one/none");
}

TEST_F(DatabaseDirector, NothingIsTakenBackForNoPolicies) {
    activate(policy("one"));
    ASSERT_TRUE(store->activate({}));
    activate(policy("two"));
    const auto director = started();
    director->take_back(told.back()->active.bundle->hash(), "admit failed 20 times in a row");
    EXPECT_EQ(running(), "3: two/none");
    EXPECT_THAT(lines("there is none to go back to"), Not(IsEmpty()));
}

TEST_F(DatabaseDirector, WhatCannotRunHereIsRefusedOnce) {
    activate(policy("one"));
    const auto director = started();
    activate("return 1");
    a_second_passes(*director);
    a_second_passes(*director);
    EXPECT_EQ(running(), "1: one/none");
    EXPECT_THAT(lines("policy bundle refused"), ElementsAre(HasSubstr("bundle=version 2")));
    activate("return 2", Stage::shadow);
    activate(policy("three"));
    activate("return 3", Stage::shadow);
    a_second_passes(*director);
    EXPECT_EQ(running(), "5: three/none") << "only the candidate is left out";
    PolicyDirector fresh({}, services(&*store));
    EXPECT_TRUE(fresh.start());
    activate("return 4");
    EXPECT_FALSE(fresh.start()) << "a gateway that starts anew has nothing else to run";
}

TEST_F(DatabaseDirector, ASelfCheckThatFailsKeepsPoliciesOut) {
    const auto director = started();
    self_check = Error{Errc::internal, "the limits of policies do not hold here"};
    activate(policy("one"));
    a_second_passes(*director);
    activate(policy("two"));
    a_second_passes(*director);
    EXPECT_EQ(running(), "0: none/none");
    EXPECT_EQ(self_checks, 1);
    EXPECT_EQ(lines("the limits of policies do not hold here").size(), 2U);
}

TEST_F(DatabaseDirector, WhileTheDatabaseIsAwayWhatRunsGoesOn) {
    activate(policy("one"));
    const auto director = started();
    execute("ALTER TABLE policy_activations RENAME TO away");
    a_second_passes(*director);
    a_second_passes(*director);
    EXPECT_EQ(running(), "1: one/none");
    EXPECT_EQ(lines("policies cannot be brought up to date").size(), 1U);
    execute("ALTER TABLE away RENAME TO policy_activations");
    activate(policy("two"));
    a_second_passes(*director);
    EXPECT_EQ(running(), "2: two/none");
    EXPECT_EQ(lines("policies are up to date again").size(), 1U);
}

}  // namespace
}  // namespace aihub::app
