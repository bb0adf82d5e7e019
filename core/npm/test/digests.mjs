// Digests of everything the core says of plans by chance, block by block: in Node here, natively by a program
// that reads the plans from a pipe, and in Chromium by the same code.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';

import { answersOf, planText } from './generate.mjs';

export const BLOCK = 100;

export function inNode(core, count, from = 0) {
  const digests = [];
  for (let begin = from; begin < from + count; begin += BLOCK) {
    const hash = createHash('sha256');
    for (let seed = begin; seed < Math.min(begin + BLOCK, from + count); seed += 1) hash.update(`${answersOf(core, planText(seed))}\n`);
    digests.push(hash.digest('hex'));
  }
  return digests;
}

export async function native(program, count, from = 0) {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  for (let seed = from; seed < from + count; seed += 1) {
    const { plan, options } = planText(seed);
    if (!child.stdin.write(`${plan}\t${options}\n`)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return said.trim().split('\n');
}

/** The page must have loaded `browser-page.mjs`. */
export const inChromium = (page, count, from = 0) => page.evaluate(([count, from]) => globalThis.digests(count, from), [count, from]);
