// The AI SDK with the providers of three vendors.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

globalThis.AI_SDK_LOG_WARNINGS = false;

const part = (one) => {
  if (typeof one === "string") return { type: "text", text: one };
  if (one.image) return { type: "image", image: one.image, mediaType: "image/png" };
  return { type: "file", data: one.document, mediaType: "application/pdf", filename: "a.pdf" };
};
const result = ({ id, name, text }) => ({ type: "tool-result", toolCallId: id, toolName: name, output: { type: "text", value: text } });

function messagesOf({ turns }) {
  const messages = [];
  for (const { user, said, results } of turns) {
    if (user) messages.push({ role: "user", content: user.map(part) });
    if (said) messages.push(...said.native);
    if (results) messages.push({ role: "tool", content: results.map(result) });
  }
  return messages;
}

function requestOf(model, talk, { always, thinking }, abortSignal) {
  const request = { model, messages: messagesOf(talk), maxRetries: 0, abortSignal, providerOptions: always };
  if (talk.system) request.system = talk.system;
  const entry = ({ name, description, parameters }) => [name, tool({ description, inputSchema: jsonSchema(parameters) })];
  if (talk.tools) request.tools = Object.fromEntries(talk.tools.map(entry));
  if (talk.schema) request.output = Output.object({ schema: jsonSchema(talk.schema), name: "trip" });
  if (talk.thinks) request.providerOptions = thinking;
  if (talk.stop) request.stopSequences = talk.stop;
  if (talk.max) request.maxOutputTokens = talk.max;
  return request;
}

const finishes = { "tool-calls": "tool_calls" };
function answerOf({ text, reasoningText, toolCalls, finishReason, usage, response }, parts) {
  return {
    text, parts, reasoning: reasoningText, native: response.messages, finish: finishes[finishReason] ?? finishReason,
    calls: toolCalls.map((one) => ({ id: one.toolCallId, name: one.toolName, args: one.input })),
    usage: { input: usage.inputTokens, output: usage.outputTokens, total: usage.totalTokens, cached: usage.inputTokenDetails?.cacheReadTokens },
  };
}

async function streamed(request, onText) {
  const answer = streamText({ ...request, onError: () => {} });
  const parts = [];
  for await (const event of answer.fullStream) {
    if (event.type === "error") throw event.error;
    if (event.type !== "text-delta" || !event.text) continue;
    parts.push(event.text);
    onText?.();
  }
  const fields = ["text", "reasoningText", "toolCalls", "finishReason", "usage", "response"];
  const found = await Promise.all(fields.map((field) => answer[field]));
  return answerOf(Object.fromEntries(fields.map((field, at) => [field, found[at]])), parts);
}

const failure = (error) => ({ status: error.statusCode, message: error.message });
const client = (name, family, vendor, modelOf, options, more = {}) => ({
  name, family, vendor, failure, ...more,
  connect(at) {
    const model = modelOf(at);
    const ask = async (talk, { stream, signal, onText } = {}) => {
      const request = requestOf(model, talk, options, signal);
      return stream ? streamed(request, onText) : answerOf(await generateText(request));
    };
    ask.agent = async (talk, run) => {
      const request = requestOf(model, talk, options);
      for (const [name, one] of Object.entries(request.tools)) one.execute = (args) => run(name, args);
      return (await generateText({ ...request, stopWhen: stepCountIs(3) })).text;
    };
    return ask;
  },
});

const plain = "gpt-4.1-mini";
const openai = ({ url, key }) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
export const aiOpenai = client("ai, openai", "gpt-5-mini", "openai.responses", (at) => openai(at).responses(at.model),
  {
    // Else the SDK takes it that the vendor keeps what it said, and sends no more than references to it.
    always: { openai: { store: false } },
    thinking: { openai: { reasoningEffort: "medium", reasoningSummary: "auto", store: false, include: ["reasoning.encrypted_content"] } },
  }, { plain });
export const aiOpenaiChat = client("ai, openai chat", "gpt-5-mini", "openai.chat", (at) => openai(at).chat(at.model),
  { thinking: { openai: { reasoningEffort: "medium" } } }, { plain });
export const aiAnthropic = client("ai, anthropic", "claude-haiku-4-5", "anthropic",
  ({ url, key, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model),
  { thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 2048 } } } });
export const aiGoogle = client("ai, google", "gemini-3-flash-preview", "gemini",
  ({ url, key, model }) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })(model),
  { thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingLevel: "high" } } } });
