// The settings of one configured provider.
#pragma once

#include <aihub/call.hpp>
#include <aihub/http_request.hpp>
#include <aihub/instance.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::provider_anthropic {

enum class StructuredOutput { native, tool, off };
// none: the model does not think.
enum class ReasoningWay { budget, effort, adaptive, none };

// Immutable once made; shared by all loops.
class Settings {
public:
    static constexpr std::string_view kVersion = "2023-06-01";

    // The error names the setting and the remedy.
    static Result<std::unique_ptr<Settings>> create(const sdk::InstanceContext& context);

    // The request without its body: path, credential, headers, framing.
    [[nodiscard]] sdk::HttpRequest http_for(const sdk::Request& request) const;

    // How a model is asked to think, and whether it takes temperature, top_p and top_k.
    [[nodiscard]] ReasoningWay reasoning_for(std::string_view model) const;
    [[nodiscard]] bool takes_sampling(std::string_view model) const;

    // Whether the model's name stands in the path, and so not in the body.
    [[nodiscard]] bool model_in_path(const sdk::Request& request) const;

    // The API's version as the body tells it where no header does, see version_in_body. Clients do not choose that one:
    // platforms have versions of their own.
    [[nodiscard]] std::string_view version_of_body() const {
        return anthropic_version.empty() ? kVersion : std::string_view(anthropic_version);
    }
    // The same as a member, "anthropic_version":"..."; empty: a header does.
    [[nodiscard]] std::string version_member() const;

    const sdk::InstanceServices* services = nullptr;  // the host's; lives as long as this object
    std::string auth_header = "x-api-key";
    std::string auth_prefix;
    std::string path_messages = "/v1/messages";
    std::string path_messages_stream;
    std::string path_count_tokens = "/v1/messages/count_tokens";
    std::string anthropic_version;  // for every request; empty: the client's where it has one, else kVersion
    bool version_in_body = false;
    std::string beta;  // names with commas between them
    // What else clients of this format may ask for with their own header; "*" is any name.
    std::vector<std::string> client_beta = {"*"};
    std::vector<std::pair<std::string, std::string>> headers;
    std::uint64_t max_tokens_default = 4096;
    StructuredOutput structured_output = StructuredOutput::native;
    ReasoningWay reasoning = ReasoningWay::budget;
    // Beginnings of the names of models that think as much as they like, and take no temperature.
    std::vector<std::string> adaptive_models = {
        "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5"};

    // Whether the operator wrote them.
    bool structured_output_set = false;
    bool reasoning_set = false;
    bool adaptive_models_set = false;

private:
    [[nodiscard]] const std::string& path_for(const sdk::Request& request) const;
    [[nodiscard]] std::string_view version_for(const sdk::Request& request) const;
    [[nodiscard]] std::string beta_for(const sdk::Request& request) const;
};

}  // namespace aihub::provider_anthropic
