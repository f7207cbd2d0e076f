#include "gateway/upstream_request.hpp"

#include <gtest/gtest.h>

#include <array>

namespace aihub::gateway {
namespace {

TEST(UpstreamRequest, writes_the_line_the_fields_and_the_length) {
    const std::array<capability::RequestHeader, 2> headers{
        capability::RequestHeader{"Content-Type", "application/json", {}},
        capability::RequestHeader{"Authorization", "Bearer ", "api_key"}};
    capability::HttpRequest request;
    request.method = "POST";
    request.path = "/chat";
    request.headers = headers;
    config::Provider provider;
    provider.secrets.emplace("api_key", Secret("s3"));
    EXPECT_EQ(
        upstream_head(request, {"/v1", "api.test:8443"}, provider, 12),
        "POST /v1/chat HTTP/1.1\r\nHost: api.test:8443\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer s3\r\nAccept-Encoding: identity\r\nContent-Length: 12\r\n\r\n"
    );
}

TEST(UpstreamRequest, leaves_out_a_header_whose_secret_is_not_there) {
    const std::array<capability::RequestHeader, 1> headers{
        capability::RequestHeader{"Authorization", "Bearer ", "api_key"}};
    capability::HttpRequest request;
    request.method = "POST";
    request.path = "/";
    request.headers = headers;
    const auto head = upstream_head(request, {"", "h"}, {}, 0);
    EXPECT_EQ(head.find("Authorization"), std::string::npos) << head;
}

TEST(UpstreamRequest, a_body_of_unknown_length_is_chunked_and_none_of_a_get_is_not_named) {
    capability::HttpRequest request;
    request.method = "GET";
    request.path = "/";
    EXPECT_EQ(
        upstream_head(request, {"", "h"}, {}, 0), "GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n"
    );
    const auto head = upstream_head(request, {"", "h"}, {}, std::nullopt);
    EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
}

TEST(RequestParts, TheBodyStandsBehindTheHead) {
    const std::string_view pieces[] = {"ab", "cde"};
    capability::HttpRequest request;
    request.method = "POST";
    request.body = pieces;
    const auto joined = [](const RequestParts& parts) {
        std::string all;
        for (const auto part : parts.all()) {
            all += part;
        }
        return all;
    };
    const auto whole = joined(RequestParts(request, {"", "h"}, {}, 0, "X-More: 1\r\n"));
    EXPECT_NE(whole.find("Content-Length: 5\r\n"), std::string::npos) << whole;
    EXPECT_NE(whole.find("X-More: 1\r\n"), std::string::npos) << whole;
    EXPECT_TRUE(whole.ends_with("\r\n\r\nabcde")) << whole;
    EXPECT_NE(joined(RequestParts(request, {"", "h"}, {}, 7, "")).find("Content-Length: 12\r\n"), std::string::npos);
    const auto chunked = joined(RequestParts(request, {"", "h"}, {}, std::nullopt, ""));
    EXPECT_TRUE(chunked.ends_with("\r\n\r\n5\r\nabcde\r\n")) << chunked;
    request.body = {};
    EXPECT_TRUE(joined(RequestParts(request, {"", "h"}, {}, std::nullopt, "")).ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace aihub::gateway
