// The official OpenAI SDK's realtime client, and plain web sockets, in front of a provider made of the package ws.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { WebSocket, WebSocketServer } from "ws";
import { Hub } from "../support/hub.js";

const done = (input_tokens, output_tokens) => ({
  type: "response.done",
  response: { id: "r", usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens } },
});

describe("realtime", () => {
  let provider, hub;
  const sessions = [];

  before(async () => {
    globalThis.WebSocket ??= WebSocket; // The SDK's client for browsers.
    provider = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
    await once(provider, "listening");
    provider.on("connection", (socket, request) => {
      const session = { request, closed: once(socket, "close") };
      sessions.push(session);
      socket.send(JSON.stringify({ type: "session.created", session: { model: "gpt-test" } }));
      socket.on("message", (bytes, binary) => {
        const event = binary ? null : JSON.parse(bytes);
        if (event?.type === "response.create") {
          socket.send(JSON.stringify({ type: "response.output_text.delta", delta: "héllo" }));
          socket.send(JSON.stringify(done(3, 4)));
        } else {
          socket.send(bytes, { binary });
        }
      });
    });
    hub = await Hub.start(`http://127.0.0.1:${provider.address().port}/v1`);
  });
  after(async () => {
    const status = await hub?.stop();
    for (const socket of provider.clients) socket.terminate();
    provider.close();
    assert.equal(status, 0);
  });

  test("the official client", async () => {
    const client = new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, dangerouslyAllowBrowser: true });
    const plain = (url) => {
      url.protocol = "ws:"; // The SDK knows wss only.
    };
    const session = new OpenAIRealtimeWebSocket({ model: "fast", dangerouslyAllowBrowser: true, onURL: plain }, client);
    const text = [];
    session.on("error", (error) => text.push(`error ${error.message}`));
    session.on("session.created", () => session.send({ type: "response.create" }));
    session.on("response.output_text.delta", (event) => text.push(event.delta));
    let responses = 0;
    const second = new Promise((resolve) => {
      session.on("response.done", () => {
        responses += 1;
        if (responses === 2) resolve();
        else session.send({ type: "response.create" });
      });
    });
    await second;
    const ended = new Promise((resolve) => session.socket.addEventListener("close", resolve));
    session.close({ code: 4000, reason: "enough" });
    assert.equal((await ended).code, 4000);
    const { request, closed } = sessions.at(-1);
    const [code, reason] = await closed;
    assert.equal(code, 4000);
    assert.equal(reason.toString(), "enough");
    assert.deepEqual(text, ["héllo", "héllo"]);
    assert.equal(request.url, "/v1/realtime?model=gpt-test");
    assert.equal(request.headers.authorization, "Bearer test-upstream-key");
    assert.equal(request.headers["sec-websocket-protocol"], "realtime");
    assert.equal(request.headers["sec-websocket-extensions"], undefined);
  });

  test("a mebibyte there and back", async () => {
    const socket = new WebSocket(`${hub.baseURL.replace("http", "ws")}/realtime?model=gpt-test`, {
      headers: { Authorization: `Bearer ${hub.key}` },
    });
    await once(socket, "message");
    const bytes = Buffer.alloc(1024 * 1024, "0123456789");
    socket.send(bytes);
    const [back, binary] = await once(socket, "message");
    assert.ok(binary);
    assert.ok(bytes.equals(back));
    socket.ping("p");
    assert.equal((await once(socket, "pong"))[0].toString(), "p");
    socket.close(1000);
    assert.equal((await once(socket, "close"))[0], 1000);
  });

  test("a bad key is refused before the socket opens", async () => {
    const socket = new WebSocket(`${hub.baseURL.replace("http", "ws")}/realtime?model=gpt-test`, {
      headers: { Authorization: "Bearer sk-wrong" },
    });
    const [error] = await once(socket, "error");
    assert.match(error.message, /401/);
  });
});
