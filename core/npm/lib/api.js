import * as core from '../wasm/core.js';
import { bytes, marked, timed } from './bytes.js';
import { FlightingError, misuse } from './error.js';
import { call, instanceNumber } from './instance.js';

const answer = (ask) => JSON.parse(call(ask));

function verdict(ask) {
  const refused = call(ask);
  if (refused === undefined) return { valid: true, issues: [], error: null };
  const error = JSON.parse(refused);
  return { valid: false, issues: error.details?.issues ?? [], error };
}

export const version = () => call(() => core.version());

export function validateCampaign(campaign, options) {
  return verdict(() => core.validateCampaign(bytes(campaign), marked(options ?? null)));
}

export function validatePlan(plan, options) {
  return verdict(() => core.validatePlan(bytes(plan), timed(options)));
}

export function validateCampaignUpdate(current, patch, options) {
  return verdict(() => core.validateCampaignUpdate(bytes(current), bytes(patch), timed(options)));
}

export function validatePacing(pacingPeriods, within, options) {
  return verdict(() => core.validatePacing(bytes(pacingPeriods), bytes(within ?? {}), marked(options ?? null)));
}

export function validateGoals(performanceConfig) {
  return verdict(() => core.validateGoals(bytes(performanceConfig)));
}

export function validateCaps(frequencyCaps) {
  return verdict(() => core.validateCaps(bytes(frequencyCaps)));
}

export function resolvePacing(plan, options) {
  return answer(() => core.resolvePacing(bytes(plan), marked(options ?? null)));
}

export function budgetSummary(plan, options) {
  return answer(() => core.budgetSummary(bytes(plan), marked(options ?? null)));
}

export function planPackages(plan, options) {
  return answer(() => core.planPackages(bytes(plan), timed(options)));
}

export function explain(plan, path, options) {
  if (plan instanceof Plan) return plan.explain(path);
  return answer(() => core.explain(bytes(plan), String(path), marked(options ?? null)));
}

export function rollUp(mediaBuys) {
  return answer(() => core.rollUp(bytes(mediaBuys)));
}

export function allowedCommands(campaign, options) {
  // A bare word is a status; JSON text of a campaign begins with a brace.
  const isWord = typeof campaign === 'string' && /^[A-Za-z_]*$/.test(campaign);
  return answer(() => core.allowedCommands(bytes(isWord ? { status: campaign } : campaign), timed(options)));
}

export function creativeCoverage(products, supplied) {
  return call(() => core.creativeCoverage(bytes(products), bytes(supplied)));
}

export function plannedCurve(plan, options) {
  return answer(() => core.plannedCurve(bytes(plan), timed(options)));
}

export function pace(delivered, plan, options) {
  return answer(() => core.pace(bytes(delivered), bytes(plan), timed(options)));
}

export function split(total, weights) {
  return Array.from(call(() => core.split(floats([total]), floats(weights))));
}

export function splitAll(totals, weights) {
  return call(() => core.split(floats(totals), floats(weights)));
}

export function table(rows, columns) {
  return call(() => core.table(floats(rows), floats(columns)));
}

/** Whole units as floats; what is no number becomes NaN and is refused by the core. */
function floats(list) {
  return list instanceof Float64Array ? list : Float64Array.from(list, Number);
}

/** A plan that is held while it is edited. */
export class Plan {
  #held;
  #instance;
  #totals;
  #issues;
  #changed;

  constructor(plan, options) {
    this.#held = call(() => new core.HeldPlan(bytes(plan), timed(options)));
    this.#instance = instanceNumber();
  }

  #call(ask) {
    if (this.#held === undefined) throw misuse('this plan was freed');
    if (this.#isLost()) {
      const message = 'this plan was lost when the core stopped unexpectedly: make a new one from what you keep of it';
      throw new FlightingError({ code: 'INTERNAL_ERROR', message });
    }
    return call(() => ask(this.#held));
  }

  #isLost() {
    return this.#instance !== instanceNumber();
  }

  #edited() {
    this.#totals = this.#issues = this.#changed = undefined;
  }

  set(path, value) {
    if (value === undefined) return this.remove(path);
    this.#call((held) => held.set(String(path), marked(value)));
    this.#edited();
    return this;
  }

  remove(path) {
    this.#call((held) => held.remove(String(path)));
    this.#edited();
    return this;
  }

  undo() {
    const done = this.#call((held) => held.undo());
    if (done) this.#edited();
    return done;
  }

  redo() {
    const done = this.#call((held) => held.redo());
    if (done) this.#edited();
    return done;
  }

  get totals() {
    if (this.#totals === undefined) {
      const text = this.#call((held) => held.totals());
      this.#totals = text === undefined ? null : Object.freeze(JSON.parse(text));
    }
    return this.#totals;
  }

  get issues() {
    if (this.#issues === undefined) {
      const text = this.#call((held) => held.issues());
      this.#issues = Object.freeze(text === undefined ? [] : JSON.parse(text));
    }
    return this.#issues;
  }

  get changed() {
    if (this.#changed === undefined) {
      this.#changed = Object.freeze(JSON.parse(this.#call((held) => held.changed())));
    }
    return this.#changed;
  }

  packages() {
    return JSON.parse(this.#call((held) => held.packages()));
  }

  explain(path) {
    return JSON.parse(this.#call((held) => held.explain(String(path))));
  }

  toJSON() {
    return JSON.parse(this.#call((held) => held.document()));
  }

  free() {
    // The place where a lost plan lay is somebody else's in the new instance.
    if (!this.#isLost()) this.#held?.free();
    this.#held = undefined;
    this.#edited();
  }
}

if (Symbol.dispose) Plan.prototype[Symbol.dispose] = Plan.prototype.free;

export { FlightingError };
export { isInitialized } from './instance.js';
