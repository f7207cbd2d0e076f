#include "gateway/upgrade.hpp"

#include "gateway/answer_facts.hpp"
#include "net/http_chars.hpp"
#include "net/websocket.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

using net::equals_ignoring_case;

constexpr std::string_view kKeyProtocol = "openai-insecure-api-key.";
// What a client says there of its own account at the provider is not that of the gateway's.
constexpr std::string_view kAccountProtocols[] = {"openai-organization.", "openai-project."};
constexpr std::size_t kProtocolsMax = 16;

Error wrong(std::string message) {
    return {Errc::invalid_request, std::move(message), "invalid_upgrade", {}};
}

Error upgrade_required(std::string message) {
    return {Errc::upgrade_required, std::move(message), "upgrade_required", {}};
}

// Whether any field of that name lists `token`.
bool lists(const net::RequestHead& head, std::string_view name, std::string_view token) {
    return std::any_of(head.fields.begin(), head.fields.end(), [&](const net::HeaderField& field) {
        return equals_ignoring_case(field.name, name) && net::lists_element(field.value, token);
    });
}

bool begins_with_account(std::string_view protocol) {
    return std::any_of(std::begin(kAccountProtocols), std::end(kAccountProtocols), [&](std::string_view prefix) {
        return protocol.starts_with(prefix);
    });
}

// Calls take(protocol) for each subprotocol that the client offers.
template <class Take>
void for_each_protocol(const net::RequestHead& head, Take take) {
    for (const auto& field : head.fields) {
        if (equals_ignoring_case(field.name, "sec-websocket-protocol")) {
            for (auto rest = field.value; !rest.empty();) {
                take(net::take_element(rest));
            }
        }
    }
}

Result<void> read_protocols(const net::RequestHead& head, Upgrade& upgrade) {
    bool plain = true;
    for_each_protocol(head, [&](std::string_view protocol) {
        plain = plain && net::is_token(protocol);
        if (protocol.starts_with(kKeyProtocol)) {
            upgrade.several_credentials = !upgrade.credential.empty();
            upgrade.credential = protocol.substr(kKeyProtocol.size());
        } else if (!begins_with_account(protocol)) {
            upgrade.protocols.push_back(protocol);
        }
    });
    if (!plain || upgrade.protocols.size() > kProtocolsMax) {
        return wrong("sec-websocket-protocol must be a list of at most 16 names");
    }
    return {};
}

}  // namespace

Result<Upgrade> parse_upgrade(const net::RequestHead& head) {
    if (head.method != "GET" || head.minor_version == 0 || !lists(head, "upgrade", "websocket") ||
        !lists(head, "connection", "upgrade")) {
        return upgrade_required("this is a web socket: connect with GET and \"Upgrade: websocket\" over HTTP/1.1");
    }
    if (head.find("sec-websocket-version") != "13") {
        return upgrade_required("connect with version 13 of the web socket protocol");
    }
    if (head.body == net::BodyKind::chunked || head.length > 0) {
        return wrong("a request for a web socket must not have a body");
    }
    Upgrade upgrade;
    const auto keys = std::count_if(head.fields.begin(), head.fields.end(), [](const net::HeaderField& field) {
        return equals_ignoring_case(field.name, "sec-websocket-key");
    });
    upgrade.key = head.find("sec-websocket-key");
    if (keys != 1 || !net::is_websocket_key(upgrade.key)) {
        return wrong("sec-websocket-key must be there once, as 16 bytes in base64");
    }
    AIHUB_CHECK(read_protocols(head, upgrade));
    return upgrade;
}

std::string_view credential_protocol(const net::RequestHead& head) {
    std::string_view credential;
    for_each_protocol(head, [&](std::string_view protocol) {
        if (protocol.starts_with(kKeyProtocol)) {
            credential = protocol.substr(kKeyProtocol.size());
        }
    });
    return credential;
}

Result<void> receive_upgrade(const net::Target& target, Call& call) {
    const auto upgrade = AIHUB_TRY(parse_upgrade(call.head));
    if (upgrade.several_credentials) {
        return Error{Errc::invalid_request, "the request carries more than one API key; send one", "several_keys", {}};
    }
    // Others name sessions and modes that this gateway does not know how to bill or to keep apart.
    for (auto rest = target.query(); !rest.empty();) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (!pair.empty() && !pair.starts_with("model=")) {
            return Error{
                Errc::invalid_request,
                "only the parameter model is taken in the address of this web socket",
                "unsupported_parameter",
                std::string(pair.substr(0, std::min<std::size_t>(pair.find('='), 64)))};
        }
    }
    auto model = AIHUB_TRY(target.parameter("model"));
    if (!model || model->empty()) {
        return Error{
            Errc::invalid_request,
            "name the model in the address: ?model=<name>",
            "missing_required_parameter",
            "model"};
    }
    call.model = *std::move(model);
    call.stream = true;
    return {};
}

void append_upgrade_head(std::string& out, const Call& call, std::string_view key, std::string_view protocol) {
    out.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    );
    out.append(net::websocket_accept(key));
    if (!protocol.empty()) {
        out.append("\r\nSec-WebSocket-Protocol: ").append(protocol);
    }
    append_facts(out, call);
    out.append("\r\n\r\n");
}

}  // namespace aihub::gateway
