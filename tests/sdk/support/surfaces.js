// Every surface that is passed on, as a client calls it and as providers answer it. One entry:
//   name      the SDK's name of it
//   request   method and path that the upstream must get
//   call      the call: (client, options) => promise
//   reply     an answer in bytes, and what the client must make of it: check(answer)
//   form      it sends a form; its fields as the upstream must get them, { model, ... }, files as bytes
//   upload    it takes files of any size
//   binary    the answer is bytes
//   stored    it deals with what is kept at the provider
//   stream    its form as a stream: call, frames (text of each event, in order; the last one ends it), parts(answer) with
//             what the client saw, and cut: how many frames are no whole stream
import assert from "node:assert/strict";
import { chunk, events, json, named } from "./upstream.js";

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const newUsage = { input_tokens: 11, input_tokens_details: { cached_tokens: 3 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 2 }, total_tokens: 18 };
const list = (...data) => ({ object: "list", data, first_id: data[0]?.id, last_id: data.at(-1)?.id, has_more: false });

export const audio = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7) % 256));
export const bytes = (type, body) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);

const output = [{ type: "message", id: "msg_1", status: "completed", role: "assistant", content: [{ type: "output_text", text: "héllo", annotations: [] }] }];
const response = { id: "resp_1", object: "response", created_at: 1700000000, status: "completed", error: null, incomplete_details: null, model: "gpt-test-0613", output, usage: newUsage };
const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
const responseEvents = [
  { type: "response.created", response: { ...response, status: "in_progress", output: [], usage: null } },
  { type: "response.in_progress", response: { ...response, status: "in_progress", output: [], usage: null } },
  { type: "response.output_item.added", output_index: 0, item: { ...output[0], status: "in_progress", content: [] } },
  { type: "response.content_part.added", ...place, part: { type: "output_text", text: "", annotations: [] } },
  { type: "response.output_text.delta", ...place, delta: "hé", logprobs: [] },
  { type: "response.output_text.delta", ...place, delta: "llo", logprobs: [] },
  { type: "response.output_text.done", ...place, text: "héllo", logprobs: [] },
  { type: "response.content_part.done", ...place, part: output[0].content[0] },
  { type: "response.output_item.done", output_index: 0, item: output[0] },
  { type: "response.completed", response },
].map((event, sequence_number) => ({ ...event, sequence_number }));

const file = { id: "file-1", object: "file", bytes: 120, created_at: 1700000000, filename: "in.jsonl", purpose: "batch", status: "processed" };
const batch = { id: "batch_1", object: "batch", endpoint: "/v1/chat/completions", errors: null, input_file_id: "file-1", completion_window: "24h", status: "validating", created_at: 1700000000 };
const embedding = Buffer.from(new Float32Array([1, -2.5]).buffer).toString("base64");
const chatFrame = (delta, finish_reason = null) => ({ id: "c", object: "chat.completion.chunk", created: 1, model: "gpt-test-0613", choices: [{ index: 0, delta, finish_reason }] });
const textFrame = (text, finish_reason = null) => ({ id: "cmpl-1", object: "text_completion", created: 1, model: "gpt-test-0613", choices: [{ text, index: 0, logprobs: null, finish_reason }] });

async function collect(answer, part) {
  const parts = [];
  for await (const event of answer) parts.push(part(event));
  return parts;
}
async function items(page) {
  const found = [];
  for await (const one of page) found.push(one.id);
  return found;
}
const png = () => new File([audio], "a.png", { type: "image/png" });
const mp3 = () => new File([audio], "a.mp3", { type: "audio/mpeg" });
const ask = { model: "fast", input: "hi" };
const prompt = { model: "fast", prompt: "a cat" };
const speech = { model: "fast", voice: "alloy", input: "héllo" };

export const surfaces = [
  {
    name: "chat.completions.create", request: ["POST", "/v1/chat/completions"],
    call: (client, options) => client.chat.completions.create({ model: "fast", messages: [{ role: "user", content: "hi" }] }, options),
    reply: json(200, { id: "c", object: "chat.completion", created: 1, model: "gpt-test-0613", choices: [{ index: 0, message: { role: "assistant", content: "héllo" }, finish_reason: "stop" }], usage }),
    check: (answer) => assert.equal(answer.choices[0].message.content, "héllo"),
    stream: {
      call: (client, options) => client.chat.completions.create({ model: "fast", messages: [{ role: "user", content: "hi" }], stream: true }, options),
      frames: events(chatFrame({ role: "assistant", content: "hé" }), chatFrame({ content: "llo" }), chatFrame({}, "stop"), "[DONE]"),
      parts: (answer) => collect(answer, (chunk) => chunk.choices[0].delta.content ?? chunk.choices[0].finish_reason),
      expected: ["hé", "llo", "stop"],
    },
  },
  {
    name: "completions.create", request: ["POST", "/v1/completions"],
    call: (client, options) => client.completions.create(prompt, options),
    reply: json(200, { ...textFrame("héllo", "stop"), usage }),
    check: (answer) => assert.deepEqual([answer.choices[0].text, answer.usage], ["héllo", usage]),
    stream: {
      call: (client, options) => client.completions.create({ ...prompt, stream: true }, options),
      frames: events(textFrame("hé"), textFrame("llo"), textFrame("", "stop"), "[DONE]"),
      parts: (answer) => collect(answer, (chunk) => chunk.choices[0].text || chunk.choices[0].finish_reason),
      expected: ["hé", "llo", "stop"],
    },
  },
  {
    name: "embeddings.create", request: ["POST", "/v1/embeddings"],
    call: (client, options) => client.embeddings.create(ask, options),
    reply: json(200, { object: "list", model: "embed-test", data: [{ object: "embedding", index: 0, embedding }], usage: { prompt_tokens: 2, total_tokens: 2 } }),
    check: (answer) => assert.deepEqual([...answer.data[0].embedding], [1, -2.5]),
  },
  {
    name: "responses.create", request: ["POST", "/v1/responses"],
    call: (client, options) => client.responses.create({ ...ask, store: false }, options),
    reply: json(200, response),
    check: (answer) => {
      assert.equal(answer.output_text, "héllo");
      assert.deepEqual(answer.usage, newUsage);
    },
    stream: {
      call: (client, options) => client.responses.create({ ...ask, stream: true }, options),
      frames: named(...responseEvents),
      parts: (answer) => collect(answer, (event) => event.type),
      expected: responseEvents.map((event) => event.type),
    },
  },
  {
    name: "responses.retrieve", request: ["GET", "/v1/responses/resp_1"], stored: true,
    call: (client, options) => client.responses.retrieve("resp_1", {}, options),
    reply: json(200, response),
    check: (answer) => assert.equal(answer.output_text, "héllo"),
    stream: {
      call: (client, options) => client.responses.retrieve("resp_1", { stream: true, starting_after: 3 }, options),
      query: "?stream=true&starting_after=3",
      frames: named(...responseEvents.slice(4)),
      parts: (answer) => collect(answer, (event) => event.sequence_number),
      expected: [4, 5, 6, 7, 8, 9],
    },
  },
  {
    name: "responses.delete", request: ["DELETE", "/v1/responses/resp_1"], stored: true,
    call: (client, options) => client.responses.delete("resp_1", options),
    reply: json(200, { id: "resp_1", object: "response", deleted: true }),
    check: () => {},
  },
  {
    name: "responses.cancel", request: ["POST", "/v1/responses/resp_1/cancel"], stored: true,
    call: (client, options) => client.responses.cancel("resp_1", options),
    reply: json(200, { ...response, status: "cancelled" }),
    check: (answer) => assert.equal(answer.status, "cancelled"),
  },
  {
    name: "responses.inputItems.list", request: ["GET", "/v1/responses/resp_1/input_items?limit=2"], stored: true,
    call: (client, options) => client.responses.inputItems.list("resp_1", { limit: 2 }, options),
    reply: json(200, list({ id: "msg_1", type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] })),
    check: async (answer) => assert.deepEqual(await items(answer), ["msg_1"]),
  },
  {
    name: "images.generate", request: ["POST", "/v1/images/generations"],
    call: (client, options) => client.images.generate(prompt, options),
    reply: json(200, { created: 1, data: [{ b64_json: audio.toString("base64") }], usage: { input_tokens: 10, output_tokens: 20, total_tokens: 30 } }),
    check: (answer) => assert.ok(Buffer.from(answer.data[0].b64_json, "base64").equals(audio)),
    stream: {
      call: (client, options) => client.images.generate({ ...prompt, stream: true, partial_images: 1 }, options),
      frames: named(
        { type: "image_generation.partial_image", b64_json: "AA==", partial_image_index: 0 },
        { type: "image_generation.completed", b64_json: "AAA=", usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
      ),
      parts: (answer) => collect(answer, (event) => event.b64_json),
      expected: ["AA==", "AAA="],
    },
  },
  {
    name: "audio.speech.create", request: ["POST", "/v1/audio/speech"], binary: true,
    call: (client, options) => client.audio.speech.create(speech, options),
    reply: bytes("audio/mpeg", audio),
    check: async (answer) => {
      assert.equal(answer.headers.get("content-type"), "audio/mpeg");
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(audio));
    },
    stream: {
      // The SDK leaves these events to the caller.
      call: (client, options) => client.audio.speech.create({ ...speech, stream_format: "sse" }, options),
      frames: events({ type: "speech.audio.delta", audio: "AAAA" }, { type: "speech.audio.done", usage: { input_tokens: 4, output_tokens: 9, total_tokens: 13 } }),
      parts: async (answer) => (await answer.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.replace(/^(event: .*\n)?data: /, "")).type),
      expected: ["speech.audio.delta", "speech.audio.done"],
      raw: true,
    },
  },
  {
    name: "images.edit", request: ["POST", "/v1/images/edits"],
    call: (client, options) => client.images.edit({ ...prompt, image: png(), size: "auto" }, options),
    form: { model: "gpt-test", prompt: "a cat", size: "auto", image: audio },
    reply: json(200, { created: 1, data: [{ b64_json: audio.toString("base64") }], usage: { input_tokens: 10, output_tokens: 20, total_tokens: 30 } }),
    check: (answer) => assert.ok(Buffer.from(answer.data[0].b64_json, "base64").equals(audio)),
    stream: {
      call: (client, options) => client.images.edit({ ...prompt, image: png(), stream: true, partial_images: 1 }, options),
      frames: named(
        { type: "image_edit.partial_image", b64_json: "AA==", partial_image_index: 0 },
        { type: "image_edit.completed", b64_json: "AAA=", usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
      ),
      parts: (answer) => collect(answer, (event) => event.b64_json),
      expected: ["AA==", "AAA="],
    },
  },
  {
    name: "images.createVariation", request: ["POST", "/v1/images/variations"],
    call: (client, options) => client.images.createVariation({ model: "fast", image: png(), n: 2 }, options),
    form: { model: "gpt-test", n: "2", image: audio },
    reply: json(200, { created: 1, data: [{ url: "https://images.example/1.png" }] }),
    check: (answer) => assert.equal(answer.data[0].url, "https://images.example/1.png"),
  },
  {
    name: "audio.transcriptions.create", request: ["POST", "/v1/audio/transcriptions"],
    call: (client, options) => client.audio.transcriptions.create({ model: "fast", file: mp3(), timestamp_granularities: ["word", "segment"] }, options),
    form: { model: "gpt-test", "timestamp_granularities[]": ["word", "segment"], file: audio },
    reply: json(200, { text: "héllo", usage: { type: "tokens", input_tokens: 14, output_tokens: 45, total_tokens: 59 } }),
    check: (answer) => assert.equal(answer.text, "héllo"),
    stream: {
      call: (client, options) => client.audio.transcriptions.create({ model: "fast", file: mp3(), stream: true }, options),
      frames: events(
        { type: "transcript.text.delta", delta: "hé" },
        { type: "transcript.text.delta", delta: "llo" },
        { type: "transcript.text.done", text: "héllo", usage: { type: "tokens", input_tokens: 14, output_tokens: 45, total_tokens: 59 } },
      ),
      parts: (answer) => collect(answer, (event) => event.delta ?? event.text),
      expected: ["hé", "llo", "héllo"],
    },
  },
  {
    name: "audio.translations.create", request: ["POST", "/v1/audio/translations"],
    call: (client, options) => client.audio.translations.create({ model: "fast", file: mp3(), response_format: "text" }, options),
    form: { model: "gpt-test", response_format: "text", file: audio },
    reply: bytes("text/plain; charset=utf-8", Buffer.from("hello, {not} JSON\n")),
    check: (answer) => assert.equal(answer, "hello, {not} JSON\n"),
  },
  {
    name: "moderations.create", request: ["POST", "/v1/moderations"],
    call: (client, options) => client.moderations.create({ input: "x" }, options),
    reply: json(200, { id: "modr-1", model: "omni", results: [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.75 } }] }),
    check: (answer) => assert.equal(answer.results[0].category_scores.violence, 0.75),
  },
  {
    name: "rerank", request: ["POST", "/v1/rerank"],
    // The SDK has no method for it, but sends any path.
    call: (client, options) => client.post("/rerank", { body: { model: "fast", query: "q", documents: ["a", "b"] }, ...options }),
    reply: json(200, { model: "r", results: [{ index: 1, relevance_score: 0.9 }, { index: 0, relevance_score: 0.1 }], meta: { tokens: { input_tokens: 15 } } }),
    check: (answer) => assert.deepEqual(answer.results.map((one) => one.index), [1, 0]),
  },
  {
    name: "files.create", request: ["POST", "/v1/files"], stored: true, upload: true,
    call: (client, options) => client.files.create({ purpose: "batch", file: new File([audio], "in.jsonl") }, options),
    form: { purpose: "batch", file: audio },
    reply: json(200, file),
    check: (answer) => assert.equal(answer.id, "file-1"),
  },
  {
    name: "files.list", request: ["GET", "/v1/files?purpose=batch&limit=2"], stored: true,
    call: (client, options) => client.files.list({ purpose: "batch", limit: 2 }, options),
    reply: json(200, list(file)),
    check: async (answer) => assert.deepEqual(await items(answer), ["file-1"]),
  },
  {
    name: "files.retrieve", request: ["GET", "/v1/files/file-1"], stored: true,
    call: (client, options) => client.files.retrieve("file-1", options),
    reply: json(200, file),
    check: (answer) => assert.equal(answer.filename, "in.jsonl"),
  },
  {
    name: "files.content", request: ["GET", "/v1/files/file-1/content"], stored: true, binary: true,
    call: (client, options) => client.files.content("file-1", options),
    reply: bytes("application/octet-stream", audio),
    check: async (answer) => assert.ok(Buffer.from(await answer.arrayBuffer()).equals(audio)),
  },
  {
    name: "files.delete", request: ["DELETE", "/v1/files/file-1"], stored: true,
    call: (client, options) => client.files.delete("file-1", options),
    reply: json(200, { id: "file-1", object: "file", deleted: true }),
    check: (answer) => assert.equal(answer.deleted, true),
  },
  {
    name: "batches.create", request: ["POST", "/v1/batches"], stored: true,
    call: (client, options) => client.batches.create({ input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" }, options),
    reply: json(200, batch),
    check: (answer) => assert.equal(answer.status, "validating"),
  },
  {
    name: "batches.retrieve", request: ["GET", "/v1/batches/batch_1"], stored: true,
    call: (client, options) => client.batches.retrieve("batch_1", options),
    // A batch tells of its own errors; they are no failure of this call.
    reply: json(200, { ...batch, status: "failed", errors: { object: "list", data: [{ code: "invalid_json_line", message: "line 3", line: 3 }] } }),
    check: (answer) => assert.equal(answer.errors.data[0].code, "invalid_json_line"),
  },
  {
    name: "batches.list", request: ["GET", "/v1/batches?limit=1"], stored: true,
    call: (client, options) => client.batches.list({ limit: 1 }, options),
    reply: json(200, list(batch)),
    check: async (answer) => assert.deepEqual(await items(answer), ["batch_1"]),
  },
  {
    name: "batches.cancel", request: ["POST", "/v1/batches/batch_1/cancel"], stored: true,
    call: (client, options) => client.batches.cancel("batch_1", options),
    reply: json(200, { ...batch, status: "cancelling" }),
    check: (answer) => assert.equal(answer.status, "cancelling"),
  },
];
