// Which bytes of the client's body change on the way to the provider.
#pragma once

#include <aihub/call.hpp>
#include <aihub/http_request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// `length` bytes at `offset` give way to `text`.
struct BodyPatch {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string text;
};

enum class AskUsage { no, yes };

// The changes for a request, in the order of their places: the model's name, and with AskUsage::yes
// stream_options.include_usage. Everything else stays byte for byte.
[[nodiscard]] std::vector<BodyPatch> body_patches(const sdk::Request& request, AskUsage ask);

// Gives `http` the body with the changes: parts that point into `body`, and the new texts between them.
void add_body(sdk::HttpRequest& http, std::string_view body, std::vector<BodyPatch> patches);

}  // namespace aihub::provider_openai
