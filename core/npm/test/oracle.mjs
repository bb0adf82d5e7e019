// Splits and tables by chance, asked of the core and checked by an independent oracle in Python.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { chance } from './generate.mjs';

/** One case in ten is a table. */
function question(core, seed) {
  const { below, from, often } = chance(Math.imul(seed + 7, 2_246_822_519));
  const units = () => (often(20) ? below(10) : often(20) ? below(2 ** 31) * 4_000_000 + below(4_000_000) : below(1_000_000));
  if (seed % 10 > 0) {
    const weights = Array.from({ length: from(1, 12) }, () => (often(15) ? 0 : often(70) ? from(1, 9_000) : below(2 ** 32)));
    if (weights.every((weight) => weight === 0)) weights[0] = 1;
    // A total and its weights stay within what a float holds exactly.
    const total = Math.min(units(), 999_999_999_999_999);
    return ['split', total, weights, core.split(total, weights)];
  }
  const rows = Array.from({ length: from(1, 6) }, () => (often(10) ? 0 : units() % 9_999_999_999));
  const sum = rows.reduce((all, row) => all + row, 0);
  const weights = Array.from({ length: from(1, 6) }, () => from(1, 500));
  const columns = core.split(sum, weights);
  return ['table', rows, columns, Array.from(core.table(rows, columns))];
}

/** Answers with how many the oracle checked; fails where it says no. */
export async function checkByOracle(core, count, from = 0) {
  const oracle = spawn('python3', [fileURLToPath(new URL('oracle.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let objected = '';
  oracle.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  oracle.stderr.setEncoding('utf8').on('data', (text) => (objected += text));
  oracle.stdin.on('error', () => {});
  const closed = once(oracle, 'close');
  for (let seed = from; seed < from + count && oracle.exitCode === null; seed += 1) {
    if (!oracle.stdin.write(`${JSON.stringify(question(core, seed))}\n`)) await Promise.race([once(oracle.stdin, 'drain'), closed]);
  }
  oracle.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(objected.trim().split('\n').at(-1));
  return Number(said);
}
