// The settings of one configured provider.
#pragma once

#include "chat_style.hpp"

#include <aihub/call.hpp>
#include <aihub/http_request.hpp>
#include <aihub/instance.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::provider_openai {

// Immutable once made, but for the count of calls; shared by all loops.
class Settings {
public:
    // The error names the setting and the remedy.
    static Result<std::unique_ptr<Settings>> create(const sdk::InstanceContext& context);

    // Path with query for a request.
    [[nodiscard]] std::string path(const sdk::Request& request) const;

    // The same for a web socket: without {model} in the setting the model goes into the query.
    [[nodiscard]] std::string realtime_path(std::string_view model) const;

    // Letters and digits that no other call has: ids that clients send with their calls may repeat. [any]
    [[nodiscard]] std::string call_mark() const;

    // The headers of the settings, and the one with which a client of this format asks for new features.
    void add_headers(sdk::HttpRequest& http, const sdk::Request& request) const;

    std::string auth_header = "Authorization";
    std::string auth_prefix = "Bearer ";
    std::string path_chat = "/chat/completions";
    std::string path_embeddings = "/embeddings";
    std::string path_other = "{path}";
    std::string path_stored = "{path}";
    std::string path_realtime = "/realtime";
    std::string query;
    bool ask_stream_usage = true;
    ChatStyle chat_style;
    std::vector<std::pair<std::string, std::string>> headers;
    bool beta_is_fixed = false;                       // one of `headers` asks for new features
    const sdk::InstanceServices* services = nullptr;  // the host's; lives as long as this object

private:
    mutable std::atomic<std::uint64_t> calls_{0};
};

}  // namespace aihub::provider_openai
