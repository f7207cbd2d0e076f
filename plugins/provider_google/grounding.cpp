#include "grounding.hpp"

#include <aihub/json_write.hpp>

namespace aihub::provider_google {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

constexpr std::size_t kCitationsMax = 1000;

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

}  // namespace

std::vector<std::string> citations_of(const JsonValue& candidate) {
    std::vector<std::string> found;
    const JsonValue grounding = candidate["groundingMetadata"];
    const JsonValue chunks = grounding["groundingChunks"];
    for (const JsonValue support : grounding["groundingSupports"]) {
        for (const JsonValue index : support["groundingChunkIndices"]) {
            const JsonValue source = source_of(chunks[index.number<int>().value_or(-1)]);
            if (source && found.size() < kCitationsMax) {
                found.push_back(citation(source["uri"], source["title"], support["segment"]["text"]));
            }
        }
    }
    for (const JsonValue chunk : grounding["groundingSupports"].size() == 0 ? chunks : JsonValue()) {
        const JsonValue source = source_of(chunk);
        if (source && found.size() < kCitationsMax) {
            found.push_back(citation(source["uri"], source["title"], {}));
        }
    }
    for (const JsonValue source : candidate["citationMetadata"]["citationSources"]) {
        if (source["uri"].is(JsonKind::string) && found.size() < kCitationsMax) {
            found.push_back(citation(source["uri"], {}, {}));
        }
    }
    return found;
}

}  // namespace aihub::provider_google
