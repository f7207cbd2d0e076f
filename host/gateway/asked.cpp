#include "gateway/asked.hpp"

#include "dialect/canonical.hpp"
#include "dialect/continued_request.hpp"
#include "dialect/token_estimate.hpp"
#include "gateway/continuation.hpp"
#include "gateway/request_body.hpp"
#include "net/http_chars.hpp"

#include <algorithm>
#include <functional>

namespace aihub::gateway {

namespace {

bool has(const catalog::Target& target, std::string_view format) {
    const auto& formats = target.formats;
    return std::find(formats.begin(), formats.end(), format) != formats.end();
}

// The client's path behind its version: "/files/file-1" of "/v1/files/file-1".
std::string_view unversioned(std::string_view path) {
    const auto slash = path.find('/', 1);
    return slash == std::string_view::npos ? std::string_view() : path.substr(slash);
}

// Whether `part` lies within `whole`.
bool views(std::string_view whole, std::string_view part) {
    const std::less_equal<> not_behind;
    return not_behind(whole.data(), part.data()) && not_behind(part.data() + part.size(), whole.data() + whole.size());
}

// The client's field that switches on what is new in its format; empty: the format has none.
std::string_view beta_field(dialect::Dialect dialect) {
    switch (dialect) {
        case dialect::Dialect::anthropic:
            return "anthropic-beta";
        case dialect::Dialect::openai:
            return "openai-beta";
        default:
            return {};
    }
}

// The field as one line when the client sent it in several (RFC 9110, 5.3); else empty.
std::string joined_lines(const net::RequestHead& head, std::string_view name) {
    std::string joined;
    std::size_t lines = 0;
    for (const auto& field : head.fields) {
        if (!name.empty() && net::equals_ignoring_case(field.name, name)) {
            joined.append(lines++ == 0 ? "" : ", ").append(field.value);
        }
    }
    return lines > 1 ? joined : std::string();
}

}  // namespace

bool takes(const catalog::Target& target, Operation operation) {
    const auto name = operation_format(operation);
    if (has(target, name)) {
        return true;
    }
    const auto format = dialect::format_of(name);
    return format && has(target, dialect::canonical_of(*format));
}

bool is_chat(Operation operation) {
    const auto format = dialect::format_of(operation_format(operation));
    return format && dialect::canonical_of(*format) == dialect::kCanonicalChat;
}

Result<Asked> Asked::create(const Call& call, const catalog::Candidate& candidate, std::atomic<std::size_t>& bodies) {
    Asked asked;
    asked.joined_beta_ = joined_lines(call.head, beta_field(call.dialect));
    const auto name = operation_format(call.operation);
    const auto format = dialect::format_of(name);
    const bool canonical = call.continuation != nullptr && has(*candidate.target, dialect::canonical_of(*format));
    if (!canonical && goes_on(call)) {
        return Error{Errc::not_implemented, "the provider cannot go on with the answer of another one"};
    }
    if (!canonical && has(*candidate.target, name)) {
        return asked;
    }
    if (!format) {
        return Error{Errc::internal, "the provider does not take this format"};
    }
    auto form = dialect::canonical_form(*format, call.body);
    if (!form && !goes_on(call) && has(*candidate.target, name)) {
        return asked;  // Only this provider can be asked for it, and nobody goes on with its answer.
    }
    asked.body_ = AIHUB_TRY(std::move(form));
    asked.format_ = dialect::canonical_of(*format);
    const auto* facts = call.state->shared->config->model_table.find(candidate.model);
    if (goes_on(call)) {
        dialect::GoingOn model{facts != nullptr && facts->has_flag("prefill")};
        model.tokenizer = facts == nullptr ? model::TokenizerFamily::other : facts->tokenizer;
        const auto& text = call.continuation->answer->text();
        asked.body_ = AIHUB_TRY(dialect::continued_request(std::move(asked.body_), text, model));
    }
    if (call.stream && dialect::names_input_first(*format)) {
        const auto family = facts == nullptr ? model::TokenizerFamily::other : facts->tokenizer;
        asked.input_estimate_ = dialect::estimate_request(asked.body_, family);
    }
    if (facts != nullptr && asked.format_ == dialect::kCanonicalChat) {
        asked.body_.back() = ',';
        asked.body_ += "\"model_facts\":" + config::to_json(*facts) + "}";
    }
    AIHUB_CHECK(asked.memory_.hold(bodies, asked.body_.size(), memory_of_bodies(call.state->shared->config->limits)));
    return asked;
}

Result<void> Asked::count_sent(
    const Call& call, std::span<const std::string_view> sent, std::atomic<std::size_t>& bodies
) {
    std::size_t bytes = body_.size();
    for (const auto part : sent) {
        bytes += views(call.body, part) || views(body_, part) ? 0 : part.size();
    }
    return memory_.hold(bodies, bytes, memory_of_bodies(call.state->shared->config->limits));
}

capability::Failure Asked::failure(const capability::Failure& said) const {
    auto failure = said;
    if (translated()) {
        failure.detail_json.clear();
    }
    return failure;
}

capability::ProviderRequest Asked::request(const Call& call, const catalog::Candidate& candidate) const {
    capability::ProviderRequest request;
    request.model = candidate.model;
    request.request_id = call.request_id;
    request.stream = call.stream;
    request.include_usage = call.include_usage;
    if (translated()) {
        request.format = format_;
        request.body = body_;
        request.method = "POST";
        request.content_type = "application/json";
        return request;
    }
    request.format = operation_format(call.operation);
    request.body = call.body;
    request.members = call.members;
    request.body_is_beginning = call.upload != nullptr;
    request.method = call.head.method;
    request.path = unversioned(call.path);
    request.query = call.query;
    request.content_type = call.head.find("content-type");
    const auto beta = beta_field(call.dialect);
    if (!beta.empty()) {
        request.beta = joined_beta_.empty() ? call.head.find(beta) : std::string_view(joined_beta_);
    }
    if (call.dialect == dialect::Dialect::anthropic) {
        request.format_version = call.head.find("anthropic-version");
    }
    return request;
}

}  // namespace aihub::gateway
