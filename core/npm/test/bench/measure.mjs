// Side by side in one process: the sides take turns, so that a slow moment of the machine hits all of them; told are the
// median of the ratios within a turn, and how far they spread. Times are the process's CPU time, its collector included:
// what else runs on the machine does not count.

function once(run, times) {
  const begin = process.cpuUsage();
  for (let i = 0; i < times; i += 1) run(i);
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / times;
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** How often to repeat so that one measurement takes about a fifth of a second at most. */
function repeats(run) {
  let times = 1;
  for (;;) {
    const took = once(run, times) * times;
    if (took > 20_000 || times >= 20_000) return Math.max(1, Math.round((times * 30_000) / Math.max(took, 1)));
    times *= 2;
  }
}

/** Measures `{ name: run }`; the first is ours. Prints microseconds and ratios; answers with them. */
export function compare(title, sides, { turns = 31 } = {}) {
  const names = Object.keys(sides);
  const times = Object.fromEntries(names.map((name) => [name, repeats(sides[name])]));
  const took = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    // Another order each turn.
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + turn) % names.length];
      took[name].push(once(sides[name], times[name]));
    }
    globalThis.gc?.();
  }
  const [ours] = names;
  console.log(`\n${title}`);
  const rows = names.map((name) => {
    const ratios = took[name].map((time, turn) => took[ours][turn] / time).sort((a, b) => a - b);
    const sorted = [...took[name]].sort((a, b) => a - b);
    return { name, microseconds: quantile(sorted, 0.5), ratio: quantile(ratios, 0.5), low: quantile(ratios, 0.1), high: quantile(ratios, 0.9) };
  });
  for (const { name, microseconds, ratio, low, high } of rows) {
    const told =
      name === ours
        ? ''
        : ratio <= 1
          ? `ours takes ${ratio.toFixed(3)}x its time (${low.toFixed(3)} to ${high.toFixed(3)}): ${(1 / ratio).toFixed(1)}x faster`
          : `ours takes ${ratio.toFixed(3)}x its time (${low.toFixed(3)} to ${high.toFixed(3)}): THE PEER WINS`;
    console.log(`  ${name.padEnd(44)} ${microseconds.toFixed(2).padStart(11)} µs  ${told}`);
  }
  return Object.fromEntries(rows.map((row) => [row.name, row]));
}
