// A reporter of node's test runner: a table for each provider, scenarios by clients, behind the results. It reads the tests
// of describe("matrix") > describe(provider) > describe(client) > test(scenario); one that is skipped says why, and the
// reasons stand below.
const ROOT = "matrix";

function* tableOf(provider, clients, letter) {
  const names = [...clients.keys()];
  const scenarios = [...new Set(names.flatMap((name) => [...clients.get(name).keys()]))];
  const first = Math.max(provider.length, ...scenarios.map((name) => name.length));
  // The name of a client stands in two lines: the SDK, and what it speaks.
  const halves = names.map((name) => name.split(", "));
  const width = Math.max(...halves.flat().map((half) => half.length));
  const line = (head, cells) => `${head.padEnd(first)} | ${cells.map((one) => one.padEnd(width)).join(" | ")}\n`.replace(/ +\n/, "\n");
  yield `\n${line(provider, halves.map(([sdk]) => sdk))}`;
  yield line("", halves.map(([, speaks = ""]) => speaks));
  yield line("-".repeat(first), names.map(() => "-".repeat(width)));
  for (const scenario of scenarios) yield line(scenario, names.map((name) => letter(clients.get(name).get(scenario))));
}

export default async function* matrix(source) {
  const path = [];
  const providers = new Map();
  const reasons = new Map();
  for await (const { type, data } of source) {
    if (type === "test:start") path[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const [root, provider, client, scenario] = path;
    if (data.nesting !== 3 || root !== ROOT || data.name !== scenario) continue;
    if (!providers.has(provider)) providers.set(provider, new Map());
    const clients = providers.get(provider);
    if (!clients.has(client)) clients.set(client, new Map());
    clients.get(client).set(scenario, data.skip ?? (type === "test:pass" ? "ok" : "FAIL"));
  }
  const letter = (cell = "") => {
    if (["ok", "FAIL", ""].includes(cell)) return cell;
    if (!reasons.has(cell)) reasons.set(cell, `(${reasons.size + 1})`);
    return reasons.get(cell);
  };
  for (const [provider, clients] of providers) yield* tableOf(provider, clients, letter);
  if (reasons.size > 0) yield "\n";
  for (const [reason, number] of reasons) yield `${number} ${reason}\n`;
}
