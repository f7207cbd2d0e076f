// Official SDKs, each with every provider, through the server: the same scenarios, in front of vendors played by recorded
// byte shapes, by a third party's program, and by the simulator. Directly in front of their own vendors, too: that the
// shapes are those which the SDKs know. AIHUB_MATRIX picks columns: "direct,google".
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import * as ai from "../clients/ai.js";
import * as anthropic from "../clients/anthropic.js";
import * as genai from "../clients/genai.js";
import * as langchain from "../clients/langchain.js";
import * as openai from "../clients/openai.js";
import { Hub } from "../support/hub.js";
import { answered, parallel, tools, words } from "../vendors/facts.js";
import { Vendors } from "../vendors/server.js";
import { expectation } from "./expected.js";
import { continued, foreign, scenarios, simulated, withoutReasoning } from "./scenarios.js";

const CELL_MS = 10_000;
const KEY = "test-upstream-key";
const clients = [openai, anthropic, genai, ai, langchain].flatMap((module) => Object.values(module));
const played = Object.fromEntries(foreign.map((name) => [name, scenarios[name]]));
const wanted = process.env.AIHUB_MATRIX?.split(",");

// Each column: the plugin, its base URL in front of the vendors, the model's name there, and the scenarios. Some scenarios
// want a model that does not reason: `plain`, where a vendor's reasoning models take less.
const providers = {
  openai: { plugin: "openai", path: "/v1", model: "gpt-5-mini", plain: "gpt-4.1-mini", scenarios },
  anthropic: { plugin: "anthropic", path: "", model: "claude-haiku-4-5", scenarios },
  google: { plugin: "google", path: "/v1beta", model: "gemini-3-flash-preview", scenarios },
  "aimock-openai": { plugin: "openai", path: "/v1", model: "gpt-5-mini", scenarios: played },
  "aimock-anthropic": { plugin: "anthropic", path: "", model: "claude-haiku-4-5", scenarios: played },
  "aimock-google": { plugin: "google", path: "/v1beta", model: "gemini-3-flash-preview", scenarios: played },
  simulator: { plugin: "simulator", model: "sim", scenarios: simulated },
};
// A stream that the first breaks off goes on at the second.
const chains = {
  "openai, then anthropic": ["openai", "anthropic"],
  "anthropic, then google": ["anthropic", "google"],
  "google, then openai": ["google", "openai"],
};
const picked = Object.entries(providers).filter(([name]) => !wanted || wanted.includes(name));
const linked = Object.entries(chains).filter(([, links]) => links.every((name) => picked.some(([one]) => one === name)));
const direct = !wanted || wanted.includes("direct");

// SDKs choose what they send by the model's name, so each gets one of its own vendor.
const alias = (family, provider) => `${family}-via-${provider}`;
const chainAlias = (family, links) => `${alias(family, links.join("-"))}-continued`;
const plainAlias = (family, provider) => `${alias(family, provider)}-plain`;

async function mockOf() {
  const mock = new LLMock({ port: 0, chunkSize: 8 });
  const calls = (list) => list.map(({ id, name, pieces }) => ({ id, name, arguments: pieces.join("") }));
  mock.on({ userMessage: "scenario:", hasToolResult: true }, { content: answered.text.join("") });
  mock.onMessage("scenario: text", { content: words.join("") });
  mock.onMessage("scenario: tools", { toolCalls: calls(tools) });
  mock.onMessage("scenario: parallel", { toolCalls: calls(parallel) });
  await mock.start();
  return mock;
}

async function hubOf(vendors, mock) {
  const line = ([name, { plugin, path, model, plain: other }]) => {
    const url = `${name.startsWith("aimock") ? mock.url : vendors.url}${path}`;
    const upstream = path === undefined ? "" : `base_url: "${url}", api_key: ${KEY}, `;
    return `  ${name}: { plugin: aihub.provider.${plugin}, ${upstream}models: [${model}${other ? `, ${other}` : ""}] }\n`;
  };
  const families = (key) => [...new Set(clients.map((one) => one[key] ?? one.family))];
  const entries = ([name, { model, plain: other = model }]) => [
    ...families("family").map((family) => `${alias(family, name)}: ${name}/${model}`),
    ...families("plain").map((family) => `${plainAlias(family, name)}: ${name}/${other}`),
  ];
  const chain = (links) => families("family").map((family) => {
    const places = links.map((name) => `${name}/${providers[name].model}`);
    return `${chainAlias(family, links)}: { candidates: [${places.join(", ")}], continue_streams: true }`;
  });
  const models = [...picked.flatMap(entries), ...linked.flatMap(([, links]) => chain(links))];
  return Hub.start(`${vendors.url}/v1`, "", { providers: picked.map(line).join(""), models: models.join(", ") });
}

// The responses that the client of a cell got, as they came.
const responses = [];
const fetchOf = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const response = await fetchOf(...args);
  responses.push(response);
  return response;
};

// LangChain's client of Google leaves a promise alone when a stream is aborted; that is not the server's fault.
function pardon() {
  const guards = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error, promise) => {
    if (/Error reading from the stream/.test(error?.message)) return;
    for (const guard of guards) guard(error, promise);
  });
}

describe("matrix", () => {
  let vendors, mock, hub;

  before(async () => {
    pardon();
    vendors = await Vendors.start();
    mock = await mockOf();
    if (picked.length > 0) hub = await hubOf(vendors, mock);
  });
  after(async () => {
    const status = await hub?.stop();
    await mock?.stop();
    await vendors?.stop();
    if (hub) assert.equal(status, 0);
  });

  if (direct) {
    const model = ({ family, plain: other = family }, name) => (withoutReasoning.includes(name) ? other : family);
    column("direct", scenarios, (client, scenario) => ({ url: vendors.url, key: KEY, model: model(client, scenario) }));
  }
  for (const [name, provider] of picked) {
    const model = ({ family, plain: other = family }, scenario) => (withoutReasoning.includes(scenario) ? plainAlias(other, name) : alias(family, name));
    column(name, provider.scenarios, (client, scenario) => ({ url: hub.url, key: hub.key, model: model(client, scenario) }));
  }

  for (const [name, links] of linked) {
    column(name, continued, ({ family }) => ({ url: hub.url, key: hub.key, model: chainAlias(family, links) }));
  }

  function column(provider, list, place) {
    describe(provider, () => {
      for (const client of clients) {
        describe(client.name, () => {
          const dropped = new Set();
          for (const [name, run] of Object.entries(list)) {
            test(name, { timeout: CELL_MS }, async (t) => {
              await cell(t, provider, client, name, () => run(given(provider, client, place(client, name))));
              for (const { headers } of responses) for (const one of headers.get("x-aihub-dropped")?.split(/, */) ?? []) dropped.add(one);
            });
          }
          // What the server says that it could not carry, in all the cells above.
          test("nothing dropped", (t) => cell(t, provider, client, "nothing dropped", () => {
            assert.equal(dropped.size, 0, `dropped: ${[...dropped].sort().join(", ")}`);
          }));
        });
      }
    });
  }

  function given(provider, client, at) {
    vendors.clear();
    responses.length = 0;
    const own = provider !== "simulator" && !provider.startsWith("aimock");
    return { ask: client.connect(at), client, provider, model: at.model, upstream: own ? vendors : undefined, direct: provider === "direct", wire: () => responses.at(-1) };
  }

  async function cell(t, provider, client, name, run) {
    const known = expectation(provider, client.name, name);
    try {
      await run();
    } catch (error) {
      if (known?.error.test(error.message)) return t.skip(known.reason);
      // What the vendor had to say of a request that it could not take.
      const refused = vendors.requests.find((one) => one.refused);
      if (refused) t.diagnostic(`upstream: ${refused.refused}\n${JSON.stringify(refused.body)}`);
      throw error;
    }
    assert.equal(known, undefined, `it works: the entry in expected.js is out of date (${known?.reason})`);
  }
});
