// The plain members of facts, by name: for what writes, reads or shows all of them.
#pragma once

#include "policy/facts.hpp"

namespace aihub::policy {

// Call `visit(since, name, member)` for each, in an order that only ever grows at its end; `since` is the version of
// decision records that has it first. Lists are not among them. `Facts` may be const.
template <class Facts, class Visit>
void visit_call(Facts& call, Visit visit) {
    visit(1, "request_id", call.request_id);
    visit(1, "now", call.now);
    visit(1, "organization", call.organization);
    visit(1, "team", call.team);
    visit(1, "user", call.user);
    visit(1, "key", call.key);
    visit(1, "session", call.session);
    visit(1, "model", call.model);
    visit(1, "dialect", call.dialect);
    visit(1, "region", call.region);
    visit(1, "language", call.language);
    visit(1, "stream", call.stream);
    visit(1, "has_tools", call.has_tools);
    visit(1, "has_images", call.has_images);
    visit(1, "message_count", call.message_count);
    visit(1, "input_tokens", call.input_tokens);
    visit(1, "output_tokens_max", call.output_tokens_max);
    visit(1, "longest_text_bytes", call.longest_text_bytes);
    visit(1, "attempt", call.attempt);
}

template <class Facts, class Visit>
void visit_candidate(Facts& candidate, Visit visit) {
    visit(1, "provider", candidate.provider);
    visit(1, "model", candidate.model);
    visit(1, "region", candidate.region);
    visit(1, "weight", candidate.weight);
}

template <class Facts, class Visit>
void visit_provider(Facts& provider, Visit visit) {
    visit(1, "name", provider.name);
    visit(1, "region", provider.region);
    visit(1, "healthy", provider.healthy);
    visit(1, "error_rate", provider.error_rate);
    visit(1, "latency_ms", provider.latency_ms);
    visit(1, "price_input", provider.price_input);
    visit(1, "price_output", provider.price_output);
    visit(1, "in_flight", provider.in_flight);
}

template <class Facts, class Visit>
void visit_attempt(Facts& attempt, Visit visit) {
    visit(1, "provider", attempt.provider);
    visit(1, "model", attempt.model);
    visit(1, "kind", attempt.kind);
    visit(1, "status", attempt.status);
    visit(1, "attempts", attempt.attempts);
}

template <class Facts, class Visit>
void visit_outcome(Facts& outcome, Visit visit) {
    visit(1, "provider", outcome.provider);
    visit(1, "model", outcome.model);
    visit(1, "error_kind", outcome.error_kind);
    visit(1, "status", outcome.status);
    visit(1, "input_tokens", outcome.input_tokens);
    visit(1, "output_tokens", outcome.output_tokens);
    visit(1, "duration_ms", outcome.duration_ms);
}

template <class Facts, class Visit>
void visit_usage(Facts& usage, Visit visit) {
    visit(1, "provider", usage.provider);
    visit(1, "model", usage.model);
    visit(1, "operation", usage.operation);
    visit(1, "known", usage.known);
    visit(1, "requests", usage.requests);
    visit(1, "input_tokens", usage.input_tokens);
    visit(1, "output_tokens", usage.output_tokens);
    visit(1, "cache_read_tokens", usage.cache_read_tokens);
    visit(1, "cache_write_tokens", usage.cache_write_tokens);
    visit(1, "cache_write_1h_tokens", usage.cache_write_1h_tokens);
    visit(1, "reasoning_tokens", usage.reasoning_tokens);
    visit(1, "audio_tokens", usage.audio_tokens);
    visit(1, "audio_ms", usage.audio_ms);
    visit(1, "images", usage.images);
}

template <class Facts, class Visit>
void visit_quote(Facts& quote, Visit visit) {
    visit(1, "organization", quote.organization);
    visit(1, "team", quote.team);
    visit(1, "user", quote.user);
    visit(1, "key", quote.key);
    visit(1, "model", quote.model);
    visit(1, "currency", quote.currency);
    visit(1, "started_at", quote.started_at);
}

}  // namespace aihub::policy
