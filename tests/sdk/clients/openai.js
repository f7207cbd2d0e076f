// The official OpenAI SDK: chat completions, and responses.
import OpenAI from "openai";

const open = ({ url, key }) => new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
const failure = (error) => ({ status: error.status, message: error.message });
const dataUrl = (type, data) => `data:${type};base64,${data}`;
async function modelsOf(client) {
  const found = [];
  for await (const { id } of client.models.list()) found.push(id);
  return found;
}
const parsed = (text) => JSON.parse(text || "{}");

const chatPart = (one) => {
  if (typeof one === "string") return { type: "text", text: one };
  if (one.image) return { type: "image_url", image_url: { url: dataUrl("image/png", one.image) } };
  return { type: "file", file: { filename: "a.pdf", file_data: dataUrl("application/pdf", one.document) } };
};

function chatMessages({ system, turns }) {
  const messages = system ? [{ role: "system", content: system }] : [];
  for (const { user, said, results } of turns) {
    if (user) messages.push({ role: "user", content: user.length === 1 ? user[0] : user.map(chatPart) });
    if (said) messages.push(said.native);
    for (const one of results ?? []) messages.push({ role: "tool", tool_call_id: one.id, content: one.text });
  }
  return messages;
}

function chatBody(model, talk) {
  const body = { model, messages: chatMessages(talk) };
  if (talk.tools) body.tools = talk.tools.map((one) => ({ type: "function", function: one }));
  if (talk.schema) body.response_format = { type: "json_schema", json_schema: { name: "trip", schema: talk.schema, strict: true } };
  if (talk.thinks) body.reasoning_effort = "medium";
  if (talk.stop) body.stop = talk.stop;
  if (talk.max) body.max_completion_tokens = talk.max;
  return body;
}

function chatAnswer({ choices: [{ message, finish_reason: finish }], usage }, parts) {
  return {
    text: message.content ?? "", parts, finish, native: message,
    reasoning: message.reasoning_content,
    calls: (message.tool_calls ?? []).map((one) => ({ id: one.id, name: one.function.name, args: parsed(one.function.arguments) })),
    usage: usage && { input: usage.prompt_tokens, output: usage.completion_tokens, total: usage.total_tokens, cached: usage.prompt_tokens_details?.cached_tokens },
  };
}

export const chat = {
  name: "openai, chat", family: "gpt-5-mini", plain: "gpt-4.1-mini", vendor: "openai.chat", failure,
  connect(at) {
    const client = open(at);
    const ask = async (talk, { stream, signal, onText } = {}) => {
      const body = chatBody(at.model, talk);
      if (!stream) return chatAnswer(await client.chat.completions.create(body, { signal }));
      const runner = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }, { signal });
      const parts = [];
      let reasoning = "";
      for await (const { choices: [choice] } of runner) {
        reasoning += choice?.delta.reasoning_content ?? "";
        if (choice?.delta.content) parts.push(choice.delta.content);
        if (parts.length > 0) onText?.();
      }
      // The SDK sums up text and tool calls; other members of a delta are as the last one was.
      const answer = chatAnswer(await runner.finalChatCompletion(), parts);
      return { ...answer, reasoning };
    };
    ask.models = () => modelsOf(client);
    ask.agent = (talk, run) => {
      const runs = ({ name, ...more }) => ({ type: "function", function: { name, ...more, parse: JSON.parse, function: (args) => run(name, args) } });
      return client.chat.completions.runTools({ ...chatBody(at.model, talk), tools: talk.tools.map(runs) }).finalContent();
    };
    return ask;
  },
};

const inputPart = (one) => {
  if (typeof one === "string") return { type: "input_text", text: one };
  if (one.image) return { type: "input_image", detail: "auto", image_url: dataUrl("image/png", one.image) };
  return { type: "input_file", filename: "a.pdf", file_data: dataUrl("application/pdf", one.document) };
};

function inputItems({ turns }) {
  const items = [];
  for (const { user, said, results } of turns) {
    if (user) items.push({ role: "user", content: user.map(inputPart) });
    if (said) items.push(...said.native);
    for (const one of results ?? []) items.push({ type: "function_call_output", call_id: one.id, output: one.text });
  }
  return items;
}

function responseBody(model, talk) {
  const body = { model, input: inputItems(talk), store: false };
  if (talk.system) body.instructions = talk.system;
  if (talk.tools) body.tools = talk.tools.map((one) => ({ type: "function", strict: false, ...one }));
  if (talk.schema) body.text = { format: { type: "json_schema", name: "trip", schema: talk.schema, strict: true } };
  if (talk.thinks) Object.assign(body, { reasoning: { effort: "medium", summary: "auto" }, include: ["reasoning.encrypted_content"] });
  if (talk.max) body.max_output_tokens = talk.max;
  return body;
}

function responseAnswer(response, parts) {
  const { output, usage } = response;
  const calls = output.filter((one) => one.type === "function_call").map((one) => ({ id: one.call_id, name: one.name, args: parsed(one.arguments) }));
  const cut = response.incomplete_details?.reason === "max_output_tokens";
  return {
    text: response.output_text, parts, calls, native: output,
    finish: cut ? "length" : calls.length > 0 ? "tool_calls" : response.status === "completed" ? "stop" : response.status,
    reasoning: output.filter((one) => one.type === "reasoning").flatMap((one) => one.summary).map((one) => one.text).join(""),
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens, total: usage.total_tokens, cached: usage.input_tokens_details?.cached_tokens },
  };
}

export const responses = {
  name: "openai, responses", family: "gpt-5-mini", plain: "gpt-4.1-mini", vendor: "openai.responses", failure,
  connect(at) {
    const client = open(at);
    const ask = async (talk, { stream, signal, onText } = {}) => {
      const body = responseBody(at.model, talk);
      if (!stream) return responseAnswer(await client.responses.create(body, { signal }));
      const runner = client.responses.stream(body, { signal });
      const parts = [];
      for await (const event of runner) {
        if (event.type !== "response.output_text.delta") continue;
        parts.push(event.delta);
        onText?.();
      }
      return responseAnswer(await runner.finalResponse(), parts);
    };
    ask.models = () => modelsOf(client);
    return ask;
  },
};
