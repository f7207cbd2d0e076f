#include "net/form_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace aihub::net {
namespace {

// A case of tests/golden/form_data.txt, with \r, \n, \\ and \xHH for bytes that cannot stand there.
struct Case {
    std::string name;
    std::string expected;
    std::string type = "multipart/form-data; boundary=b";
    std::string body;
};

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char kind = text[++at];
        if (kind == 'x') {
            out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
            at += 2;
        } else {
            out += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind;
        }
    }
    return out;
}

std::vector<Case> cases() {
    std::ifstream in(std::string(AIHUB_TESTS_DIR) + "/golden/form_data.txt");
    std::vector<Case> all;
    for (std::string line; std::getline(in, line);) {
        const auto space = line.find(' ');
        const auto word = line.substr(0, space);
        const auto rest = space == std::string::npos ? "" : line.substr(space + 1);
        if (word == "case") {
            all.push_back({rest, {}, "multipart/form-data; boundary=b", {}});
        } else if (word == "type") {
            all.back().type = unescape(rest);
        } else if (word == "body") {
            all.back().body += unescape(rest);
        } else if (word == "gives") {
            all.back().expected += rest + "\n";
        }
    }
    return all;
}

enum class Body { kept, forgotten };

// What a case comes to when it arrives in pieces, and whoever reads it keeps the body or not.
std::string outcome(const Case& one, std::size_t piece, Body body = Body::kept) {
    auto form = FormScan::create(one.type, {4, 200});
    if (!form) {
        return "refused " + form.error().message + "\n";
    }
    std::string out;
    const auto note = [&](const std::string& bytes) {
        for (const auto& field : form->fields()) {
            out += std::string(field.name.in(bytes)) + "=" + std::string(field.value.in(bytes)) + "\n";
        }
    };
    std::size_t dropped = 0;
    for (std::size_t at = 0; at < one.body.size();) {
        at = std::min(one.body.size(), at + piece);
        // Each time somewhere else in memory.
        const std::string so_far = one.body.substr(dropped, at - dropped);
        if (const auto done = form->scan(so_far); !done) {
            return "refused " + done.error().message + "\n";
        }
        if (body == Body::forgotten) {
            note(so_far);
            dropped += form->forget();
        }
    }
    if (body == Body::kept) {
        note(one.body);
    }
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\r'; }, '.'
    );
    for (auto at = out.find(".\n"); at != std::string::npos; at = out.find(".\n")) {
        out[at + 1] = '.';
    }
    return out + (form->complete() ? "complete\n" : "open\n");
}

TEST(FormData, cases) {
    const auto all = cases();
    ASSERT_GE(all.size(), 30U);
    for (const auto& one : all) {
        EXPECT_EQ(outcome(one, one.body.size() + 1), one.expected) << one.name;
        EXPECT_EQ(outcome(one, 1), one.expected) << one.name << ", byte by byte";
        for (const std::size_t piece : {1UL, 3UL, one.body.size() + 1}) {
            EXPECT_EQ(outcome(one, piece, Body::forgotten), one.expected) << one.name << ", nothing kept, " << piece;
        }
    }
}

TEST(FormData, what_is_forgotten_is_all_but_what_is_looked_at) {
    auto form = *FormScan::create("multipart/form-data; boundary=b");
    const std::string head = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n";
    std::string body = head + std::string(100000, 'x');
    ASSERT_TRUE(form.scan(body));
    EXPECT_FALSE(form.open_field()) << "a file";
    body.erase(0, form.forget());
    EXPECT_LT(body.size(), 10U);
    body += "\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nfa";
    ASSERT_TRUE(form.scan(body));
    body.erase(0, form.forget());
    ASSERT_TRUE(form.open_field());
    EXPECT_EQ(form.open_field()->in(body), "model");
    body += "st\r\n--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n" + std::string(100000, 'x');
    ASSERT_TRUE(form.scan(body));
    ASSERT_EQ(form.fields().size(), 1U);
    EXPECT_EQ(form.fields()[0].value.in(body), "fast");
    EXPECT_EQ(form.open_field()->in(body), "prompt");
    form.pass_over();
    body.erase(0, form.forget());
    EXPECT_LT(body.size(), 10U) << "nobody wants the field";
    ASSERT_TRUE(form.scan(body + "\r\n--b--\r\n"));
    EXPECT_TRUE(form.fields().empty());
    EXPECT_TRUE(form.complete());
}

TEST(FormData, stays_failed) {
    auto form = *FormScan::create("multipart/form-data; boundary=b");
    EXPECT_FALSE(form.scan("x"));
    EXPECT_FALSE(form.scan("--b\r\n"));
    EXPECT_FALSE(form.complete());
}

TEST(FormData, parts_have_a_limit) {
    const std::string part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    for (const std::size_t parts : {3U, 4U, 5U, 40U}) {
        auto form = *FormScan::create("multipart/form-data; boundary=b", {4, 200});
        std::string body;
        for (std::size_t i = 0; i < parts; ++i) {
            body += part;
        }
        const auto done = form.scan(body + "--b--\r\n");
        EXPECT_EQ(done.has_value(), parts <= 4) << parts;
        EXPECT_EQ(form.complete(), parts <= 4);
        if (!done) {
            EXPECT_THAT(done.error().message, ::testing::HasSubstr("limits.multipart_parts_max"));
        }
    }
}

}  // namespace
}  // namespace aihub::net
