#include "answer_fixture.hpp"

namespace aihub::dialect {
namespace {

constexpr Format kFormat = Format::openai_responses;

// One item as its events tell it.
struct Item {
    std::string id;
    std::string deltas;
    std::string text;  // of its .done event
    bool done = false;
};

void take(const std::string& name, const test::Json& data, std::vector<Item>& items) {
    if (name == "response.output_item.added") {
        EXPECT_TRUE(items.empty() || items.back().done);  // one at a time
        EXPECT_EQ(data["output_index"].number<std::size_t>(), items.size());
        items.emplace_back().id = data["item"]["id"].string_or("");
        return;
    }
    ASSERT_FALSE(items.empty()) << name;
    auto& item = items.back();
    EXPECT_EQ(data["output_index"].number<std::size_t>(), items.size() - 1) << name;
    EXPECT_FALSE(item.done);
    if (name == "response.output_item.done") {
        EXPECT_EQ(data["item"]["id"].string_or(""), item.id);
        EXPECT_EQ(item.text, item.deltas);
        item.done = true;
        return;
    }
    EXPECT_EQ(data["item_id"].string_or(""), item.id) << name;
    if (name.ends_with(".delta")) {
        item.deltas += data["delta"].string_or("");
    } else if (name.ends_with("_text.done") || name.ends_with("arguments.done") || name == "response.refusal.done") {
        item.text = data["text"].string_or("") + data["arguments"].string_or("") + data["refusal"].string_or("");
    }
}

TEST(OpenaiResponsesRenderer, GivesTheBytesOfTheCases) {
    test::expect_goldens(kFormat, "openai.responses");
}

TEST(OpenaiResponsesRenderer, EventsFollowTheGrammar) {
    for (const auto& one : test::all_cases()) {
        SCOPED_TRACE(one.name);
        const auto events = test::events_of(render(kFormat, one, true));
        std::vector<Item> items;
        std::vector<std::string> done;
        ASSERT_GE(events.size(), 3U);
        for (std::size_t at = 0; at < events.size(); ++at) {
            const auto& name = events[at].name;
            const test::Json data(events[at].data);
            EXPECT_EQ(data["type"].string_or(""), name);
            EXPECT_EQ(data["sequence_number"].number<std::size_t>(), at);
            EXPECT_EQ(name == "response.created", at == 0);
            EXPECT_EQ(name == "response.in_progress", at == 1);
            const bool last = at + 1 == events.size();
            EXPECT_EQ(name == "response.completed" || name == "response.incomplete", last);
            if (at > 1 && !last) {
                take(name, data, items);
            }
            if (name == "response.output_item.done") {
                done.emplace_back(data["item"].raw());
            }
        }
        const test::Json end(events.back().data);
        std::string output;
        for (const auto& item : done) {
            output += (output.empty() ? "" : ",") + item;
        }
        EXPECT_EQ(end["response"]["output"].raw(), "[" + output + "]");
        EXPECT_EQ(done.size(), items.size());
        EXPECT_EQ(std::string(end["response"].raw()), render(kFormat, one, false));
    }
}

TEST(OpenaiResponsesRenderer, SaysWhatTheEventsSay) {
    for (const auto& one : test::all_cases()) {
        if (one.name == "split_utf8") {
            continue;  // It holds what is no text.
        }
        std::string text;
        std::string thoughts;
        std::vector<std::string> arguments;
        const test::Json whole(render(kFormat, one, false));
        for (const auto item : whole["output"]) {
            const auto content = item["content"][0];
            text += content["text"].string_or("") + content["refusal"].string_or("");
            thoughts += item["summary"][0]["text"].string_or("");
            if (item["type"].string_or("") == "function_call") {
                arguments.push_back(test::trimmed(item["arguments"].string_or("")));
            }
        }
        const auto said = test::said(one, 0);
        EXPECT_EQ(text, said.text + said.refusal) << one.name;
        EXPECT_EQ(thoughts, said.reasoning) << one.name;
        EXPECT_EQ(arguments, said.arguments) << one.name;
        const bool cut = said.finish == "length" || said.finish == "content_filter";
        EXPECT_EQ(whole["status"].string_or(""), cut ? "incomplete" : "completed") << one.name;
    }
}

TEST(OpenaiResponsesRenderer, CountsItsEventsForTheErrorThatMayFollow) {
    const auto cases = test::golden_cases();
    const auto renderer = make_renderer(kFormat, test::traits_of(cases.front(), true, false));
    EXPECT_EQ(renderer->events(), 0U);
    capability::Event event;
    event.text = "a";
    std::string out;
    renderer->event(event, out);
    EXPECT_EQ(renderer->events(), test::events_of(out).size());
}

}  // namespace
}  // namespace aihub::dialect
