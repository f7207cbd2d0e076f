// Cells that cannot be green, each with its reason. Every such cell is still tried: it must fail, with an error that
// matches, or the line here is out of date.
//   providers, clients, scenarios   names, or a pattern of them
//   error                           what the failure says
//   reason                          what the table prints
const all = /./;

export const expected = [
  {
    providers: all, clients: /^(openai|ai|langchain),/, scenarios: ["count"], error: /no counting of tokens/,
    reason: "not in this SDK: a call that counts tokens",
  },
  {
    providers: all, clients: /^(ai|langchain),/, scenarios: ["models"], error: /no list of models/,
    reason: "not in this SDK: a list of models",
  },
  {
    providers: all, clients: ["openai, responses"], scenarios: ["agent"], error: /no loop of tools/,
    reason: "not in this SDK: a loop that runs tools",
  },
  {
    providers: all, clients: ["openai, responses", "ai, openai"], scenarios: /^stop/, error: /the upstream got the stop sequences undefined/,
    reason: "not in this SDK: Responses has no stop sequences",
  },
  {
    providers: all, clients: ["ai, openai chat"], scenarios: /^reasoning/, error: /the client saw the reasoning undefined/,
    reason: "not in this SDK: the text of reasoning in a chat completion",
  },
  {
    providers: ["direct"], clients: ["openai, chat", "ai, openai chat", "langchain, openai"], scenarios: /^signature/, error: /the proof of the reasoning did not come back/,
    reason: "cannot be carried: a chat completion has no proof of its reasoning",
  },
  {
    providers: ["openai"], clients: /^(?!openai, responses|ai, openai$)/, scenarios: /^signature/, error: /the proof of the reasoning did not come back/,
    reason: "cannot be carried: a chat completion has no proof of its reasoning",
  },
  {
    providers: ["anthropic", "google"], clients: ["ai, openai chat", "langchain, openai"], scenarios: /^signature/, error: /the proof of the reasoning did not come back/,
    reason: "not in this SDK: it sends no members of a message back that it does not know",
  },
  {
    providers: ["direct", "google", "openai"], clients: ["langchain, google"], scenarios: /^usage/, error: /"output":12,/,
    reason: "a fault of this SDK: it leaves the tokens of reasoning out of the output",
  },
  {
    providers: ["direct", "anthropic"], clients: ["langchain, anthropic"], scenarios: ["usage, streamed"], error: /"output":18,/,
    reason: "a fault of this SDK: it adds what message_start counts to what message_delta counts",
  },
  {
    providers: ["openai", "google"], clients: ["langchain, anthropic"], scenarios: ["usage, streamed"], error: /"cached":0/,
    reason: "not in this SDK: cached tokens that are only known when an answer ends",
  },
  {
    providers: ["direct"], clients: ["langchain, google"], scenarios: ["error in a stream"], error: /the client saw no error: it ended with "undefined"/,
    reason: "a fault of this SDK: it does not look for an error in a stream",
  },
  {
    providers: ["aimock-google"], clients: /google/, scenarios: /^(tools|parallel)/, error: /'FUNCTION_CALL'|'other'/,
    reason: "a fault of the mock: its tool calls end with FUNCTION_CALL, which Gemini does not say",
  },
  {
    providers: ["anthropic"], clients: ["ai, google", "langchain, google"], scenarios: ["signature, streamed"], error: /the proof of the reasoning did not come back/,
    reason: "not in this SDK: a signature that comes behind the words of a thought",
  },
  dropped("openai", ["anthropic", "langchain, anthropic"], "messages.thinking", "a chat completion takes no reasoning back"),
  dropped("openai", ["ai, anthropic"], "max_tokens, messages.thinking", "this SDK asks for more than the model can write, and a chat completion takes no reasoning back"),
  dropped("openai", /google/, "contents.thought, generationConfig.thinkingConfig.includeThoughts", "a chat completion takes no reasoning back, and gives what it has"),
  dropped("anthropic", ["ai, openai chat"], "reasoning_effort", "tools go on without reasoning where its proof did not come back"),
  dropped("anthropic", ["ai, google", "langchain, google"], "contents.thought, generationConfig.thinkingConfig", "tools go on without reasoning where its proof did not come back"),
  dropped("anthropic", ["langchain, openai"], "name, reasoning_effort", "messages have no name, and tools go on without reasoning where its proof did not come back"),
  dropped("google", ["langchain, openai"], "name, title", "messages have no name, and files neither"),
  dropped("google", ["openai, chat", "openai, responses", "ai, anthropic", "ai, openai", "ai, openai chat"], "title", "files have no name"),
];

// What the server names in x-aihub-dropped.
function dropped(provider, clients, fields, why) {
  return { providers: [provider], clients, scenarios: ["nothing dropped"], error: new RegExp(`^dropped: ${fields.replaceAll(".", "\\.")}(\n|$)`), reason: `cannot be carried: ${fields}: ${why}` };
}

const names = (pattern, name) => (Array.isArray(pattern) ? pattern.includes(name) : pattern.test(name));

export const expectation = (provider, client, scenario) =>
  expected.find((one) => names(one.providers, provider) && names(one.clients, client) && names(one.scenarios, scenario));
