// An upstream of recorded byte shapes: what it answers is written by hand, byte for byte.
import { createServer } from "node:net";
import { EventEmitter, once } from "node:events";

const WAIT_MS = 10_000;

// Lines of an event stream, chunked as servers chunk them.
export const events = (...data) => data.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`);
export const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const stream = (...pieces) =>
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n" +
  pieces.map(chunk).join("");
// As some formats send it: each event with its name, and nothing behind the last one.
export const named = (...data) => data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
export const wholeStream = (...data) => stream(...events(...data, "[DONE]")) + chunk("");
export const json = (status, body, headers = "") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;
};

// A promise that fails after a while, unless the process ends before.
const deadline = (why) =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(why)), WAIT_MS).unref());

// The body at the begin of `input`, and how many bytes it takes there; nothing while it is not whole.
function bodyOf(head, input) {
  if (!/^transfer-encoding: *chunked/im.test(head)) {
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    return input.length < length ? undefined : { bytes: input.subarray(0, length), taken: length };
  }
  const parts = [];
  for (let at = 0; ; ) {
    const line = input.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = parseInt(input.subarray(at, line), 16);
    if (input.length < line + 4 + size) return undefined;
    parts.push(input.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
    if (size === 0) return { bytes: Buffer.concat(parts), taken: at };
  }
}

export class Upstream {
  #server = createServer((socket) => this.#serve(socket));
  #queue = [];
  #sockets = new Set();
  #answered;
  #came = new EventEmitter();
  // Each request: { head, body, bytes, connection } with body parsed if it is JSON.
  requests = [];
  // Called with the number of the connection when something of a request has come.
  onHead;
  // For each connection a promise of its end.
  closed = [];

  static async start() {
    const upstream = new Upstream();
    upstream.#server.listen(0, "127.0.0.1");
    await once(upstream.#server, "listening");
    upstream.url = `http://127.0.0.1:${upstream.#server.address().port}/v1`;
    return upstream;
  }

  // The answer to the next request: bytes, in pieces of `slice`; `end` closes the connection after them. Bytes that are
  // not a whole reply leave it open.
  next(bytes, { end = false, slice = 0 } = {}) {
    this.#queue.push({ bytes: Buffer.from(bytes), end, slice });
  }

  // Further bytes on the connection that was answered last.
  send(bytes, { end = false } = {}) {
    this.#answered.write(bytes);
    if (end) this.#answered.end();
  }

  get last() {
    return this.requests.at(-1);
  }

  // Until so many requests have come.
  async waitForRequests(count) {
    while (this.requests.length < count) {
      await Promise.race([once(this.#came, "request"), deadline("no request came to the upstream")]);
    }
  }

  async waitForClose(connection) {
    await Promise.race([this.closed[connection], deadline("the upstream connection was not closed")]);
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket) {
    this.#sockets.add(socket);
    const connection = this.closed.push(new Promise((resolve) => socket.once("close", resolve))) - 1;
    let input = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      input = Buffer.concat([input, data]);
      while (true) {
        const end = input.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = input.subarray(0, end).toString();
        this.onHead?.(connection);
        const found = bodyOf(head, input.subarray(end + 4));
        if (!found) return;
        const bytes = Buffer.from(found.bytes);
        input = input.subarray(end + 4 + found.taken);
        const body = bytes.length > 0 && /^content-type: *application\/json/im.test(head) ? JSON.parse(bytes) : undefined;
        this.requests.push({ head, body, bytes, connection });
        this.#answer(socket);
        this.#came.emit("request");
      }
    });
  }

  #answer(socket) {
    const unscripted = { bytes: Buffer.from(json(599, "{}")), end: true, slice: 0 };
    const { bytes, end, slice } = this.#queue.shift() ?? unscripted;
    this.#answered = socket;
    const size = slice || Math.max(bytes.length, 1);
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
    if (end) socket.end();
  }
}
