#include "otlp_json.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <cstdint>

namespace aihub::trace_otlp {

namespace {

using sdk::JsonWriter;

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xFU];
    }
    return text;
}

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
    json.begin_object().field("key", key).key("value").begin_object().field("stringValue", text);
    json.end_object().end_object();
}

void write_attribute(JsonWriter& json, const aihub_attribute& attribute) {
    const auto key = sdk::view(attribute.name);
    if (attribute.kind == AIHUB_ATTRIBUTE_TEXT) {
        write_text(json, key, sdk::view(attribute.text));
        return;
    }
    if (attribute.kind != AIHUB_ATTRIBUTE_NUMBER && attribute.kind != AIHUB_ATTRIBUTE_BOOLEAN) {
        return;
    }
    json.begin_object().field("key", key).key("value").begin_object();
    if (attribute.kind == AIHUB_ATTRIBUTE_NUMBER) {
        json.field("intValue", std::to_string(attribute.number));
    } else {
        json.field("boolValue", attribute.number != 0);
    }
    json.end_object().end_object();
}

void write_span(JsonWriter& json, const aihub_span& span) {
    json.begin_object();
    json.field("traceId", hex(span.trace_id)).field("spanId", hex(span.span_id));
    if (std::any_of(std::begin(span.parent_id), std::end(span.parent_id), [](std::uint8_t byte) {
            return byte != 0;
        })) {
        json.field("parentSpanId", hex(span.parent_id));
    }
    if (span.trace_state.len > 0) {
        json.field("traceState", sdk::view(span.trace_state));
    }
    json.field("name", sdk::view(span.name)).field("kind", span.kind);
    json.field("startTimeUnixNano", std::to_string(span.start_ns))
        .field("endTimeUnixNano", std::to_string(span.end_ns));
    json.key("attributes").begin_array();
    for (std::size_t i = 0; i < span.n_attributes; ++i) {
        write_attribute(json, span.attributes[i]);
    }
    json.end_array().key("status").begin_object();
    if (span.status == AIHUB_SPAN_FAILED) {
        json.field("code", 2);
        if (span.message.len > 0) {
            json.field("message", sdk::view(span.message));
        }
    }
    json.end_object().end_object();
}

}  // namespace

std::string export_request(const Resource& resource, std::span<const aihub_span* const> spans) {
    JsonWriter json;
    json.begin_object().key("resourceSpans").begin_array().begin_object();
    json.key("resource").begin_object().key("attributes").begin_array();
    write_text(json, "service.name", resource.service_name);
    write_text(json, "service.version", resource.service_version);
    if (!resource.environment.empty()) {
        write_text(json, "deployment.environment.name", resource.environment);
    }
    json.end_array().end_object();
    json.key("scopeSpans").begin_array().begin_object();
    json.key("scope").begin_object().field("name", "aihub.gateway").end_object();
    json.key("spans").begin_array();
    for (const aihub_span* span : spans) {
        write_span(json, *span);
    }
    json.end_array().end_object().end_array();
    json.end_object().end_array().end_object();
    return std::move(json).text();
}

}  // namespace aihub::trace_otlp
