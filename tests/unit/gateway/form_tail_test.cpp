#include "gateway/form_tail.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

std::string field(std::string_view name, std::string_view value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) +
           "\r\n";
}

std::string file(std::string_view bytes) {
    return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + std::string(bytes) + "\r\n";
}

const std::string kEnd = "--b--\r\n";

// What is said of a form of which `held` was held; the rest comes in pieces of `piece` bytes. Empty: nothing.
std::string said_of(const std::string& held, const std::string& rest, std::string_view model, std::size_t piece) {
    Call call;
    call.model = model;
    call.trail.row.model_used = "gpt-1";
    call.body = held;
    auto form = net::FormScan::create("multipart/form-data; boundary=b");
    EXPECT_TRUE(form);
    EXPECT_TRUE(form->scan(call.body));
    for (const auto& each : form->fields()) {
        call.members.push_back({each.name.in(call.body), each.value.in(call.body)});
    }
    FormTail tail(*std::move(form), call);
    for (std::size_t at = 0; at < rest.size(); at += piece) {
        const auto taken = tail.take(std::string_view(rest).substr(at, piece));
        if (!taken) {
            return taken.error().message;
        }
    }
    const auto finished = tail.finish();
    return finished ? "" : finished.error().message;
}

// For every cut of the form behind `held_min` bytes, and pieces of several sizes.
void expect_said(const std::string& form, std::size_t held_min, std::string_view model, const std::string& expected) {
    for (std::size_t held = held_min; held <= form.size(); ++held) {
        for (const std::size_t piece : {1U, 2U, 7U, 100U, 100000U}) {
            // Whoever holds all has read it already.
            const auto& words = held == form.size() ? std::string() : expected;
            EXPECT_EQ(said_of(form.substr(0, held), form.substr(held), model, piece), words) << held << " " << piece;
            if (::testing::Test::HasFailure()) {
                return;
            }
        }
    }
}

TEST(FormTail, LetsPassWhatSaysNothingNew) {
    const auto model = field("model", "fast");
    expect_said(model + file("\r\n--a\r\n-") + field("language", "en") + kEnd, model.size(), "fast", "");
    expect_said(model + field("prompt", std::string(300, '-')) + file("") + kEnd, model.size(), "fast", "");
    expect_said(model + field("tags[]", "a") + field("tags[]", "b") + kEnd, model.size(), "fast", "");
}

TEST(FormTail, ASecondModelIsRefusedWhereverItStands) {
    const auto form = field("model", "fast") + file("bytes");
    const std::string twice = "the field \"model\" stands twice in the form";
    const auto words = [&](std::string_view value, std::size_t piece) {
        return said_of(form, field("model", value) + kEnd, "fast", piece);
    };
    for (const std::size_t piece : {1U, 3U, 1000U}) {
        EXPECT_EQ(words("slow", piece), twice);
        EXPECT_EQ(words("fast", piece), twice);
        EXPECT_EQ(said_of(form, field("language", "en") + field("model", "slow") + kEnd, "fast", piece), twice);
        EXPECT_EQ(
            said_of(field("language", "de") + form, field("language", "en") + kEnd, "fast", piece),
            "the field \"language\" stands twice in the form"
        );
    }
}

TEST(FormTail, ALateModelIsTheOneThatTheCallWasAdmittedFor) {
    const auto other = std::string(
        "the form's field \"model\" comes behind a large file and is not the one that the header x-aihub-model names; "
        "send it before the file"
    );
    const auto begin = file("bytes").substr(0, 70);
    const auto rest = file("bytes").substr(70);
    for (const std::size_t piece : {1U, 3U, 1000U}) {
        EXPECT_EQ(said_of(begin, rest + field("model", "fast") + kEnd, "fast", piece), "");
        EXPECT_EQ(said_of(begin, rest + field("model", "gpt-1") + kEnd, "fast", piece), "") << "the provider's name";
        EXPECT_EQ(said_of(begin, rest + field("model", "slow") + kEnd, "fast", piece), other);
        EXPECT_EQ(said_of(begin, rest + field("model", std::string(100000, 'm')) + kEnd, "fast", piece), other);
        EXPECT_EQ(
            said_of(begin, rest + field("model", "fast") + field("model", "fast") + kEnd, "fast", piece),
            "the field \"model\" stands twice in the form"
        );
    }
}

TEST(FormTail, TheFormHasToEndAndToBeWellFormed) {
    const auto model = field("model", "fast");
    EXPECT_EQ(said_of(model, file("bytes"), "fast", 10), "the form ends before its last boundary");
    EXPECT_EQ(
        said_of(model, file("a\n--b\r\n"), "fast", 10),
        "the form in the request body cannot be read: a boundary does not stand behind a line end"
    );
    EXPECT_EQ(
        said_of(model, file("") + kEnd + "x", "fast", 10),
        "the form in the request body cannot be read: text stands behind the last boundary"
    );
}

}  // namespace
}  // namespace aihub::gateway
