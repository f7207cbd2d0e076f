// The official Anthropic SDK.
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";

const finishes = { end_turn: "stop", stop_sequence: "stop", max_tokens: "length", tool_use: "tool_calls" };
const block = (one) => {
  if (typeof one === "string") return { type: "text", text: one };
  const source = (media_type, data) => ({ type: "base64", media_type, data });
  if (one.image) return { type: "image", source: source("image/png", one.image) };
  return { type: "document", source: source("application/pdf", one.document) };
};

function messagesOf({ turns }) {
  const messages = [];
  for (const { user, said, results } of turns) {
    if (user) messages.push({ role: "user", content: user.map(block) });
    if (said) messages.push({ role: "assistant", content: said.native });
    if (results) messages.push({ role: "user", content: results.map((one) => ({ type: "tool_result", tool_use_id: one.id, content: one.text })) });
  }
  return messages;
}

function bodyOf(model, talk) {
  const body = { model, max_tokens: talk.max ?? 8000, messages: messagesOf(talk) };
  if (talk.system) body.system = talk.system;
  if (talk.tools) body.tools = talk.tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }));
  if (talk.schema) body.output_config = { format: { type: "json_schema", schema: talk.schema } };
  if (talk.thinks) body.thinking = { type: "enabled", budget_tokens: 2048 };
  if (talk.stop) body.stop_sequences = talk.stop;
  return body;
}

function answerOf({ content, stop_reason: reason, stop_sequence: sequence, usage }, parts) {
  const input = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  return {
    text: content.filter((one) => one.type === "text").map((one) => one.text).join(""), parts, native: content,
    reasoning: content.filter((one) => one.type === "thinking").map((one) => one.thinking).join(""),
    calls: content.filter((one) => one.type === "tool_use").map((one) => ({ id: one.id, name: one.name, args: one.input })),
    finish: finishes[reason], sequence,
    usage: { input, output: usage.output_tokens, cached: usage.cache_read_input_tokens },
  };
}

export const anthropic = {
  name: "anthropic", family: "claude-haiku-4-5", vendor: "anthropic",
  failure: (error) => ({ status: error.status, message: error.message }),
  connect(at) {
    const client = new Anthropic({ apiKey: at.key, authToken: null, baseURL: at.url, maxRetries: 0 });
    const ask = async (talk, { stream, signal, onText } = {}) => {
      const body = bodyOf(at.model, talk);
      if (!stream) return answerOf(await client.messages.create(body, { signal }));
      const runner = client.messages.stream(body, { signal });
      const parts = [];
      for await (const event of runner) {
        if (event.delta?.type !== "text_delta") continue;
        parts.push(event.delta.text);
        onText?.();
      }
      return answerOf(await runner.finalMessage(), parts);
    };
    ask.count = async (talk) => {
      const { max_tokens, ...body } = bodyOf(at.model, talk);
      return (await client.messages.countTokens(body)).input_tokens;
    };
    ask.models = async () => {
      const found = [];
      for await (const one of client.models.list()) found.push(one.id);
      return found;
    };
    ask.agent = async (talk, run) => {
      const tools = talk.tools.map(({ name, description, parameters }) =>
        betaTool({ name, description, inputSchema: parameters, run: (args) => run(name, args) }));
      return answerOf(await client.beta.messages.toolRunner({ ...bodyOf(at.model, talk), tools })).text;
    };
    return ask;
  },
};
