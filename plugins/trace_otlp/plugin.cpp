#include "exporter.hpp"

#include <aihub/plugin.hpp>

#include <aihub_manifest.h>

AIHUB_PLUGIN("aihub.trace.otlp", "0.1.0", aihub_manifest_json, aihub::sdk::TraceSink<aihub::trace_otlp::Exporter>)
