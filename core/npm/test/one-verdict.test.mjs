// The vectors that `cargo test` runs, in Node and in Chromium; and plans by chance, whose answers have equal digests
// natively, in Node and in Chromium.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as core from '../index.node.js';
import { runVectors } from './answers.mjs';
import { launch, quietPage } from './browser.mjs';
import { inChromium, inNode, native } from './digests.mjs';
import { serve } from './server.mjs';

const PLANS = 1_000;

function vectorFiles() {
  const root = new URL('../../tests/vectors/', import.meta.url);
  const files = {};
  for (const folder of readdirSync(root)) {
    for (const name of readdirSync(new URL(`${folder}/`, root))) {
      files[`${folder}/${name}`] = JSON.parse(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'));
    }
  }
  return files;
}

let server;
let browser;
let page;
let troubles;

before(async () => {
  core.initSync();
  server = await serve({
    '/': () => '<!doctype html><html lang="en"><title>core</title><script type="module" src="/test/browser-page.mjs"></script></html>',
    '/test': fileURLToPath(new URL('.', import.meta.url)),
    '/package': fileURLToPath(new URL('..', import.meta.url)),
  });
  browser = await launch();
  ({ page, troubles } = await quietPage(browser));
  await page.goto(`${server.origin}/`);
  await page.waitForFunction(() => globalThis.ready);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('every vector is answered in Node as cargo test answers it', () => {
  const { passed, failures } = runVectors(core, vectorFiles());
  assert.deepEqual(failures, []);
  assert.ok(passed > 250, `${passed} cases`);
});

test('and in Chromium, under a policy that allows wasm and no eval', async () => {
  assert.equal(await page.evaluate(() => globalThis.ready), core.version());
  assert.equal(await page.evaluate(() => globalThis.evalIsOff), true);
  const { passed, failures } = await page.evaluate((files) => globalThis.vectors(files), vectorFiles());
  assert.deepEqual(failures, []);
  assert.ok(passed > 250, `${passed} cases`);
  assert.deepEqual(troubles, []);
});

test('in a worker', async () => {
  const summary = await page.evaluate(() => globalThis.inWorker());
  assert.equal(summary.mediaBudget, 920);
});

test(`${PLANS} plans by chance have equal digests natively, in Node and in Chromium`, async () => {
  const [here, outside, there] = [inNode(core, PLANS), await native(process.env.FLIGHTING_ANSWERS, PLANS), await inChromium(page, PLANS)];
  assert.deepEqual(outside, here);
  assert.deepEqual(there, here);
});
