#include "gateway/form_body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::gateway {
namespace {

std::string field(std::string_view name, std::string_view value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) +
           "\r\n";
}

const std::string kFile = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nbytes\r\n";
const std::string kEnd = "--b--\r\n";

class FormBody : public ::testing::Test {
protected:
    FormBody() { call.operation = Operation::audio_transcriptions; }

    net::FormScan scanned(std::string body) {
        call.body = std::move(body);
        auto form = net::FormScan::create("multipart/form-data; boundary=b");
        EXPECT_TRUE(form);
        EXPECT_TRUE(form->scan(call.body));
        return *std::move(form);
    }
    Result<void> read(std::string body, bool ended = true) { return read_form(scanned(std::move(body)), ended, call); }
    // What is said of a whole form.
    std::string said(std::string body) {
        const auto result = read(std::move(body));
        return result ? "" : result.error().message;
    }

    Call call;
};

TEST_F(FormBody, TellsModelMembersAndStream) {
    ASSERT_TRUE(read(kFile + field("model", "fast") + field("stream", "true") + field("language", "en") + kEnd));
    EXPECT_EQ(call.model, "fast");
    EXPECT_TRUE(call.stream);
    std::vector<std::string> members;
    for (const auto& member : call.members) {
        members.push_back(std::string(member.name) + "=" + std::string(member.value));
    }
    EXPECT_EQ(members, (std::vector<std::string>{"model=fast", "stream=true", "language=en"}))
        << "files are no members";
    ASSERT_TRUE(read(field("model", "slow") + field("stream", "false") + kEnd));
    EXPECT_FALSE(call.stream);
    EXPECT_EQ(call.members.size(), 2U) << "those of the form before are gone";
}

TEST_F(FormBody, ListsMayRepeatTheirNameOthersNot) {
    const std::string model = field("model", "fast");
    EXPECT_EQ(
        said(model + field("timestamp_granularities[]", "word") + field("timestamp_granularities[]", "segment") + kEnd),
        ""
    );
    EXPECT_EQ(said(model + field("model", "slow") + kEnd), "the field \"model\" stands twice in the form");
    EXPECT_EQ(
        said(model + field("language", "en") + field("language", "de") + kEnd),
        "the field \"language\" stands twice in the form"
    );
}

TEST_F(FormBody, AModelIsAPlainName) {
    const std::string unusable = "the form's field \"model\" must be the name of a model";
    EXPECT_EQ(said(field("model", "") + kEnd), unusable);
    EXPECT_EQ(said(field("model", "a\nb") + kEnd), unusable);
    EXPECT_EQ(said(field("model", std::string(1025, 'm')) + kEnd), unusable);
    EXPECT_EQ(said(field("model", std::string(1024, 'm')) + kEnd), "");
}

TEST_F(FormBody, AModelIsNeededWhereTheOperationNeedsOne) {
    const auto missing = read(kFile + kEnd);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().reason, "missing_required_parameter");
    call.operation = Operation::images_edits;
    EXPECT_EQ(said(kFile + kEnd), "");
    call.operation = Operation::files_create;
    EXPECT_EQ(said(kFile + field("model", "") + kEnd), "") << "a field of the provider's";
    EXPECT_EQ(call.model, "");
}

TEST_F(FormBody, StreamIsTrueOrFalse) {
    EXPECT_EQ(
        said(field("model", "m") + field("stream", "1") + kEnd), "the form's field \"stream\" must be true or false"
    );
}

TEST_F(FormBody, AFormThatEndsEarlyIsNone) {
    EXPECT_EQ(said(field("model", "fast") + kFile), "the form ends before its last boundary");
    EXPECT_TRUE(read(field("model", "fast") + kFile, false)) << "more of it comes";
}

TEST_F(FormBody, TheHeaderNamesAModelThatComesTooLate) {
    call.head.fields = {{"X-AIHub-Model", "named"}};
    ASSERT_TRUE(read(kFile, false));
    EXPECT_EQ(call.model, "named");
    call.model.clear();
    ASSERT_TRUE(read(field("model", "fast") + kFile, false));
    EXPECT_EQ(call.model, "fast") << "what the form says counts";
}

TEST_F(FormBody, KnowsItsWayWithAModelOrWithoutTheNeedOfOne) {
    const auto knows = [this](const std::string& body) { return knows_its_way(scanned(body), call, body.size()); };
    EXPECT_FALSE(knows(kFile));
    EXPECT_TRUE(knows(field("model", "fast") + kFile));
    EXPECT_FALSE(knows("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nfa")) << "it is not there whole";
    call.operation = Operation::images_edits;
    EXPECT_FALSE(knows(kFile)) << "it may still come";
    call.operation = Operation::files_create;
    EXPECT_TRUE(knows(kFile));
    call.operation = Operation::audio_transcriptions;
    call.head.fields = {{"X-AIHub-Model", "named"}};
    EXPECT_TRUE(knows(kFile));
}

TEST_F(FormBody, TheModelCountsWhenItEndsWithinTheBytes) {
    const auto model = kFile + field("model", "fast") + "--b";
    const auto form = scanned(model + "--\r\n");
    EXPECT_TRUE(knows_its_way(form, call, model.size()));
    EXPECT_FALSE(knows_its_way(form, call, model.size() - 1));
}

}  // namespace
}  // namespace aihub::gateway
