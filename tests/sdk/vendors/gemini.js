// Google's generateContent: its requests read, its replies in bytes.
import { demand, signature, usage } from "./facts.js";

export const name = "gemini";
export const path = /^\/v1beta\/models\/[^/:]+:(generateContent|streamGenerateContent|countTokens)(\?|$)/;
export const headers = { server: "scaffolding on HTTPServer2", "server-timing": "gfet4t7; dur=420" };

const counts = {
  promptTokenCount: usage.input, candidatesTokenCount: usage.output - usage.reasoning, totalTokenCount: usage.input + usage.output,
  cachedContentTokenCount: usage.cached, promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.input }], thoughtsTokenCount: usage.reasoning,
};
export const models = {
  models: [{ name: "models/gemini-3-flash-preview", version: "3", displayName: "Gemini 3 Flash", inputTokenLimit: 1048576, outputTokenLimit: 65536, supportedGenerationMethods: ["generateContent", "countTokens"] }],
};
const finishes = { stop: "STOP", stop_sequence: "STOP", length: "MAX_TOKENS", tool_calls: "STOP" };
const SKIPPED = "skip_thought_signature_validator";

export function authorize(got) {
  demand(got["x-goog-api-key"], "Method doesn't allow unregistered callers. Please use API Key.");
}

// Both spellings are taken, as the vendor does.
const camel = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const members = (value) => Object.fromEntries(Object.entries(value ?? {}).map(([key, one]) => [camel(key), one]));
function only(value, known, where) {
  const found = members(value);
  for (const key of Object.keys(found)) demand(known.includes(key), `Invalid JSON payload received. Unknown name "${key}" at '${where}': Cannot find field.`);
  return found;
}

const schemaKeys = ["type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required", "minProperties", "maxProperties",
  "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum", "additionalProperties"];
function checkSchema(schema, where) {
  const found = only(schema, schemaKeys, where);
  for (const one of Object.values(found.properties ?? {})) checkSchema(one, `${where}.properties`);
  if (found.items) checkSchema(found.items, `${where}.items`);
}

function part(seen, one, role) {
  const found = only(one, ["text", "inlineData", "fileData", "functionCall", "functionResponse", "thought", "thoughtSignature", "executableCode", "codeExecutionResult", "mediaResolution"], "contents.parts");
  if (found.thoughtSignature) seen.signatures.push(found.thoughtSignature);
  if (found.functionCall) {
    const { name, args, id } = members(found.functionCall);
    demand(role === "model" && name, "function call parts belong to the model");
    if (seen.waiting.length === 0) seen.signed = found.thoughtSignature === signature || found.thoughtSignature === SKIPPED;
    seen.calls.push({ id, name, args });
    seen.waiting.push(name);
  } else if (found.functionResponse) {
    const { name, response, id } = only(found.functionResponse, ["id", "name", "response", "willContinue", "scheduling", "parts"], "function_response");
    demand(seen.waiting.shift() === name, "Please ensure that function response turn comes immediately after a function call turn, with the same names in the same order.");
    demand(response && typeof response === "object" && !Array.isArray(response), "function_response.response must be an object");
    seen.results.push({ id, name, text: JSON.stringify(response) });
  } else if (found.inlineData) {
    const { mimeType, data } = members(found.inlineData);
    (mimeType.startsWith("image/") ? seen.images : seen.documents).push({ type: mimeType, data });
  } else if (role === "user" && found.text !== undefined) {
    seen.user.push(found.text);
  }
}

function contents(seen, list) {
  demand(Array.isArray(list) && list.length > 0, "contents is not specified");
  for (const one of list) {
    const { role = "user", parts } = only(one, ["role", "parts"], "contents");
    demand(["user", "model", "function"].includes(role), `Please use a valid role: user, model. Got ${role}`);
    demand(Array.isArray(parts) && parts.length > 0, "contents.parts must not be empty.");
    if (role === "model") seen.turns += 1;
    demand(role !== "model" || seen.waiting.length === 0,
      "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.");
    for (const each of parts) part(seen, each, role);
  }
  demand(seen.waiting.length === 0, "Please ensure that function call turn is followed by a function response turn.");
}

export function read(given, url) {
  const counting = url.includes(":countTokens");
  const outer = counting ? only(given, ["contents", "generateContentRequest"], "") : given;
  const body = only(counting && outer.generateContentRequest ? outer.generateContentRequest : outer,
    ["model", "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "generationConfig", "cachedContent", "labels", "store", "serviceTier"], "");
  const seen = { model: /models\/([^:]+):/.exec(url)[1], stream: url.includes(":stream"), counting, user: [], images: [], documents: [], turns: 0, calls: [], results: [], signatures: [], waiting: [] };
  seen.system = (members(body.systemInstruction).parts ?? []).map((one) => one.text);
  contents(seen, body.contents);
  const config = only(body.generationConfig, ["stopSequences", "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities", "candidateCount", "maxOutputTokens", "temperature",
    "topP", "topK", "seed", "presencePenalty", "frequencyPenalty", "responseLogprobs", "logprobs", "thinkingConfig", "mediaResolution", "speechConfig", "imageConfig"], "generation_config");
  const declarations = (body.tools ?? []).flatMap((one) => members(only(one, ["functionDeclarations", "googleSearch", "codeExecution", "urlContext"], "tools")).functionDeclarations ?? []);
  seen.tools = declarations.map((one) => {
    const { name, parameters, parametersJsonSchema } = only(one, ["name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior"], "tools.function_declarations");
    if (parameters) checkSchema(parameters, "tools.function_declarations.parameters");
    return { name, schema: parametersJsonSchema ?? parameters };
  });
  if (config.responseSchema) checkSchema(config.responseSchema, "generation_config.response_schema");
  const thinking = only(config.thinkingConfig, ["includeThoughts", "thinkingBudget", "thinkingLevel"], "generation_config.thinking_config");
  seen.schema = config.responseJsonSchema ?? config.responseSchema;
  demand(!seen.schema || config.responseMimeType === "application/json", "response_schema needs response_mime_type application/json");
  seen.stop = config.stopSequences;
  seen.max = config.maxOutputTokens;
  seen.thinks = thinking.includeThoughts === true;
  demand(seen.signed !== false || !/gemini-3/.test(seen.model), "Function call is missing a thought_signature in functionCall parts.");
  return seen;
}

const frame = (id, parts, finishReason, usageMetadata) =>
  ({ candidates: [{ content: { parts, role: "model" }, ...(finishReason ? { finishReason } : {}), index: 0 }], usageMetadata, modelVersion: "gemini-3-flash-preview", responseId: `m4EhaYq1O5Svz7IP${id}` });
const callParts = ({ calls, signature: proof }) => (calls ?? []).map(({ id, name, pieces }, at) =>
  ({ functionCall: { name, args: JSON.parse(pieces.join("")), id }, ...(at === 0 ? { thoughtSignature: proof ?? signature } : {}) }));

export function whole(reply, seen) {
  if (seen.counting) return { totalTokens: usage.input, promptTokensDetails: counts.promptTokensDetails };
  const parts = [];
  if (reply.reasoning && seen.thinks) parts.push({ text: reply.reasoning.join(""), thought: true });
  if (reply.text) parts.push({ text: reply.text.join("") });
  return frame(seen.id, [...parts, ...callParts(reply)], finishes[reply.finish], counts);
}

export function stream(reply, seen, url) {
  const { thoughtsTokenCount, cachedContentTokenCount, ...early } = { ...counts, candidatesTokenCount: 2, totalTokenCount: usage.input + 2 };
  const frames = [];
  if (seen.thinks) for (const text of reply.reasoning ?? []) frames.push(frame(seen.id, [{ text, thought: true }], undefined, early));
  for (const text of reply.text ?? []) frames.push(frame(seen.id, [{ text }], undefined, early));
  for (const one of callParts(reply)) frames.push(frame(seen.id, [one], undefined, early));
  frames.push(frame(seen.id, [{ text: "" }], finishes[reply.finish], counts));
  const sse = url.includes("alt=sse");
  if (sse) return { type: "text/event-stream", pieces: frames.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`) };
  return { type: "application/json; charset=UTF-8", pieces: frames.map((one, at) => `${at === 0 ? "[" : ",\r\n"}${JSON.stringify(one, null, 2)}${at === frames.length - 1 ? "]" : ""}`) };
}

export const streamFailure = (message) => `data: ${JSON.stringify(failure("overloaded", message).body)}\r\n\r\n`;

export function failure(kind, message) {
  const shape = (code, status, details, text = message) => ({ status: code, headers: {}, body: { error: { code, message: text, status, ...(details ? { details } : {}) } } });
  if (kind === "unauthorized") {
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com", metadata: { service: "generativelanguage.googleapis.com" } };
    return shape(400, "INVALID_ARGUMENT", [info], "API key not valid. Please pass a valid API key.");
  }
  if (kind === "rate_limit") return shape(429, "RESOURCE_EXHAUSTED", [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }]);
  if (kind === "overloaded") return shape(503, "UNAVAILABLE");
  return shape(400, "INVALID_ARGUMENT");
}
