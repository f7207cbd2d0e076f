// The official OpenAI SDK through the server, in front of a third party's idea of a provider.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
import { Hub } from "../support/hub.js";

const ids = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one.id);
  return found;
};
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

describe("openai sdk, aimock's other surfaces", () => {
  let mock, hub, client;
  const audio = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 251));

  before(async () => {
    mock = new LLMock({ port: 0 });
    mock.onMessage("hello", { content: "Hi there, this is a somewhat longer answer." });
    mock.onMessage("weather", { toolCalls: [{ name: "weather", arguments: '{"city":"Oslo"}', id: "call_1" }] });
    mock.onMessage("busy", { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" }, status: 429 });
    mock.onImage("a cat", { images: [{ b64Json: audio.toString("base64") }] });
    mock.onSpeech("say it", { audio: audio.toString("base64"), format: "mp3" });
    mock.onTranscription({ transcription: { text: "what was said" } });
    mock.onTranslation({ transcription: { text: "what was meant" } });
    mock.onModerate(/bad/, { flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } });
    mock.onRerank("which", [{ index: 1, relevance_score: 0.9 }, { index: 0, relevance_score: 0.2 }]);
    await mock.start();
    hub = await Hub.start(`${mock.url}/v1`, "default_provider: up\n", {
      settings: "shared_objects: true",
      providers: `  ranker: { plugin: aihub.provider.openai, base_url: "${mock.url}/v2", api_key: k, models: [rank-test] }\n`,
    });
    client = new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, maxRetries: 0 });
  });
  after(async () => {
    const status = await hub?.stop();
    await mock?.stop();
    assert.equal(status, 0);
  });

  test("responses and their stream say the same", async () => {
    const answer = await client.responses.create({ model: "fast", input: "hello" });
    assert.equal(answer.output_text, "Hi there, this is a somewhat longer answer.");
    assert.equal(mock.getLastRequest().body.model, "gpt-test");
    const runner = client.responses.stream({ model: "fast", input: "hello" });
    const types = [];
    for await (const event of runner) types.push(event.type);
    assert.equal((await runner.finalResponse()).output_text, answer.output_text);
    assert.equal(types[0], "response.created");
    assert.equal(types.at(-1), "response.completed");
  });

  test("responses with a tool", async () => {
    const tools = [{ type: "function", name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } }, strict: false }];
    const runner = client.responses.stream({ model: "fast", input: "weather", tools });
    const { output } = await runner.finalResponse();
    const call = output.find((item) => item.type === "function_call");
    assert.deepEqual(JSON.parse(call.arguments), { city: "Oslo" });
  });

  test("responses, rate limit", async () => {
    await assert.rejects(client.responses.create({ model: "fast", input: "busy" }), OpenAI.RateLimitError);
    await assert.rejects(client.responses.create({ model: "fast", input: "busy", stream: true }), OpenAI.RateLimitError);
  });

  test("images", async () => {
    const answer = await client.images.generate({ model: "fast", prompt: "a cat", response_format: "b64_json" });
    assert.ok(Buffer.from(answer.data[0].b64_json, "base64").equals(audio));
  });

  test("speech", async () => {
    const answer = await client.audio.speech.create({ model: "fast", voice: "alloy", input: "say it" });
    assert.equal(answer.headers.get("content-type"), "audio/mpeg");
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(audio));
  });

  test("image edits", async () => {
    const image = new File([audio], "a.png", { type: "image/png" });
    const answer = await client.images.edit({ model: "fast", prompt: "a cat", image, response_format: "b64_json" });
    assert.ok(Buffer.from(answer.data[0].b64_json, "base64").equals(audio));
  });

  test("transcriptions and translations", async () => {
    const file = () => new File([audio], "a.mp3", { type: "audio/mpeg" });
    assert.equal((await client.audio.transcriptions.create({ model: "fast", file: file() })).text, "what was said");
    assert.equal((await client.audio.translations.create({ model: "fast", file: file() })).text, "what was meant");
  });

  test("moderations", async () => {
    const { results } = await client.moderations.create({ input: "a bad word" });
    assert.equal(results[0].flagged, true);
    assert.equal(results[0].category_scores.violence, 0.9);
  });

  test("rerank", async () => {
    const body = { model: "rank-test", query: "which", documents: ["a", "b"] };
    const { results } = await client.post("/rerank", { body });
    assert.deepEqual(results.map((one) => one.index), [1, 0]);
  });

  test("many at once on several surfaces, each gets its own", async () => {
    const text = (number) => `answer ${number}.`;
    const sound = (number) => Buffer.alloc(20_000 + number, number);
    for (let number = 0; number < 60; number += 1) {
      mock.onMessage(`number ${number}.`, { content: text(number) });
      mock.onImage(`number ${number}.`, { images: [{ url: `https://images.example/${number}.png` }] });
      mock.onSpeech(`number ${number}.`, { audio: sound(number).toString("base64"), format: "mp3" });
    }
    const kinds = [
      async (number) => {
        const answer = await client.responses.create({ model: "fast", input: `number ${number}.` });
        assert.equal(answer.output_text, text(number));
      },
      async (number) => {
        const answer = await client.responses.stream({ model: "fast", input: `number ${number}.` }).finalResponse();
        assert.equal(answer.output_text, text(number));
      },
      async (number) => {
        const answer = await client.images.generate({ model: "fast", prompt: `number ${number}.` });
        assert.equal(answer.data[0].url, `https://images.example/${number}.png`);
      },
      async (number) => {
        const answer = await client.audio.speech.create({ model: "fast", voice: "alloy", input: `number ${number}.` });
        assert.ok(Buffer.from(await answer.arrayBuffer()).equals(sound(number)));
      },
    ];
    await Promise.all(Array.from({ length: 60 }, (_, number) => kinds[number % kinds.length](number)));
  });

  test("files and batches", async () => {
    const line = { custom_id: "1", method: "POST", url: "/v1/chat/completions", body: { model: "gpt-test", messages: user("hello") } };
    const text = `${JSON.stringify(line)}\n`;
    const { id } = await client.files.create({ purpose: "batch", file: new File([text], "in.jsonl") });
    assert.ok((await ids(client.files.list())).includes(id));
    assert.equal((await client.files.retrieve(id)).filename, "in.jsonl");
    assert.equal(await (await client.files.content(id)).text(), text);

    const batch = await client.batches.create({ input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" });
    assert.ok((await ids(client.batches.list({ limit: 5 }))).includes(batch.id));
    assert.equal((await client.batches.retrieve(batch.id)).status, "in_progress");
    const done = await client.batches.retrieve(batch.id);
    assert.equal(done.status, "completed");
    assert.match(await (await client.files.content(done.output_file_id)).text(), /"custom_id":"1"/);
    const other = await client.batches.create({ input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" });
    assert.equal((await client.batches.cancel(other.id)).status, "cancelling");

    assert.equal((await client.files.delete(id)).deleted, true);
    await assert.rejects(client.files.retrieve(id), OpenAI.NotFoundError);
  });
});
