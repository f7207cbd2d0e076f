// The official OpenAI SDK through the server, in front of recorded bytes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { Hub } from "../support/hub.js";
import { Upstream, chunk, events, json, stream, wholeStream } from "../support/upstream.js";

const messages = [{ role: "user", content: "hi" }];
const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const base = { id: "chatcmpl-1", created: 1700000000, model: "gpt-test-0613" };
const completion = (message, finish_reason = "stop") => ({
  ...base, object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }], usage,
});
const frame = (delta, finish_reason = null) => ({
  ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }],
});
const call = (index, id, name, args) => ({
  index, ...(id ? { id, type: "function" } : {}), function: { ...(name ? { name } : {}), arguments: args },
});

describe("openai sdk", () => {
  let upstream, hub, client;

  before(async () => {
    upstream = await Upstream.start();
    hub = await Hub.start(upstream.url);
    client = new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, maxRetries: 0 });
  });
  after(async () => {
    const status = await hub?.stop();
    await upstream?.stop();
    assert.equal(status, 0);
  });

  test("chat", async () => {
    upstream.next(json(200, completion({ content: "héllo" })));
    const answer = await client.chat.completions.create({ model: "fast", messages, temperature: 0.5 });
    assert.equal(answer.choices[0].message.content, "héllo");
    assert.deepEqual(answer.usage, usage);
    assert.equal(upstream.last.body.model, "gpt-test");
    assert.equal(upstream.last.body.temperature, 0.5);
    assert.match(upstream.last.head, /^authorization: Bearer test-upstream-key\r?$/im);
    assert.ok(!upstream.last.head.includes(hub.key));
  });

  test("request id", async () => {
    upstream.next(json(200, completion({ content: "x" })));
    const { data, request_id } = await client.chat.completions.create({ model: "fast", messages }).withResponse();
    assert.match(request_id, /^req_[0-9A-Za-z]+$/);
    assert.equal(data._request_id, request_id);
  });

  for (const slice of [0, 1, 13]) {
    test(`stream, ${slice === 0 ? "whole" : `cut at every ${slice} bytes`}`, async () => {
      const words = ["one ", "twö ", "thr\"ee\n"];
      const frames = [frame({ role: "assistant", content: "" }), ...words.map((content) => frame({ content })), frame({}, "stop")];
      upstream.next(wholeStream(...frames, { ...base, object: "chat.completion.chunk", choices: [], usage }), { slice });
      const parts = [];
      let last;
      const answer = await client.chat.completions.create({
        model: "fast", messages, stream: true, stream_options: { include_usage: true },
      });
      for await (const part of answer) {
        if (part.choices[0]?.delta.content) parts.push(part.choices[0].delta.content);
        last = part;
      }
      assert.deepEqual(parts, words);
      assert.deepEqual(last.usage, usage);
    });
  }

  test("stream helper collects the whole message", async () => {
    upstream.next(wholeStream(frame({ role: "assistant", content: "a" }), frame({ content: "b" }), frame({}, "stop")));
    const runner = client.chat.completions.stream({ model: "fast", messages });
    assert.equal(await runner.finalContent(), "ab");
  });

  test("stream that the provider answers in one piece", async () => {
    upstream.next(json(200, completion({ content: "ab" })));
    const chat = client.chat.completions.stream({ model: "fast", messages, stream_options: { include_usage: true } });
    assert.equal(await chat.finalContent(), "ab");
    assert.deepEqual(await chat.totalUsage(), usage);
    upstream.next(json(200, {
      id: "cmpl-1", object: "text_completion", created: 1, model: "m",
      choices: [{ index: 0, text: "ab", logprobs: null, finish_reason: "stop" }], usage,
    }));
    const texts = [];
    for await (const part of await client.completions.create({ model: "fast", prompt: "x", stream: true })) {
      texts.push(part.choices[0].text);
    }
    assert.deepEqual(texts, ["ab"]);
    const content = [{ type: "output_text", text: "ab", annotations: [] }];
    upstream.next(json(200, {
      id: "resp_1", object: "response", created_at: 1, model: "m", status: "completed", error: null,
      output: [
        { id: "msg_1", type: "message", status: "completed", role: "assistant", content },
        { id: "fc_1", type: "function_call", status: "completed", call_id: "c", name: "f", arguments: '{"x":1}' },
      ],
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    }));
    const runner = client.responses.stream({ model: "fast", input: "x" });
    const deltas = [];
    runner.on("response.output_text.delta", (event) => deltas.push(event.delta));
    const response = await runner.finalResponse();
    assert.deepEqual(deltas, ["ab"]);
    assert.equal(response.output_text, "ab");
    assert.equal(response.output[1].arguments, '{"x":1}');
    assert.equal(response.usage.output_tokens, 2);
  });

  test("tools", async () => {
    const tool_calls = [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"at":1.0,"n":12345678901234567890}' } }];
    upstream.next(json(200, completion({ content: null, tool_calls }, "tool_calls")));
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
    const answer = await client.chat.completions.create({ model: "fast", messages, tools, tool_choice: "auto" });
    assert.deepEqual(answer.choices[0].message.tool_calls, tool_calls);
    assert.deepEqual(upstream.last.body.tools, tools);
    upstream.next(json(200, completion({ content: "sunny" })));
    const turn = [...messages, answer.choices[0].message, { role: "tool", tool_call_id: "call_1", content: "sun" }];
    await client.chat.completions.create({ model: "fast", messages: turn, tools });
    assert.deepEqual(upstream.last.body.messages, turn);
  });

  test("parallel tools in a stream", async () => {
    upstream.next(
      wholeStream(
        frame({ role: "assistant", content: null, tool_calls: [call(0, "call_a", "first", "")] }),
        frame({ tool_calls: [call(0, null, null, '{"x":')] }),
        frame({ tool_calls: [call(1, "call_b", "second", "")] }),
        frame({ tool_calls: [call(0, null, null, "1}")] }),
        frame({ tool_calls: [call(1, null, null, "{}")] }),
        frame({}, "tool_calls"),
      ),
    );
    const runner = client.chat.completions.stream({ model: "fast", messages });
    const message = await runner.finalMessage();
    assert.deepEqual(
      message.tool_calls.map((one) => [one.id, one.function.name, one.function.arguments]),
      [["call_a", "first", '{"x":1}'], ["call_b", "second", "{}"]],
    );
  });

  test("image input", async () => {
    const content = [
      { type: "text", text: "what is it?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${"iVBORw0KGgo".repeat(5000)}`, detail: "low" } },
    ];
    upstream.next(json(200, completion({ content: "a cat" })));
    await client.chat.completions.create({ model: "fast", messages: [{ role: "user", content }] });
    assert.deepEqual(upstream.last.body.messages[0].content, content);
  });

  test("structured output", async () => {
    upstream.next(json(200, completion({ content: '{"city":"Oslo","degrees":-3.5}' })));
    const Weather = z.object({ city: z.string(), degrees: z.number() });
    const answer = await client.chat.completions.parse({
      model: "fast", messages, response_format: zodResponseFormat(Weather, "weather"),
    });
    assert.deepEqual(answer.choices[0].message.parsed, { city: "Oslo", degrees: -3.5 });
    assert.equal(upstream.last.body.response_format.type, "json_schema");
    assert.equal(upstream.last.body.response_format.json_schema.strict, true);
  });

  test("embeddings, base64 as the sdk asks by default", async () => {
    const vector = [1, -2.5, 0.15625];
    const embedding = Buffer.from(new Float32Array(vector).buffer).toString("base64");
    upstream.next(json(200, { object: "list", model: "embed-test", data: [{ object: "embedding", index: 0, embedding }], usage: { prompt_tokens: 2, total_tokens: 2 } }));
    const answer = await client.embeddings.create({ model: "embed-test", input: ["a", "b"] });
    assert.deepEqual([...answer.data[0].embedding], vector);
    assert.equal(upstream.last.body.encoding_format, "base64");
  });

  test("models", async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes("fast"), ids.join());
    assert.equal((await client.models.retrieve("fast")).id, "fast");
  });

  describe("errors", () => {
    const failure = (message, type, code) => ({ error: { message, type, param: null, code } });

    test("wrong key", async () => {
      const other = new OpenAI({ apiKey: `${hub.key}x`, baseURL: hub.baseURL, maxRetries: 0 });
      await assert.rejects(other.chat.completions.create({ model: "fast", messages }), (error) => {
        assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
        assert.equal(error.code, "invalid_api_key");
        return true;
      });
    });

    test("unknown model", async () => {
      await assert.rejects(client.chat.completions.create({ model: "nothing", messages }), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError, String(error));
        assert.equal(error.code, "model_not_found");
        assert.match(error.requestID, /^req_/);
        return true;
      });
    });

    test("rate limit", async () => {
      upstream.next(json(429, failure("slow down", "requests", "rate_limit_exceeded"), "Retry-After: 1\r\n"));
      await assert.rejects(client.chat.completions.create({ model: "fast", messages }), (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError, String(error));
        assert.equal(error.headers.get("retry-after"), "1");
        return true;
      });
    });

    test("bad request, ours and the provider's", async () => {
      await assert.rejects(client.post("/chat/completions", { body: { messages } }), OpenAI.BadRequestError);
      upstream.next(json(400, failure("too long", "invalid_request_error", "context_length_exceeded")));
      await assert.rejects(client.chat.completions.create({ model: "fast", messages }), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError, String(error));
        assert.equal(error.code, "context_length_exceeded");
        assert.match(error.message, /too long/);
        return true;
      });
    });

    test("our credential at the provider is not the client's 401", async () => {
      upstream.next(json(401, failure("Incorrect API key provided: test-upstream-key", "invalid_request_error", "invalid_api_key")));
      await assert.rejects(client.chat.completions.create({ model: "fast", messages }), (error) => {
        assert.ok(error instanceof OpenAI.InternalServerError, String(error));
        assert.ok(!error.message.includes("test-upstream-key"));
        return true;
      });
    });

    test("retry after a server error is the sdk's, and works", async () => {
      upstream.next(json(500, failure("oops", "server_error", null)));
      upstream.next(json(200, completion({ content: "second" })));
      const patient = new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, maxRetries: 1 });
      const answer = await patient.chat.completions.create({ model: "fast", messages });
      assert.equal(answer.choices[0].message.content, "second");
    });

    test("error inside a stream", async () => {
      upstream.next(stream(...events(frame({ content: "a" }), failure("overloaded", "server_error", "overloaded"))) + chunk(""));
      const answer = await client.chat.completions.create({ model: "fast", messages, stream: true });
      const parts = [];
      await assert.rejects(async () => {
        for await (const part of answer) parts.push(part.choices[0].delta.content);
      }, OpenAI.APIError);
      assert.deepEqual(parts, ["a"]);
    });

    test("stream that was cut", async () => {
      upstream.next(stream(...events(frame({ content: "a" }))), { end: true });
      const answer = await client.chat.completions.create({ model: "fast", messages, stream: true });
      await assert.rejects(async () => {
        for await (const part of answer) assert.equal(part.choices[0].delta.content, "a");
      });
    });
  });

  test("abort closes the upstream", async () => {
    upstream.next(stream(...events(frame({ content: "a" }))));
    const abort = new AbortController();
    const answer = await client.chat.completions.create({ model: "fast", messages, stream: true }, { signal: abort.signal });
    for await (const part of answer) {
      assert.equal(part.choices[0].delta.content, "a");
      abort.abort();
    }
    await upstream.waitForClose(upstream.last.connection);
  });

  test("time-out of the client closes the upstream", async () => {
    upstream.next("");
    await assert.rejects(
      client.chat.completions.create({ model: "fast", messages }, { timeout: 300 }),
      OpenAI.APIConnectionTimeoutError,
    );
    await upstream.waitForClose(upstream.last.connection);
  });
});
