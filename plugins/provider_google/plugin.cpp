#include "codec.hpp"
#include "settings.hpp"

#include <aihub/plugin.hpp>

#include <aihub_manifest.h>

AIHUB_PLUGIN("aihub.provider.google", "0.1.0", aihub_manifest_json, aihub::sdk::ProviderCodec<aihub::provider_google::Settings, aihub::provider_google::Codec>)
