#include "codec.hpp"
#include "settings.hpp"

#include <aihub/plugin.hpp>

#include <aihub_manifest.h>

AIHUB_PLUGIN("aihub.provider.anthropic", "0.1.0", aihub_manifest_json, aihub::sdk::ProviderCodec<aihub::provider_anthropic::Settings, aihub::provider_anthropic::Codec>)
