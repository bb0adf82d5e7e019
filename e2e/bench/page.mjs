// What the page weighs and how quickly it answers, measured in Chromium against a running server. Prints, asserts
// nothing. `cargo xtask bench page` builds both and calls it.
//
//   first load   bytes as they come, packed by brotli: html, js, wasm, css, until a room stands; and what it then asks
//                for
//   LCP, CLS     of a cold first load at 1.6 Mbit/s and 150 ms, list and plan, with this CPU and one four times slower
//   keystroke    from the key to the next paint, event timing's own figure, in a plan of 1,000 packages, CPU four
//                times slower; beside it what a plain page takes, since a shared machine is not always as quick
//
// A slow-down says little without the machine that is slowed down: both are told on the scale by which browsers'
// own tools calibrate it (Lighthouse's benchmark index: a quick desktop 1,500 to 2,000, a phone of the middle 125 to
// 800). SLOWER=2 measures with another slow-down than four.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium } from '@playwright/test';

import { selling, weekly } from './thousand.mjs';

const SLOWER = Number(process.env.SLOWER ?? 4);
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
// Enough that the slowest twentieth is ten keys, not one spell of a machine that is shared.
const KEYS = 200;

const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];

/** Bytes that come before a room stands: html, js, wasm, css. */
async function weight(browser, server, path, ready) {
  const context = await browser.newContext();
  const page = await context.newPage();
  // What the planner fetches ahead, three seconds after its start, is no part of the first load.
  await page.addInitScript(() => {
    const later = globalThis.setTimeout;
    globalThis.setTimeout = (run, after, ...rest) => (after === 3_000 ? 0 : later(run, after, ...rest));
  });
  const files = [];
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/api/')) files.push(request.sizes().then((sizes) => [pathname, sizes.responseBodySize]));
  });
  await page.goto(`${server.origin}${path}${server.hash}`);
  await page.locator(ready).first().waitFor();
  await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null);
  await page.waitForTimeout(1_000);
  // What the page itself names comes before the room stands; what the room then asks for comes under what is seen.
  const named = await page.locator('head link[href^="/"]').evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
  const [before, after] = [[], []];
  for (const [file, size] of await Promise.all(files)) (file === path || named.includes(file) ? before : after).push(size);
  const kb = (all) => (all.reduce((sum, size) => sum + size, 0) / 1000).toFixed(1);
  console.log(
    `${short(path)}: first load ${kb(before)} KB in ${before.length} files (goal 350), then ${kb(after)} KB for what stands below`,
  );
  await context.close();
}

const short = (path) => path.replace(/cmp_\w+/, '…');

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'flighting-bench-'));
  const child = spawn(
    process.env.FLIGHTING_BIN,
    ['serve', '--sandbox', '--listen', '127.0.0.1:0', '--database', join(folder, 'flighting.db')],
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const planner = await new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error('the server ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('planner: ')) resolve(line.slice('planner: '.length).trim());
    });
  });
  const address = new URL(planner);
  const key = new URLSearchParams(address.hash.slice(1)).get('key');
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  return { origin: address.origin, hash: address.hash, key, stop };
}

async function call(server, method, path, body) {
  const answer = await fetch(`${server.origin}/api/buyer${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text).data;
}

/** A draft with so many periods, searched for products. */
async function draft(server, name, periods) {
  const { advertisers } = await call(server, 'GET', '/advertisers');
  const { campaign } = await call(server, 'POST', '/campaigns', {
    advertiserId: advertisers[0].id,
    name,
    campaignType: 'DECISIONED',
    ...weekly(periods),
  });
  const found = await call(server, 'POST', '/discovery/discover-products', {
    advertiserId: advertisers[0].id,
    campaignId: campaign.campaignId,
  });
  return { id: campaign.campaignId, session: found.discoveryId, found };
}

async function slow(page, slower, network) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  if (network) {
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', NETWORK);
  }
}

/** Cold load of a path with a CPU so many times slower: LCP and CLS. */
async function load(browser, server, path, ready, slower) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.seen = { lcp: 0, cls: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.seen.lcp = entry.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.seen.cls += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await slow(page, slower, true);
  await page.goto(`${server.origin}${path}${server.hash}`);
  await page.locator(ready).first().waitFor();
  const seen = await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(globalThis.seen), 1_000)));
  await context.close();
  console.log(`${short(path)}, CPU ${slower === 1 ? 'as it is' : `${slower} times slower`}: LCP ${(seen.lcp / 1000).toFixed(2)} s (goal 2.5), CLS ${seen.cls.toFixed(4)} (goal 0.02)`);
}

/**
 * How quick the machine is just then, the same CPU slow-down on: a page that is none of ours, of which five hundred
 * numbers are written and laid out anew. What keys take goes with it, so that the machine's part can be told from ours.
 */
async function yardstick(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.setContent(Array.from({ length: 500 }, () => '<div>0</div>').join(''));
  await slow(page, SLOWER, false);
  const took = await page.evaluate(async () => {
    const texts = [...document.querySelectorAll('div')].map((div) => div.firstChild);
    const took = [];
    for (let round = 0; round < 60; round += 1) {
      const start = performance.now();
      for (const [index, text] of texts.entries()) text.data = String((index + 1) * (round + 7));
      document.body.getBoundingClientRect();
      took.push(performance.now() - start);
      await new Promise((next) => setTimeout(next, 20));
    }
    return took.slice(10);
  });
  await context.close();
  return percentile(took, 0.5);
}

/**
 * Where the machine stands with a slow-down: the mean of how often in ten seconds it puts together ten thousand
 * letters, and how often it copies a hundred thousand numbers, in hundreds.
 */
async function strength(browser, slower) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await slow(page, slower, false);
  const index = await page.evaluate(() => {
    const often = (work) => {
      const start = performance.now();
      let done = 0;
      for (; performance.now() - start < 1_000; done += 1) work();
      return (done * 100) / (performance.now() - start);
    };
    const [from, to] = [0, 0].map(() => Array.from({ length: 100_000 }, (_, at) => at));
    const letters = often(() => {
      let text = '';
      for (let at = 0; at < 10_000; at += 1) text += 'a';
      return text.length;
    });
    const numbers = often(() => {
      for (let at = 0; at < from.length; at += 1) to[at] = from[at];
    });
    return (letters + numbers) / 2;
  });
  await context.close();
  return Math.round(index);
}

/** Keys typed into a plan of 1,000 packages. */
async function keys(browser, server) {
  const [periods, products] = [20, 50];
  const { id, session } = await draft(server, 'Thousand', periods);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.route(
    (url) => url.pathname.endsWith(`/discovery/${session}/products`),
    selling(session, products),
  );
  await page.addInitScript(() => {
    globalThis.typed = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') globalThis.typed.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  });
  await page.goto(`${server.origin}/campaigns/${id}/plan${server.hash}`);
  await page.locator('.package-cell').nth(periods * products - 1).waitFor({ state: 'attached' });
  const packages = await page.locator('.package-cell').count();
  await slow(page, SLOWER, false);
  // What is typed first, and the key that alternates with Backspace: both read, so that the plan changes with each.
  for (const [what, label, first, key, every] of [
    ['a weight: every cell changes', 'Weight of Week 3', '1.2', '5', true],
    ['a product’s budget', 'Budget of Product 7', '2000', '5', false],
    ['a weight, and it is empty after every other key', 'Weight of Week 3', '', '2', false],
  ]) {
    const before = await yardstick(browser);
    const field = page.getByLabel(label, { exact: true });
    await page.bringToFront();
    await field.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.type(first);
    await page.waitForTimeout(2_000);
    await page.evaluate(() => (globalThis.typed = []));
    const shown = new Set();
    for (let press = 0; press < KEYS; press += 1) {
      await page.keyboard.press(press % 2 === 0 ? key : 'Backspace');
      await page.waitForTimeout(120);
      if (every && press < 2) shown.add(await page.locator('.sheet').textContent());
    }
    if (every && shown.size < 2) throw new Error(`${what}: it did not`);
    await page.waitForTimeout(500);
    const typed = await page.evaluate(() => globalThis.typed);
    // Keys painted within 16 ms make no entry: they count as 16.
    const all = [...typed, ...Array(Math.max(0, KEYS - typed.length)).fill(16)];
    const machine = [before, await yardstick(browser)].map((took) => took.toFixed(1));
    console.log(
      `keystroke to paint, ${packages} packages, ${what}: p50 ${percentile(all, 0.5)} ms, p95 ${percentile(all, 0.95)} ms (goal 100), worst ${percentile(all, 1)} ms; a plain page before and after: ${machine.join(', ')} ms`,
    );
  }
  await context.close();
}

const server = await start();
const browser = await chromium.launch({
  executablePath: process.env.FLIGHTING_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});
try {
  console.log(
    `this machine, benchmark index: ${await strength(browser, 1)}; ${SLOWER} times slower: ${await strength(browser, SLOWER)}`,
  );
  const { id } = await draft(server, 'Twelve weeks', 12);
  await weight(browser, server, '/campaigns', '.list th a');
  await weight(browser, server, `/campaigns/${id}/plan`, '.sheet .head-cell');
  await weight(browser, server, `/campaigns/${id}`, '.head h1');
  await weight(browser, server, `/campaigns/${id}/products`, '.head h1');
  for (const slower of [1, SLOWER]) {
    await load(browser, server, '/campaigns', '.list th a', slower);
    await load(browser, server, `/campaigns/${id}/plan`, '.sheet .head-cell', slower);
  }
  await keys(browser, server);
} finally {
  await browser.close();
  await server.stop();
}
