// Anthropic's Messages: its requests read, its replies in bytes.
import { demand, signature, thoughts, usage } from "./facts.js";

export const name = "anthropic";
export const path = /^\/v1\/messages(\/count_tokens)?(\?|$)/;
export const headers = { "request-id": "req_upstream", "anthropic-ratelimit-requests-limit": "50" };

const model = "claude-haiku-4-5-20251001";
export const models = {
  data: [{ type: "model", id: "claude-haiku-4-5", display_name: "Claude Haiku 4.5", created_at: "2025-10-15T00:00:00Z" }],
  has_more: false, first_id: "claude-haiku-4-5", last_id: "claude-haiku-4-5",
};
const finishes = { stop: "end_turn", stop_sequence: "stop_sequence", length: "max_tokens", tool_calls: "tool_use" };
const input = {
  input_tokens: usage.input - usage.cached, cache_creation_input_tokens: 0, cache_read_input_tokens: usage.cached,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
};
const more = { service_tier: "standard", inference_geo: "not_available" };

export function authorize(got) {
  demand(got["x-api-key"] || /^Bearer \S+$/.test(got.authorization ?? ""), "x-api-key header is required");
  demand(["2023-06-01", "2026-10-21"].includes(got["anthropic-version"]), "anthropic-version: header is required");
}

const blocks = (content) => (typeof content === "string" ? [{ type: "text", text: content }] : content);
const texts = (content) => blocks(content ?? []).map((one) => one.text).join("");

function media(seen, one) {
  const { source } = one;
  demand(source?.type === "base64" && source.media_type && source.data, `messages: invalid source ${JSON.stringify(source)?.slice(0, 80)}`);
  (one.type === "image" ? seen.images : seen.documents).push({ type: source.media_type, data: source.data });
}

function user(seen, content) {
  const results = content.filter((one) => one.type === "tool_result");
  demand(content.slice(0, results.length).every((one) => one.type === "tool_result"), "messages: tool_result blocks must come first");
  for (const id of seen.waiting) {
    demand(results.some((one) => one.tool_use_id === id), `messages: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${id}`);
  }
  for (const one of results) {
    demand(seen.waiting.includes(one.tool_use_id), `messages: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${one.tool_use_id}`);
    seen.results.push({ id: one.tool_use_id, text: texts(one.content) });
  }
  seen.waiting = [];
  for (const one of content.slice(results.length)) {
    if (one.type === "text") seen.user.push(one.text);
    else {
      demand(one.type === "image" || one.type === "document", `messages: unknown block ${one.type}`);
      media(seen, one);
    }
  }
}

function assistant(seen, content, thinking) {
  seen.turns += 1;
  demand(!thinking || content[0].type.includes("thinking") || !content.some((one) => one.type === "tool_use"),
    `messages: Expected \`thinking\` or \`redacted_thinking\`, but found \`${content[0].type}\`.`);
  for (const one of content) {
    if (one.type === "thinking") {
      demand(one.signature === signature && one.thinking === thoughts.join(""), "messages: Invalid `signature` in `thinking` block");
      seen.signatures.push(one.signature);
    } else if (one.type === "tool_use") {
      demand(/^[a-zA-Z0-9_-]+$/.test(one.id) && typeof one.input === "object", "messages: invalid tool_use");
      seen.calls.push({ id: one.id, name: one.name, args: one.input });
      seen.waiting.push(one.id);
    } else {
      demand(one.type === "text", `messages: unknown block ${one.type}`);
    }
  }
}

// Conversations that are kept for the SDK's message threads, by the id of their last message: what has been said, and what
// only the first request brings.
const threads = new Map();

function threaded(given) {
  if (given.thread?.type !== "continue") return given;
  const kept = threads.get(given.thread.previous_message_id);
  demand(kept, "The thread was not found.", "thread_not_found");
  demand(given.system === undefined && given.tools === undefined, "thread: system and tools belong to the first request");
  return { ...given, ...kept, messages: [...kept.messages, ...given.messages] };
}

function keep(id, { thread, body: { system, tools, messages } }, content) {
  if (thread) threads.set(id, { system, tools, messages: [...messages, { role: "assistant", content }] });
}

export function read(given, url, got) {
  const body = threaded(given);
  const counting = url.includes("count_tokens");
  demand(counting || (Number.isInteger(body.max_tokens) && body.max_tokens > 0), "max_tokens: Field required");
  const known = ["model", "max_tokens", "messages", "system", "stream", "tools", "tool_choice", "stop_sequences", "temperature", "top_p", "top_k", "thinking", "metadata", "output_config", "output_format", "service_tier", "cache_control", ...(/message-threads/.test(got["anthropic-beta"] ?? "") ? ["thread"] : [])];
  for (const key of Object.keys(body)) demand(known.includes(key), `${key}: Extra inputs are not permitted`);
  // The version says what is taken: sampling parameters are gone since this one.
  const sampling = ["temperature", "top_p", "top_k"].filter((key) => body[key] !== undefined);
  demand(got["anthropic-version"] === "2023-06-01" || sampling.length === 0, `${sampling}: not supported by this API version`);
  const seen = { model: body.model, stream: body.stream === true, counting, body, thread: body.thread !== undefined, user: [], images: [], documents: [], turns: 0, calls: [], results: [], signatures: [], waiting: [] };
  seen.system = blocks(body.system ?? []).map((one) => one.text);
  const thinking = body.thinking?.type === "enabled" || body.thinking?.type === "adaptive";
  if (body.thinking?.type === "enabled") {
    const { budget_tokens: budget } = body.thinking;
    demand(budget >= 1024 && budget < body.max_tokens, "`max_tokens` must be greater than `thinking.budget_tokens`.");
    demand(["auto", "none", undefined].includes(body.tool_choice?.type), "Thinking may not be enabled when tool_choice forces tool use.");
    demand(body.temperature === undefined || body.temperature === 1, "`temperature` may only be set to 1 when thinking is enabled.");
  }
  demand(body.messages?.[0]?.role === "user", "messages: first message must use the \"user\" role");
  for (const { role, content } of body.messages) {
    const found = blocks(content);
    demand(found.length > 0 && found.every((one) => one.type !== "text" || one.text !== ""), "messages: text content blocks must be non-empty");
    demand(role === "user" || (role === "assistant" && seen.waiting.length === 0), "messages: `tool_use` ids were found without `tool_result` blocks immediately after");
    if (role === "user") user(seen, found);
    else assistant(seen, found, thinking);
  }
  demand(seen.waiting.length === 0, "messages: `tool_use` ids were found without `tool_result` blocks immediately after");
  seen.tools = (body.tools ?? []).map(({ name, input_schema: schema }) => {
    demand(name && schema?.type === "object", "tools: input_schema.type: Field required");
    return { name, schema };
  });
  demand(body.tool_choice === undefined || seen.tools.length > 0, "tool_choice may only be specified while providing tools");
  seen.schema = body.output_config?.format?.schema ?? body.output_format?.schema;
  seen.forced = body.tool_choice?.type === "tool" ? body.tool_choice.name : undefined;
  seen.stop = body.stop_sequences;
  seen.max = body.max_tokens;
  seen.thinks = thinking || body.output_config?.effort !== undefined;
  return seen;
}

// A schema may have come as a tool that must be called.
function asked(reply, seen) {
  if (!seen.forced || reply.calls) return reply;
  const pieces = ["", ...reply.text];
  return { calls: [{ id: "toolu_forced", name: seen.forced, pieces }], finish: "tool_calls" };
}

function contents({ reasoning, signature: proof, text, calls }) {
  const found = [];
  if (reasoning) found.push({ type: "thinking", thinking: reasoning.join(""), signature: proof });
  if (text) found.push({ type: "text", text: text.join("") });
  for (const { id, name, pieces } of calls ?? []) found.push({ type: "tool_use", id, name, input: JSON.parse(pieces.join("")), caller: { type: "direct" } });
  return found;
}

const idOf = (seen) => `msg_01XFDUDYJgAACzvnptvVo${seen.id}`;
const message = (seen, content, stop_reason, stop_sequence, counts) =>
  ({ model, id: idOf(seen), type: "message", role: "assistant", content, stop_reason, stop_sequence, usage: counts });

export function whole(reply, seen) {
  if (seen.counting) return { input_tokens: usage.input };
  const said = asked(reply, seen);
  keep(idOf(seen), seen, contents(said));
  return message(seen, contents(said), finishes[said.finish], said.sequence ?? null, { ...input, output_tokens: usage.output, ...more });
}

// The events of one block: as it begins, and its deltas.
function blockEvents(block, reply, index) {
  const begin = (content_block) => ({ type: "content_block_start", index, content_block });
  const deltas = (type, key, values) => values.map((value) => ({ type: "content_block_delta", index, delta: { type, [key]: value } }));
  const end = { type: "content_block_stop", index };
  if (block.type === "thinking") {
    return [begin({ type: "thinking", thinking: "", signature: "" }), ...deltas("thinking_delta", "thinking", reply.reasoning), ...deltas("signature_delta", "signature", [block.signature]), end];
  }
  if (block.type === "text") return [begin({ type: "text", text: "" }), ...deltas("text_delta", "text", reply.text), end];
  const { pieces } = reply.calls.find(({ id }) => id === block.id);
  return [begin({ ...block, input: {} }), ...deltas("input_json_delta", "partial_json", pieces), end];
}

export function stream(reply, seen) {
  const said = asked(reply, seen);
  keep(idOf(seen), seen, contents(said));
  const [first, ...rest] = contents(said).flatMap((block, at) => blockEvents(block, said, at));
  const found = [
    { type: "message_start", message: message(seen, [], null, null, { ...input, output_tokens: 1, ...more }) },
    first,
    { type: "ping" },
    ...rest,
    { type: "message_delta", delta: { stop_reason: finishes[said.finish], stop_sequence: said.sequence ?? null }, usage: { ...input, output_tokens: usage.output } },
    { type: "message_stop" },
  ];
  return { type: "text/event-stream; charset=utf-8", pieces: found.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`) };
}

export const streamFailure = (text) => `event: error\ndata: ${JSON.stringify(failure("overloaded", text).body)}\n\n`;

export function failure(kind, text) {
  const shape = (status, type, more = {}) => ({ status, headers: { "request-id": "req_upstream", ...more }, body: { type: "error", error: { type, message: text }, request_id: "req_upstream" } });
  if (kind === "unauthorized") return shape(401, "authentication_error");
  if (kind === "rate_limit") return shape(429, "rate_limit_error", { "retry-after": "7", "anthropic-ratelimit-requests-remaining": "0" });
  if (kind === "thread_not_found") {
    const refused = shape(404, "not_found_error");
    refused.body.error.details = { error_code: "thread_not_found" };
    return refused;
  }
  if (kind === "overloaded") return shape(529, "overloaded_error");
  return shape(400, "invalid_request_error");
}
