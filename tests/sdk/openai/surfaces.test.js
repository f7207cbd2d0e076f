// Every surface that is passed on, through the official SDK: what a client sees of answers, errors, cuts and repetitions.
import assert from "node:assert/strict";
import { after, before, describe, test as run } from "node:test";
import OpenAI, { toStreamingFile } from "openai";
import { Hub } from "../support/hub.js";
import { audio, surfaces } from "../support/surfaces.js";
import { Upstream, chunk, json, stream } from "../support/upstream.js";

// A test that hangs says its name.
const test = (name, body) => run(name, { timeout: 60_000 }, body);
const failure = (message, type, code) => ({ error: { message, type, param: null, code } });
const raise = (kind, more = () => {}) => (error) => {
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  more(error);
  return true;
};
// A call's answer to its last byte; binary ones come without.
const read = async (answer) => {
  const got = await answer;
  if (typeof got?.arrayBuffer === "function") await got.arrayBuffer();
  return got;
};

// A form as the upstream got it: fields, files as bytes, lists of what came more than once.
async function fields({ head, bytes }) {
  const [, type] = /^content-type: *(.*)\r?$/im.exec(head);
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  const found = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    const plain = await Promise.all(values.map(async (one) => (one instanceof Blob ? Buffer.from(await one.arrayBuffer()) : one)));
    found[name] = plain.length === 1 ? plain[0] : plain;
  }
  return found;
}

describe("surface", () => {
  let upstream, hub, client;
  const as = (options) => new OpenAI({ apiKey: hub.key, baseURL: hub.baseURL, maxRetries: 0, ...options });

  before(async () => {
    upstream = await Upstream.start();
    hub = await Hub.start(upstream.url, "default_provider: up\n", {
      settings: "shared_objects: true",
      providers: `  closed: { plugin: aihub.provider.openai, base_url: "${upstream.url}" }\n`,
    });
    client = as({});
  });
  after(async () => {
    const status = await hub?.stop();
    await upstream?.stop();
    assert.equal(status, 0);
  });

  for (const surface of surfaces) {
    const { call, reply } = surface;
    describe(surface.name, () => {
      test("answer", async () => {
        upstream.next(reply);
        const { data, response, request_id } = await call(client, {}).withResponse();
        await surface.check(data);
        assert.equal(response.status, 200);
        assert.match(request_id, /^req_[0-9A-Za-z]+$/);
        const [method, path] = surface.request;
        assert.ok(upstream.last.head.startsWith(`${method} ${path} HTTP/1.1\r\n`), upstream.last.head);
        assert.match(upstream.last.head, /^authorization: Bearer test-upstream-key\r?$/im);
        assert.ok(!upstream.last.head.includes(hub.key));
        if (surface.form) assert.deepEqual(await fields(upstream.last), surface.form);
        if (upstream.last.body?.model) assert.equal(upstream.last.body.model, "gpt-test");
      });

      test("wrong key", async () => {
        const before = upstream.requests.length;
        await assert.rejects(call(as({ apiKey: `${hub.key}x` }), {}), raise(OpenAI.AuthenticationError, (error) => {
          assert.equal(error.code, "invalid_api_key");
          assert.match(error.requestID, /^req_/);
        }));
        assert.equal(upstream.requests.length, before);
      });

      if (surface.stored) {
        test("not shared", async () => {
          const before = upstream.requests.length;
          await assert.rejects(call(client, { headers: { "x-aihub-provider": "closed" } }), raise(OpenAI.PermissionDeniedError, (error) => {
            assert.match(error.message, /providers\.closed\.shared_objects/);
          }));
          assert.equal(upstream.requests.length, before);
        });
      }

      test("refused", async () => {
        upstream.next(json(400, failure("no such thing: x", "invalid_request_error", "bad_thing")));
        await assert.rejects(call(client, {}), raise(OpenAI.BadRequestError, (error) => {
          assert.deepEqual([error.status, error.type, error.code], [400, "invalid_request_error", "bad_thing"]);
          assert.match(error.message, /no such thing: x/);
          assert.match(error.requestID, /^req_/);
        }));
        upstream.next(json(404, failure("No such object: x", "invalid_request_error", null)));
        await assert.rejects(call(client, {}), raise(OpenAI.NotFoundError, (error) => assert.match(error.message, /No such object: x/)));
      });

      test("rate limit", async () => {
        upstream.next(json(429, failure("slow down", "requests", "rate_limit_exceeded"), "Retry-After: 7\r\n"));
        await assert.rejects(call(client, {}), raise(OpenAI.RateLimitError, (error) => {
          assert.equal(error.headers.get("retry-after"), "7");
          assert.equal(error.code, "rate_limit_exceeded");
        }));
      });

      test("bad upstream", async () => {
        upstream.next("HTTP/1.1 503 X\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>Oops</h1>");
        await assert.rejects(call(client, {}), raise(OpenAI.InternalServerError, (error) => {
          assert.equal(error.status, 503);
          assert.ok(!error.message.includes("Oops"), error.message);
        }));
        upstream.next(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"id":`, { end: true });
        await assert.rejects(read(call(client, {})));
      });

      // The bytes of a file may well be an error that somebody has kept.
      if (!surface.stored || !surface.binary) {
        test("error in a 200", async () => {
          upstream.next(json(200, failure("model is loading", "server_error", "loading")));
          await assert.rejects(call(client, {}), raise(OpenAI.InternalServerError, (error) => assert.equal(error.status, 502)));
        });
      }

      test("retry", async () => {
        upstream.next(json(500, failure("oops", "server_error", null)));
        upstream.next(reply);
        await surface.check(await call(as({ maxRetries: 1 }), {}));
      });

      test("no retry", async () => {
        // What another try cannot mend: our credential, our credit.
        for (const [status, code] of [[401, "invalid_api_key"], [429, "insufficient_quota"]]) {
          const before = upstream.requests.length;
          upstream.next(json(status, failure("Incorrect API key provided: test-upstream-key", "invalid_request_error", code)));
          await assert.rejects(call(as({ maxRetries: 2 }), {}), raise(OpenAI.InternalServerError, (error) => {
            assert.ok(!error.message.includes("test-upstream-key"));
            assert.equal(error.headers.get("x-should-retry"), "false");
          }));
          assert.equal(upstream.requests.length, before + 1);
        }
      });

      test("abort", async () => {
        upstream.next("");
        const before = upstream.requests.length;
        const abort = new AbortController();
        const pending = assert.rejects(call(client, { signal: abort.signal }), OpenAI.APIUserAbortError);
        await upstream.waitForRequests(before + 1);
        abort.abort();
        await pending;
        await upstream.waitForClose(upstream.last.connection);
      });

      if (surface.upload) uploads(surface);
      if (surface.binary) pieces(call);
      if (surface.stream) streams(surface.stream, surface.request);
    });
  }

  function streams(form, [method, path]) {
    const whole = stream(...form.frames) + chunk("");

    test("stream", async () => {
      for (const slice of [0, 1, 13]) {
        upstream.next(whole, { slice });
        assert.deepEqual(await form.parts(await form.call(client, {})), form.expected);
        assert.ok(upstream.last.head.startsWith(`${method} ${path}${form.query ?? ""} HTTP/1.1\r\n`), upstream.last.head);
      }
    });

    test("stream at once", async () => {
      // Each event arrives while the provider has said no more than that.
      upstream.next(stream(form.frames[0]));
      const answer = await form.call(client, {});
      const reader = (form.raw ? answer.body : answer.toReadableStream()).getReader();
      assert.equal((await reader.read()).done, false);
      upstream.send(form.frames.slice(1).map(chunk).join("") + chunk(""));
      while (!(await reader.read()).done);
    });

    test("error in a stream", async () => {
      const error = { type: "error", ...failure("the model is overloaded", "server_error", "overloaded") };
      upstream.next(stream(form.frames[0], `event: error\ndata: ${JSON.stringify(error)}\n\n`) + chunk(""));
      const answer = await form.call(client, {});
      if (form.raw) {
        await assert.rejects(async () => assert.match(await answer.text(), /"type":"error"/));
      } else {
        await assert.rejects(form.parts(answer), raise(OpenAI.APIError, (seen) => {
          assert.match(seen.message, /overloaded/);
          assert.equal(seen.code, "overloaded");
        }));
      }
    });

    test("cut stream", async () => {
      for (let frames = 1; frames < form.frames.length - 1; frames += 1) {
        for (const tail of ["", chunk("")]) {
          upstream.next(stream(...form.frames.slice(0, frames)) + tail, { end: tail === "" });
          await assert.rejects(form.parts(await form.call(client, {})), undefined, `${frames} frames, ${tail ? "ended" : "cut"}`);
        }
      }
    });

    test("abort a stream", async () => {
      upstream.next(stream(form.frames[0]));
      const abort = new AbortController();
      const answer = await form.call(client, { signal: abort.signal });
      const reader = (form.raw ? answer.body : answer.toReadableStream()).getReader();
      await reader.read();
      abort.abort();
      await reader.read().catch(() => {});
      await upstream.waitForClose(upstream.last.connection);
    });
  }

  function pieces(call) {
    const head = "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n";
    const piece = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

    test("bytes at once", async () => {
      upstream.next(Buffer.concat([Buffer.from(head), piece(audio.subarray(0, 1000))]));
      const reader = (await call(client, {})).body.getReader();
      const got = [(await reader.read()).value];
      assert.ok(audio.subarray(0, got[0].length).equals(Buffer.from(got[0])));
      upstream.send(Buffer.concat([piece(audio.subarray(1000)), Buffer.from(chunk(""))]));
      for (let part = await reader.read(); !part.done; part = await reader.read()) got.push(part.value);
      assert.ok(Buffer.concat(got).equals(audio));
    });

    test("cut bytes", async () => {
      upstream.next(Buffer.concat([Buffer.from(head), piece(audio)]), { end: true });
      await assert.rejects(async () => (await call(client, {})).arrayBuffer());
      upstream.next("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 10\r\n\r\nabc", { end: true });
      await assert.rejects(async () => (await call(client, {})).arrayBuffer());
    });
  }

  // Forms that are too large to be held go on as they come.
  function uploads({ reply }) {
    const large = Buffer.alloc(3_000_000, "0123456789abcdef");
    const data = async function* (pause) {
      for (let at = 0; at < large.length; at += 100_000) {
        yield large.subarray(at, at + 100_000);
        if (at === 2_000_000) await pause;
      }
    };
    const upload = (stream, options) =>
      client.files.create({ purpose: "batch", file: toStreamingFile(stream, "in.jsonl") }, options);

    test("large upload", async () => {
      upstream.next(reply);
      assert.equal((await upload(data(), {})).id, "file-1");
      assert.match(upstream.last.head, /^transfer-encoding: chunked\r?$/im);
      const got = await fields(upstream.last);
      assert.equal(got.purpose, "batch");
      assert.ok(got.file.equals(large));
    });

    test("abort an upload", async () => {
      let seen;
      const first = new Promise((resolve) => (seen = resolve));
      upstream.onHead = seen;
      const abort = new AbortController();
      const pending = assert.rejects(upload(data(new Promise(() => {})), { signal: abort.signal }), OpenAI.APIUserAbortError);
      const connection = await first;
      upstream.onHead = undefined;
      abort.abort();
      await pending;
      await upstream.waitForClose(connection);
    });
  }

  test("Retry-After is kept by the sdk", async () => {
    upstream.next(json(429, failure("slow down", "requests", "rate_limit_exceeded"), "Retry-After: 1\r\n"));
    upstream.next(surfaces[0].reply);
    const begin = Date.now();
    await surfaces[0].call(as({ maxRetries: 1 }), {});
    assert.ok(Date.now() - begin >= 950);
  });

  test("rerank, plain fetch", async () => {
    const { reply } = surfaces.find((one) => one.name === "rerank");
    upstream.next(reply);
    const answer = await fetch(`${hub.baseURL}/rerank`, {
      method: "POST",
      headers: { authorization: `Bearer ${hub.key}`, "content-type": "application/json" },
      body: '{"model":"fast","query":"q","documents":["a","b"],"top_n":2}',
    });
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), reply.slice(reply.indexOf("\r\n\r\n") + 4));
    assert.equal(upstream.last.bytes.toString(), '{"model":"gpt-test","query":"q","documents":["a","b"],"top_n":2}');
  });
});
