#include "grounding.hpp"

#include <aihub/json_write.hpp>

#include <utility>
#include <vector>

namespace aihub::provider_google {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

// Gemini counts bytes, the canonical form does not say where a text ends in bytes: the words themselves say it.
std::string citation(const JsonValue& uri, const JsonValue& title, const JsonValue& words) {
    sdk::JsonWriter json;
    json.begin_object().key("url").raw(uri.raw());
    if (title.is(JsonKind::string)) {
        json.key("title").raw(title.raw());
    }
    if (words.is(JsonKind::string)) {
        json.key("cited_text").raw(words.raw());
    }
    json.end_object();
    return std::move(json).text();
}

JsonValue source_of(const JsonValue& chunk) {
    for (const char* kind : {"web", "retrievedContext", "maps"}) {
        if (chunk[kind]["uri"].is(JsonKind::string)) {
            return chunk[kind];
        }
    }
    return {};
}

// Supports name them by their number.
std::vector<JsonValue> sources_of(const JsonValue& chunks) {
    std::vector<JsonValue> sources;
    sources.reserve(chunks.size());
    for (const JsonValue chunk : chunks) {
        sources.push_back(source_of(chunk));
    }
    return sources;
}

}  // namespace

void Citations::tell(const JsonValue& candidate, std::uint32_t index, sdk::Call& call) {
    const JsonValue grounding = candidate["groundingMetadata"];
    const JsonValue recited = candidate["citationMetadata"]["citationSources"];
    std::size_t made = 0;
    if (full(made) || (!grounding && !recited)) {
        return;
    }
    const std::vector<JsonValue> sources = sources_of(grounding["groundingChunks"]);
    const JsonValue supports = grounding["groundingSupports"];
    for (const JsonValue support : supports) {
        const JsonValue words = support["segment"]["text"];
        for (const JsonValue number : support["groundingChunkIndices"]) {
            const std::size_t place = number.number<std::size_t>().value_or(sources.size());
            if (full(made)) {
                return;
            }
            if (place < sources.size() && sources[place]) {
                made += tell_one(citation(sources[place]["uri"], sources[place]["title"], words), index, call);
            }
        }
    }
    for (const JsonValue& source : sources) {
        if (supports.size() == 0 && source && !full(made)) {
            made += tell_one(citation(source["uri"], source["title"], {}), index, call);
        }
    }
    for (const JsonValue source : recited) {
        if (source["uri"].is(JsonKind::string) && !full(made)) {
            made += tell_one(citation(source["uri"], {}, {}), index, call);
        }
    }
}

std::size_t Citations::tell_one(std::string citation, std::uint32_t index, sdk::Call& call) {
    const std::size_t bytes = citation.size();
    const auto [place, is_new] = told_.insert(std::move(citation));
    if (is_new) {
        bytes_ += bytes;
        call.citation(*place, index);
    }
    return bytes;
}

}  // namespace aihub::provider_google
