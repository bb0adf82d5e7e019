import { misuse } from './error.js';

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/**
 * The bytes of a plan. JSON text and bytes go as they are; an object is written as JSON first, here,
 * so that its getters and `toJSON` run outside of WebAssembly and may throw what they like.
 */
export function bytes(value) {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encoder.encode(value);
  if (value === undefined) return NOTHING;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return marked(value);
}

/** The bytes of a value that is never JSON text: a text is a text. */
export function marked(value) {
  let text;
  try {
    text = JSON.stringify(value, mark);
  } catch (cause) {
    throw misuse(`expected something that JSON can hold: ${cause?.message ?? cause}`, cause);
  }
  if (text === undefined) throw misuse(`expected something that JSON can hold, got a ${typeof value}`);
  // The zero in front says that texts in it may be marked.
  return encoder.encode(`\0${text}`);
}

/**
 * Numbers that JSON cannot write go as texts behind a zero character, so that core can name them
 * instead of getting `null`; a text that begins so itself gets one more.
 */
function mark(_name, value) {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : `\0${value}`;
    case 'bigint':
      return `\0${value}`;
    case 'string':
      return value.charCodeAt(0) === 0 ? `\0${value}` : value;
    default:
      return value;
  }
}

/** Options, with the time of asking where they name none. */
export function timed(options) {
  return marked({ now: new Date().toISOString(), ...options });
}
