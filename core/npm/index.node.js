// For Node. Nothing runs until `init` or `initSync` is called.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { isInitialized, start } from './lib/instance.js';

export * from './lib/api.js';

const file = new URL('./wasm/core_bg.wasm', import.meta.url);
let starting;

/** Reads and starts the core once; every later call waits for the first. */
export function init(source) {
  if (isInitialized()) return Promise.resolve();
  starting ??= load(source).then(start);
  return starting.catch((cause) => {
    starting = undefined;
    throw cause;
  });
}

/** Starts the core at once; without an argument with the file of this package. */
export function initSync(source) {
  start(source ?? readFileSync(file));
}

async function load(source) {
  const given = await (source ?? readFile(file));
  if (given instanceof WebAssembly.Module || ArrayBuffer.isView(given) || given instanceof ArrayBuffer) {
    return given instanceof WebAssembly.Module ? given : WebAssembly.compile(given);
  }
  if (given instanceof URL && given.protocol === 'file:') return WebAssembly.compile(await readFile(given));
  const response = given instanceof Response ? given : await fetch(given);
  return WebAssembly.compile(await response.arrayBuffer());
}
