#include "policy/decision_result.hpp"

#include "policy/record_bytes.hpp"

#include <array>
#include <limits>

namespace aihub::policy {

namespace {

constexpr std::uint8_t kResultDecision = 0;
constexpr std::uint8_t kResultFailure = 1;
constexpr std::array kFaultCodes{
    std::pair{Fault::steps, std::uint8_t{1}},
    std::pair{Fault::time, std::uint8_t{2}},
    std::pair{Fault::memory, std::uint8_t{3}},
    std::pair{Fault::error, std::uint8_t{4}},
    std::pair{Fault::bad_decision, std::uint8_t{5}},
    std::pair{Fault::load, std::uint8_t{6}}};

int get_int(ByteReader& reader) {
    std::int64_t value = 0;
    reader.get(value);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
        reader.fail();
        return 0;
    }
    return static_cast<int>(value);
}

void put_candidate(ByteWriter& writer, const Candidate& candidate) {
    writer.put(std::string_view(candidate.provider));
    writer.put(std::string_view(candidate.model));
    writer.put(candidate.weight);
    writer.put(candidate.timeout.has_value());
    if (candidate.timeout) {
        writer.put(std::int64_t{candidate.timeout->count()});
    }
    writer.put(candidate.retries.has_value());
    if (candidate.retries) {
        writer.put(std::int64_t{*candidate.retries});
    }
}

void get_candidate(ByteReader& reader, Candidate& candidate) {
    bool given = false;
    reader.get(candidate.provider);
    reader.get(candidate.model);
    reader.get(candidate.weight);
    reader.get(given);
    if (given) {
        std::int64_t timeout = 0;
        reader.get(timeout);
        candidate.timeout = std::chrono::milliseconds(timeout);
    }
    reader.get(given);
    if (given) {
        candidate.retries = get_int(reader);
    }
}

void get_decision(ByteReader& reader, AdmitDecision& decision) {
    reader.get(decision.allow);
    reader.get(decision.code);
    reader.get(decision.message);
    reader.get(decision.limit_class);
}

void get_decision(ByteReader& reader, ExperimentDecision& decision) {
    get_list(reader, decision.choices, [&](ExperimentChoice& choice) {
        reader.get(choice.experiment);
        reader.get(choice.eligible);
        reader.get(choice.arm);
    });
}

void get_decision(ByteReader& reader, RouteDecision& decision) {
    get_list(reader, decision.candidates, [&](Candidate& candidate) { get_candidate(reader, candidate); });
    reader.get(decision.weighted);
    get_list(reader, decision.transforms, [&](std::string& name) { reader.get(name); });
}

void get_decision(ByteReader& reader, FallbackDecision& decision) {
    bool has_next = false;
    reader.get(has_next);
    if (has_next) {
        get_candidate(reader, decision.next.emplace());
    }
}

void get_decision(ByteReader& reader, LabelDecision& decision) {
    get_list(reader, decision.labels, [&](auto& label) {
        reader.get(label.first);
        reader.get(label.second);
    });
}

void put_amount(ByteWriter& writer, const Amount& amount) {
    __extension__ using Bits = unsigned __int128;
    const auto bits = static_cast<Bits>(amount.units());
    constexpr unsigned kHalf = 64;
    writer.fixed(static_cast<std::uint64_t>(bits));
    writer.fixed(static_cast<std::uint64_t>(bits >> kHalf));
}

void get_amount(ByteReader& reader, Amount& amount) {
    __extension__ using Bits = unsigned __int128;
    constexpr unsigned kHalf = 64;
    const Bits low = reader.fixed();
    const Bits high = reader.fixed();
    const auto read = Amount::of_units(static_cast<Amount::Units>(high << kHalf | low));
    if (!read) {
        reader.fail();
        return;
    }
    amount = *read;
}

void get_decision(ByteReader& reader, PriceDecision& decision) {
    reader.get(decision.currency);
    get_list(reader, decision.lines, [&](PriceLine& line) {
        bool has_unit = false;
        reader.get(line.kind);
        reader.get(line.quantity);
        reader.get(has_unit);
        if (has_unit) {
            get_amount(reader, line.unit.emplace());
        }
        reader.get(line.unit_size);
        get_amount(reader, line.amount);
    });
    get_amount(reader, decision.total);
}

template <class Decision>
AnyDecision read_decision_of(ByteReader& reader) {
    Decision decision;
    get_decision(reader, decision);
    return decision;
}

AnyDecision read_any(ByteReader& reader, Hook hook) {
    switch (hook) {
        case Hook::admit:
            return read_decision_of<AdmitDecision>(reader);
        case Hook::experiment:
            return read_decision_of<ExperimentDecision>(reader);
        case Hook::route:
            return read_decision_of<RouteDecision>(reader);
        case Hook::fallback:
            return read_decision_of<FallbackDecision>(reader);
        case Hook::label:
            return read_decision_of<LabelDecision>(reader);
        case Hook::price:
            return read_decision_of<PriceDecision>(reader);
        default:
            reader.fail();
            return AnyDecision();
    }
}

Failure read_failure(ByteReader& reader, Hook hook, const std::string& bundle_label) {
    Failure failure;
    get_code(reader, kFaultCodes, failure.fault);
    reader.get(failure.file);
    failure.line = get_int(reader);
    reader.get(failure.message);
    failure.bundle = bundle_label;
    failure.hook = hook_name(hook);
    return failure;
}

}  // namespace

void append_result(std::string& out, const AdmitDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.put(decision.allow);
    writer.put(std::string_view(decision.code));
    writer.put(std::string_view(decision.message));
    writer.put(std::string_view(decision.limit_class));
}

void append_result(std::string& out, const ExperimentDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.varint(decision.choices.size());
    for (const auto& choice : decision.choices) {
        writer.put(std::string_view(choice.experiment));
        writer.put(choice.eligible);
        writer.put(std::string_view(choice.arm));
    }
}

void append_result(std::string& out, const RouteDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.varint(decision.candidates.size());
    for (const auto& candidate : decision.candidates) {
        put_candidate(writer, candidate);
    }
    writer.put(decision.weighted);
    writer.varint(decision.transforms.size());
    for (const auto& name : decision.transforms) {
        writer.put(std::string_view(name));
    }
}

void append_result(std::string& out, const FallbackDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.put(decision.next.has_value());
    if (decision.next) {
        put_candidate(writer, *decision.next);
    }
}

void append_result(std::string& out, const LabelDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.varint(decision.labels.size());
    for (const auto& [name, value] : decision.labels) {
        writer.put(std::string_view(name));
        writer.put(std::string_view(value));
    }
}

void append_result(std::string& out, const PriceDecision& decision) {
    ByteWriter writer(out);
    writer.byte(kResultDecision);
    writer.put(std::string_view(decision.currency));
    writer.varint(decision.lines.size());
    for (const auto& line : decision.lines) {
        writer.put(std::string_view(line.kind));
        writer.put(line.quantity);
        writer.put(line.unit.has_value());
        if (line.unit) {
            put_amount(writer, *line.unit);
        }
        writer.put(line.unit_size);
        put_amount(writer, line.amount);
    }
    put_amount(writer, decision.total);
}

void append_result(std::string& out, const Failure& failure) {
    ByteWriter writer(out);
    writer.byte(kResultFailure);
    writer.byte(code_of(kFaultCodes, failure.fault));
    writer.put(std::string_view(failure.file));
    writer.put(std::int64_t{failure.line});
    writer.put(std::string_view(failure.message));
}

void append_result(std::string& out, const Said& said) {
    const auto append = [&out](const auto& one) { append_result(out, one); };
    if (const auto* decision = std::get_if<AnyDecision>(&said)) {
        std::visit(append, *decision);
    } else {
        append(std::get<Failure>(said));
    }
}

std::optional<Fault> fault_of_result(std::string_view result) {
    ByteReader reader(result);
    if (reader.byte() != kResultFailure) {
        return std::nullopt;
    }
    Fault fault = Fault::error;
    get_code(reader, kFaultCodes, fault);
    return reader.good() ? std::optional(fault) : std::nullopt;
}

std::optional<Said> decode_result(std::string_view result, Hook hook, const std::string& bundle_label) {
    ByteReader reader(result);
    std::optional<Said> said;
    const auto kind = reader.byte();
    if (kind == kResultDecision) {
        said = read_any(reader, hook);
    } else if (kind == kResultFailure) {
        said = read_failure(reader, hook, bundle_label);
    }
    return reader.at_end() ? said : std::nullopt;
}

}  // namespace aihub::policy
