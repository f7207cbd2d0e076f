// The official OpenAI SDK through the server, in front of a third party's idea of a provider.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
import { Hub } from "../support/hub.js";

const user = (content) => [{ role: "user", content }];

describe("openai sdk, aimock upstream", () => {
  let mock, hub, client;

  before(async () => {
    mock = new LLMock({ port: 0 });
    mock.onMessage("hello", { content: "Hi there, this is a somewhat longer answer." });
    mock.onMessage("weather", {
      toolCalls: [
        { name: "weather", arguments: '{"city":"Oslo"}', id: "call_1" },
        { name: "weather", arguments: '{"city":"Rome"}', id: "call_2" },
      ],
    });
    mock.onJsonOutput("structured", { city: "Oslo" });
    mock.onEmbedding("embed", { embedding: [0.5, -0.25, 1] });
    mock.onMessage("busy", { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" }, status: 429 });
    await mock.start();
    hub = await Hub.start(`${mock.url}/v1`);
    client = new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, maxRetries: 0 });
  });
  after(async () => {
    const status = await hub?.stop();
    await mock?.stop();
    assert.equal(status, 0);
  });

  test("chat and stream say the same", async () => {
    const answer = await client.chat.completions.create({ model: "fast", messages: user("hello") });
    assert.equal(answer.choices[0].message.content, "Hi there, this is a somewhat longer answer.");
    assert.ok(answer.usage.total_tokens > 0);
    const runner = client.chat.completions.stream({
      model: "fast", messages: user("hello"), stream_options: { include_usage: true },
    });
    assert.equal(await runner.finalContent(), answer.choices[0].message.content);
    assert.ok((await runner.totalUsage()).total_tokens > 0);
    assert.equal(mock.getLastRequest().body.model, "gpt-test");
  });

  test("parallel tools, both ways", async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
    const plain = await client.chat.completions.create({ model: "fast", messages: user("weather"), tools });
    const streamed = await client.chat.completions.stream({ model: "fast", messages: user("weather"), tools }).finalMessage();
    for (const message of [plain.choices[0].message, streamed]) {
      assert.deepEqual(
        message.tool_calls.map((one) => JSON.parse(one.function.arguments)),
        [{ city: "Oslo" }, { city: "Rome" }],
      );
    }
  });

  test("structured output", async () => {
    const answer = await client.chat.completions.create({
      model: "fast", messages: user("structured"), response_format: { type: "json_object" },
    });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { city: "Oslo" });
  });

  test("embeddings", async () => {
    const answer = await client.embeddings.create({ model: "embed-test", input: "embed", encoding_format: "float" });
    assert.deepEqual([...answer.data[0].embedding], [0.5, -0.25, 1]);
  });

  test("rate limit", async () => {
    await assert.rejects(client.chat.completions.create({ model: "fast", messages: user("busy") }), OpenAI.RateLimitError);
  });

  test("many at once, each gets its own", async () => {
    for (let number = 0; number < 50; number += 1) mock.onMessage(`number ${number}.`, { content: `answer ${number}.` });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        client.chat.completions.create({ model: "fast", messages: user(`number ${number}.`), stream: number % 2 === 1 }),
      ),
    );
    for (const [number, answer] of answers.entries()) {
      let text = "";
      if (number % 2 === 0) text = answer.choices[0].message.content;
      else for await (const part of answer) text += part.choices[0]?.delta?.content ?? "";
      assert.equal(text, `answer ${number}.`);
    }
  });
});
