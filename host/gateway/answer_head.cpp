#include "gateway/answer_head.hpp"

#include <algorithm>
#include <array>

namespace aihub::gateway {

namespace {

constexpr std::array<std::string_view, 7> kPassed{
    "content-disposition",
    "content-language",
    "etag",
    "last-modified",
    "openai-model",
    "openai-processing-ms",
    "openai-version"};
constexpr std::array<std::string_view, 2> kPassedBegins{"x-ratelimit-", "anthropic-ratelimit-"};
// Those that the gateway may have of its own.
constexpr std::string_view kRequests = "-requests";
// Of all passed fields together.
constexpr std::size_t kPassedBytesMax = 8192;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return out;
}

}  // namespace

AnswerShape passed_head(const net::ReplyHead& head, bool own_rate) {
    AnswerShape shape;
    shape.status = head.status == 201 || head.status == 202 ? head.status : 200;
    shape.content_type = head.find("content-type");
    if (head.body == net::BodyKind::length) {
        shape.length = head.length;
    }
    for (const auto& field : head.fields) {
        const auto name = lower(field.name);
        const bool rate = std::any_of(kPassedBegins.begin(), kPassedBegins.end(), [&](std::string_view begin) {
            return name.starts_with(begin) && !(own_rate && name.find(kRequests) != std::string::npos);
        });
        const bool passed = rate || std::find(kPassed.begin(), kPassed.end(), name) != kPassed.end();
        if (passed && shape.headers.size() + name.size() + field.value.size() + 4 <= kPassedBytesMax) {
            shape.headers.append("\r\n").append(name).append(": ").append(field.value);
        }
    }
    return shape;
}

}  // namespace aihub::gateway
