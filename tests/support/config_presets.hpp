// Presets and an environment for tests of configurations.
#pragma once

#include "config/load.hpp"

#include <map>
#include <string>
#include <vector>

namespace aihub::test {

// Presets of made-up plugins, one of each kind.
inline std::vector<config::Preset> fake_presets() {
    config::Preset acme;
    acme.plugin = "test.provider.acme";
    acme.name = "acme";
    acme.base_url = "https://api.acme.test/v1";
    acme.base_url_env = "ACME_BASE_URL";
    acme.secret_envs = {{"api_key", "ACME_API_KEY"}};
    acme.secret_required = true;
    acme.settings_json = R"({"auth_header":"authorization","retry":true})";
    acme.models = {"acme-large", "acme-small"};

    config::Preset local;
    local.plugin = "test.provider.acme";
    local.name = "local";
    local.base_url = "http://127.0.0.1:11434/v1";
    local.base_url_env = "LOCAL_HOST";
    local.base_url_suffix = "/v1";

    config::Preset tenant;  // has no address of its own
    tenant.plugin = "test.provider.acme";
    tenant.name = "tenant";
    tenant.base_url_env = "TENANT_URL";
    tenant.secret_envs = {{"api_key", "TENANT_KEY"}, {"client_id", "TENANT_CLIENT"}};
    tenant.secret_required = true;

    config::Preset echo;
    echo.plugin = "test.provider.echo";
    echo.name = "echo";
    echo.always_on = true;
    echo.models = {"echo-1"};

    config::Preset other_local = local;  // the same name in another plugin
    other_local.plugin = "test.provider.other";
    other_local.name = "twin";
    config::Preset twin = other_local;
    twin.plugin = "test.provider.acme";
    return {acme, local, tenant, echo, other_local, twin};
}

inline config::Sources fake_sources(
    std::map<std::string, std::string> environment, std::map<std::string, std::string> files
) {
    config::Sources sources;
    sources.environment = [environment =
                               std::move(environment)](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    sources.read_file = [files = std::move(files)](const std::string& path) -> Result<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) {
            return Error{Errc::not_found, "No such file or directory"};
        }
        return found->second;
    };
    return sources;
}

}  // namespace aihub::test
