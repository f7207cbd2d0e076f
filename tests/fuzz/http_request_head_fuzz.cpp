#include "fuzz_check.hpp"
#include "net/http_head.hpp"
#include "net/target.hpp"
#include "support/http_render.hpp"

using namespace std::string_view_literals;
using aihub::fuzz::check;
using aihub::net::RequestHead;

// A head is the same however it was cut, and one that is taken can be read in one way only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const aihub::net::HeadLimits limits{.bytes_max = 2048, .fields_max = 16, .target_bytes_max = 128};
    const auto parse = [&limits](std::string_view buffer, RequestHead& head) {
        return aihub::net::parse_request_head(buffer, limits, head);
    };
    const auto whole = aihub::test::render_head<RequestHead>({bytes}, parse);
    check(
        aihub::test::render_head<RequestHead>(aihub::fuzz::pieces(bytes), parse) == whole, "the cut changes the head"
    );

    RequestHead head;
    const auto progress = parse(bytes, head);
    if (!progress || *progress == aihub::net::HeadProgress::need_more) {
        return 0;
    }
    check(head.head_bytes <= limits.bytes_max && head.head_bytes <= size, "the head is larger than it may be");
    check(bytes.substr(0, head.head_bytes).ends_with("\r\n\r\n"), "the head does not end with an empty line");
    check(bytes.substr(0, head.head_bytes - 1).find("\r\n\r\n") == std::string_view::npos, "two heads in one");
    check(head.fields.size() <= limits.fields_max && head.target.size() <= limits.target_bytes_max, "over a limit");
    check(head.minor_version == 0 || !head.find("host").empty(), "no host");
    int framing = 0;
    for (const auto& field : head.fields) {
        check(!field.name.empty() && field.name.find_first_of(" \t\r\n\0:_"sv) == std::string_view::npos, "field name");
        check(field.value.find_first_of("\r\n\0"sv) == std::string_view::npos, "field value");
        std::string lower(field.name);
        for (char& letter : lower) {
            letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
        }
        framing += lower == "content-length" || lower == "transfer-encoding" ? 1 : 0;
    }
    check(framing <= 1, "two answers to where the body ends");
    check((framing == 1) == (head.body != aihub::net::BodyKind::none), "the body is not what the fields say");
    // Written again from what was understood it means the same.
    std::string again = std::string(head.method) + " " + std::string(head.target) + " HTTP/1." +
                        std::to_string(head.minor_version) + "\r\n";
    for (const auto& field : head.fields) {
        again += std::string(field.name) + ": " + std::string(field.value) + "\r\n";
    }
    again += "\r\n";
    // Separators may take up to two bytes more per field than they did.
    const aihub::net::HeadLimits wide{.bytes_max = 4096, .fields_max = 16, .target_bytes_max = 128};
    RequestHead second;
    check(aihub::net::parse_request_head(again, wide, second).has_value(), "it is refused when written again");
    check(aihub::test::render(second) == aihub::test::render(head), "it differs when written again");
    return 0;
}
