#include "tool_calls.hpp"

#include "raw_json.hpp"
#include "scan_fields.hpp"

#include <algorithm>
#include <utility>

namespace aihub::provider_openai {
namespace {

using sdk::chat_fields::Field;

// An id that the format allows; unlike those of other calls, also of other answers. Of a long answer's id the end is
// taken: what tells it from others stands there.
std::string id_of(std::string_view answer, std::uint32_t choice, std::size_t at) {
    constexpr std::size_t kTakenMax = 27;
    std::string taken;
    for (const char c : answer) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        taken.append(plain ? 1 : 0, c);
    }
    taken.erase(0, taken.size() - std::min(taken.size(), kTakenMax));
    return "call_" + taken + "_" + (choice == 0 ? "" : std::to_string(choice) + "_") + std::to_string(at);
}

bool is_object(std::string_view raw) {
    return !raw.empty() && raw.front() == '{';
}

// True for arguments that are the beginning of an object.
bool opens_object(std::string_view raw) {
    const std::size_t begin = raw.find_first_not_of("\" \t\r\n");
    return begin != std::string_view::npos && raw[begin] == '{';
}

struct Signature {
    std::string_view google, thought_signature;
};

std::string signature_of(std::string_view extra) {
    static constexpr std::array<Field<Signature>, 2> kFields = {
        {{"google", &Signature::google}, {"thought_signature", &Signature::thought_signature}}};
    Signature found;
    const bool read = scan_fields(extra, kFields, found) && scan_fields(found.google, kFields, found);
    return read ? unquoted(found.thought_signature) : std::string();
}

}  // namespace

bool ToolCalls::add(std::string_view calls, sdk::Call& call) {
    static constexpr std::array<Field<Piece>, 4> kFields = {
        {{"index", &Piece::index},
         {"id", &Piece::id},
         {"function", &Piece::function},
         {"extra_content", &Piece::extra}}};
    bool good = true;
    scan_elements(calls, [&](std::string_view raw) {
        Piece piece;
        good = good && (!scan_fields(raw, kFields, piece) || take(piece, call));
    });
    return good;
}

bool ToolCalls::add_only(std::string_view function, sdk::Call& call) {
    Piece piece;
    piece.index = "0";
    piece.function = function;
    return take(piece, call);
}

bool ToolCalls::take(Piece& piece, sdk::Call& call) {
    static constexpr std::array<Field<Piece>, 2> kFields = {{{"name", &Piece::name}, {"arguments", &Piece::arguments}}};
    if (!scan_fields(piece.function, kFields, piece)) {
        return true;
    }
    const std::string id = unquoted(piece.id);
    const std::size_t at = place_of(piece, id);
    if (at == kCallsMax) {
        return false;
    }
    if (at == calls_.size()) {
        Open& open = calls_.emplace_back();
        open.index = piece.index;
        open.id = id.empty() ? id_of(made_id_, choice_, at) : id;
    }
    return tell(at, piece, call);
}

bool ToolCalls::begins_another(const Open& open, const Piece& piece, std::string_view id) {
    if (piece.name.size() <= 2) {
        return false;
    }
    if (!id.empty()) {
        return id != open.id;
    }
    return open.told_arguments && (is_object(piece.arguments) || opens_object(piece.arguments));
}

std::size_t ToolCalls::place_of(const Piece& piece, std::string_view id) const {
    for (std::size_t at = calls_.size(); at-- > 0;) {
        if (!id.empty() && calls_[at].id == id) {
            return at;
        }
    }
    for (std::size_t at = calls_.size(); at-- > 0;) {
        if (calls_[at].index == piece.index) {
            return begins_another(calls_[at], piece, id) ? calls_.size() : at;
        }
    }
    const bool continues = piece.index.empty() && piece.name.size() <= 2 && id.empty() && !calls_.empty();
    return continues ? calls_.size() - 1 : calls_.size();
}

bool ToolCalls::tell(std::size_t at, const Piece& piece, sdk::Call& call) {
    Open& open = calls_[at];
    const auto index = static_cast<std::uint32_t>(at);
    std::string room;
    const std::string_view more = is_object(piece.arguments) ? piece.arguments : open.text.add(piece.arguments, room);
    if (open.name.empty()) {
        open.name = unquoted(piece.name);
        if (open.name.empty()) {
            open.held.append(more);
            return open.held.size() <= kHeldBytesMax;
        }
        call.tool_begin(names_.to_client(open.name), open.id, choice_, index);
        if (!open.held.empty()) {
            call.tool_arguments(std::exchange(open.held, {}), choice_, index);
        }
    }
    if (const auto signature = signature_of(piece.extra); !signature.empty()) {
        call.tool_signature(signature, choice_, index);
    }
    if (!more.empty()) {
        open.told_arguments = true;
        call.tool_arguments(more, choice_, index);
    }
    return true;
}

}  // namespace aihub::provider_openai
