// Nanoseconds for each chunk that passes through the codec, with a host that does nothing: the cost of the plugin
// alone.
#include "support/plugin_under_test.hpp"

#include <cstdio>
#include <ctime>
#include <string>

namespace {

using aihub::testing::slice_of;

aihub_status ignore_event(aihub_call*, const aihub_event*) {
    return AIHUB_OK;
}
aihub_status ignore_end(aihub_call*, const aihub_failure*) {
    return AIHUB_OK;
}

const void* find(const aihub_host*, const char* id) {
    static const aihub_call_v1 call{sizeof call, 0, &ignore_event, &ignore_end, nullptr, nullptr, nullptr};
    return std::strcmp(id, AIHUB_EXT_CALL) == 0 ? &call : nullptr;
}

double nanoseconds_per_chunk(const aihub_plugin_entry* entry, const std::string& chunk, int count) {
    const aihub_host host{sizeof host, 0, 1, 0, nullptr, "bench", "0", "", &find, nullptr};
    aihub_plugin* plugin = nullptr;
    aihub_instance* instance = nullptr;
    entry->init(&host, &plugin, nullptr);
    const auto* lifecycle = static_cast<const aihub_lifecycle_v1*>(entry->get_extension(plugin, AIHUB_EXT_LIFECYCLE));
    const auto* codec =
        static_cast<const aihub_provider_codec_v1*>(entry->get_extension(plugin, AIHUB_EXT_PROVIDER_CODEC));
    lifecycle->create(plugin, nullptr, slice_of("bench"), slice_of("{}"), &instance, nullptr);
    const aihub::testing::FakeRequest request("openai.chat", "m", R"({"model":"m","stream":true})", AIHUB_RF_STREAM);
    aihub_http_request http{};
    aihub_callstate* state = nullptr;
    codec->build(instance, nullptr, request.get(), &http, &state, nullptr);
    const aihub_header type{slice_of("content-type"), slice_of("text/event-stream")};
    codec->on_head(state, nullptr, 200, &type, 1, nullptr);
    const std::clock_t begin = std::clock();  // of this process, so that a busy machine counts less
    for (int at = 0; at < count; ++at) {
        codec->on_frame(state, nullptr, {}, slice_of(chunk), nullptr);
    }
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    codec->destroy(state);
    lifecycle->destroy(instance);
    entry->deinit(plugin);
    return seconds * 1e9 / count;
}

}  // namespace

int main() {
    const aihub::testing::PluginUnderTest library(AIHUB_PLUGIN_OPENAI);
    const std::string head =
        R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz01","object":"chat.completion.chunk","created":1710000000,)"
        R"("model":"acme-1-2024-05-01","service_tier":"default","system_fingerprint":"fp_0123456789",)";
    const std::string plain = head + R"("choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,)"
                                     R"("finish_reason":null}],"usage":null,"obfuscation":"a1b2c3d4"})";
    const std::string counted = head + R"("choices":[{"index":0,"delta":{"content":" hello"},"finish_reason":null}],)"
                                       R"("usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}})";
    for (int round = 0; round < 3; ++round) {
        std::printf(
            "plain chunk of %zu bytes: %.0f ns\n", plain.size(), nanoseconds_per_chunk(library.entry, plain, 2000000)
        );
        std::printf(
            "chunk with usage of %zu bytes: %.0f ns\n",
            counted.size(),
            nanoseconds_per_chunk(library.entry, counted, 500000)
        );
    }
    return 0;
}
