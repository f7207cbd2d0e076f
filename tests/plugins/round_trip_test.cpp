// What one trip through a provider's format has left is kept by every further trip: nothing is lost little by little,
// and what a reader makes of a writer's bytes is what was written. The losses of the first trip are those that
// `dropped` names; the fixtures of the plugins hold them one by one.
#include "dialect/canonical.hpp"
#include "dialect/renderer.hpp"
#include "support/plugin_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace aihub::testing {
namespace {

namespace fs = std::filesystem;
using dialect::Format;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// All files of the folder that end so, in order.
std::vector<fs::path> files(const fs::path& folder, std::string_view ending) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().filename().string().ends_with(ending)) {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

// Without their order: signatures of thoughts that have no words may change places.
std::string bytes_of(std::string text) {
    std::sort(text.begin(), text.end());
    return text;
}

struct Provider {
    const char* library;
    const char* settings;
    Format format;
    const char* ending;  // of golden answers
};

const std::vector<Provider>& providers() {
    static const std::vector<Provider> kAll{
        {AIHUB_PLUGIN_OPENAI, R"({"send_reasoning":true})", Format::openai_chat, ".openai.chat.json"},
        {AIHUB_PLUGIN_ANTHROPIC, "{}", Format::anthropic_messages, ".anthropic.messages.json"},
        {AIHUB_PLUGIN_GOOGLE, "{}", Format::gemini_generate, ".gemini.generate.json"},
    };
    return kAll;
}

class Trip {
public:
    explicit Trip(const Provider& provider)
        : provider_(provider),
          plugin_(provider.library, provider.settings),
          codec_(*plugin_.extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC)) {}

    // The provider's body for the canonical request; empty: it refuses it.
    std::string body_of(const std::string& canonical) {
        FakeCall call;
        const FakeRequest request("aihub.chat", "gemini-2.5-pro", canonical, 0);
        aihub_http_request http{};
        http.struct_size = sizeof http;
        aihub_callstate* state = nullptr;
        if (codec_.build(plugin_.instance, call.handle(), request.get(), &http, &state, plugin_.host.error()) !=
            AIHUB_OK) {
            return {};
        }
        std::string body;
        for (std::size_t part = 0; part < http.n_body; ++part) {
            body += text_of(http.body[part]);
        }
        codec_.on_end(state, call.handle(), AIHUB_CANCELLED, plugin_.host.error());
        codec_.destroy(state);
        return body;
    }

    // The body once more, from what a reader makes of it.
    std::string again(const std::string& body) {
        const auto read = dialect::canonical_form(provider_.format, body);
        if (!read) {
            ADD_FAILURE() << read.error().message << " at " << read.error().param << "\n" << body;
            return {};
        }
        return body_of(*read);
    }

    // What the codec tells of a whole answer; neighbours of one kind are one. Empty: the call failed.
    std::vector<FakeCall::Event> events_of(const std::string& document) {
        FakeCall call;
        const FakeRequest request(
            "aihub.chat", "m", R"({"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})", 0
        );
        aihub_http_request http{};
        http.struct_size = sizeof http;
        aihub_callstate* state = nullptr;
        const auto built =
            codec_.build(plugin_.instance, call.handle(), request.get(), &http, &state, plugin_.host.error());
        EXPECT_EQ(built, AIHUB_OK);
        const aihub_header type{slice_of("content-type"), slice_of("application/json")};
        codec_.on_head(state, call.handle(), 200, &type, 1, plugin_.host.error());
        codec_.on_frame(state, call.handle(), {}, slice_of(document), plugin_.host.error());
        codec_.on_end(state, call.handle(), AIHUB_OK, plugin_.host.error());
        codec_.destroy(state);
        return call.failure ? std::vector<FakeCall::Event>{} : call.events;
    }

    // The client's document of those events, in the provider's own format.
    std::string document_of(const std::vector<FakeCall::Event>& events) const {
        const auto renderer = dialect::make_renderer(provider_.format, {.id = "1", .model = "m"});
        model::Usage usage;
        std::string out;
        for (const auto& told : events) {
            if (told.kind == AIHUB_EV_USAGE) {
                const auto said = [&](int at) {
                    const auto count = told.n[static_cast<std::size_t>(at)];
                    return count == AIHUB_N_UNKNOWN ? std::nullopt : std::optional(count);
                };
                usage.input = said(AIHUB_N_INPUT);
                usage.output = said(AIHUB_N_OUTPUT);
                usage.cache_read = said(AIHUB_N_CACHE_READ);
                usage.cache_write = said(AIHUB_N_CACHE_WRITE);
                usage.reasoning = said(AIHUB_N_REASONING);
                continue;
            }
            capability::Event event;
            event.kind = static_cast<capability::EventKind>(told.kind - 1);
            event.choice = told.choice;
            event.block = told.block;
            event.text = told.text;
            event.extra = told.extra;
            renderer->event(event, out);
        }
        renderer->finish(usage, out);
        return out;
    }

private:
    const Provider& provider_;
    PluginUnderTest plugin_;
    const aihub_provider_codec_v1& codec_;
};

// What an answer says, without where one event ends and the next begins.
std::string said(const std::vector<FakeCall::Event>& events) {
    std::string all;
    std::string before;
    for (const auto& event : events) {
        const auto name = std::to_string(event.kind) + "/" + std::to_string(event.choice) + "/" +
                          std::to_string(event.block) + "/" + event.extra + ": ";
        const bool delta = event.kind == AIHUB_EV_TEXT || event.kind == AIHUB_EV_REASONING ||
                           event.kind == AIHUB_EV_TOOL_ARGS || event.kind == AIHUB_EV_REFUSAL;
        all += delta && name == before ? "" : "\n" + name;
        all += event.text;
        for (const auto count : event.n) {
            all += event.kind == AIHUB_EV_USAGE ? " " + std::to_string(count) : "";
        }
        before = name;
    }
    return all;
}

// The first trip settles what several ways can say (two messages of one side, a thought in pieces, a thinking that a
// model cannot leave off); from then on nothing changes any more. Most requests are settled at once.
TEST(RoundTrip, ARequestKeepsWhatItsProvidersFormatCanSay) {
    const fs::path root = fs::path(AIHUB_DIALECT_GOLDEN) / "requests";
    for (const auto& provider : providers()) {
        Trip trip(provider);
        std::size_t trips = 0;
        std::size_t at_once = 0;
        for (const auto& path : files(root, ".canonical")) {
            if (path.string().find("embed") != std::string::npos) {
                continue;
            }
            SCOPED_TRACE(std::string(provider.ending) + " " + path.string());
            const auto once = trip.body_of(read_file(path));
            if (once.empty()) {
                continue;  // The provider cannot be asked this at all, and says so.
            }
            auto before = once;
            auto after = trip.again(once);
            at_once += after == once ? 1U : 0U;
            for (int more = 0; more < 4 && after != before; ++more) {
                before = std::exchange(after, trip.again(after));
            }
            EXPECT_EQ(bytes_of(after), bytes_of(before)) << after << "\n" << before;
            ++trips;
        }
        EXPECT_GT(trips, 80U) << provider.ending;
        EXPECT_GE(at_once * 100, trips * 90) << provider.ending << ": " << at_once << " of " << trips;
    }
}

TEST(RoundTrip, AnAnswerSaysTheSameAfterEachTrip) {
    const fs::path root = fs::path(AIHUB_DIALECT_GOLDEN) / "answers";
    for (const auto& provider : providers()) {
        Trip trip(provider);
        std::size_t kept = 0;
        for (const auto& path : files(root, provider.ending)) {
            SCOPED_TRACE(path.string());
            const auto first = trip.events_of(read_file(path));
            if (first.empty()) {
                continue;  // Not one that this provider could give.
            }
            const auto document = trip.document_of(first);
            EXPECT_EQ(said(trip.events_of(document)), said(first)) << document;
            ++kept;
        }
        EXPECT_GT(kept, 15U) << provider.ending;
    }
}

// Each signature stays at the part where it was, and nothing is joined with a part that has one.
TEST(RoundTrip, SignaturesKeepTheirPlaces) {
    constexpr std::string_view kParts =
        R"([{"text":"a"},{"text":"","thoughtSignature":"s1"},{"text":"b"},{"text":"c","thoughtSignature":"s2"},)"
        R"({"text":"d"},{"functionCall":{"name":"f","args":{}},"thoughtSignature":"s3"},)"
        R"({"functionCall":{"name":"g","args":{}}},{"text":"","thoughtSignature":"s4"}])";
    Trip trip(providers().back());
    const std::string body = R"({"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":)" +
                             std::string(kParts) + R"(},{"role":"user","parts":[{"text":"r"}]}]})";
    EXPECT_EQ(trip.again(body), body);
    constexpr std::string_view kAnswer =
        R"([{"text":"a"},{"text":"","thoughtSignature":"s1"},{"text":"c","thoughtSignature":"s2"},{"text":"d"},)"
        R"({"text":"","thoughtSignature":"s4"}])";
    const auto events = trip.events_of(
        R"({"candidates":[{"content":{"parts":)" + std::string(kAnswer) +
        R"(,"role":"model"},"finishReason":"STOP","index":0}]})"
    );
    EXPECT_NE(trip.document_of(events).find("\"parts\":" + std::string(kAnswer)), std::string::npos)
        << trip.document_of(events);
}

}  // namespace
}  // namespace aihub::testing
