// The official Google SDK.
import { GoogleGenAI } from "@google/genai";

const part = (one) => {
  if (typeof one === "string") return { text: one };
  if (one.image) return { inlineData: { mimeType: "image/png", data: one.image } };
  return { inlineData: { mimeType: "application/pdf", data: one.document } };
};

function contentsOf({ turns }) {
  const contents = [];
  for (const { user, said, results } of turns) {
    if (user) contents.push({ role: "user", parts: user.map(part) });
    if (said) contents.push(said.native);
    const response = ({ id, name, text }) => ({ functionResponse: { ...(id ? { id } : {}), name, response: { output: text } } });
    if (results) contents.push({ role: "user", parts: results.map(response) });
  }
  return contents;
}

// The vendor's own words for a schema, which older programs still use.
const upper = (schema) => ({
  type: schema.type.toUpperCase(),
  ...(schema.properties ? { properties: Object.fromEntries(Object.entries(schema.properties).map(([key, one]) => [key, upper(one)])), required: schema.required } : {}),
});
const declaration = ({ name, description, parameters }, at) =>
  ({ name, description, ...(at === 0 ? { parametersJsonSchema: parameters } : { parameters: upper(parameters) }) });

function requestOf(model, talk, abortSignal) {
  const config = { abortSignal };
  if (talk.system) config.systemInstruction = talk.system;
  if (talk.tools) config.tools = [{ functionDeclarations: talk.tools.map(declaration) }];
  if (talk.schema) Object.assign(config, { responseMimeType: "application/json", responseJsonSchema: talk.schema });
  if (talk.thinks) config.thinkingConfig = { includeThoughts: true, thinkingLevel: "HIGH" };
  if (talk.stop) config.stopSequences = talk.stop;
  if (talk.max) config.maxOutputTokens = talk.max;
  return { model, contents: contentsOf(talk), config };
}

// Made of one reply, or of all the pieces of a stream.
function answerOf(replies, parts) {
  const found = replies.flatMap((one) => one.candidates?.[0]?.content?.parts ?? []);
  const calls = found.filter((one) => one.functionCall).map(({ functionCall: { id, name, args } }) => ({ id, name, args }));
  const finish = replies.map((one) => one.candidates?.[0]?.finishReason).filter(Boolean);
  const { usageMetadata: usage } = replies.at(-1);
  return {
    text: found.filter((one) => one.text && !one.thought).map((one) => one.text).join(""), parts, calls,
    reasoning: found.filter((one) => one.text && one.thought).map((one) => one.text).join(""),
    native: { role: "model", parts: found.filter((one) => one.text !== "" || one.thoughtSignature) },
    finish: finish.length !== 1 ? finish : finish[0] === "MAX_TOKENS" ? "length" : finish[0] !== "STOP" ? finish[0] : calls.length > 0 ? "tool_calls" : "stop",
    usage: usage && {
      input: usage.promptTokenCount, output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0), total: usage.totalTokenCount,
      cached: usage.cachedContentTokenCount,
    },
  };
}

export const genai = {
  name: "google genai", family: "gemini-3-flash-preview", vendor: "gemini",
  failure: (error) => ({ status: error.status, message: error.message }),
  connect(at) {
    const client = new GoogleGenAI({ apiKey: at.key, httpOptions: { baseUrl: at.url } });
    const ask = async (talk, { stream, signal, onText } = {}) => {
      const request = requestOf(at.model, talk, signal);
      if (!stream) return answerOf([await client.models.generateContent(request)]);
      const replies = [];
      const parts = [];
      for await (const reply of await client.models.generateContentStream(request)) {
        replies.push(reply);
        const text = (reply.candidates?.[0]?.content?.parts ?? []).filter((one) => !one.thought).map((one) => one.text ?? "").join("");
        if (!text) continue;
        parts.push(text);
        onText?.();
      }
      return answerOf(replies, parts);
    };
    ask.count = async (talk) => (await client.models.countTokens({ model: at.model, contents: contentsOf(talk) })).totalTokens;
    ask.models = async () => {
      const found = [];
      for await (const one of await client.models.list()) found.push(one.name.replace("models/", ""));
      return found;
    };
    ask.agent = async (talk, run) => {
      const request = requestOf(at.model, talk);
      const [{ functionDeclarations }] = request.config.tools;
      const called = ({ id, name, args }) => ({ functionResponse: { ...(id ? { id } : {}), name, response: { output: run(name, args) } } });
      request.config.tools = [{ tool: async () => ({ functionDeclarations }), callTool: async (calls) => calls.map(called) }];
      return (await client.models.generateContent(request)).text;
    };
    return ask;
  },
};
