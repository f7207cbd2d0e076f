#include "net/http_head.hpp"

#include "support/byte_cases.hpp"
#include "support/http_render.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::net {
namespace {

using test::ByteCase;

const std::filesystem::path kGolden = std::filesystem::path(AIHUB_TESTS_DIR) / "golden/http";

std::string request(const std::vector<std::string_view>& pieces, HeadLimits limits = {}) {
    return test::render_head<RequestHead>(pieces, [&limits](std::string_view buffer, RequestHead& head) {
        return parse_request_head(buffer, limits, head);
    });
}

std::string reply(const std::vector<std::string_view>& pieces, ReplyTo method = ReplyTo::other) {
    return test::render_head<ReplyHead>(pieces, [method](std::string_view buffer, ReplyHead& head) {
        return parse_reply_head(buffer, HeadLimits{}, method, head);
    });
}

// Long heads are not cut at every place: that would take the square of their size.
void for_some_cuts(std::string_view bytes, const std::function<void(const std::vector<std::string_view>&)>& run) {
    constexpr std::size_t kAllCutsMax = 1000;
    if (bytes.size() <= kAllCutsMax) {
        test::for_each_cut(bytes, run);
        return;
    }
    run({bytes});
    for (std::size_t at = 1; at < bytes.size(); at += bytes.size() / 40) {
        run({bytes.substr(0, at), bytes.substr(at)});
    }
}

TEST(RequestHead, IsTakenOrRefusedAsTheCasesSayHoweverItIsCut) {
    const auto cases = test::load_byte_cases(kGolden / "request", ".http");
    ASSERT_GE(cases.size(), 190U);
    for (const ByteCase& one : cases) {
        for_some_cuts(one.bytes, [&one](const auto& pieces) {
            ASSERT_EQ(request(pieces), one.expected) << one.name << ", first piece " << pieces.front().size();
        });
    }
}

TEST(ReplyHead, IsTakenOrRefusedAsTheCasesSayHoweverItIsCut) {
    const auto cases = test::load_byte_cases(kGolden / "reply", ".http");
    ASSERT_GE(cases.size(), 60U);
    for (const ByteCase& one : cases) {
        for_some_cuts(one.bytes, [&one](const auto& pieces) {
            ASSERT_EQ(reply(pieces), one.expected) << one.name << ", first piece " << pieces.front().size();
        });
    }
}

// RFC 9110, section 5.5 and 5.6.2, byte by byte.
TEST(RequestHead, TakesExactlyTheBytesThatNamesAndValuesMayHold) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string letter(1, static_cast<char>(byte));
        const bool alphanumeric = byte < 128 && std::isalnum(byte) != 0;
        const bool in_name =
            alphanumeric || (byte != 0 && byte != '_' && std::strchr("!#$%&'*+-.^`|~", byte) != nullptr);
        const bool in_value = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        const bool in_target = byte > 0x20 && byte < 0x7F && byte != '#';
        const auto taken = [](const std::string& bytes) { return request({bytes}).starts_with("GET"); };
        EXPECT_EQ(taken("GET / HTTP/1.1\r\nHost: h\r\nX" + letter + "Y: 1\r\n\r\n"), in_name || byte == ':') << byte;
        EXPECT_EQ(taken("GET / HTTP/1.1\r\nHost: h\r\nX: a" + letter + "b\r\n\r\n"), in_value) << byte;
        EXPECT_EQ(taken("GET /a" + letter + "b HTTP/1.1\r\nHost: h\r\n\r\n"), in_target) << byte;
    }
}

TEST(RequestHead, HasItsLimitsAtTheStatedValue) {
    const std::string head = "GET /abc HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";
    EXPECT_TRUE(request({head}, {.bytes_max = head.size()}).starts_with("GET"));
    EXPECT_TRUE(request({head}, {.bytes_max = head.size() - 1}).starts_with("refused 431"));
    EXPECT_TRUE(request({head + "body"}, {.bytes_max = head.size() - 1}).starts_with("refused 431"));
    EXPECT_TRUE(request({head}, {.fields_max = 2}).starts_with("GET"));
    EXPECT_TRUE(request({head}, {.fields_max = 1}).starts_with("refused 431"));
    EXPECT_TRUE(request({head}, {.target_bytes_max = 4}).starts_with("GET"));
    EXPECT_TRUE(request({head}, {.target_bytes_max = 3}).starts_with("refused 431"));
}

TEST(RequestHead, OneObjectServesOneRequestAfterTheOther) {
    RequestHead head;
    const std::string first = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n";
    ASSERT_EQ(*parse_request_head(first, {}, head), HeadProgress::complete);
    EXPECT_EQ(head.head_bytes, first.size());
    EXPECT_EQ(head.find("content-length"), "7");
    EXPECT_TRUE(head.expect_continue);

    ASSERT_FALSE(parse_request_head("GET / HTTP/1.1\n", {}, head).has_value());
    ASSERT_EQ(*parse_request_head("GET /b HTTP", {}, head), HeadProgress::need_more);
    head.restart();
    const std::string second = "GET /c HTTP/1.0\r\n\r\n";
    ASSERT_EQ(*parse_request_head(second, {}, head), HeadProgress::complete);
    EXPECT_EQ(test::render(head), "GET /c 1.0\nbody none, close\n");
    EXPECT_EQ(head.find("content-length"), "");
}

TEST(RequestHead, ViewsLieInTheBuffer) {
    const std::string text = "GET /a?b HTTP/1.1\r\nHost: h\r\nX:  y \r\n\r\n";
    RequestHead head;
    ASSERT_EQ(*parse_request_head(text, {}, head), HeadProgress::complete);
    const auto inside = [&text](std::string_view part) {
        return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
    };
    EXPECT_TRUE(inside(head.method) && inside(head.target));
    for (const HeaderField& field : head.fields) {
        EXPECT_TRUE(inside(field.name) && inside(field.value));
    }
}

TEST(RequestHead, DoesNotSearchAgainWhatItSearched) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'a');
    RequestHead head;
    ASSERT_EQ(*parse_request_head(start, {}, head), HeadProgress::need_more);
    EXPECT_EQ(head.scan.bytes, start.size());
}

TEST(ReplyHead, ToAHeadRequestHasNoBody) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    EXPECT_EQ(reply({text}, ReplyTo::head), "200 1.1 OK\nbody none, keep\nContent-Length: 5\n");
    EXPECT_EQ(reply({"HTTP/1.1 200 OK\r\n\r\n"}, ReplyTo::head), "200 1.1 OK\nbody none, keep\n");
}

}  // namespace
}  // namespace aihub::net
