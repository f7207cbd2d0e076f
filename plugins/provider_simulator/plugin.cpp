#include "behaviour.hpp"
#include "simulated_call.hpp"

#include <aihub/plugin.hpp>

#include <aihub_manifest.h>

AIHUB_PLUGIN("aihub.provider.simulator", "0.1.0", aihub_manifest_json, aihub::sdk::ProviderStream<aihub::provider_simulator::Simulator, aihub::provider_simulator::SimulatedCall>)
