// What every client does with every provider. A scenario gets a cell:
//   ask       the client's call in no vendor's words: (talk, { stream, signal, onText }) => answer; see clients/
//   client    the entry in clients/
//   model     the model's name, as the client says it
//   upstream  the vendors in front of which the provider stands, with what they got; none if somebody else plays them
//   provider  the column: "direct", "google", ...
//   direct    no server between the client and its vendor
//   wire()    the last HTTP response that the client got
import assert from "node:assert/strict";
import * as facts from "../vendors/facts.js";

const object = (properties, required) => ({ type: "object", properties, required, additionalProperties: false });
const city = { type: "string" };
const weather = { name: "weather", description: "the weather of a city", parameters: object({ city, days: { type: "integer" } }, ["city", "days"]) };
const clock = { name: "clock", description: "the time in a city", parameters: object({ city }, ["city"]) };
const schema = weather.parameters;
const say = (scenario, ...more) => [{ user: [...more, `scenario: ${scenario}`] }];
const joined = (pieces) => pieces.join("");

// The part of a schema that every vendor has words for.
const plain = ({ type, properties, required }) => ({
  type: type.toLowerCase(),
  ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, plain(one)])), required } : {}),
});

async function text({ ask, upstream }, stream) {
  const answer = await ask({ system: "Answer in one line.", turns: say("text") }, { stream });
  assert.equal(answer.text, joined(facts.words));
  assert.equal(answer.finish, "stop");
  if (upstream) {
    assert.deepEqual(upstream.last.seen.system, ["Answer in one line."]);
    assert.equal(upstream.last.seen.stream, Boolean(stream));
  }
  return answer;
}

// Calls, their results, and the answer to them.
async function tools({ ask, upstream }, name, stream, more = {}) {
  const talk = { turns: say(name), tools: [weather, clock], ...more };
  const called = await ask(talk, { stream });
  assert.equal(called.finish, "tool_calls");
  const expected = name === "parallel" ? [["weather", facts.structured], ["clock", { city: "Rome" }]] : [["weather", facts.structured]];
  assert.deepEqual(called.calls.map((one) => [one.name, one.args]), expected);
  if (upstream) assert.deepEqual(upstream.last.seen.tools.map((one) => [one.name, plain(one.schema)]), [weather, clock].map((one) => [one.name, plain(one.parameters)]));

  const results = called.calls.map(({ id, name: tool }) => ({ id, name: tool, text: `result of ${tool}` }));
  const answer = await ask({ ...talk, turns: [...talk.turns, { said: called }, { results }] }, { stream });
  assert.equal(answer.text, "It rains in Oslo.");
  assert.equal(answer.finish, "stop");
  if (upstream) answered(upstream.last.seen, expected);
  return { called, seen: upstream?.last.seen };
}

function answered(seen, expected) {
  assert.deepEqual(seen.calls.map((one) => [one.name, one.args]), expected);
  assert.equal(seen.results.length, expected.length);
  for (const [at, one] of seen.results.entries()) {
    assert.ok(one.text.includes(`result of ${expected[at][0]}`), one.text);
    assert.equal(one.id, seen.calls[at].id);
  }
}

// The SDK's own loop of calls and results.
async function agent({ ask, upstream }) {
  assert.ok(ask.agent, "no loop of tools");
  const ran = [];
  const said = await ask.agent({ turns: say("parallel"), tools: [weather, clock] }, (name, args) => {
    ran.push([name, args]);
    return `result of ${name}`;
  });
  assert.equal(said, "It rains in Oslo.");
  assert.deepEqual(ran, [["weather", facts.structured], ["clock", { city: "Rome" }]]);
  answered(upstream.last.seen, ran);
}

async function media({ ask, upstream }, name, stream) {
  const answer = await ask({ turns: say("text", { [name]: facts[name] }, "What is this?") }, { stream });
  assert.equal(answer.text, joined(facts.words));
  const { seen } = upstream.last;
  assert.deepEqual(seen[`${name}s`], [{ type: name === "image" ? "image/png" : "application/pdf", data: facts[name] }]);
  assert.deepEqual(seen.user, ["What is this?", "scenario: text"]);
}

async function structured({ ask, upstream }, stream) {
  const answer = await ask({ turns: say("structured"), schema }, { stream });
  assert.deepEqual(JSON.parse(answer.text), facts.structured);
  assert.equal(answer.finish, "stop");
  const { seen } = upstream.last;
  const got = seen.schema ?? seen.tools.find((one) => one.name === seen.forced)?.schema;
  assert.ok(got, "the schema did not reach the upstream");
  assert.deepEqual(plain(got), plain(schema));
}

async function reasoning(cell, stream) {
  const { called } = await tools(cell, "reasoning", stream, { thinks: true });
  assert.equal(called.reasoning, joined(facts.thoughts), `the client saw the reasoning ${called.reasoning}`);
}

async function signature(cell, stream) {
  const { seen } = await tools(cell, "reasoning", stream, { thinks: true });
  assert.deepEqual([...new Set(seen.signatures)], [facts.signature], "the proof of the reasoning did not come back to the upstream");
}

async function stop({ ask, upstream }, stream) {
  const answer = await ask({ turns: say("stop"), stop: ["three", "four"] }, { stream });
  assert.equal(answer.text, "one, two, ");
  assert.equal(answer.finish, "stop");
  assert.deepEqual(upstream.last.seen.stop, ["three", "four"], `the upstream got the stop sequences ${upstream.last.seen.stop}`);
}

async function length({ ask, upstream }, stream) {
  const answer = await ask({ turns: say("length"), max: 1200 }, { stream });
  assert.equal(answer.text, "one, two");
  assert.equal(answer.finish, "length");
  assert.equal(upstream.last.seen.max, 1200);
}

async function usage(cell, stream) {
  const answer = await text(cell, stream);
  const { input, output, cached } = facts.usage;
  const { total = input + output, ...rest } = answer.usage ?? {};
  const want = { input, output, cached, total: input + output };
  assert.deepEqual({ ...rest, total }, want, `usage is ${JSON.stringify(answer.usage)}`);
}

async function refused({ ask, client, wire, upstream, direct }, kind, stream) {
  let seen;
  await assert.rejects(ask({ turns: say(kind) }, { stream }), (error) => {
    seen = client.failure(error);
    return true;
  });
  assert.equal(upstream.requests.length, 1);
  const status = { unauthorized: [500, 502, 503], rate_limit: [429], bad_request: [400], overloaded: [503, 529] }[kind];
  assert.equal(seen.status, wire().status, "the SDK has another status than the wire");
  if (direct) return;
  assert.ok(status.includes(seen.status), `${kind}: ${seen.status} ${seen.message}`);
  if (kind === "rate_limit") assert.equal(wire().headers.get("retry-after"), "7");
  if (kind === "bad_request") assert.match(seen.message, /the upstream says bad_request/);
}

// A stream that has begun and breaks must not look like a whole answer.
async function broken({ ask, upstream }, name) {
  let texts = 0;
  const said = await ask({ turns: say(name) }, { stream: true, onText: () => { texts += 1; } })
    .then((answer) => `it ended with "${answer.finish}" behind "${answer.text}"`, () => undefined);
  assert.ok(texts > 0, "no text came before the end of the stream");
  assert.equal(upstream.requests.length, 1);
  assert.equal(said, undefined, `the client saw no error: ${said}`);
}

// Two providers make one answer, and the client sees no seam.
async function handedOver({ ask, upstream }) {
  const answer = await ask({ turns: say("handover"), max: 1200 }, { stream: true });
  assert.equal(answer.text, joined(facts.words));
  assert.equal(joined(answer.parts), answer.text);
  assert.equal(answer.finish, "stop");
  assert.equal(upstream.requests.length, 2);
  assert.notEqual(upstream.requests[0].vendor, upstream.requests[1].vendor);
}

async function talks({ ask }, stream) {
  const answer = await ask({ turns: say("text"), max: 16 }, { stream });
  assert.match(answer.text, /simulat/i);
  assert.ok(answer.usage.output > 0);
  if (stream) assert.equal(joined(answer.parts), answer.text);
}

async function abort({ ask, upstream }) {
  const controller = new AbortController();
  let texts = 0;
  const asked = ask({ turns: say("abort") }, {
    stream: true, signal: controller.signal,
    onText: () => { texts += 1; controller.abort(); },
  });
  // SDKs differ in whether an aborted stream is an error; the connection tells.
  await asked.catch(() => {});
  assert.ok(texts > 0, "no text came before the end of the stream");
  await upstream.waitForClose();
}

async function models({ ask, model }) {
  assert.ok(ask.models, "no list of models");
  const found = await ask.models();
  assert.ok(found.includes(model), `${model} is not among ${found}`);
}

// A vendor of the client's own format is asked; before any other the server estimates.
async function count({ ask, client, direct, provider, upstream, wire }) {
  assert.ok(ask.count, "no counting of tokens");
  const found = await ask.count({ turns: say("text") });
  if (direct || { anthropic: "anthropic", google: "gemini" }[provider] === client.vendor) {
    assert.equal(found, facts.usage.input);
    assert.equal(upstream.last.seen.counting, true);
    return;
  }
  assert.equal(upstream.requests.length, 0);
  assert.ok(wire().headers.has("x-aihub-estimate"));
  const longer = await ask.count({ turns: [{ user: [`scenario: text ${"twelve and more words of a longer text than it was before, ".repeat(10)}`] }] });
  assert.ok(found > 3 && found < 30 && longer > found + 90 && longer < found + 200, `${found} tokens, and ${longer} of a longer text`);
}

// These want a model that does not reason.
export const withoutReasoning = ["stop", "stop, streamed"];

// Where somebody else plays the vendors, or nobody: the simulator says what it likes.
export const foreign = ["text", "stream", "tools", "tools, streamed", "parallel", "parallel, streamed"];
export const simulated = {
  "text": (cell) => talks(cell),
  "stream": (cell) => talks(cell, true),
};

export const continued = { "handover": handedOver };

export const scenarios = {
  "text": (cell) => text(cell),
  "stream": async (cell) => {
    const { parts } = await text(cell, true);
    assert.ok(parts.length > 1 && parts.join("") === joined(facts.words), JSON.stringify(parts));
    if (cell.upstream) assert.deepEqual(parts, facts.words);
  },
  "tools": (cell) => tools(cell, "tools"),
  "tools, streamed": (cell) => tools(cell, "tools", true),
  "parallel": (cell) => tools(cell, "parallel"),
  "parallel, streamed": (cell) => tools(cell, "parallel", true),
  "agent": agent,
  "image": (cell) => media(cell, "image"),
  "document": (cell) => media(cell, "document"),
  "structured": (cell) => structured(cell),
  "structured, streamed": (cell) => structured(cell, true),
  "reasoning": (cell) => reasoning(cell),
  "reasoning, streamed": (cell) => reasoning(cell, true),
  "signature": (cell) => signature(cell),
  "signature, streamed": (cell) => signature(cell, true),
  "stop": (cell) => stop(cell),
  "stop, streamed": (cell) => stop(cell, true),
  "length": (cell) => length(cell),
  "length, streamed": (cell) => length(cell, true),
  "usage": (cell) => usage(cell),
  "usage, streamed": (cell) => usage(cell, true),
  "count": count,
  "models": models,
  "unauthorized": (cell) => refused(cell, "unauthorized"),
  "rate limit": (cell) => refused(cell, "rate_limit"),
  "bad request": (cell) => refused(cell, "bad_request"),
  "overloaded": (cell) => refused(cell, "overloaded"),
  "overloaded, streamed": (cell) => refused(cell, "overloaded", true),
  "error in a stream": (cell) => broken(cell, "broken"),
  "cut stream": (cell) => broken(cell, "cut"),
  "abort": abort,
};
