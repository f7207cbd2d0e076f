#include "fuzz_check.hpp"
#include "net/http_head.hpp"
#include "support/http_render.hpp"

using aihub::fuzz::check;
using aihub::net::BodyKind;
using aihub::net::ReplyHead;

// A head is the same however it was cut, and every failure is the upstream's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const aihub::net::HeadLimits limits{.bytes_max = 2048, .fields_max = 16};
    for (const auto method : {aihub::net::ReplyTo::head, aihub::net::ReplyTo::other}) {
        const auto parse = [&limits, method](std::string_view buffer, ReplyHead& head) {
            return aihub::net::parse_reply_head(buffer, limits, method, head);
        };
        const auto whole = aihub::test::render_head<ReplyHead>({bytes}, parse);
        check(
            aihub::test::render_head<ReplyHead>(aihub::fuzz::pieces(bytes), parse) == whole, "the cut changes the head"
        );

        ReplyHead head;
        const auto progress = parse(bytes, head);
        if (!progress) {
            check(progress.error().code == aihub::Errc::upstream_failed, "a code that is not the upstream's");
            continue;
        }
        if (*progress == aihub::net::HeadProgress::need_more) {
            continue;
        }
        check(
            head.head_bytes <= limits.bytes_max && bytes.substr(0, head.head_bytes).ends_with("\r\n\r\n"), "head end"
        );
        check(head.status >= 100 && head.status <= 599 && head.status != 101, "status");
        check(head.body != BodyKind::until_close || !head.keep_alive, "an endless body on a connection that is kept");
        const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
        check(!bodiless || head.body == BodyKind::none, "a body where there is none");
        check(method == aihub::net::ReplyTo::other || head.body == BodyKind::none, "a body for HEAD");
    }
    return 0;
}
