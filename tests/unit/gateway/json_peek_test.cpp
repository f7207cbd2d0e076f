#include "gateway/json_peek.hpp"

#include "support/byte_cases.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

namespace aihub::gateway {
namespace {

struct Seen {
    std::vector<capability::JsonMember> members;
    std::string model;
};

// The body in a buffer of exactly the size that receive() makes, so that a sanitizer sees a read behind it.
std::string padded(std::string_view bytes) {
    std::string body;
    reserve_for_peek(body, bytes.size());
    body.append(bytes);
    return body;
}

std::string render(const Error& error) {
    constexpr std::string_view kNotJson = "the request body is not valid JSON";
    const std::string param = error.param.empty() ? "" : " [" + error.param + "]";
    const bool parser_text = error.message.starts_with(kNotJson);
    EXPECT_EQ(error.code, Errc::invalid_request);
    return error.reason + param + " " + (parser_text ? std::string(kNotJson) : error.message);
}

std::string peeked(std::string_view bytes) {
    const auto body = padded(bytes);
    Seen seen;
    Peek out{seen.members, seen.model};
    if (const auto done = peek(body, out); !done) {
        return render(done.error());
    }
    std::string text = "\"" + test::escape(seen.model) + "\"";
    text += out.stream ? " stream" : "";
    text += out.include_usage ? " include_usage" : "";
    text += out.base64_embeddings ? " base64" : "";
    text += " |";
    for (const auto& [name, value] : seen.members) {
        EXPECT_GE(name.data(), body.data());  // views into the body, not copies
        EXPECT_LE(value.data() + value.size(), body.data() + body.size());
        text += " " + test::escape(name) + "=" + test::escape(value);
    }
    return text;
}

TEST(JsonPeek, sees_what_the_table_says) {
    std::ifstream file(AIHUB_TESTS_DIR "/golden/json_peek.txt");
    std::string line;
    std::string body;
    int number = 0;
    int cases = 0;
    while (std::getline(file, line)) {
        ++number;
        if (line.empty() || line.starts_with("# ")) {
            continue;
        }
        if (!line.starts_with("=> ")) {
            body = line;
            continue;
        }
        ++cases;
        EXPECT_EQ(peeked(test::unescape(body)), line.substr(3)) << "json_peek.txt:" << number << ": " << body;
    }
    EXPECT_GT(cases, 60);
}

TEST(JsonPeek, survives_every_truncation_and_every_changed_byte) {
    const std::string good =
        R"({"model":"a\u00e9b","messages":[{"role":"user","content":"hi \"you\""}],"stream":true,)"
        R"("stream_options":{"include_usage":true},"n":-1.5e3,"x":null,"encoding_format":"base64"})";
    ASSERT_EQ(peeked(good).substr(0, 3), "\"a\\");
    for (std::size_t length = 0; length < good.size(); ++length) {
        EXPECT_EQ(peeked(good.substr(0, length)), "invalid_json the request body is not valid JSON") << length;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const char byte : {'\0', '"', '\\', '{', '}', '[', ',', ':', '\x80', '\xff', '0', ' '}) {
            auto changed = good;
            changed[at] = byte;
            EXPECT_FALSE(peeked(changed).empty());
        }
    }
}

TEST(JsonPeek, takes_256_members_and_no_more) {
    const auto body_of = [](int count) {
        std::string body = R"({"model":"m")";
        for (int i = 1; i < count; ++i) {
            body += ",\"f" + std::to_string(i) + "\":0";
        }
        return body + "}";
    };
    EXPECT_TRUE(peeked(body_of(256)).starts_with("\"m\" |"));
    EXPECT_EQ(peeked(body_of(257)), "too_many_fields the request body has more than 256 fields");
}

TEST(JsonPeek, survives_deep_nesting) {
    for (const std::size_t depth : {100U, 1000U, 2000U, 100000U}) {
        const auto body = R"({"model":"m","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
        const auto text = peeked(body);
        EXPECT_TRUE(text.starts_with("\"m\" |") || text.starts_with("invalid_json")) << depth << text.substr(0, 100);
    }
    EXPECT_TRUE(
        peeked(R"({"model":"m","x":)" + std::string(900, '[') + std::string(900, ']') + "}").starts_with("\"m\" |")
    );
}

TEST(JsonPeek, cuts_a_long_name_in_its_error) {
    const std::string name(100000, 'x');
    const auto text = peeked("{\"model\":\"m\",\"" + name + "\":1,\"" + name + "\":2}");
    EXPECT_TRUE(text.starts_with("duplicate_field")) << text.substr(0, 100);
    EXPECT_LT(text.size(), 400U);
}

TEST(JsonPeek, forgets_the_members_of_the_last_body) {
    Seen seen;
    Peek out{seen.members, seen.model};
    const auto first = padded(R"({"model":"m","a":1,"b":2})");
    const auto second = padded(R"({"model":"n"})");
    ASSERT_TRUE(peek(first, out));
    ASSERT_TRUE(peek(second, out));
    EXPECT_EQ(seen.members.size(), 1U);
    EXPECT_EQ(seen.model, "n");
}

}  // namespace
}  // namespace aihub::gateway
