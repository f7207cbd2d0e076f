#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/plain_table.hpp"
#include "base/json_text.hpp"
#include "identity/key_store.hpp"
#include "identity/pepper.hpp"
#include "identity/permissions.hpp"
#include "storage/database.hpp"

#include <charconv>
#include <iostream>
#include <memory>
#include <sstream>

namespace aihub::app {

namespace {

// The store that the configuration names, opened for one command.
struct OpenStore {
    SystemClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<identity::KeyStore> store;
    std::string brand;
};

Result<void> open_store(const ConfigChoice& choice, OpenStore& open) {
    const auto config = AIHUB_TRY(read_config(choice, config::Sources::process()));
    storage::DatabaseOptions options;
    options.url = config->storage.url;
    open.database = AIHUB_TRY(storage::Database::open(options, open.clock, open.metrics));
    auto pepper = AIHUB_TRY(identity::load_or_make_pepper(config->identity.pepper_file));
    open.store = AIHUB_TRY(identity::KeyStore::create(*open.database, open.clock, std::move(pepper)));
    open.brand = config->identity.key_prefix;
    return {};
}

// "30d", "12h" or "45m" from now.
Result<WallTime> expiry(const std::string& text, WallTime now) {
    long amount = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, amount);
    const bool one_letter = parsed.ec == std::errc() && parsed.ptr + 1 == end && amount > 0 && amount < 100000;
    if (one_letter && *parsed.ptr == 'd') {
        return now + std::chrono::hours(24 * amount);
    }
    if (one_letter && *parsed.ptr == 'h') {
        return now + std::chrono::hours(amount);
    }
    if (one_letter && *parsed.ptr == 'm') {
        return now + std::chrono::minutes(amount);
    }
    return Error{Errc::invalid_request, "--expires " + text + ": write it as 30d, 12h or 45m"};
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> words;
    std::istringstream in(list);
    for (std::string word; std::getline(in, word, ',');) {
        if (!word.empty()) {
            words.push_back(word);
        }
    }
    return words;
}

// Never holds the key itself.
std::string record_json(const identity::KeyRecord& record) {
    std::string text = "{\"id\":";
    append_json_string(text, record.id.text());
    text += ",\"name\":";
    append_json_string(text, record.name);
    text += ",\"prefix\":";
    append_json_string(text, record.prefix);
    text += ",\"last4\":";
    append_json_string(text, record.last4);
    text += ",\"status\":";
    append_json_string(text, record.status == identity::KeyStatus::active ? "active" : "revoked");
    text += ",\"models\":[";
    for (const auto& model : record.models) {
        text += text.back() == '[' ? "" : ",";
        append_json_string(text, model);
    }
    text += "],\"created_at\":\"" + time_text(record.created_at) + "\",\"expires_at\":";
    text += record.expires_at ? "\"" + time_text(*record.expires_at) + "\"" : "null";
    text += ",\"permissions\":[";
    for (const auto& permission : record.permissions) {
        text += text.back() == '[' ? "" : ",";
        append_json_string(text, permission);
    }
    text += "],\"tags\":{";
    for (const auto& [name, value] : record.tags) {
        text += text.back() == '{' ? "" : ",";
        append_json_string(text, name);
        text += ":";
        append_json_string(text, value);
    }
    return text + "}}";
}

int create(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub key create --name NAME [options]",
        "Makes an API key and shows it once: it is stored as a hash and cannot be shown again. A running gateway "
        "takes\n"
        "it within a second.",
        {{"name", "NAME", "whose key it is, for people"},
         {"models", "LIST", "names of models that it may use, with commas between; all by default"},
         {"expires", "TIME", "when it ends, counted from now: 30d, 12h, 45m; never by default"},
         {"permission",
          "NAME",
          "what it may do in the management API, may be repeated: " + identity::permission_names(),
          "",
          true},
         {"tag", "NAME=VALUE", "what policies may ask about its owner, as in residency=eu; may be repeated", "", true},
         {"json", "", "the result for machines: {\"key\",\"record\"}"}}};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.value("name").empty()) {
        std::cerr << "error: --name is missing; see aihub key create --help\n";
        return kExitUsage;
    }
    OpenStore open;
    if (const auto opened = open_store(config_choice(parsed), open); !opened) {
        return report_failure(opened.error().message);
    }
    identity::NewKey wanted;
    wanted.name = parsed.value("name");
    wanted.models = split(parsed.value("models"));
    wanted.brand = open.brand;
    wanted.permissions = parsed.all("permission");
    for (const auto& tag : parsed.all("tag")) {
        const auto at = tag.find('=');
        if (at == std::string::npos) {
            return report_failure("--tag " + tag + ": write it as NAME=VALUE");
        }
        wanted.tags.emplace_back(tag.substr(0, at), tag.substr(at + 1));
    }
    if (parsed.has("expires")) {
        const auto until = expiry(parsed.value("expires"), open.clock.wall_now());
        if (!until) {
            return report_failure(until.error().message);
        }
        wanted.expires_at = *until;
    }
    const auto created = open.store->create_key(wanted);
    if (!created) {
        return report_failure(created.error().message);
    }
    if (parsed.has("json")) {
        std::cout << "{\"key\":\"" << created->key.expose() << "\",\"record\":" << record_json(created->record)
                  << "}\n";
    } else {
        std::cout << created->key.expose() << "\n";
        std::cerr << "made " << created->record.id.text() << " (" << created->record.name
                  << "); the key is not shown again\n";
    }
    return kExitOk;
}

int list(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub key list [options]",
        "Lists all API keys, oldest first, revoked ones too. Keys themselves are not stored and not shown.",
        {{"json", "", "for machines: a list of records"}}};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    OpenStore open;
    if (const auto opened = open_store(config_choice(parsed), open); !opened) {
        return report_failure(opened.error().message);
    }
    const auto records = open.store->list();
    if (!records) {
        return report_failure(records.error().message);
    }
    if (parsed.has("json")) {
        std::string text = "[";
        for (const auto& record : *records) {
            text += (text.size() > 1 ? "," : "") + record_json(record);
        }
        std::cout << text << "]\n";
        return kExitOk;
    }
    if (records->empty()) {
        std::cout << "no keys; make one with: aihub key create --name NAME\n";
    }
    for (const auto& record : *records) {
        const bool active = record.status == identity::KeyStatus::active;
        std::cout << record.id.text() << "  " << record.prefix << "..." << record.last4 << "  "
                  << (active ? "active " : "revoked") << "  " << time_text(record.created_at) << "  " << record.name;
        if (record.expires_at) {
            std::cout << "  (until " << time_text(*record.expires_at) << ")";
        }
        for (const auto& model : record.models) {
            std::cout << (&model == &record.models.front() ? "  only " : ",") << model;
        }
        for (const auto& permission : record.permissions) {
            std::cout << (&permission == &record.permissions.front() ? "  may " : ",") << permission;
        }
        for (const auto& [name, value] : record.tags) {
            std::cout << "  " << name << "=" << value;
        }
        std::cout << "\n";
    }
    return kExitOk;
}

int revoke(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub key revoke ID [options]",
        "Ends an API key: a running gateway refuses it within a second. ID is the key's id, the beginning of one, or "
        "the\n"
        "name of a single active key.",
        {{"json", "", "the record for machines"}},
        1};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.operands.empty()) {
        std::cerr << "error: say which key; see aihub key list\n";
        return kExitUsage;
    }
    OpenStore open;
    if (const auto opened = open_store(config_choice(parsed), open); !opened) {
        return report_failure(opened.error().message);
    }
    const auto record = open.store->revoke(parsed.operands.front());
    if (!record) {
        return report_failure(record.error().message);
    }
    if (parsed.has("json")) {
        std::cout << record_json(*record) << "\n";
    } else {
        std::cout << "revoked " << record->id.text() << " (" << record->name << ")\n";
    }
    return kExitOk;
}

}  // namespace

int key_command(const std::vector<std::string>& arguments) {
    const std::string name = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.empty() ? arguments.begin() : arguments.begin() + 1, arguments.end());
    if (name == "create") {
        return create(rest);
    }
    if (name == "list") {
        return list(rest);
    }
    if (name == "revoke") {
        return revoke(rest);
    }
    const bool help = name == "--help" || name == "-h";
    (help ? std::cout : std::cerr) << "usage: aihub key create|list|revoke [options]\n\n"
                                      "  create    make a key and show it once\n"
                                      "  list      show all keys, without the keys themselves\n"
                                      "  revoke    end a key\n\n"
                                      "`aihub key create --help` tells more.\n";
    return help ? kExitOk : kExitUsage;
}

}  // namespace aihub::app
