import * as core from '../wasm/core.js';
import { FlightingError, misuse } from './error.js';

let isReady = false;
let instance = 0;

/** Starts with a compiled module or its bytes; a second call changes nothing. */
export function start(module) {
  if (isReady) return;
  try {
    core.initSync({ module });
  } catch (cause) {
    throw misuse(`the WebAssembly of @flighting/core could not be started: ${cause?.message ?? cause}`, cause);
  }
  isReady = true;
}

export function isInitialized() {
  return isReady;
}

/** Which instance runs, counted from 0: what one holds does not exist in the next. */
export function instanceNumber() {
  return instance;
}

/** Every call into the core goes through here: what it throws becomes one kind of Error. */
export function call(ask) {
  if (!isReady) throw misuse('call `await init()` or `initSync()` once before anything else');
  try {
    return ask();
  } catch (thrown) {
    throw toError(thrown);
  }
}

function toError(thrown) {
  if (typeof thrown === 'string') return new FlightingError(JSON.parse(thrown));
  if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
    // Out of memory, or a fault of ours: the instance is given up and a new one takes its place.
    core.__wbg_reset_state();
    instance += 1;
    return new FlightingError(
      { code: 'INTERNAL_ERROR', message: 'the core stopped unexpectedly and was started anew; held plans are lost' },
      { cause: thrown },
    );
  }
  return thrown;
}
