// What every vendor of the matrix says in a scenario, in no vendor's words; each prints it in its own shape. The scenario is
// named in the text of the user: "scenario: NAME". One reply:
//   reasoning, signature   what it thought, in pieces, and the proof of it that must come back
//   text                   in pieces
//   calls                  tool calls: { id, name, pieces of the arguments }
//   finish                 stop | stop_sequence | length | tool_calls
export const image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const document = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").toString("base64");
export const signature = "EqQBCkYIBRgCKkBhIHNpZ25hdHVyZSBvZiB0aGlua2luZwo=";
export const usage = { input: 31, cached: 8, output: 17, reasoning: 5 };
export const words = ["Hé", "llo 👋", " from \"up\".\n", "Done."];
export const thoughts = ["I should ", "ask the tool."];
export const structured = { city: "Oslo", days: 3 };

const oslo = { id: "call_oslo1", name: "weather", pieces: ["", '{"city"', ':"Oslo","da', 'ys":3}'] };
const rome = { id: "call_rome2", name: "clock", pieces: ['{"city":"Rome', '"}'] };
export const tools = [oslo];
export const parallel = [oslo, rome];
export const answered = { text: ["It rains", " in Oslo."], finish: "stop" };

// The reply to a scenario; `turn` counts the answers of the assistant that stand in the request.
export function replyTo(scenario, turn) {
  const replies = {
    text: { text: words, finish: "stop" },
    rest: { text: words.slice(1), finish: "stop" },
    tools: turn === 0 ? { text: ["Let me see."], calls: tools, finish: "tool_calls" } : answered,
    parallel: turn === 0 ? { calls: parallel, finish: "tool_calls" } : answered,
    structured: { text: ['{"city":"Os', 'lo","days":3}'], finish: "stop" },
    reasoning: turn === 0 ? { reasoning: thoughts, signature, calls: tools, finish: "tool_calls" } : answered,
    stop: { text: ["one, ", "two, "], finish: "stop_sequence", sequence: "three" },
    length: { text: ["one, ", "two"], finish: "length" },
  };
  return replies[scenario];
}

// Errors that a vendor gives, by meaning; each vendor knows their shape.
export const errors = ["unauthorized", "rate_limit", "bad_request", "overloaded"];

// A request that the vendor would refuse: what it says of it, and the kind of its failure.
export class Refused extends Error {
  constructor(message, kind = "bad_request") {
    super(message);
    this.kind = kind;
  }
}
export function demand(condition, message, kind) {
  if (!condition) throw new Refused(message, kind);
}
