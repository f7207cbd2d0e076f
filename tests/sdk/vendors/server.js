// The vendors of the matrix on one port: each request is read as strictly as its vendor reads it, noted for the test, and
// answered with the bytes of that vendor.
import { once } from "node:events";
import { createServer } from "node:http";
import { errors, Refused, replyTo, words } from "./facts.js";
import * as anthropic from "./anthropic.js";
import * as gemini from "./gemini.js";
import * as openaiChat from "./openai_chat.js";
import * as openaiResponses from "./openai_responses.js";

const WAIT_MS = 10_000;
const vendors = [anthropic, gemini, openaiChat, openaiResponses];

async function bytesOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

export class Vendors {
  #server = createServer((request, response) => this.#serve(request, response));
  // Since the last call of clear(): { vendor, path, headers, body, seen, closed }. `seen` is what the vendor made of the body.
  requests = [];
  #replies = 0;

  static async start() {
    const started = new Vendors();
    started.#server.listen(0, "127.0.0.1");
    await once(started.#server, "listening");
    started.url = `http://127.0.0.1:${started.#server.address().port}`;
    return started;
  }

  clear() {
    this.requests.length = 0;
  }

  get last() {
    return this.requests.at(-1);
  }

  // Until the connection of the last request has ended before its answer had.
  async waitForClose() {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the upstream connection was not closed")), WAIT_MS).unref());
    await Promise.race([this.last.closed, late]);
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request, response) {
    const text = await bytesOf(request);
    if (request.method === "GET") return send(response, 200, {}, modelsFor(request));
    const vendor = vendors.find((one) => one.path.test(request.url));
    if (!vendor) return send(response, 404, {}, `no vendor answers ${request.url}`);
    const noted = { vendor: vendor.name, path: request.url, headers: request.headers, body: undefined, seen: undefined };
    noted.closed = new Promise((resolve) => response.once("close", resolve));
    this.requests.push(noted);
    try {
      noted.body = JSON.parse(text);
      vendor.authorize(request.headers);
      noted.seen = { ...vendor.read(noted.body, request.url, request.headers), id: `${(this.#replies += 1)}` };
      answer(vendor, noted, response);
    } catch (error) {
      noted.refused = error.message;
      if (!(error instanceof Refused)) noted.refused = error.stack;
      const { status, headers, body } = vendor.failure(error.kind ?? "bad_request", noted.refused);
      send(response, status, headers, body);
    }
  }
}

// The list of models, as the vendor gives it whose client this is.
function modelsFor({ url, headers }) {
  if (url.startsWith("/v1beta/")) return gemini.models;
  return headers["anthropic-version"] ? anthropic.models : openaiChat.models;
}

function send(response, status, headers, body) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

// The first part of a text is cut off; who is told that part says the rest.
function handover(body) {
  return JSON.stringify(body).includes(JSON.stringify(words[0]).slice(1, -1)) ? "rest" : "cut";
}

function answer(vendor, { seen, path, body }, response) {
  const named = /scenario: (\w+)/.exec(seen.user.join("\n"))?.[1];
  const scenario = named === "handover" ? handover(body) : named;
  if (errors.includes(scenario)) {
    const { status, headers, body } = vendor.failure(scenario, `the upstream says ${scenario}`);
    return send(response, status, headers, body);
  }
  const broken = ["abort", "cut", "broken"].includes(scenario);
  const reply = replyTo(broken ? "text" : scenario, seen.turns);
  if (!reply) return send(response, 500, {}, { error: { message: `no scenario in ${JSON.stringify(seen.user)}` } });
  if (!seen.stream) return send(response, 200, vendor.headers ?? {}, vendor.whole(reply, seen));
  const { type, pieces } = vendor.stream(reply, seen, path);
  response.writeHead(200, { "content-type": type, ...vendor.headers });
  // A broken stream says its first text and no more: it waits, is cut, or ends with an error.
  const until = broken ? pieces.findIndex((one) => one.includes(JSON.stringify(reply.text[0]).slice(1, -1))) + 1 : pieces.length;
  for (const piece of pieces.slice(0, until)) response.write(piece);
  if (scenario === "abort") return undefined;
  if (scenario === "cut") return response.write("", () => response.destroy());
  if (scenario === "broken") response.write(vendor.streamFailure("the upstream says overloaded"));
  return response.end();
}
