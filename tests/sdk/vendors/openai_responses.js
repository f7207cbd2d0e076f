// OpenAI's Responses: its requests read, its replies in bytes.
import { demand, usage } from "./facts.js";
import { authorize, failure, headers } from "./openai_chat.js";

export const name = "openai.responses";
export const path = /^\/v1\/responses$/;
export { authorize, failure, headers };

const counts = {
  input_tokens: usage.input, input_tokens_details: { cached_tokens: usage.cached }, output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning }, total_tokens: usage.input + usage.output,
};

function part(seen, one) {
  if (one.type === "input_text") return seen.user.push(one.text);
  if (one.type === "input_image") {
    const data = /^data:(image\/[a-z]+);base64,(.+)$/.exec(one.image_url);
    demand(data, "Invalid image_url");
    return seen.images.push({ type: data[1], data: data[2] });
  }
  demand(one.type === "input_file", `Invalid value: '${one.type}'.`);
  const data = /^data:application\/pdf;base64,(.+)$/.exec(one.file_data);
  demand(data, "Invalid file_data");
  seen.documents.push({ type: "application/pdf", data: data[1] });
}

const texts = (content) => (typeof content === "string" ? content : content.map((one) => one.text).join(""));

// Items of one answer stand in a row.
function item(seen, one, before) {
  const own = ["reasoning", "function_call"];
  const assistant = (entry) => entry !== undefined && (own.includes(entry.type) || entry.role === "assistant");
  if (assistant(one) && !assistant(before)) seen.turns += 1;
  if (one.type === "reasoning") {
    demand(Array.isArray(one.summary), "Missing required parameter: 'summary'.");
    if (one.encrypted_content) seen.signatures.push(one.encrypted_content);
  } else if (one.type === "function_call") {
    demand(one.call_id && one.name, "Invalid function_call");
    seen.calls.push({ id: one.call_id, name: one.name, args: JSON.parse(one.arguments) });
  } else if (one.type === "function_call_output") {
    demand(seen.calls.some(({ id }) => id === one.call_id), `No tool call found for function call output with call_id ${one.call_id}.`);
    seen.results.push({ id: one.call_id, text: texts(one.output) });
  } else if (one.role === "system" || one.role === "developer") {
    seen.system.push(texts(one.content));
  } else if (one.role === "user") {
    for (const entry of typeof one.content === "string" ? [{ type: "input_text", text: one.content }] : one.content) part(seen, entry);
  } else {
    demand(one.role === "assistant", `Invalid item ${JSON.stringify(one)}`);
  }
}

export function read(body) {
  const seen = { model: body.model, stream: body.stream === true, system: [], user: [], images: [], documents: [], turns: 0, calls: [], results: [], signatures: [] };
  if (body.instructions) seen.system.push(body.instructions);
  const input = typeof body.input === "string" ? [{ role: "user", content: body.input }] : body.input;
  for (const [at, one] of input.entries()) item(seen, one, input[at - 1]);
  demand(seen.calls.every(({ id }) => seen.results.some((one) => one.id === id)), "No tool output found for function call.");
  seen.tools = (body.tools ?? []).map(({ type, name, parameters }) => {
    demand(type === "function" && name, "Invalid tool");
    return { name, schema: parameters };
  });
  const { format } = body.text ?? {};
  demand(format?.type !== "json_schema" || (format.name && format.schema), "Missing 'text.format'.");
  seen.schema = format?.schema;
  seen.max = body.max_output_tokens;
  demand(body.stop === undefined, "Unknown parameter: 'stop'.");
  seen.thinks = body.reasoning?.effort !== undefined;
  seen.encrypted = body.include?.includes("reasoning.encrypted_content") === true;
  return seen;
}

function items({ reasoning, signature, text, calls }, seen) {
  const found = [];
  if (reasoning) {
    const summary = [{ type: "summary_text", text: reasoning.join("") }];
    found.push({ id: `rs_0a1${seen.id}`, type: "reasoning", summary, ...(seen.encrypted ? { encrypted_content: signature } : {}) });
  }
  if (text) {
    const content = [{ type: "output_text", annotations: [], logprobs: [], text: text.join("") }];
    found.push({ id: `msg_0a2${seen.id}`, type: "message", status: "completed", content, role: "assistant" });
  }
  for (const { id, name, pieces } of calls ?? []) {
    found.push({ id: `fc_${id}${seen.id}`, type: "function_call", status: "completed", arguments: pieces.join(""), call_id: id, name });
  }
  return found;
}

export function whole(reply, seen) {
  const cut = reply.finish === "length";
  return {
    id: `resp_0a0${seen.id}`, object: "response", created_at: 1763000000, status: cut ? "incomplete" : "completed", background: false,
    billing: { payer: "developer" }, error: null, incomplete_details: cut ? { reason: "max_output_tokens" } : null, instructions: null,
    max_output_tokens: seen.max ?? null, max_tool_calls: null, model: "gpt-5-mini-2025-08-07", output: items(reply, seen),
    parallel_tool_calls: true, previous_response_id: null, prompt_cache_key: null, reasoning: { effort: "medium", summary: "detailed" },
    safety_identifier: null, service_tier: "default", store: false, temperature: 1, text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: "auto", tools: [], top_logprobs: 0, top_p: 1, truncation: "disabled", usage: counts, user: null, metadata: {},
  };
}

// The events of one item, with the item as it is in the end.
function itemEvents(item, reply, output_index) {
  const place = { item_id: item.id, output_index };
  const done = { type: "response.output_item.done", output_index, item };
  if (item.type === "reasoning") {
    const at = { ...place, summary_index: 0 };
    return [
      { type: "response.output_item.added", output_index, item: { ...item, summary: [] } },
      { type: "response.reasoning_summary_part.added", ...at, part: { type: "summary_text", text: "" } },
      ...reply.reasoning.map((delta) => ({ type: "response.reasoning_summary_text.delta", ...at, delta, obfuscation: "x1" })),
      { type: "response.reasoning_summary_text.done", ...at, text: item.summary[0].text },
      { type: "response.reasoning_summary_part.done", ...at, part: item.summary[0] },
      done,
    ];
  }
  if (item.type === "message") {
    const at = { ...place, content_index: 0 };
    return [
      { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at, part: { type: "output_text", annotations: [], logprobs: [], text: "" } },
      ...reply.text.map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [], obfuscation: "x1" })),
      { type: "response.output_text.done", ...at, text: item.content[0].text, logprobs: [] },
      { type: "response.content_part.done", ...at, part: item.content[0] },
      done,
    ];
  }
  const { pieces } = reply.calls.find(({ id }) => id === item.call_id);
  return [
    { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", arguments: "" } },
    ...pieces.map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta, obfuscation: "x1" })),
    { type: "response.function_call_arguments.done", ...place, arguments: item.arguments },
    done,
  ];
}

export const streamFailure = (message) =>
  `event: error\ndata: ${JSON.stringify({ type: "error", code: "server_error", message, param: null, sequence_number: 5 })}\n\n`;

export function stream(reply, seen) {
  const final = whole(reply, seen);
  const begun = { ...final, status: "in_progress", incomplete_details: null, output: [], usage: null };
  const found = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...final.output.flatMap((item, at) => itemEvents(item, reply, at)),
    { type: `response.${final.status}`, response: final },
  ];
  const pieces = found.map(({ type, ...more }, sequence_number) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...more })}\n\n`);
  return { type: "text/event-stream; charset=utf-8", pieces };
}
