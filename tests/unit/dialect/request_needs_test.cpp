#include "dialect/request_needs.hpp"

#include "dialect/token_estimate.hpp"

#include <aihub/json_scan.hpp>
#include <aihub/json_value.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::dialect {
namespace {

using model::TokenizerFamily;

std::vector<capability::JsonMember> members_of(std::string_view body) {
    std::vector<capability::JsonMember> members;
    sdk::JsonScan scan(body);
    EXPECT_TRUE(scan.members([&](std::string_view name, sdk::JsonScan& value) {
        std::string_view raw;
        const bool good = value.take(raw);
        members.push_back({name, raw});
        return good;
    })) << body;
    return members;
}

// "tools image audio video document 500", what of it holds.
std::string needs_of(std::string_view body) {
    const auto members = members_of(body);
    auto needs = ask_needs(members);
    find_media(members, needs);
    std::string text;
    text += needs.tools ? "tools " : "";
    text += needs.image ? "image " : "";
    text += needs.audio ? "audio " : "";
    text += needs.video ? "video " : "";
    text += needs.document ? "document " : "";
    text += needs.output_tokens > 0 ? std::to_string(needs.output_tokens) + " " : "";
    return text.empty() ? text : text.substr(0, text.size() - 1);
}

std::uint64_t least(std::string_view body) {
    const auto members = members_of(body);
    auto needs = ask_needs(members);
    count_texts(members, needs);
    return needs.least_input(TokenizerFamily::o200k);
}

TEST(RequestNeeds, are_counted_up_to_a_limit) {
    const auto members =
        members_of(R"({"messages":[{"content":"four five"},{"content":[{"type":"text","text":"six seven eight"}]},)"
                   R"({"content":[{"type":"image_url","image_url":{"url":"u"}}]}],"system":"nine"})");
    auto all = ask_needs(members);
    count_texts(members, all);
    EXPECT_EQ(all.messages, 3U);
    EXPECT_EQ(all.longest_text, 15U);
    EXPECT_EQ(all.uncounted, 0U);
    const auto texts = all.texts.tokens(TokenizerFamily::o200k);
    EXPECT_GE(texts, 6U);
    EXPECT_EQ(all.estimated_input(TokenizerFamily::o200k), texts + 1100 + 3 * 4);
    auto some = ask_needs(members);
    count_texts(members, some, 10);
    EXPECT_EQ(some.uncounted, 19U);
    EXPECT_EQ(some.images, 1U);
    EXPECT_LT(some.texts.tokens(TokenizerFamily::o200k), texts);
    auto plain = ask_needs({});
    const auto input = members_of(R"({"input":"text"})");
    count_texts(input, plain);
    EXPECT_EQ(plain.messages, 1U);
}

TEST(RequestNeeds, are_found_in_every_format) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"messages":[{"role":"user","content":"an image_url"}]})", ""},
        {R"({"messages":[],"tools":[],"functions":null,"max_tokens":null})", ""},
        {R"({"tools":[{"type":"function"}],"max_tokens":90})", "tools 90"},
        {R"({"functions":[{"name":"f"}],"max_completion_tokens":80})", "tools 80"},
        {R"({"messages":[{"content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"u"}}]}]})",
         "image"},
        {R"({"messages":[{"content":[{"type":"input_audio","input_audio":{"data":"x"}}]}]})", "audio"},
        {R"({"messages":[{"content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,x"}}]}]})",
         "document"},
        {R"({"messages":[{"content":[{"type":"file","file":{"file_data":"data:text/plain;base64,x"}}]}]})", ""},
        {R"({"messages":[{"content":[{"type":"file","file":{"file_id":"f"}}]}]})", "document"},
        {R"({"input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}],"max_output_tokens":70})",
         "image 70"},
        {R"({"input":[{"type":"function_call_output","output":[{"type":"input_file","file_url":"u"}]}]})", "document"},
        {R"({"input":"plain"})", ""},
        {R"({"messages":[{"content":[{"type":"image","source":{"type":"url","url":"u"}}]}]})", "image"},
        {R"({"messages":[{"content":[{"type":"tool_result","content":[{"type":"image","source":{}}]}]}]})", "image"},
        {R"({"messages":[{"content":[{"type":"document","source":{"type":"base64","data":"x"}}]}]})", "document"},
        {R"({"messages":[{"content":[{"type":"document","source":{"type":"text","data":"x"}}]}]})", ""},
        {R"({"messages":[{"content":[{"type":"document","source":{"type":"content","content":[{"type":"image"}]}}]}]})",
         "image"},
        {R"({"messages":[{"content":[{"type":"tool_use","input":{"content":[{"type":"image"}]}}]}]})", ""},
        {R"({"contents":[{"parts":[{"inlineData":{"mimeType":"video/mp4","data":"x"}}]}]})", "video"},
        {R"({"contents":{"parts":[{"file_data":{"mime_type":"application/pdf","file_uri":"u"}},{"text":"x"}]}})",
         "document"},
        {R"({"contents":[{"parts":[{"functionResponse":{"response":{"parts":[{"type":"image"}]},)"
         R"("parts":[{"inlineData":{"mimeType":"audio/wav"}}]}}]}],"generationConfig":{"maxOutputTokens":60}})",
         "audio 60"},
    };
    for (const auto& [body, expected] : cases) {
        EXPECT_EQ(needs_of(body), expected) << body;
    }
}

TEST(RequestNeeds, what_is_nested_too_deeply_or_broken_is_not_seen) {
    std::string deep = R"({"type":"image"})";
    for (int level = 0; level < 40; ++level) {
        deep = "[" + deep + "]";
    }
    EXPECT_EQ(needs_of(R"({"messages":)" + deep + "}"), "");
    const std::vector<capability::JsonMember> broken{{"messages", R"([{"content":[{"type":"image")"}};
    RequestNeeds needs;
    find_media(broken, needs);
    EXPECT_FALSE(needs.image);
}

TEST(RequestNeeds, the_least_input_is_less_than_the_estimate) {
    std::string text;
    for (int word = 0; word < 4000; ++word) {
        text += "several words of a longer text, ";
    }
    const auto whole = estimate_tokens(text, TokenizerFamily::o200k);
    const std::string bodies[] = {
        R"({"messages":[{"role":"user","content":")" + text + R"("}]})",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":")" + text + R"("}]}],"max_tokens":9})",
        R"({"input":")" + text + R"("})",
        R"({"contents":[{"parts":[{"text":")" + text + R"("}]}]})",
        R"({"system":")" + text + R"(","messages":[]})",
        R"({"instructions":")" + text + R"(","input":""})",
    };
    for (const auto& body : bodies) {
        EXPECT_LE(least(body), whole * 3 / 4) << body.substr(0, 40);
        EXPECT_GT(least(body), whole * 3 / 4 - 10) << body.substr(0, 40);
    }
}

TEST(RequestNeeds, escapes_count_as_what_they_stand_for_and_media_by_their_number) {
    std::string lines;
    std::string data(40'000, 'A');
    for (int line = 0; line < 1000; ++line) {
        lines += R"(\u00e9\n)";
    }
    const auto escaped = least(R"({"messages":[{"content":")" + lines + R"("}]})");
    const auto plain = estimate_tokens(sdk::json_unescape(lines), TokenizerFamily::o200k) / 4 * 3;
    EXPECT_EQ(escaped, plain);
    const auto image = R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" + data + R"("}})";
    EXPECT_EQ(least(R"({"messages":[{"content":[)" + image + "," + image + "]}]}"), 170U);
    const auto inline_data = R"({"inlineData":{"mimeType":"audio/wav","data":")" + data + R"("}})";
    EXPECT_EQ(least(R"({"contents":[{"parts":[)" + inline_data + "]}]}"), 0U);
}

}  // namespace
}  // namespace aihub::dialect
