#include "dialect/media_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

struct Case {
    const char* url;
    BlockKind kind;
    const char* media_type;
    const char* data;
    const char* kept;  // the URL, where there is no data
};

TEST(MediaUrl, IsTakenApartWhenItHasTheData) {
    const Case cases[] = {
        {R"("data:image/png;base64,iVB=")", BlockKind::image, R"("image/png")", R"("iVB=")", ""},
        {R"("data:image/jpeg;name=a;charset=x;base64,/9j")", BlockKind::image, R"("image/jpeg")", R"("/9j")", ""},
        {R"("data:image\/jpeg;base64,\/9j")", BlockKind::image, R"("image/jpeg")", R"("\/9j")", ""},
        {R"("data:application/pdf;base64,J")", BlockKind::document, R"("application/pdf")", R"("J")", ""},
        {R"("data:audio/wav;base64,U")", BlockKind::audio, R"("audio/wav")", R"("U")", ""},
        {R"("data:video/mp4;base64,A")", BlockKind::video, R"("video/mp4")", R"("A")", ""},
        {R"("data:;base64,A")", BlockKind::image, "", R"("A")", ""},
        {R"("https://x.test/a.png")", BlockKind::image, "", "", R"("https://x.test/a.png")"},
        {R"("https://x.test/a.Pdf?b#c")", BlockKind::document, "", "", R"("https://x.test/a.Pdf?b#c")"},
    };
    for (const Case& one : cases) {
        ChatBuilder builder("\"x\"");
        ChatBlock block;
        block.kind = BlockKind::image;
        ASSERT_TRUE(set_media_url(one.url, Place(), block, builder)) << one.url;
        EXPECT_EQ(block.kind, one.kind) << one.url;
        EXPECT_EQ(block.media_type, one.media_type) << one.url;
        EXPECT_EQ(block.data, one.data) << one.url;
        EXPECT_EQ(block.url, one.kept) << one.url;
    }
}

TEST(MediaUrl, MustBeBase64) {
    ChatBuilder builder("\"x\"");
    ChatBlock block;
    const Place place;
    for (const char* const url : {R"("data:text/plain,hello")", R"("data:image/png;base64")", R"("data:")"}) {
        const auto done = set_media_url(url, place.member("url"), block, builder);
        ASSERT_FALSE(done) << url;
        EXPECT_EQ(done.error().param, "url");
    }
}

TEST(MediaUrl, WhatATypeStandsFor) {
    EXPECT_EQ(media_kind("IMAGE/PNG"), BlockKind::image);
    EXPECT_EQ(media_kind("text/plain"), BlockKind::document);
}

}  // namespace
}  // namespace aihub::dialect
