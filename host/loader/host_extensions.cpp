#include "loader/call_abi.hpp"
#include "loader/plugin.hpp"
#include "loader/plugin_http.hpp"
#include "loader/plugin_services.hpp"

#include <chrono>
#include <string_view>

namespace aihub::loader {

const void* host_extension(const aihub_host* host, const char* id) {
    if (host == nullptr || id == nullptr) {
        return nullptr;
    }
    const std::string_view name(id);
    if (name == AIHUB_EXT_CALL) {
        return &call_extension();
    }
    if (name == AIHUB_EXT_LOG) {
        return &log_extension();
    }
    if (name == AIHUB_EXT_METRICS) {
        return &metrics_extension();
    }
    if (name == AIHUB_EXT_CLOCK) {
        return &clock_extension();
    }
    if (name == AIHUB_EXT_SECRET) {
        return &secret_extension();
    }
    if (name == AIHUB_EXT_TIMER) {
        return &timer_extension();
    }
    if (name == AIHUB_EXT_WORK) {
        return &work_extension();
    }
    if (name == AIHUB_EXT_HTTP && Plugin::of(host).core().services.http != nullptr) {
        return &http_extension();
    }
    return nullptr;
}

}  // namespace aihub::loader
