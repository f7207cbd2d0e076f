#include "finish_chunk.hpp"

#include <aihub/json_scan.hpp>

namespace aihub::provider_openai {
namespace {

// It is repeated for each choice.
constexpr std::size_t kMemberMax = 1024;

bool is_of_answer(std::string_view name) {
    return name == "id" || name == "object" || name == "created" || name == "model" || name == "system_fingerprint";
}

}  // namespace

std::string chunk_beginning(std::string_view chunk) {
    std::string text = "{";
    sdk::JsonScan scan(chunk);
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        std::string_view raw;
        if (!value.take(raw)) {
            return false;
        }
        if (is_of_answer(name) && raw.size() <= kMemberMax) {
            text.append("\"").append(name).append("\":").append(raw).append(",");
        }
        return true;
    });
    static_cast<void>(read);  // It was read before.
    return text;
}

std::string finish_chunk(std::string_view beginning, bool chat, std::uint32_t choice) {
    std::string text(beginning);
    text.append("\"choices\":[{\"index\":").append(std::to_string(choice));
    text += chat ? ",\"delta\":{}" : ",\"text\":\"\",\"logprobs\":null";
    return text + ",\"finish_reason\":\"stop\"}]}";
}

}  // namespace aihub::provider_openai
