// LangChain with the chat models of three vendors, and its agent for the round trip of tools.
import { ChatAnthropic } from "@langchain/anthropic";
import { AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, tool } from "langchain";

const part = (one) => {
  if (typeof one === "string") return { type: "text", text: one };
  if (one.image) return { type: "image", mimeType: "image/png", data: one.image };
  return { type: "file", mimeType: "application/pdf", data: one.document, metadata: { filename: "a.pdf" } };
};

function messagesOf({ system, turns }) {
  const messages = system ? [new SystemMessage(system)] : [];
  for (const { user, said, results } of turns) {
    if (user) messages.push(new HumanMessage(user.length === 1 ? user[0] : { contentBlocks: user.map(part) }));
    if (said) messages.push(said.native);
    for (const { id, name, text } of results ?? []) messages.push(new ToolMessage({ tool_call_id: id, name, content: text }));
  }
  return messages;
}

const finishes = {
  stop: "stop", end_turn: "stop", stop_sequence: "stop", length: "length", max_tokens: "length", tool_calls: "tool_calls", tool_use: "tool_calls",
  STOP: "stop", MAX_TOKENS: "length",
};
const thought = (message) => {
  const blocks = Array.isArray(message.content) ? message.content.map((one) => one.thinking ?? "").join("") : "";
  return blocks || message.additional_kwargs.reasoning_content;
};

function answerOf(message, parts) {
  const { response_metadata: more, usage_metadata: usage } = message;
  const calls = message.tool_calls.map(({ id, name, args }) => ({ id, name, args }));
  const said = more.finish_reason ?? more.finishReason ?? more.stop_reason ?? message.additional_kwargs.stop_reason ?? message.additional_kwargs.finishReason;
  const finish = finishes[said] ?? said;
  return {
    text: message.text, parts, calls, native: message, reasoning: thought(message),
    finish: calls.length > 0 && finish === "stop" ? "tool_calls" : finish,
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens, total: usage.total_tokens, cached: usage.input_token_details?.cache_read },
  };
}

async function streamed(runnable, messages, options, onText) {
  let whole;
  const parts = [];
  for await (const piece of await runnable.stream(messages, options)) {
    whole = whole ? whole.concat(piece) : piece;
    if (!piece.text) continue;
    parts.push(piece.text);
    onText?.();
  }
  return answerOf(whole ?? new AIMessageChunk(""), parts);
}

// Errors of the vendors' own clients come through, as they are or one level down.
const failure = (error) => ({ status: error.status ?? error.cause?.status ?? error.response?.status, message: error.message });
const client = (name, family, vendor, modelOf, schemaOf, more = {}) => ({
  name, family, vendor, failure, ...more,
  connect(at) {
    const ask = async (talk, { stream, signal, onText } = {}) => {
      let runnable = modelOf(at, talk);
      const tools = talk.tools?.map((one) => ({ type: "function", function: one }));
      if (tools) runnable = runnable.bindTools(tools);
      const options = { signal, ...(talk.schema ? schemaOf(talk.schema) : {}), ...(talk.stop ? { stop: talk.stop } : {}) };
      const messages = messagesOf(talk);
      return stream ? streamed(runnable, messages, options, onText) : answerOf(await runnable.invoke(messages, options));
    };
    ask.agent = async (talk, run) => {
      const tools = talk.tools.map(({ name, description, parameters }) => tool((args) => run(name, args), { name, description, schema: parameters }));
      const { messages } = await createAgent({ model: modelOf(at, talk), tools }).invoke({ messages: messagesOf(talk) });
      return messages.at(-1).text;
    };
    return ask;
  },
});

const formatOf = (schema) => ({ response_format: { type: "json_schema", json_schema: { name: "trip", schema, strict: true } } });
export const langchainOpenai = client("langchain, openai", "gpt-5-mini", "openai.chat", ({ url, key, model }, { thinks, max }) =>
  new ChatOpenAI({ model, apiKey: key, configuration: { baseURL: `${url}/v1` }, maxRetries: 0, maxTokens: max, streamUsage: true, ...(thinks ? { reasoning: { effort: "medium" } } : {}) }),
formatOf, { plain: "gpt-4.1-mini" });
export const langchainAnthropic = client("langchain, anthropic", "claude-haiku-4-5", "anthropic", ({ url, key, model }, { thinks, max = 8000 }) =>
  new ChatAnthropic({ model, apiKey: key, anthropicApiUrl: url, maxRetries: 0, maxTokens: max, ...(thinks ? { thinking: { type: "enabled", budget_tokens: 2048 } } : {}) }),
(schema) => ({ outputConfig: { format: { type: "json_schema", schema } } }));
export const langchainGoogle = client("langchain, google", "gemini-3-flash-preview", "gemini", ({ url, key, model }, { thinks, max, schema, stop }) =>
  new ChatGoogleGenerativeAI({
    model, apiKey: key, baseUrl: url, maxRetries: 0, maxOutputTokens: max, stopSequences: stop, json: schema !== undefined,
    ...(thinks ? { thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" } } : {}),
  }),
(responseSchema) => ({ responseSchema }));
