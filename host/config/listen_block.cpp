#include "config/blocks.hpp"
#include "config/scalar.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <tuple>

namespace aihub::config {
namespace {

constexpr std::size_t kListenMax = 16;

bool is_address(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

bool check_address(const Node& node, const std::string& path, const std::string& address, Reader& reader) {
    if (is_address(address)) {
        return true;
    }
    reader.problem(node, path, "not an IP address, write one like 127.0.0.1, 0.0.0.0 (all) or [::1]");
    return false;
}

void read_text(const Node& node, const std::string& path, Reader& reader, std::vector<Listen>& list) {
    const auto text = reader.text(node, *find_key("listen.address"), path);
    if (!text) {
        return;
    }
    const std::size_t colon = text->rfind(':');
    const auto port =
        colon == std::string::npos ? Result<std::uint64_t>(Error{}) : parse_count(text->substr(colon + 1));
    std::string address = text->substr(0, colon);
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    if (bracketed) {
        address = address.substr(1, address.size() - 2);
    }
    const bool bare_v6 = !bracketed && address.find(':') != std::string::npos;
    if (!port || *port > 65535 || bare_v6) {
        reader.problem(
            node, path, "not address:port with a port from 0 to 65535, write it like 127.0.0.1:8080 or [::1]:8080"
        );
        return;
    }
    if (check_address(node, path, address, reader)) {
        list.push_back({std::move(address), static_cast<std::uint16_t>(*port)});
    }
}

// Reads one key of listen.tls.
void read_tls(const Key& key, const Node& node, const std::string& path, Reader& reader, ListenTls& tls) {
    const auto text = reader.text(node, key, path);
    if (!text) {
        return;
    }
    if (key.path == "listen.tls.certificate_file") {
        tls.certificate_file = *text;
    } else if (key.path == "listen.tls.key_file") {
        tls.key_file = *text;
    } else if (*text == "1.2" || *text == "1.3") {
        tls.min_version = *text;
    } else {
        reader.problem(node, path, "not one of 1.2, 1.3");
    }
}

void read_trusted_proxies(const Node& node, const std::string& path, Reader& reader, Listen& listen) {
    const auto texts = reader.texts(node, path);
    for (const auto& text : texts.value_or(std::vector<std::string>())) {
        if (auto network = IpNetwork::parse(text)) {
            listen.trusted_proxies.push_back(*network);
        } else {
            reader.problem(node, path, network.error().message);
        }
    }
}

void read_forwarded_header(const Key& key, const Node& node, const std::string& path, Reader& reader, Listen& listen) {
    const auto text = reader.text(node, key, path);
    if (text == "x-forwarded-for" || text == "forwarded") {
        listen.forwarded_header = *text;
    } else if (text) {
        reader.problem(node, path, "not one of x-forwarded-for, forwarded");
    }
}

// One without the other would be found out by the first client only.
void check_tls(const Node& node, const std::string& path, Reader& reader, const ListenTls& tls) {
    for (const auto& [name, file] :
         {std::pair("certificate_file", &tls.certificate_file), std::pair("key_file", &tls.key_file)}) {
        if (file->empty()) {
            reader.problem(node, path + ".tls", "needs " + std::string(name) + ", write the path of a PEM file");
        }
    }
}

void read_map(const Node& node, const std::string& path, Reader& reader, std::vector<Listen>& list) {
    Listen listen;
    bool good = true;
    Snapshot none;
    if (node.find("tls") != nullptr) {
        listen.tls.emplace();
        listen.tls->source = reader.problems().file() + ":" + std::to_string(node.find("tls")->place.line);
    }
    reader.block(node, "listen", path, none, [&](const Key& key, const Member& member, const std::string& at) {
        if (key.path == "listen.port") {
            const auto port = reader.number(member.value, key, at);
            good = good && port;
            listen.port = static_cast<std::uint16_t>(port.value_or(0));
            return;
        }
        if (key.path.starts_with("listen.tls.")) {
            read_tls(key, member.value, at, reader, *listen.tls);
            return;
        }
        if (key.path == "listen.trusted_proxies") {
            read_trusted_proxies(member.value, at, reader, listen);
            return;
        }
        if (key.path == "listen.forwarded_header") {
            read_forwarded_header(key, member.value, at, reader, listen);
            return;
        }
        const auto address = reader.text(member.value, key, at);
        good = good && address && check_address(member.value, at, *address, reader);
        listen.address = address.value_or("");
    });
    const bool given = listen.tls && node.find("tls")->kind != Node::Kind::scalar;
    if (given) {
        check_tls(*node.find("tls"), path, reader, *listen.tls);
    }
    if (good) {
        list.push_back(std::move(listen));
    }
}

}  // namespace

std::vector<Listen> read_listen(const Node& node, Reader& reader) {
    std::vector<Listen> list;
    const bool many = node.kind == Node::Kind::list;
    const std::size_t count = many ? node.items.size() : 1;
    if (count == 0 || count > kListenMax || node.kind == Node::Kind::null) {
        reader.problem(node, "listen", "no address, or more than 16, write one like 127.0.0.1:8080");
        return list;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Node& item = many ? node.items[i] : node;
        const std::string path = many ? "listen[" + std::to_string(i) + "]" : "listen";
        const std::size_t before = list.size();
        if (item.kind == Node::Kind::map) {
            read_map(item, path, reader, list);
        } else {
            read_text(item, path, reader, list);
        }
        const auto same = [&](const Listen& one) {
            return one.port != 0 && std::tie(one.address, one.port) == std::tie(list.back().address, list.back().port);
        };
        if (list.size() > before && std::any_of(list.begin(), list.end() - 1, same)) {
            reader.problem(item, path, "the same address and port twice, keep one");
        }
    }
    return list;
}

}  // namespace aihub::config
