#include "config/load.hpp"

#include "config/blocks.hpp"
#include "config/document.hpp"
#include "config/model_file.hpp"
#include "config/nearest.hpp"
#include "config/outbound_proxy.hpp"
#include "config/presets.hpp"
#include "config/reader.hpp"
#include "config/scalar.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace aihub::config {
namespace {

void check_key_prefix(const Node& root, Reader& reader, const Snapshot& snapshot) {
    const std::string& prefix = snapshot.identity.key_prefix;
    const bool good = std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    if (!good) {
        reader.problem(
            *root.find("identity")->find("key_prefix"),
            "identity.key_prefix",
            "not letters and digits only, write it like acme"
        );
    }
}

void check_default_provider(
    const Node& root, const std::vector<std::string>& names, Reader& reader, const Snapshot& snapshot
) {
    const std::string& name = snapshot.default_provider;
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) {
        return;
    }
    auto remedy = did_you_mean(name, names);
    remedy = remedy.empty() ? ", add it to providers" : remedy;
    reader.problem(*root.find("default_provider"), "default_provider", "there is no such provider" + remedy);
}

bool is_name_server(std::string host) {
    const std::size_t bracket = host.find(']');
    const std::size_t colon = host.rfind(':');
    const bool six = host.starts_with('[') && bracket != std::string::npos;
    if (six ? host.find(':', bracket) != std::string::npos : std::count(host.begin(), host.end(), ':') == 1) {
        const auto port = parse_count(host.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) {
            return false;
        }
        host.resize(colon);
    }
    if (six) {
        host = host.ends_with(']') ? host.substr(1, host.size() - 2) : "";
    }
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

void check_name_servers(const Node& root, Reader& reader, const Snapshot& snapshot) {
    const auto& servers = snapshot.dns.servers;
    if (!std::all_of(servers.begin(), servers.end(), is_name_server)) {
        reader.problem(
            *root.find("dns")->find("servers"),
            "dns.servers",
            "not IP addresses of name servers, write them like 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53"
        );
    }
}

// The value of `low` is above that of `high`. Told where one of them is written.
void contradiction(
    const Node& block, const std::string& path, const std::string& low, const std::string& high, Reader& reader
) {
    const bool at_low = block.find(low) != nullptr;
    const Node* node = block.find(at_low ? low : high);
    const std::string lower = "lower " + path + low;
    const std::string raise = "raise " + path + high;
    reader.problem(
        node == nullptr ? block : *node,
        path + (at_low ? low : high),
        at_low ? "above " + path + high + ", " + lower + " or " + raise
               : "below " + path + low + ", " + raise + " or " + lower
    );
}

// Limits that contradict each other. A default may be what is passed: it is as much a value as one that is written.
void check_order(const Node& root, Reader& reader, const Snapshot& snapshot) {
    if (const Node* dns = root.find("dns"); dns != nullptr && snapshot.dns.ttl_min > snapshot.dns.ttl_max) {
        contradiction(*dns, "dns.", "ttl_min", "ttl_max", reader);
    }
    const auto& dog = snapshot.watchdog;
    if (const Node* block = root.find("watchdog"); block != nullptr && dog.abort.count() > 0 && dog.stall > dog.abort) {
        contradiction(*block, "watchdog.", "stall", "abort", reader);
    }
    // Where it is not written, limits.body_bytes_max may well be the lower one.
    const Node* limits = root.find("limits");
    if (limits != nullptr && limits->find("json_bytes_max") != nullptr &&
        snapshot.limits.json_bytes_max > snapshot.limits.body_bytes_max) {
        contradiction(*limits, "limits.", "json_bytes_max", "body_bytes_max", reader);
    }
    if (const Node* retries = root.find("retries"); retries != nullptr) {
        check_backoff(*retries, "retries", reader, snapshot.retries);
    }
}

std::vector<std::string> keys_of(const Node* map) {
    std::vector<std::string> keys;
    if (map != nullptr) {
        for (const Member& member : map->members) {
            keys.push_back(member.key);
        }
    }
    return keys;
}

// What of the block has no slot: secrets and settings.
void read_tracing_key(const Key& key, const Member& member, const std::string& path, Reader& reader, Provider& sink) {
    sink.source = reader.problems().file() + ":" + std::to_string(member.place.line);
    if (key.type == Type::free) {
        if (reader.is_map(member.value, path) && member.value.kind != Node::Kind::null) {
            sink.settings_json = reader.json(member.value, path).value_or("{}");
        }
        return;
    }
    auto secret = key.type == Type::secret ? reader.secret(member.value, path) : reader.secret_file(member.value, path);
    if (secret && !sink.secrets.emplace("api_key", *std::move(secret)).second) {
        reader.problems().add(member.place, path, "the key is given twice in this block, keep one");
    }
}

// The plain values first: the presets depend on the plugins block, the routes on the providers and retries.
void read_root(const Node& root, const PresetSource& presets, Reader& reader, Snapshot& snapshot) {
    const Node* listen = root.find("listen");
    const Node* providers = root.find("providers");
    const Node* models = root.find("models");
    snapshot.proxies = environment_proxies(reader.sources());
    reader.block(root, "", "", snapshot, [&](const Key& key, const Member& member, const std::string& path) {
        if (key.path == "proxy") {
            snapshot.proxies = configured_proxy(reader.proxy(member.value, path).value_or(Secret()));
        } else if (key.path.starts_with("tracing.")) {
            read_tracing_key(key, member, path, reader, snapshot.tracing.sink);
        } else if (key.path == "policies.values") {
            snapshot.policies.values = read_policy_values(member.value, path, reader);
        }
    });
    if (listen != nullptr) {
        snapshot.listen = read_listen(*listen, reader);
    } else {
        snapshot.listen.emplace_back();
    }
    const auto names = keys_of(providers);
    if (providers != nullptr) {
        read_providers(*providers, Presets(presets(snapshot.plugins)), reader, snapshot);
    }
    if (models != nullptr) {
        read_routes(*models, names, reader, snapshot);
    }
    if (const Node* experiments = root.find("experiments"); experiments != nullptr) {
        read_experiments(*experiments, names, reader, snapshot);
    }
    check_order(root, reader, snapshot);
    check_timeouts(root, reader, snapshot);
    check_edge(root, reader, snapshot);
    check_policies(root, reader, snapshot.policies);
    check_key_prefix(root, reader, snapshot);
    check_name_servers(root, reader, snapshot);
    check_default_provider(root, names, reader, snapshot);
}

}  // namespace

void check_backoff(const Node& block, const std::string& path, Reader& reader, const Retries& retries) {
    if (retries.backoff_min > retries.backoff_max) {
        contradiction(block, path + ".", "backoff_min", "backoff_max", reader);
    }
}

Loaded load_text(std::string_view text, const std::string& file, const Sources& sources, const PresetSource& presets) {
    Problems problems(file);
    const Node root = parse_document(text, problems);
    if (root.kind != Node::Kind::map) {
        return {nullptr, std::move(problems).take()};
    }
    Snapshot snapshot;
    snapshot.file = file;
    Reader reader(sources, problems);
    read_root(root, presets, reader, snapshot);
    auto found = std::move(problems).take();
    load_models(sources, snapshot, found);
    if (!found.empty()) {
        return {nullptr, std::move(found)};
    }
    return {std::make_shared<const Snapshot>(std::move(snapshot)), {}, root.members.empty()};
}

Loaded load_file(const std::string& file, const Sources& sources, const PresetSource& presets) {
    const auto text = sources.read_file(file);
    if (!text) {
        return {
            nullptr,
            {{file,
              0,
              0,
              {},
              "the file cannot be read (" + text.error().message + "), make it readable or correct the path"}}};
    }
    return load_text(*text, file, sources, presets);
}

}  // namespace aihub::config
