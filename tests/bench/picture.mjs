// Draws the figures of benchmark runs beside the figures to reach: node tests/bench/picture.mjs FILE... > picture.svg
// Each FILE holds what `./dev bench NAME` printed; only its lines for machines are read.
import { readFileSync } from 'node:fs';

// Name and field of a line, what people read, unit, and the figure to reach; less is better in all of them.
const figures = [
  ['P1.lean', 'cpu_ratio', 'P1  CPU of a chat request, beside nginx', 'x', 1.25],
  ['P3.lean', 'added_p50_us', 'P3  added time, median', 'us', 20],
  ['P3.lean', 'added_p99_us', 'P3  added time, p99', 'us', 40],
  ['P4.lean', 'cpu_ratio', 'P4  CPU of a stream event, beside nginx', 'x', 1.2],
  ['P4.lean', 'kb_per_stream', 'P4  memory of a stream', 'KB', 16],
  ['P5.lean', 'delay_p99_ratio', 'P5  delay of an event p99, beside nginx', 'x', 1.5],
  ['P6.lean', 'longest_ms', 'P6  client leaves: upstream closed after', 'ms', 500],
  ['P7.lean.chat_to_messages', 'cpu_ratio', 'P7  chat to messages, beside nginx', 'x', 2.5],
  ['P7.lean.messages_to_chat', 'cpu_ratio', 'P7  messages to chat, beside nginx', 'x', 2.5],
  ['P7.lean.chat_to_messages_stream', 'cpu_ratio', 'P7  the same, CPU of an event', 'x', 2.5],
  ['P8.lean', 'cpu_ratio', 'P8  CPU of a 400 KB request, beside nginx', 'x', 1.5],
  ['P13.keys10', 'first_answer_s', 'P13 start to the first answer', 's', 0.5],
  ['P14.lean', 'idle_mb', 'P14 idle memory', 'MB', 40],
];

const read = new Map();
for (const file of process.argv.slice(2)) {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const match = /^bench (\S+) (\w+)=(\S+) runs=\d+ min=(\S+) max=(\S+)$/.exec(line);
    if (match) {
      read.set(`${match[1]} ${match[2]}`, match.slice(3).map(Number));
    }
  }
}

const known = figures.filter(([name, field]) => read.has(`${name} ${field}`));
if (known.length === 0) {
  console.error('picture: none of the files has a line for machines of a known figure; give what ./dev bench printed');
  process.exit(2);
}

const row = 34, left = 330, scale = 260, top = 46;
const most = 1.9;  // bars end here, with their value written behind them
const x = (ratio) => left + Math.min(ratio, most) * scale;
const text = (value) => (value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString());
const width = x(most) + 130, height = top + known.length * row + 16;

const out = [];
out.push(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`);
out.push('     font-family="sans-serif" font-size="14">');
out.push('<title>Figures of AI Hub beside the figures to reach</title>');
out.push(`<rect width="${width}" height="${height}" fill="#ffffff"/>`);
out.push(`<text x="${x(1)}" y="22" text-anchor="middle" fill="#444444">to reach (shorter is better)</text>`);
known.forEach(([name, field, label, unit, reach], index) => {
  const [value, low, high] = read.get(`${name} ${field}`);
  const y = top + index * row;
  const colour = value <= reach ? '#2e7d57' : '#c26a1b';
  out.push(`<text x="${left - 12}" y="${y + 15}" text-anchor="end" fill="#222222">${label}</text>`);
  out.push(`<rect x="${left}" y="${y}" width="${(x(value / reach) - left).toFixed(1)}" height="20" rx="2" fill="${colour}"/>`);
  out.push(`<path d="M${x(low / reach).toFixed(1)} ${y + 10}H${x(high / reach).toFixed(1)}" stroke="#222222" stroke-width="2"/>`);
  const end = Math.max(x(value / reach), x(high / reach)) + 8;
  out.push(`<text x="${end.toFixed(1)}" y="${y + 15}" fill="#222222">${text(value)} ${unit} (${text(reach)})</text>`);
});
out.push(`<path d="M${x(1)} 30V${height - 10}" stroke="#444444" stroke-dasharray="4 4"/>`);
out.push('</svg>');
console.log(out.join('\n'));
