// `cargo xtask bench npm [split] [check] [edit] [digests] [oracle] [size]`: prints figures; fails only where answers differ.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import Big from 'big.js';
import { Decimal } from 'decimal.js';

import * as core from '../../index.node.js';
import { launch, quietPage } from '../browser.mjs';
import { inChromium, inNode, native } from '../digests.mjs';
import { checkByOracle } from '../oracle.mjs';
import { serve } from '../server.mjs';
import { compare } from './measure.mjs';
import { moneyRules, packagesByDecimals, valibotCheck, zodCheck } from './peers.mjs';
import { SIZES, makePlan } from './plans.mjs';
import { bigIntCents, bigJs, decimalJs, dineroJs } from './splitters.mjs';

await core.init();

/** P1: 50 products over 12 periods, one way; then the table exact both ways. */
function splitting() {
  for (const { packages, products, periods } of SIZES) {
    const totals = Array.from({ length: products }, (_, index) => 900_000 + index * 1_037);
    const weights = Array.from({ length: periods }, (_, index) => 7 * (5_000 + (index % 4) * 5_000));
    const floats = [Float64Array.from(totals), Float64Array.from(weights)];
    const decimals = totals.map((total) => new Decimal(total).dividedBy(100));
    const bigs = totals.map((total) => new Big(total).div(100));
    const bigints = totals.map(BigInt);
    const bigWeights = weights.map(BigInt);
    const ours = core.splitAll(...floats);
    assert.deepEqual(Array.from(ours), bigints.flatMap((total) => bigIntCents(total, bigWeights).map(Number)));
    assert.deepEqual(Array.from(ours), decimals.flatMap((total) => decimalJs(total, weights).map((part) => part.times(100).toNumber())));
    assert.deepEqual(Array.from(ours), bigs.flatMap((total) => bigJs(total, weights).map((part) => Number(part.times(100)))));
    compare(`P1: ${products} products over ${periods} periods (${packages} packages), one way`, {
      '@flighting/core splitAll': () => core.splitAll(...floats),
      'decimal.js': () => decimals.map((total) => decimalJs(total, weights)),
      'big.js': () => bigs.map((total) => bigJs(total, weights)),
      'dinero.js (another rule: first parts)': () => totals.map((total) => dineroJs(total, weights)),
      'hand-written BigInt cents': () => bigints.map((total) => bigIntCents(total, bigWeights)),
    });
    const sum = totals.reduce((all, total) => all + total, 0);
    const columns = Float64Array.from(core.split(sum, weights));
    compare(`P1: the table exact both ways, against its own one-way time (${packages} packages)`, {
      'table, exact both ways': () => core.table(floats[0], columns),
      'splitAll, one way': () => core.splitAll(...floats),
    });
  }
}

/** P2: is this plan right? */
function checking() {
  for (const size of SIZES) {
    const plan = makePlan(size);
    const text = JSON.stringify(plan);
    const bytes = new TextEncoder().encode(text);
    const options = { currency: 'EUR' };
    assert.deepEqual([core.validatePlan(text, options).issues, zodCheck(plan), valibotCheck(plan)], [[], [], []]);
    const wrong = structuredClone(plan);
    wrong.budget.total = '3.001';
    wrong.products[1].budget = 0;
    for (const check of [zodCheck, valibotCheck]) assert.ok(check(wrong).length >= 2);
    assert.ok(core.validatePlan(wrong, options).issues.length >= 2);
    compare(`P2: check a plan of ${size.packages} packages from its text (${text.length} bytes)`, {
      '@flighting/core, bytes': () => core.validatePlan(bytes, options),
      '@flighting/core, text': () => core.validatePlan(text, options),
      'JSON.parse + zod 4 + decimal.js': () => zodCheck(JSON.parse(text)),
      'JSON.parse + valibot + decimal.js': () => valibotCheck(JSON.parse(text)),
    });
    compare(`P2: check a plan of ${size.packages} packages from an object`, {
      '@flighting/core': () => core.validatePlan(plan, options),
      'zod 4 + decimal.js': () => zodCheck(plan),
      'valibot + decimal.js': () => valibotCheck(plan),
    });
    compare(`what ${size.packages} packages come to (theirs one way and without windows, ours exact both ways)`, {
      '@flighting/core planPackages': () => core.planPackages(bytes, options),
      'JSON.parse + decimal.js': () => packagesByDecimals(JSON.parse(text)),
    });
  }
}

/** P3: one edit on a held plan against a full recomputation. */
function editing() {
  for (const size of SIZES) {
    const plan = makePlan(size);
    const held = new core.Plan(plan, { currency: 'EUR' });
    const other = structuredClone(plan);
    const full = (check) => (i) => {
      other.products[1].budget = `${10_000 + (i % 50)}.25`;
      const issues = check(other);
      const totals = moneyRules(other, () => {});
      return [issues, totals];
    };
    const edit = (path, value) => (i) => {
      held.set(path, value(i));
      return [held.totals, held.issues];
    };
    const budget = (i) => `${10_000 + (i % 50)}.25`;
    const [totals] = edit('products[1].budget', budget)(7);
    const [, theirs] = full(zodCheck)(7);
    assert.equal(totals.plannedBudget, theirs.plannedBudget.toNumber());
    assert.equal(totals.mediaBudget, theirs.mediaBudget.toNumber());
    compare(`P3: one edit in a plan of ${size.packages} packages, then totals and issues`, {
      'held plan: a product budget': edit('products[1].budget', budget),
      'zod 4 + decimal.js, all anew': full(zodCheck),
      'valibot + decimal.js, all anew': full(valibotCheck),
      'zod 4 + decimal.js, with all packages': (i) => [full(zodCheck)(i), packagesByDecimals(other)],
    });
    compare(`what kinds of edits cost in a plan of ${size.packages} packages`, {
      'a product budget': edit('products[1].budget', budget),
      'the total': edit('budget.total', (i) => `${3_000_000 + (i % 50)}.55`),
      'a weight': edit('pacingPeriods.periods[1].weight', (i) => 1 + (i % 50) / 100),
      'a name': edit('products[1].name', (i) => `Product ${i % 50}`),
      'a product budget, and which packages changed': (i) => {
        held.set('products[1].budget', budget(i));
        return held.changed;
      },
    });
    held.free();
  }
}

async function digests() {
  const count = Number(process.env.PLANS ?? 100_000);
  const server = await serve({
    '/': () => '<!doctype html><html lang="en"><title>core</title><script type="module" src="/test/browser-page.mjs"></script></html>',
    '/test': fileURLToPath(new URL('..', import.meta.url)),
    '/package': fileURLToPath(new URL('../..', import.meta.url)),
  });
  const browser = await launch();
  const { page } = await quietPage(browser);
  await page.goto(`${server.origin}/`);
  await page.waitForFunction(() => globalThis.ready);
  const step = 5_000;
  for (let from = 0; from < count; from += step) {
    const many = Math.min(step, count - from);
    const [outside, there] = await Promise.all([native(process.env.FLIGHTING_ANSWERS, many, from), inChromium(page, many, from)]);
    const here = inNode(core, many, from);
    assert.deepEqual(outside, here);
    assert.deepEqual(there, here);
  }
  await browser.close();
  await server.stop();
  console.log(`\n${count} plans by chance: equal digests natively, in Node and in Chromium`);
}

async function oracle() {
  const count = Number(process.env.CASES ?? 1_000_000);
  // Two oracles, one for each core of a small machine.
  const half = Math.floor(count / 2);
  const checked = await Promise.all([checkByOracle(core, half), checkByOracle(core, count - half, half)]);
  console.log(`\n${checked[0] + checked[1]} splits and tables equal the oracle in exact fractions`);
}

function size() {
  const build = JSON.parse(readFileSync(new URL('../../wasm/build.json', import.meta.url), 'utf8'));
  console.log(`\nP5: core_bg.wasm ${build.wasm.bytes} bytes, ${build.wasm.brotliBytes} in brotli (goal 60 KB = 61440)`);
}

const PARTS = { size, split: splitting, check: checking, edit: editing, digests, oracle };
const wanted = process.argv.slice(2).filter((part) => part !== '--');
for (const part of wanted) {
  if (!(part in PARTS)) throw new Error(`there is no part \`${part}\`: take ${Object.keys(PARTS).join(', ')}`);
}
console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'a processor'} x ${cpus().length}; medians of turns, spread from the 10th to the 90th percentile`);
for (const part of wanted.length > 0 ? wanted : Object.keys(PARTS)) await PARTS[part]();
