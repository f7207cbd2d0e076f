// Spans as OTLP: the JSON form of ExportTraceServiceRequest, as the protocol's specification writes it (ids in hex,
// 64-bit numbers as strings).
#pragma once

#include <aihub/ext/trace_sink.h>

#include <span>
#include <string>
#include <string_view>

namespace aihub::trace_otlp {

// What all spans of a process have in common.
struct Resource {
    std::string service_name;
    std::string service_version;
    std::string environment;  // empty: left out
};

[[nodiscard]] std::string export_request(const Resource& resource, std::span<const aihub_span* const> spans);

}  // namespace aihub::trace_otlp
