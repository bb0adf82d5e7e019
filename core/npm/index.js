// For bundlers, browsers and workers. Nothing runs until `init` or `initSync` is called.
import { misuse } from './lib/error.js';
import { isInitialized, start } from './lib/instance.js';

export * from './lib/api.js';

let starting;

/** Fetches and starts the core once; every later call waits for the first. */
export function init(source) {
  if (isInitialized()) return Promise.resolve();
  starting ??= load(source ?? new URL('./wasm/core_bg.wasm', import.meta.url)).then(start);
  return starting.catch((cause) => {
    starting = undefined;
    throw cause;
  });
}

/** Starts the core with a compiled module or its bytes. */
export function initSync(source) {
  if (source === undefined) throw misuse('`initSync` takes the bytes or the compiled module here; use `await init()`');
  start(source);
}

async function load(source) {
  const given = await source;
  if (given instanceof WebAssembly.Module || ArrayBuffer.isView(given) || given instanceof ArrayBuffer) return given;
  const response = given instanceof Response ? given : await fetch(given);
  if (!response.ok) throw misuse(`\`${response.url}\` answered ${response.status} instead of the core's WebAssembly`);
  return WebAssembly.compile(await response.arrayBuffer());
}
