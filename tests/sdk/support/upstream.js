// An upstream of recorded byte shapes: what it answers is written by hand, byte for byte.
import { createServer } from "node:net";
import { once } from "node:events";

const WAIT_MS = 10_000;

// Lines of an event stream, chunked as servers chunk them.
export const events = (...data) => data.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`);
export const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const stream = (...pieces) =>
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n" +
  pieces.map(chunk).join("");
export const wholeStream = (...data) => stream(...events(...data, "[DONE]")) + chunk("");
export const json = (status, body, headers = "") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;
};

export class Upstream {
  #server = createServer((socket) => this.#serve(socket));
  #queue = [];
  #sockets = new Set();
  // Each request: { head, body } with body parsed.
  requests = [];
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

  get last() {
    return this.requests.at(-1);
  }

  async waitForClose(connection) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("the upstream connection was not closed")), WAIT_MS);
    });
    await Promise.race([this.closed[connection], late]);
    clearTimeout(timer);
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket) {
    this.#sockets.add(socket);
    this.closed.push(new Promise((resolve) => socket.once("close", resolve)));
    let input = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      input = Buffer.concat([input, data]);
      while (true) {
        const end = input.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = input.subarray(0, end).toString();
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (input.length < end + 4 + length) return;
        const body = input.subarray(end + 4, end + 4 + length).toString();
        input = input.subarray(end + 4 + length);
        this.requests.push({ head, body: body === "" ? undefined : JSON.parse(body), connection: this.closed.length - 1 });
        this.#answer(socket);
      }
    });
  }

  #answer(socket) {
    const unscripted = { bytes: Buffer.from(json(599, "{}")), end: true, slice: 0 };
    const { bytes, end, slice } = this.#queue.shift() ?? unscripted;
    const size = slice || Math.max(bytes.length, 1);
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
    if (end) socket.end();
  }
}
