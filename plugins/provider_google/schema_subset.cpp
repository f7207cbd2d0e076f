#include "schema_subset.hpp"

#include "members.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace aihub::provider_google {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

constexpr std::size_t kDepthMax = 24;
constexpr std::size_t kSchemasMax = 1000;  // references can multiply a small text
constexpr std::size_t kReferencesMax = 1000;
constexpr std::size_t kReferenceBytesMax = 1024;
constexpr std::size_t kStep = 16;  // what a member, or an element of a list, costs beside the bytes that are copied

// Taken as they are.
constexpr std::array<std::string_view, 11> kPlain = {
    "description",
    "nullable",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "minProperties",
    "maxProperties"};
constexpr std::array<std::string_view, 6> kFormats = {"date-time", "enum", "float", "double", "int32", "int64"};

// One schema, with all that it refers to and is joined of.
struct Gathered {
    Members plain;
    std::vector<std::string> types;
    std::vector<JsonValue> alternatives;
    std::vector<std::pair<std::string, JsonValue>> properties;
    std::vector<std::string> required;
    std::vector<JsonValue> words;  // of an enum
    JsonValue items;
    bool has_enum = false;
    bool nullable = false;
};

// Whether its bytes are taken over; those of the other members are schemas, or left out.
bool is_copied(const std::string& name, const JsonValue& value) {
    constexpr std::array<std::string_view, 4> kLists = {"enum", "const", "required", "type"};
    const bool leaf = !value.is(JsonKind::object) && !value.is(JsonKind::array);
    return leaf || std::ranges::find(kLists, name) != kLists.end() || std::ranges::find(kPlain, name) != kPlain.end();
}

bool is_null_schema(const JsonValue& schema) {
    return schema["type"].raw() == "\"null\"" || (schema["const"].is(JsonKind::null));
}

std::string upper(std::string text) {
    for (char& c : text) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
    }
    return text;
}

class Cutter {
public:
    Cutter(JsonValue root, std::string_view what, SchemaBudget& budget) : root_(root), what_(what), budget_(budget) {}

    Result<std::string> run() {
        Gathered all;
        AIHUB_CHECK(gather(root_, all, 0));
        if (all.properties.empty() && all.alternatives.empty() && is_object(all)) {
            return std::string();
        }
        sdk::JsonWriter json;
        AIHUB_CHECK(write_gathered(json, all, 0));
        return std::move(json).text();
    }

private:
    static bool is_object(const Gathered& all) {
        return all.types.empty() || (all.types.size() == 1 && all.types.front() == "OBJECT");
    }

    [[nodiscard]] Error wrong(std::string_view why) const {
        return Error{
            Errc::invalid_request,
            "the schema of " + std::string(what_) + " " + std::string(why) +
                ": simplify it, or set the provider's setting schema to json_schema"};
    }

    Result<void> spend(std::size_t work) {
        if (!budget_.spend(work)) {
            return wrong("makes those of this request too large together when its references are put in");
        }
        return {};
    }

    // Member `name`. Definitions are many, and looked up as often.
    JsonValue member_of(const JsonValue& object, std::string_view name) {
        constexpr std::size_t kFew = 8;
        if (object.size() <= kFew || !object.is(JsonKind::object)) {
            return object[name];
        }
        const auto [place, is_new] = indexes_.try_emplace(object.raw().data());
        if (is_new) {
            place->second.reserve(object.size());
            for (const JsonValue member : object) {
                place->second.insert_or_assign(member.key(), member);
            }
        }
        const auto found = place->second.find(std::string(name));
        return found == place->second.end() ? JsonValue() : found->second;
    }

    // "#/$defs/Item"
    Result<JsonValue> target(std::string_view reference) {
        JsonValue at = root_;
        if (!reference.starts_with('#')) {
            return wrong("refers to another document");
        }
        reference.remove_prefix(1);
        while (!reference.empty()) {
            reference.remove_prefix(1);
            const auto end = std::min(reference.find('/'), reference.size());
            std::string name(reference.substr(0, end));
            for (std::size_t tilde = name.find('~'); tilde != std::string::npos; tilde = name.find('~', tilde + 1)) {
                const bool slash = name.compare(tilde, 2, "~1") == 0;
                name.replace(tilde, 2, slash ? "/" : "~");
            }
            at = member_of(at, name);
            reference.remove_prefix(end);
        }
        return at ? Result<JsonValue>(at) : wrong("refers to something that is not in it");
    }

    Result<void> gather(const JsonValue& schema, Gathered& into, std::size_t depth) {
        if (depth > kDepthMax) {
            return wrong("is nested too deeply");
        }
        if (!schema.is(JsonKind::object)) {
            return {};
        }
        for (const JsonValue member : schema) {
            const std::string name = member.key();
            AIHUB_CHECK(spend(kStep * (1 + member.size()) + (is_copied(name, member) ? member.raw().size() : 0)));
            AIHUB_CHECK(gather_member(name, member, into, depth));
        }
        return {};
    }

    Result<void> gather_member(const std::string& name, const JsonValue& value, Gathered& into, std::size_t depth) {
        if (name == "$ref") {
            return follow(value.string_or(""), into, depth);
        }
        if (name == "allOf") {
            for (const JsonValue part : value) {
                AIHUB_CHECK(gather(part, into, depth + 1));
            }
            return {};
        }
        if (name == "anyOf" || name == "oneOf") {
            return gather_alternatives(value, into, depth);
        }
        gather_simple(name, value, into);
        return {};
    }

    // A schema that is inside itself has no end when it is written out.
    Result<void> follow(const std::string& reference, Gathered& into, std::size_t depth) {
        if (reference.size() > kReferenceBytesMax) {
            return wrong("has a reference that is too long");
        }
        if (++references_ > kReferencesMax) {
            return wrong("grows too large when its references are put in");
        }
        AIHUB_CHECK(spend(reference.size() + followed_.size()));
        if (std::ranges::find(followed_, reference) != followed_.end()) {
            return wrong("refers to itself");
        }
        const JsonValue found = AIHUB_TRY(target(reference));
        followed_.push_back(reference);
        return gather(found, into, depth + 1);
    }

    Result<void> gather_alternatives(const JsonValue& list, Gathered& into, std::size_t depth) {
        std::vector<JsonValue> others;
        for (const JsonValue one : list) {
            if (is_null_schema(one)) {
                into.nullable = true;
            } else {
                others.push_back(one);
            }
        }
        if (others.size() == 1) {
            return gather(others.front(), into, depth + 1);
        }
        into.alternatives.insert(into.alternatives.end(), others.begin(), others.end());
        return {};
    }

    static void gather_simple(const std::string& name, const JsonValue& value, Gathered& into) {
        if (name == "type") {
            gather_types(value, into);
        } else if (name == "properties") {
            for (const JsonValue property : value) {
                into.properties.emplace_back(property.key(), property);
            }
        } else if (name == "required") {
            for (const JsonValue one : value) {
                into.required.push_back(one.string_or(""));
            }
        } else if (name == "items") {
            into.items = value;
        } else if (name == "enum") {
            into.has_enum = true;
            into.words.clear();
            for (const JsonValue word : value) {
                into.words.push_back(word);
            }
        } else if (name == "const") {
            into.has_enum = true;
            into.words = {value};
        } else if (name == "format") {
            const bool known = std::ranges::find(kFormats, value.string_or("")) != kFormats.end();
            if (known) {
                into.plain.set(name, value.raw());
            }
        } else if (std::ranges::find(kPlain, name) != kPlain.end()) {
            into.plain.set(name, value.raw());
        }
    }

    static void gather_types(const JsonValue& value, Gathered& into) {
        into.types.clear();
        if (value.is(JsonKind::string)) {
            into.types.push_back(upper(value.string_or("")));
        }
        for (const JsonValue one : value) {
            into.types.push_back(upper(one.string_or("")));
        }
        if (into.types.size() > 1) {
            into.nullable = std::erase(into.types, "NULL") != 0 || into.nullable;
        }
    }

    Result<void> write(sdk::JsonWriter& json, const JsonValue& schema, std::size_t depth) {
        if (++schemas_ > kSchemasMax) {
            return wrong("grows too large when its references are put in");
        }
        const std::size_t outside = followed_.size();
        Gathered all;
        AIHUB_CHECK(gather(schema, all, depth));
        AIHUB_CHECK(write_gathered(json, all, depth));
        followed_.resize(outside);
        return {};
    }

    Result<void> write_gathered(sdk::JsonWriter& json, Gathered& all, std::size_t depth) {
        json.begin_object();
        AIHUB_CHECK(write_type(json, all, depth));
        write_words(json, all);
        all.plain.each([&](std::string_view name, std::string_view value) { json.key(name).raw(value); });
        if (all.nullable && !all.plain.has("nullable")) {
            json.field("nullable", true);
        }
        AIHUB_CHECK(write_members(json, all, depth));
        json.end_object();
        return {};
    }

    static bool all_text(const Gathered& all) {
        const bool text = std::ranges::all_of(all.words, [](const JsonValue& word) {
            return word.is(JsonKind::string) || word.is(JsonKind::null);
        });
        return all.has_enum && text;
    }

    Result<void> write_type(sdk::JsonWriter& json, const Gathered& all, std::size_t depth) {
        if (!all.alternatives.empty()) {
            json.key("anyOf").begin_array();
            for (const JsonValue& one : all.alternatives) {
                AIHUB_CHECK(write(json, one, depth + 1));
            }
            json.end_array();
            return {};
        }
        if (all.types.size() > 1) {
            json.key("anyOf").begin_array();
            for (const std::string& type : all.types) {
                json.begin_object().field("type", std::string_view(type)).end_object();
            }
            json.end_array();
            return {};
        }
        const std::string_view guess = !all.properties.empty() ? "OBJECT" : all.items ? "ARRAY" : "STRING";
        json.field("type", all.types.empty() ? guess : std::string_view(all.types.front()));
        return {};
    }

    static void write_words(sdk::JsonWriter& json, Gathered& all) {
        const bool text = all.types.empty() || all.types.front() == "STRING";
        if (!all_text(all) || !text) {
            return;
        }
        std::erase_if(all.words, [&](const JsonValue& word) {
            all.nullable = all.nullable || word.is(JsonKind::null);
            return word.is(JsonKind::null) || word.raw() == "\"\"";
        });
        if (all.words.empty()) {
            return;
        }
        json.key("enum").begin_array();
        for (const JsonValue& word : all.words) {
            json.raw(word.raw());
        }
        json.end_array();
    }

    Result<void> write_members(sdk::JsonWriter& json, const Gathered& all, std::size_t depth) {
        const bool array = all.types.size() == 1 && all.types.front() == "ARRAY";
        if (all.items || array) {
            json.key("items");
            AIHUB_CHECK(write(json, all.items, depth + 1));
        }
        if (all.properties.empty()) {
            return {};
        }
        json.key("properties").begin_object();
        for (const auto& [name, schema] : all.properties) {
            AIHUB_CHECK(spend(name.size()));
            json.key(name);
            AIHUB_CHECK(write(json, schema, depth + 1));
        }
        json.end_object();
        write_required(json, all);
        return {};
    }

    // Gemini refuses names that are no property.
    static void write_required(sdk::JsonWriter& json, const Gathered& all) {
        std::unordered_set<std::string_view> known;
        for (const auto& [name, schema] : all.properties) {
            known.insert(name);
        }
        bool open = false;
        for (const std::string& name : all.required) {
            if (!known.contains(name)) {
                continue;
            }
            if (!std::exchange(open, true)) {
                json.key("required").begin_array();
            }
            json.value(std::string_view(name));
        }
        if (open) {
            json.end_array();
        }
    }

    using Index = std::unordered_map<std::string, JsonValue>;

    JsonValue root_;
    std::string_view what_;
    SchemaBudget& budget_;
    std::unordered_map<const char*, Index> indexes_;  // of large objects, by where they stand in the text
    std::vector<std::string> followed_;               // references that the place of now is inside of
    std::size_t schemas_ = 0;
    std::size_t references_ = 0;
};

}  // namespace

Result<std::string> schema_subset(std::string_view schema, std::string_view what, SchemaBudget& budget) {
    budget.add_schema(schema.size());
    const sdk::JsonDocument document = AIHUB_TRY(sdk::JsonDocument::parse(schema));
    return Cutter(document.root(), what, budget).run();
}

}  // namespace aihub::provider_google
