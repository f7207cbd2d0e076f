// Fits the weights of host/dialect/token_weights.hpp to counts.tsv and prints them:
//   AIHUB_TOKEN_TRAITS=/tmp/traits.tsv build/q/test_dialect --gtest_filter='TokenEstimate.*' && node fit.mjs /tmp/traits.tsv
// Least squares of relative errors; no weight is negative, and each is drawn a little towards a plain guess, so that
// a trait that few texts have is not bent to them. Texts called unseen_* are left out: they show how good the weights
// are for texts that they were not made for.
import { readFileSync } from "node:fs";

const rows = (path) => readFileSync(path, "utf8").trim().split("\n").map((line) => line.split("\t"));
const [head, ...counts] = rows(new URL("counts.tsv", import.meta.url));
const traits = new Map(rows(process.argv[2]).map(([name, ...values]) => [name, values.map(Number)]));
const families = head.slice(2);

// In the order of the traits: tokens of each when nothing else is known.
const guess = [1, 0.1, 0.1, 0, 0, 0.3, 0.5, 1, 0, 0.5, 0.3, 0.3, 0.8, 0.4, 0.1, 1, 0.5, 0.8,
  0.2, 0.35, 0.4, 0.45, 0.4, 0.4, 0.5, 0.5, 0.9, 0.7, 0.9, 0.9, 0.9, 1, 2, 1, 2];
const kPull = 0.0012;

function fit(family) {
  const texts = counts.filter(([name]) => !name.startsWith("unseen_"));
  const x = texts.map(([name, , ...values]) => traits.get(name).map((value) => value / values[family]));
  const weights = [...guess];
  const scale = guess.map((_, at) => Math.max(1e-4, x.reduce((sum, row) => Math.max(sum, row[at]), 0)));
  const left = x.map((row) => 1 - row.reduce((sum, value, at) => sum + value * weights[at], 0));
  for (let round = 0; round < 4000; ++round) {
    for (let at = 0; at < weights.length; ++at) {
      const pull = kPull * scale[at];
      let up = pull * (guess[at] - weights[at]);
      let down = pull;
      x.forEach((row, text) => {
        up += row[at] * left[text];
        down += row[at] * row[at];
      });
      const next = Math.max(0, weights[at] + up / down);
      x.forEach((row, text) => { left[text] -= row[at] * (next - weights[at]); });
      weights[at] = next;
    }
  }
  return weights;
}

const estimate = (name, weights) =>
  Math.ceil(traits.get(name).reduce((sum, value, at) => sum + value * weights[at], 0));
const percent = (part, whole) => ((100 * part) / whole - 100).toFixed(1);

families.forEach((family, index) => {
  const weights = fit(index);
  console.log(`    // ${family}`);
  console.log(`    {${weights.map((weight) => weight.toFixed(3)).join(", ")}},`);
  for (const unseen of [false, true]) {
    const of = counts.filter(([name]) => name.startsWith("unseen_") === unseen);
    let sum = 0;
    let all = 0;
    let worst = ["", 0];
    for (const [name, , ...values] of of) {
      const truth = Number(values[index]);
      const guessed = estimate(name, weights);
      sum += guessed;
      all += truth;
      worst = Math.abs(guessed / truth - 1) > Math.abs(worst[1]) ? [name, guessed / truth - 1] : worst;
    }
    if (of.length > 0) {
      const label = unseen ? "unseen" : "fitted";
      console.log(`    // ${label}: total ${percent(sum, all)} %, worst ${worst[0]} ${(100 * worst[1]).toFixed(1)} %`);
    }
  }
});
