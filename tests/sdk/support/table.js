// A reporter of node's test runner: which scenario passed on which surface, as a table behind the results. A surface is a
// describe() inside the one called "surface"; its tests are the scenarios.
const ROOT = "surface";

export default async function* table(source) {
  const path = [];
  const rows = new Map();
  const scenarios = new Set();
  for await (const { type, data } of source) {
    if (type === "test:start") path[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const [root, surface, scenario] = path;
    if (data.nesting !== 2 || root !== ROOT || data.name !== scenario) continue;
    scenarios.add(scenario);
    if (!rows.has(surface)) rows.set(surface, new Map());
    rows.get(surface).set(scenario, data.skip !== undefined ? "skip" : type === "test:pass" ? "ok" : "FAIL");
  }
  if (rows.size === 0) return;
  const first = Math.max(...[...rows.keys()].map((name) => name.length));
  const line = (name, cells) => `${name.padEnd(first)} | ${cells.join(" | ")}\n`;
  const names = [...scenarios];
  yield `\n${line("surface", names)}`;
  yield line("-".repeat(first), names.map((name) => "-".repeat(name.length)));
  for (const [surface, cells] of rows) {
    yield line(surface, names.map((name) => (cells.get(name) ?? "").padEnd(name.length)));
  }
}
