// OpenAI's Chat Completions: its requests read, its replies in bytes. Reasoning text is what compatible servers add.
import { demand, usage } from "./facts.js";

export const name = "openai.chat";
export const path = /^\/v1\/chat\/completions$/;
export const headers = { "openai-processing-ms": "120", "x-request-id": "req_upstream" };

const model = "gpt-5-mini-2025-08-07";
const base = (id) => ({ id: `chatcmpl-CaS1Qe6x${id}`, created: 1763000000, model, service_tier: "default", system_fingerprint: null });
const counts = {
  prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
};
export const models = { object: "list", data: [{ id: "gpt-5-mini", object: "model", created: 1754425928, owned_by: "system" }] };
const finishes = { stop: "stop", stop_sequence: "stop", length: "length", tool_calls: "tool_calls" };

export function authorize(got) {
  demand(/^Bearer \S+$/.test(got.authorization ?? ""), "You didn't provide an API key.");
}

function part(seen, one) {
  if (one.type === "text") return seen.user.push(one.text);
  if (one.type === "image_url") {
    const data = /^data:(image\/[a-z]+);base64,(.+)$/.exec(one.image_url?.url);
    demand(data, "Invalid image_url");
    return seen.images.push({ type: data[1], data: data[2] });
  }
  demand(one.type === "file", `Invalid value: '${one.type}'.`);
  const data = /^data:application\/pdf;base64,(.+)$/.exec(one.file?.file_data);
  demand(data && one.file.filename, "Invalid file data or no filename");
  seen.documents.push({ type: "application/pdf", data: data[1] });
}

const texts = (content) => (typeof content === "string" ? content : (content ?? []).map((one) => one.text).join(""));

function assistant(seen, message) {
  demand(message.content !== undefined || message.tool_calls?.length > 0, "assistant message without content");
  seen.turns += 1;
  demand(message.tool_calls === undefined || message.tool_calls.length > 0, "Invalid 'tool_calls': empty array.");
  const calls = (message.tool_calls ?? []).map(({ id, type, function: { name, arguments: args } }) => {
    demand(type === "function" && id && name, "Invalid tool call");
    return { id, name, args: JSON.parse(args) };
  });
  seen.calls.push(...calls);
  seen.waiting = calls.map((one) => one.id);
}

export function read(body) {
  const seen = { model: body.model, stream: body.stream === true, system: [], user: [], images: [], documents: [], turns: 0, calls: [], results: [], signatures: [], waiting: [] };
  demand(Array.isArray(body.messages) && body.messages.length > 0, "messages must not be empty");
  for (const message of body.messages) {
    const { role, content } = message;
    if (role === "tool") {
      demand(seen.waiting.includes(message.tool_call_id), `No tool call found for ${message.tool_call_id}.`);
      seen.waiting = seen.waiting.filter((id) => id !== message.tool_call_id);
      seen.results.push({ id: message.tool_call_id, text: texts(content) });
      continue;
    }
    demand(seen.waiting.length === 0, "An assistant message with 'tool_calls' must be followed by tool messages.");
    if (role === "system" || role === "developer") seen.system.push(texts(content));
    else if (role === "assistant") assistant(seen, message);
    else {
      demand(role === "user", `Invalid role: '${role}'.`);
      for (const one of typeof content === "string" ? [{ type: "text", text: content }] : content) part(seen, one);
    }
  }
  demand(seen.waiting.length === 0, "An assistant message with 'tool_calls' must be followed by tool messages.");
  demand(body.max_tokens === undefined || !/^(o\d|gpt-5)/.test(body.model), "Unsupported parameter: 'max_tokens' is not supported with this model.");
  demand(body.stop === undefined || !/^(o\d|gpt-5)/.test(body.model), "Unsupported parameter: 'stop' is not supported with this model.");
  demand(body.tools === undefined || body.tools.length > 0, "Invalid 'tools': empty array.");
  seen.tools = (body.tools ?? []).map(({ type, function: { name, parameters } }) => {
    demand(type === "function", "Invalid tool type");
    return { name, schema: parameters };
  });
  const { response_format: format } = body;
  demand(format?.type !== "json_schema" || (format.json_schema?.name && format.json_schema.schema), "Missing 'response_format.json_schema'.");
  seen.schema = format?.json_schema?.schema;
  seen.stop = typeof body.stop === "string" ? [body.stop] : body.stop;
  seen.max = body.max_completion_tokens ?? body.max_tokens;
  seen.thinks = body.reasoning_effort !== undefined;
  seen.usage = body.stream_options?.include_usage === true;
  return seen;
}

export function whole({ reasoning, text, calls, finish }, seen) {
  const message = { role: "assistant", content: text ? text.join("") : null, refusal: null, annotations: [] };
  if (reasoning) message.reasoning_content = reasoning.join("");
  if (calls) message.tool_calls = calls.map(({ id, name, pieces }) => ({ id, type: "function", function: { name, arguments: pieces.join("") } }));
  return { ...base(seen.id), object: "chat.completion", choices: [{ index: 0, message, logprobs: null, finish_reason: finishes[finish] }], usage: counts };
}

export function stream({ reasoning, text, calls, finish }, seen) {
  const chunk = (more) => `data: ${JSON.stringify({ ...base(seen.id), object: "chat.completion.chunk", ...more, obfuscation: "kTz3" })}\n\n`;
  const last = seen.usage ? { usage: null } : {};
  const delta = (one, finish_reason = null) => chunk({ choices: [{ index: 0, delta: one, logprobs: null, finish_reason }], ...last });
  const pieces = [delta({ role: "assistant", content: calls ? null : "", refusal: null })];
  for (const reasoning_content of reasoning ?? []) pieces.push(delta({ reasoning_content }));
  for (const content of text ?? []) pieces.push(delta({ content }));
  for (const [index, { id, name, pieces: args }] of (calls ?? []).entries()) {
    pieces.push(delta({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }));
    for (const one of args) pieces.push(delta({ tool_calls: [{ index, function: { arguments: one } }] }));
  }
  pieces.push(delta({}, finishes[finish]));
  if (seen.usage) pieces.push(chunk({ choices: [], usage: counts }));
  return { type: "text/event-stream; charset=utf-8", pieces: [...pieces, "data: [DONE]\n\n"] };
}

export const streamFailure = (message) => `data: ${JSON.stringify(failure("overloaded", message).body)}\n\n`;

export function failure(kind, message) {
  const shape = (status, type, code, headers = {}) => ({ status, headers, body: { error: { message, type, param: null, code } } });
  if (kind === "unauthorized") return shape(401, "invalid_request_error", "invalid_api_key");
  if (kind === "rate_limit") return shape(429, "requests", "rate_limit_exceeded", { "retry-after": "7", "retry-after-ms": "7000", "x-ratelimit-limit-requests": "500" });
  if (kind === "overloaded") return shape(503, "server_error", "server_overloaded");
  return shape(400, "invalid_request_error", "invalid_value");
}
