#include "dialect/canonical.hpp"
#include "fuzz_check.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/chat_write.hpp>
#include <aihub/json_read.hpp>

#include <string>

namespace {

using aihub::fuzz::check;
namespace sdk = aihub::sdk;
namespace dialect = aihub::dialect;

void check_chat(const std::string& form) {
    const auto chat = sdk::read_chat(form);
    check(chat.has_value(), "a plugin cannot read the form");
    check(sdk::write_chat(*chat) == form, "written again it is another text");
    const sdk::ChatMessage* before = nullptr;
    for (const sdk::ChatMessage& message : chat->messages) {
        check(before == nullptr || before->role != message.role, "neighbours have the same role");
        check(!message.content.empty(), "a message is empty");
        before = &message;
    }
}

}  // namespace

// The first byte chooses the format, by its digit. A form is what a plugin reads, and writes as the same bytes; an
// error has a word.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto format = static_cast<dialect::Format>(static_cast<unsigned char>(data[0] - '0') % 7);
    const auto form = dialect::canonical_form(format, aihub::fuzz::text(data + 1, size - 1));
    if (!form) {
        check(form.error().code == aihub::Errc::invalid_request, "another error than that of a bad request");
        check(!form.error().message.empty(), "refused without a word");
        return 0;
    }
    if (dialect::canonical_of(format) == dialect::kCanonicalChat) {
        check_chat(*form);
        return 0;
    }
    const auto document = sdk::JsonDocument::parse(*form);
    check(document.has_value(), "a plugin cannot read the form");
    check(document->root()["input"].size() > 0, "nothing to embed");
    return 0;
}
