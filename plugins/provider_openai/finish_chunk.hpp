// The chunk that a provider forgot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::provider_openai {

// The beginning of a chunk of the same answer as `chunk`, which scan_chunk() took: its id, object, created, model and
// system_fingerprint, as far as they are of a sane size. A few KiB at most.
[[nodiscard]] std::string chunk_beginning(std::string_view chunk);

// A chunk that finishes `choice` with "stop" and says nothing else. `chat`: of a chat, otherwise of a completion.
[[nodiscard]] std::string finish_chunk(std::string_view beginning, bool chat, std::uint32_t choice);

}  // namespace aihub::provider_openai
