#include "base/api_error.hpp"

#include <gtest/gtest.h>

namespace aihub {
namespace {

TEST(ApiError, says_what_where_and_in_which_request) {
    EXPECT_EQ(
        api_error_body(Error{Errc::invalid_request, "say \"which\"", "missing", "hash"}, "req_1"),
        R"({"error":{"code":"missing","message":"say \"which\"","field":"hash","request_id":"req_1"}})"
    );
    EXPECT_EQ(
        api_error_body(Error{Errc::conflict, "it has changed"}, "req_2", ",\"current\":7"),
        R"({"error":{"code":"conflict","message":"it has changed","request_id":"req_2","current":7}})"
    );
}

TEST(ApiError, every_kind_has_a_word_of_its_own) {
    EXPECT_NE(api_error_body(Error{Errc::invalid_request, ""}, "").find("\"invalid_request\""), std::string::npos);
    EXPECT_NE(api_error_body(Error{Errc::internal, ""}, "").find("\"internal_error\""), std::string::npos);
    EXPECT_NE(api_error_body(Error{Errc::unavailable, ""}, "").find("\"unavailable\""), std::string::npos);
    EXPECT_NE(api_error_body(Error{Errc::upstream_timeout, ""}, "").find("\"timeout\""), std::string::npos);
}

}  // namespace
}  // namespace aihub
