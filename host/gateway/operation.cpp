#include "gateway/operation.hpp"

#include "gateway/call.hpp"
#include "net/target.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aihub::gateway {

namespace {

using dialect::Dialect;

struct Entry {
    std::string_view path;
    std::string_view method;
    Operation operation;
};

constexpr std::string_view kId = "{id}";
constexpr std::string_view kModel = "{model}";
constexpr std::size_t kIdBytesMax = 256;

// Every path that the gateway serves, those of most calls first. {id} stands for one segment, {model} for a name that
// may hold slashes.
constexpr std::array kRoutes{
    Entry{"/v1/chat/completions", "POST", Operation::chat_completions},
    Entry{"/v1/embeddings", "POST", Operation::embeddings},
    Entry{"/v1/responses", "POST", Operation::responses},
    Entry{"/v1/completions", "POST", Operation::completions},
    Entry{"/v1/realtime", "GET", Operation::realtime},
    Entry{"/v1/messages", "POST", Operation::messages},
    Entry{"/v1/messages/count_tokens", "POST", Operation::messages_count_tokens},
    Entry{"/v1beta/models/{model}:generateContent", "POST", Operation::generate_content},
    Entry{"/v1beta/models/{model}:streamGenerateContent", "POST", Operation::stream_generate_content},
    Entry{"/v1beta/models/{model}:countTokens", "POST", Operation::count_tokens},
    Entry{"/v1beta/models/{model}:embedContent", "POST", Operation::embed_content},
    Entry{"/v1beta/models/{model}:batchEmbedContents", "POST", Operation::batch_embed_contents},
    Entry{"/v1beta/models", "GET", Operation::models_list},
    Entry{"/v1beta/models/{model}", "GET", Operation::models_get},
    Entry{"/v1/models/{model}:generateContent", "POST", Operation::generate_content},
    Entry{"/v1/models/{model}:streamGenerateContent", "POST", Operation::stream_generate_content},
    Entry{"/v1/models/{model}:countTokens", "POST", Operation::count_tokens},
    Entry{"/v1/models/{model}:embedContent", "POST", Operation::embed_content},
    Entry{"/v1/models/{model}:batchEmbedContents", "POST", Operation::batch_embed_contents},
    Entry{"/v1/models", "GET", Operation::models_list},
    Entry{"/v1/models/{model}", "GET", Operation::models_get},
    Entry{"/v1/feedback", "POST", Operation::feedback},
    Entry{"/v1/responses/{id}", "GET", Operation::responses_get},
    Entry{"/v1/responses/{id}", "DELETE", Operation::responses_delete},
    Entry{"/v1/responses/{id}/cancel", "POST", Operation::responses_cancel},
    Entry{"/v1/responses/{id}/input_items", "GET", Operation::responses_input_items},
    Entry{"/v1/images/generations", "POST", Operation::images_generations},
    Entry{"/v1/images/edits", "POST", Operation::images_edits},
    Entry{"/v1/images/variations", "POST", Operation::images_variations},
    Entry{"/v1/audio/speech", "POST", Operation::audio_speech},
    Entry{"/v1/audio/transcriptions", "POST", Operation::audio_transcriptions},
    Entry{"/v1/audio/translations", "POST", Operation::audio_translations},
    Entry{"/v1/moderations", "POST", Operation::moderations},
    Entry{"/v1/rerank", "POST", Operation::rerank},
    Entry{"/v1/files", "POST", Operation::files_create},
    Entry{"/v1/files", "GET", Operation::files_list},
    Entry{"/v1/files/{id}", "GET", Operation::files_get},
    Entry{"/v1/files/{id}", "DELETE", Operation::files_delete},
    Entry{"/v1/files/{id}/content", "GET", Operation::files_content},
    Entry{"/v1/batches", "POST", Operation::batches_create},
    Entry{"/v1/batches", "GET", Operation::batches_list},
    Entry{"/v1/batches/{id}", "GET", Operation::batches_get},
    Entry{"/v1/batches/{id}/cancel", "POST", Operation::batches_cancel},
    Entry{"/healthz", "GET", Operation::health},
    Entry{"/readyz", "GET", Operation::ready},
    Entry{"/metrics", "GET", Operation::metrics},
};

// In the order of Operation.
constexpr std::array<OperationTraits, static_cast<std::size_t>(Operation::unknown) + 1> kTraits{{
    {"chat_completions", "openai.chat", BodyForm::json, ModelUse::required},
    {"embeddings", "openai.embeddings", BodyForm::json, ModelUse::required},
    {"completions", "openai.completions", BodyForm::json, ModelUse::required},
    {"responses", "openai.responses", BodyForm::json, ModelUse::optional, false, true},
    {"responses_get", "openai.responses", BodyForm::none, ModelUse::none, true, true},
    {"responses_delete", "openai.responses", BodyForm::none, ModelUse::none, true, true},
    {"responses_cancel", "openai.responses", BodyForm::none, ModelUse::none, true, true},
    {"responses_input_items", "openai.responses", BodyForm::none, ModelUse::none, true, true},
    {"images_generations", "openai.images", BodyForm::json, ModelUse::optional, false, true},
    {"images_edits", "openai.images", BodyForm::either, ModelUse::optional, false, true},
    {"images_variations", "openai.images", BodyForm::form, ModelUse::optional, false, true},
    {"audio_speech", "openai.speech", BodyForm::json, ModelUse::required, false, true},
    {"audio_transcriptions", "openai.transcriptions", BodyForm::form, ModelUse::required, false, true},
    {"audio_translations", "openai.transcriptions", BodyForm::form, ModelUse::required, false, true},
    {"moderations", "openai.moderations", BodyForm::json, ModelUse::optional, false, true},
    {"rerank", "rerank", BodyForm::json, ModelUse::required, false, true},
    {"files_create", "openai.files", BodyForm::form, ModelUse::none, true, true},
    {"files_list", "openai.files", BodyForm::none, ModelUse::none, true, true},
    {"files_get", "openai.files", BodyForm::none, ModelUse::none, true, true},
    {"files_delete", "openai.files", BodyForm::none, ModelUse::none, true, true},
    {"files_content", "openai.files", BodyForm::none, ModelUse::none, true, true},
    {"batches_create", "openai.batches", BodyForm::json, ModelUse::none, true, true},
    {"batches_list", "openai.batches", BodyForm::none, ModelUse::none, true, true},
    {"batches_get", "openai.batches", BodyForm::none, ModelUse::none, true, true},
    {"batches_cancel", "openai.batches", BodyForm::none, ModelUse::none, true, true},
    {"realtime", "openai.realtime", BodyForm::none, ModelUse::required},
    {"messages", "anthropic.messages", BodyForm::json, ModelUse::required, false, true, Dialect::anthropic},
    {"messages_count_tokens",
     "anthropic.count_tokens",
     BodyForm::json,
     ModelUse::required,
     false,
     true,
     Dialect::anthropic},
    {"generate_content", "gemini.generate", BodyForm::json, ModelUse::in_path, false, true, Dialect::gemini},
    {"stream_generate_content", "gemini.generate", BodyForm::json, ModelUse::in_path, false, true, Dialect::gemini},
    {"count_tokens", "gemini.count_tokens", BodyForm::json, ModelUse::in_path, false, true, Dialect::gemini},
    {"embed_content", "gemini.embed", BodyForm::json, ModelUse::in_path, false, true, Dialect::gemini},
    {"batch_embed_contents", "gemini.batch_embed", BodyForm::json, ModelUse::in_path, false, true, Dialect::gemini},
    {"models_list", {}},
    {"models_get", {}},
    {"feedback", {}, BodyForm::json},
    {"health", {}},
    {"ready", {}},
    {"metrics", {}},
    {"preflight", {}},
    {"management", {}},
    {"unknown", {}},
}};

// The ids that providers give out are of these. Anything else would have to be escaped on its way to them.
bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kIdBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
               c == '.';
    });
}

// What stands for `hole` where `path` is of that form; empty: it is not.
std::string_view filling(std::string_view form, std::string_view hole, std::string_view path) {
    const auto at = form.find(hole);
    const auto end = form.substr(at + hole.size());
    if (path.size() <= at + end.size() || !path.starts_with(form.substr(0, at)) || !path.ends_with(end)) {
        return {};
    }
    return path.substr(at, path.size() - at - end.size());
}

bool matches(const Entry& route, std::string_view path) {
    if (route.path.find(kModel) != std::string_view::npos) {
        return !filling(route.path, kModel, path).empty();
    }
    if (route.path.find(kId) != std::string_view::npos) {
        return is_id(filling(route.path, kId, path));
    }
    return path == route.path;
}

// What answers GET by ourselves answers HEAD, too (RFC 9110 section 9.3.2); respond() leaves the body out.
bool answers(const Entry& route, std::string_view method) {
    const bool head = method == "HEAD" && route.method == "GET" && traits_of(route.operation).format.empty();
    return method == route.method || head;
}

// POST wants something of a model that stands behind its name: one word more that is not known is a path that is not
// there, not a wrong method for reading the model.
bool is_unknown_verb(const Entry& route, std::string_view method, std::string_view path) {
    return route.operation == Operation::models_get && method == "POST" && path.find(':') != std::string_view::npos;
}

// Of a path that need not be known; nothing: several dialects have it, or none.
std::optional<Dialect> dialect_of_path(std::string_view path) {
    if (path.starts_with("/v1beta/")) {
        return Dialect::gemini;
    }
    if (path.starts_with("/v1/messages/")) {
        return Dialect::anthropic;
    }
    const auto* const own = std::find_if(kRoutes.begin(), kRoutes.end(), [path](const Entry& route) {
        return !traits_of(route.operation).format.empty() && matches(route, path);
    });
    return own == kRoutes.end() ? std::nullopt : std::optional(traits_of(own->operation).dialect);
}

}  // namespace

const OperationTraits& traits_of(Operation operation) {
    return kTraits[static_cast<std::size_t>(operation)];
}

Dialect dialect_of(const Call& call) {
    const auto own = traits_of(call.operation).dialect;
    if (own != Dialect::openai || !operation_format(call.operation).empty()) {
        return own;
    }
    if (const auto known = dialect_of_path(call.path)) {
        return *known;
    }
    if (!call.head.find("x-goog-api-key").empty()) {
        return Dialect::gemini;
    }
    return call.head.find("anthropic-version").empty() ? Dialect::openai : Dialect::anthropic;
}

Dialect dialect_of_request_line(std::string_view head) {
    head.remove_prefix(std::min(head.find(' '), head.size()));
    head.remove_prefix(std::min<std::size_t>(head.size(), 1));
    return dialect_of_path(head.substr(0, head.find_first_of("? \r\n"))).value_or(Dialect::openai);
}

Result<void> choose_operation(Call& call) {
    std::string takes;
    for (const auto& route : kRoutes) {
        if (!matches(route, call.path) || is_unknown_verb(route, call.head.method, call.path)) {
            continue;
        }
        if (!answers(route, call.head.method)) {
            const std::string_view comma = takes.empty() ? "" : ", ";
            takes.append(comma).append(route.method);
            call.allow.append(comma).append(route.method);
            call.allow.append(answers(route, "HEAD") ? ", HEAD" : "");
            continue;
        }
        call.operation = route.operation;
        call.allow.clear();
        if (route.path.find(kModel) != std::string_view::npos) {
            call.model_id = net::path_value(filling(route.path, kModel, call.path));
        }
        return {};
    }
    if (!takes.empty()) {
        return Error{
            Errc::method_not_allowed,
            "this path takes " + takes + ", not " + std::string(call.head.method),
            "method_not_allowed",
            {}};
    }
    return Error{
        Errc::not_found,
        "there is no " + std::string(call.head.method) + " " + call.path.substr(0, 200) + " here",
        "unknown_url",
        {}};
}

}  // namespace aihub::gateway
