#include "policy/decision_record.hpp"

#include "base/crc32c.hpp"
#include "policy/fact_fields.hpp"
#include "policy/record_bytes.hpp"

#include <array>

namespace aihub::policy {

namespace {

constexpr std::uint8_t kKindDecision = 1;
constexpr std::uint8_t kKindValues = 2;
constexpr std::size_t kHashBytes = 32;
constexpr unsigned kNibbleBits = 4;
constexpr std::string_view kHexDigits = "0123456789abcdef";

// The place in the enumerations may change; these may not.
constexpr std::array kHookCodes{
    std::pair{Hook::admit, std::uint8_t{1}},
    std::pair{Hook::experiment, std::uint8_t{2}},
    std::pair{Hook::route, std::uint8_t{3}},
    std::pair{Hook::fallback, std::uint8_t{4}},
    std::pair{Hook::label, std::uint8_t{5}},
    std::pair{Hook::price, std::uint8_t{6}}};
constexpr std::array kPartCodes{
    std::pair{DecidedAs::active, std::uint8_t{1}},
    std::pair{DecidedAs::canary, std::uint8_t{2}},
    std::pair{DecidedAs::shadow, std::uint8_t{3}}};
void put_u32(char* at, std::uint32_t value) {
    for (unsigned i = 0; i < sizeof value; ++i) {
        at[i] = static_cast<char>(value >> (8 * i));
    }
}

std::uint32_t get_u32(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < sizeof value; ++i) {
        value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    return value;
}

unsigned nibble(char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void put_hash(ByteWriter& writer, std::string_view hex) {
    std::array<char, kHashBytes> bytes{};
    for (std::size_t i = 0; i < kHashBytes && 2 * i + 1 < hex.size(); ++i) {
        bytes[i] = static_cast<char>(nibble(hex[2 * i]) << kNibbleBits | nibble(hex[2 * i + 1]));
    }
    writer.raw({bytes.data(), bytes.size()});
}

void get_hash(ByteReader& reader, std::string& hex) {
    hex.clear();
    for (const char letter : reader.raw(kHashBytes)) {
        const auto byte = static_cast<unsigned char>(letter);
        hex += kHexDigits[byte >> kNibbleBits];
        hex += kHexDigits[byte & 0xfU];
    }
}

// A visitor that writes each member.
auto putting(ByteWriter& writer) {
    return [&writer](int, const char*, const auto& member) { writer.put(member); };
}

// A visitor that reads each member that the version has; the others keep their first value.
auto getting(ByteReader& reader, int version) {
    return [&reader, version](int since, const char*, auto& member) {
        if (since <= version) {
            reader.get(member);
        }
    };
}

bool reads_providers(Hook hook) {
    return hook == Hook::route || hook == Hook::fallback;
}

void put_pairs(ByteWriter& writer, std::span<const TextPair> pairs) {
    writer.varint(pairs.size());
    for (const auto& [name, value] : pairs) {
        writer.put(name);
        writer.put(value);
    }
}

void get_pairs(ByteReader& reader, std::vector<TextPair>& pairs) {
    pairs.resize(reader.count());
    for (auto& [name, value] : pairs) {
        reader.get(name);
        reader.get(value);
    }
}

void put_price(ByteWriter& writer, const CallFacts& call, const PriceFacts& price) {
    writer.put(call.request_id);
    writer.put(call.now);
    visit_usage(price.usage, putting(writer));
    visit_quote(price.quote, putting(writer));
    put_pairs(writer, price.quote.tags);
    put_pairs(writer, price.quote.assignments);
}

void get_price(ByteReader& reader, int version, SpecFacts& facts) {
    auto& quote = facts.price.quote;
    reader.get(facts.call.request_id);
    reader.get(facts.call.now);
    visit_usage(facts.price.usage, getting(reader, version));
    visit_quote(quote, getting(reader, version));
    get_pairs(reader, facts.tags);
    get_pairs(reader, facts.assignments);
    quote.tags = facts.tags;
    quote.assignments = facts.assignments;
    facts.call.organization = quote.organization;
    facts.call.team = quote.team;
    facts.call.user = quote.user;
    facts.call.key = quote.key;
    facts.call.model = quote.model;
}

void put_facts(ByteWriter& writer, const AskedHook& asked) {
    const auto& call = asked.call;
    if (asked.hook == Hook::price) {
        put_price(writer, call, asked.price == nullptr ? PriceFacts() : *asked.price);
        return;
    }
    visit_call(call, putting(writer));
    put_pairs(writer, call.headers);
    put_pairs(writer, call.tags);
    put_pairs(writer, call.assignments);
    writer.varint(call.candidates.size());
    for (const auto& candidate : call.candidates) {
        visit_candidate(candidate, putting(writer));
    }
    if (reads_providers(asked.hook)) {
        writer.varint(call.providers.size());
        for (const auto& provider : call.providers) {
            visit_provider(provider, putting(writer));
        }
    }
    if (asked.hook == Hook::fallback) {
        visit_attempt(asked.failed == nullptr ? AttemptFacts() : *asked.failed, putting(writer));
    } else if (asked.hook == Hook::label) {
        visit_outcome(asked.outcome == nullptr ? OutcomeFacts() : *asked.outcome, putting(writer));
    }
}

void get_facts(ByteReader& reader, Hook hook, int version, SpecFacts& facts) {
    facts.clear();
    if (hook == Hook::price) {
        get_price(reader, version, facts);
        return;
    }
    visit_call(facts.call, getting(reader, version));
    get_pairs(reader, facts.headers);
    get_pairs(reader, facts.tags);
    get_pairs(reader, facts.assignments);
    get_list(reader, facts.candidates, [&](auto& one) { visit_candidate(one, getting(reader, version)); });
    if (reads_providers(hook)) {
        get_list(reader, facts.providers, [&](auto& one) { visit_provider(one, getting(reader, version)); });
    }
    if (hook == Hook::fallback) {
        visit_attempt(facts.attempt, getting(reader, version));
    } else if (hook == Hook::label) {
        visit_outcome(facts.outcome, getting(reader, version));
    }
    facts.call.headers = facts.headers;
    facts.call.tags = facts.tags;
    facts.call.assignments = facts.assignments;
    facts.call.candidates = facts.candidates;
    facts.call.providers = facts.providers;
}

// Room for the head of a frame; the end is known when the payload is written.
std::size_t begin_frame(std::string& out) {
    const auto begin = out.size();
    out.append(kFrameHeadBytes, '\0');
    return begin;
}

void end_frame(std::string& out, std::size_t begin) {
    put_u32(out.data() + begin, static_cast<std::uint32_t>(out.size() - begin - kFrameHeadBytes));
}

}  // namespace

std::string_view decided_as_name(DecidedAs part) {
    switch (part) {
        case DecidedAs::canary:
            return "canary";
        case DecidedAs::shadow:
            return "shadow";
        default:
            return "active";
    }
}

namespace {

// `append` writes the result, which is the last part, so that it needs no length.
template <class Append>
void append_frame(std::string& out, const AskedHook& asked, std::uint64_t steps, const Append& append) {
    const auto begin = begin_frame(out);
    {
        ByteWriter writer(out);
        writer.byte(kRecordVersion);
        writer.byte(kKindDecision);
        writer.byte(code_of(kHookCodes, asked.hook));
        writer.byte(code_of(kPartCodes, asked.part));
        put_hash(writer, asked.bundle_hash);
        writer.put(asked.bundle_name);
        put_facts(writer, asked);
        writer.varint(asked.values_version);
        writer.put(std::int64_t{asked.duration.count()});
        writer.varint(steps);
    }
    append(out);
    end_frame(out, begin);
}

}  // namespace

template <class Decision>
void append_record(std::string& out, const AskedHook& asked, const Answer<Decision>& answer) {
    append_frame(out, asked, answer.steps, [&](std::string& to) { append_result(to, answer); });
}

void append_said(std::string& out, const AskedHook& asked, const Said& said, std::uint64_t steps) {
    append_frame(out, asked, steps, [&](std::string& to) { append_result(to, said); });
}

template void append_record(std::string& out, const AskedHook& asked, const Answer<AdmitDecision>& answer);
template void append_record(std::string& out, const AskedHook& asked, const Answer<ExperimentDecision>& answer);
template void append_record(std::string& out, const AskedHook& asked, const Answer<RouteDecision>& answer);
template void append_record(std::string& out, const AskedHook& asked, const Answer<FallbackDecision>& answer);
template void append_record(std::string& out, const AskedHook& asked, const Answer<LabelDecision>& answer);
template void append_record(std::string& out, const AskedHook& asked, const Answer<PriceDecision>& answer);

void append_values(
    std::string& out, std::uint64_t version, const std::map<std::string, std::string, std::less<>>& values
) {
    const auto begin = begin_frame(out);
    {
        ByteWriter writer(out);
        writer.byte(kRecordVersion);
        writer.byte(kKindValues);
        writer.varint(version);
        writer.varint(values.size());
        for (const auto& [name, value] : values) {
            writer.put(std::string_view(name));
            writer.put(std::string_view(value));
        }
    }
    end_frame(out, begin);
}

void seal_frames(std::string& frames) {
    for (std::size_t at = 0; at + kFrameHeadBytes <= frames.size();) {
        const std::size_t size = get_u32(frames, at);
        const auto payload = std::string_view(frames).substr(at + kFrameHeadBytes, size);
        put_u32(frames.data() + at + sizeof(std::uint32_t), crc32c(payload));
        at += kFrameHeadBytes + size;
    }
}

std::optional<std::size_t> frame_bytes(std::string_view bytes, bool& damaged) {
    damaged = false;
    if (bytes.size() < kFrameHeadBytes) {
        return std::nullopt;
    }
    const std::size_t size = get_u32(bytes, 0);
    damaged = size == 0 || size > kRecordBytesMax;
    if (damaged || bytes.size() - kFrameHeadBytes < size) {
        return std::nullopt;
    }
    return kFrameHeadBytes + size;
}

std::optional<FrameCut> cut_frame(std::string_view& bytes) {
    bool damaged = false;
    const auto size = frame_bytes(bytes, damaged);
    if (!size) {
        return std::nullopt;
    }
    FrameCut cut{bytes.substr(kFrameHeadBytes, *size - kFrameHeadBytes), false};
    cut.sound = crc32c(cut.payload) == get_u32(bytes, sizeof(std::uint32_t));
    bytes.remove_prefix(*size);
    return cut;
}

std::optional<RecordKind> record_kind(std::string_view payload) {
    ByteReader reader(payload);
    const auto version = reader.byte();
    const auto kind = reader.byte();
    if (!reader.good() || version == 0) {
        return std::nullopt;
    }
    if (version > kRecordVersion) {
        return RecordKind::newer;
    }
    if (kind == kKindDecision) {
        return RecordKind::decision;
    }
    return kind == kKindValues ? std::optional(RecordKind::values) : std::nullopt;
}

bool decode_record(std::string_view payload, DecisionRecord& record) {
    if (record_kind(payload) != RecordKind::decision) {
        return false;
    }
    ByteReader reader(payload);
    const int version = reader.byte();
    (void)reader.byte();
    get_code(reader, kHookCodes, record.hook);
    get_code(reader, kPartCodes, record.part);
    get_hash(reader, record.bundle_hash);
    reader.get(record.bundle_name);
    get_facts(reader, record.hook, version, record.facts);
    record.values_version = reader.varint();
    std::int64_t duration = 0;
    reader.get(duration);
    record.duration = std::chrono::nanoseconds(duration);
    record.steps = reader.varint();
    record.result = reader.raw(reader.left());
    return reader.good();
}

bool decode_values(std::string_view payload, ValuesRecord& record) {
    if (record_kind(payload) != RecordKind::values) {
        return false;
    }
    ByteReader reader(payload.substr(2));
    record.version = reader.varint();
    record.values.clear();
    for (auto left = reader.count(); left > 0 && reader.good(); --left) {
        const auto name = reader.text();
        record.values.insert_or_assign(std::string(name), std::string(reader.text()));
    }
    return reader.at_end();
}

std::optional<Said> decode_result(const DecisionRecord& record) {
    constexpr std::size_t kHashShown = 12;
    std::string label(record.bundle_name);
    label.append("@").append(record.bundle_hash, 0, kHashShown);
    return decode_result(record.result, record.hook, label);
}

}  // namespace aihub::policy
