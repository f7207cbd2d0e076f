// The real server as a child process, for the tests of one file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 20_000;

export class Hub {
  #child;
  #directory;
  #lines = [];
  url;
  key;

  // One provider of the OpenAI dialect at `upstream` ("http://127.0.0.1:PORT/v1"); `more` is further YAML, `settings`
  // further keys of that provider, `providers` further lines of the block, `models` further entries of its flow mapping.
  static async start(upstream, more = "", { settings = "", providers = "", models = "" } = {}) {
    const hub = new Hub();
    const binary = process.env.AIHUB_BINARY;
    if (!binary) throw new Error("AIHUB_BINARY is not set: the path of the aihub program to test");
    hub.#directory = await mkdtemp(join(tmpdir(), "aihub-sdk-"));
    const config = join(hub.#directory, "aihub.yaml");
    await writeFile(
      config,
      `listen: 127.0.0.1:0
providers:
  up: { plugin: aihub.provider.openai, base_url: "${upstream}", api_key: test-upstream-key, models: [gpt-test, embed-test]${settings && `, ${settings}`} }
${providers}models: { fast: up/gpt-test${models && `, ${models}`} }
retries: { budget_percent: 0, budget_per_minute_min: 0 }
breaker: { failures_max: 0, error_percent: 0, cooldown_max: 0s }
${more}`,
    );
    const data = join(hub.#directory, "var");
    hub.#child = spawn(binary, ["serve", "--config", config, "--listen", "127.0.0.1:0", "--data", data], {
      cwd: hub.#directory,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: hub.#child.stderr }).on("line", (line) => hub.#lines.push(line));
    try {
      hub.url = await hub.#listening();
      hub.key = (await readFile(join(data, "first-key"), "utf8")).trim();
    } catch (error) {
      await hub.stop();
      throw error;
    }
    return hub;
  }

  #listening() {
    return new Promise((resolve, reject) => {
      const fail = (why) => {
        clearTimeout(timer);
        reject(new Error(`aihub ${why}\n${this.#lines.join("\n")}`));
      };
      const timer = setTimeout(() => fail("did not start in time"), START_MS);
      this.#child.once("error", (error) => fail(error.message));
      this.#child.once("exit", (code) => fail(`ended with ${code}`));
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const match = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
        if (match) {
          clearTimeout(timer);
          resolve(match[1]);
        }
      });
    });
  }

  get baseURL() {
    return `${this.url}/v1`;
  }

  // Ends the server; its exit status.
  async stop() {
    let status = this.#child.exitCode;
    if (status === null && this.#child.pid !== undefined) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), START_MS);
      [status] = await ended;
      clearTimeout(timer);
    }
    await rm(this.#directory, { recursive: true, force: true });
    return status;
  }
}
