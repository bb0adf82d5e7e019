// Runs in Chromium: the package as a plain page loads it, without a bundler.
import * as core from '/package/index.js';
import { runVectors } from '/test/answers.mjs';
import { answersOf, planText } from '/test/generate.mjs';

const BLOCK = 100;

globalThis.ready = (async () => {
  try {
    core.version();
    throw new Error('the core was started by being imported');
  } catch (error) {
    if (error.code !== 'BAD_REQUEST') throw error;
  }
  await core.init();
  await core.init();
  return core.version();
})();

globalThis.vectors = (files) => runVectors(core, files);

globalThis.digests = async (count, from) => {
  const encoder = new TextEncoder();
  const digests = [];
  for (let begin = from; begin < from + count; begin += BLOCK) {
    let text = '';
    for (let seed = begin; seed < Math.min(begin + BLOCK, from + count); seed += 1) text += `${answersOf(core, planText(seed))}\n`;
    const digest = await crypto.subtle.digest('SHA-256', encoder.encode(text));
    digests.push(Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''));
  }
  return digests;
};

globalThis.inWorker = () =>
  new Promise((answer, refuse) => {
    const worker = new Worker('/test/worker.mjs', { type: 'module' });
    worker.onmessage = ({ data }) => answer(data);
    worker.onerror = (event) => refuse(new Error(event.message));
    worker.postMessage({ budget: { total: '1000.00', currency: 'EUR' }, fees: [{ pricingType: 'MARGIN', marginPercent: 8 }] });
  });

/** Tried by the page itself: what the test evaluates from outside is not held to the policy. */
globalThis.evalIsOff = (() => {
  try {
    new Function('return 1')();
    return false;
  } catch {
    return true;
  }
})();
