// The functions of @flighting/core. The plain types are made of the Rust types: see types.d.ts.
import type {
  AllowedCommand,
  BudgetSummary,
  BuyStandingIn,
  CampaignIn,
  CampaignPatchIn,
  CreativeFormats,
  CurveLineIn,
  CurveOut,
  DecimalInput,
  DeliveredIn,
  ErrorBody,
  ErrorCode,
  ErrorDetails,
  Explanation,
  FormatId,
  FrequencyCapIn,
  PacingPeriodsIn,
  PacingPeriodsOut,
  PerformanceConfig,
  PlanOptions,
  PlanProductIn,
  PlanTotals,
  PlannedPackages,
  RollUpOut,
  StandingOut,
  Violation,
} from './types.js';

export * from './types.js';

/** JSON text as it came, or its bytes in UTF-8. Faster than an object, and read exactly as the API reads a body. */
export type JsonText = string | Uint8Array | ArrayBuffer;

/** A value of this shape, or its JSON text. Members may hold anything: what is wrong is told. */
export type Checked<T> = JsonText | T | Record<string, unknown>;

/** A plan: the body of `POST /campaigns` with its products. Functions read the members that they need. */
export interface PlanIn extends Omit<Partial<CampaignIn>, 'productIds'> {
  /** The selected products, at most 1,000. */
  products?: PlanProductIn[];
  /** What media buys hold already, in major units; 0 when left out. */
  allocatedBudget?: DecimalInput;
}

/** Lines to lay over days, instead of a plan. */
export interface CurveIn {
  /** ISO 4217. */
  currency: string;
  /** The most money in one UTC day over all lines, in major units. */
  dailyCap?: DecimalInput;
  /** At most 10,000. */
  lines: CurveLineIn[];
}

/** What the API would say: nothing, or exactly the error it would answer with. */
export type Verdict =
  | { valid: true; issues: []; error: null }
  | {
      valid: false;
      /** Everything wrong with the input, in the API's fixed order; empty where the refusal is about something else. */
      issues: Violation[];
      /** The `error` member of the API's answer, byte for byte. */
      error: ErrorBody;
    };

/** What `init` takes instead of the package's own file: an address, a response, bytes, or a compiled module. */
export type InitSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** Loads and starts the core. Call it once before anything else; later calls wait for the first. */
export function init(source?: InitSource | PromiseLike<InitSource>): Promise<void>;

/** Starts the core at once. In Node the package's own file is read when nothing is given; elsewhere the bytes or the compiled module are needed. */
export function initSync(source?: BufferSource | WebAssembly.Module): void;

/** Whether the core was started. */
export function isInitialized(): boolean;

/** The version of the rules: equal to the server's that has the same ones. */
export function version(): string;

/** What the API says of the body of `POST /campaigns`. The advertiser it names is taken to exist; its currency and margin come with the options. */
export function validateCampaign(campaign: Checked<CampaignIn>, options?: PlanOptions): Verdict;

/** What the API says of a plan: of the campaign, then of its products, then of what they come to. With `strict`, what execute would refuse is told too. */
export function validatePlan(plan: Checked<PlanIn>, options?: PlanOptions): Verdict;

/** What the API says of the body of `PUT /campaigns/{id}`; `current` is the campaign as the API answered it. */
export function validateCampaignUpdate(current: Checked<object>, patch: Checked<CampaignPatchIn>, options?: PlanOptions): Verdict;

/** What the API says of a schedule, paths below `pacingPeriods`. What `within` does not name is not compared. */
export function validatePacing(pacingPeriods: Checked<PacingPeriodsIn>, within?: Checked<Pick<PlanIn, 'flightDates' | 'budget'>>, options?: PlanOptions): Verdict;

/** What the API says of optimisation goals, paths below `performanceConfig`. */
export function validateGoals(performanceConfig: Checked<PerformanceConfig>): Verdict;

/** What the API says of frequency caps, paths below `frequencyCaps`. */
export function validateCaps(frequencyCaps: JsonText | FrequencyCapIn[] | readonly unknown[]): Verdict;

/** What every pacing period comes to, of the total and of the media budget. Needs `budget` and `pacingPeriods`. */
export function resolvePacing(plan: Checked<PlanIn>, options?: PlanOptions): PacingPeriodsOut;

/** Total, fees, media budget, allocated and unallocated. Needs `budget`. */
export function budgetSummary(plan: Checked<PlanIn>, options?: PlanOptions): BudgetSummary;

/** The media buys and packages that executing a draft would make. Needs `flightDates`, `budget` and `products`. */
export function planPackages(plan: Checked<PlanIn>, options?: PlanOptions): PlannedPackages;

/** Why one amount of a plan is what it is: `mediaBudget`, `fees[0].amount`, `pacingPeriods.periods[1].budget`, `products[0].packages[2].budget` … */
export function explain(plan: Checked<PlanIn> | Plan, path: string, options?: PlanOptions): Explanation;

/** The one status of many media buys, the most restrictive, with its reason. */
export function rollUp(mediaBuys: JsonText | readonly (BuyStandingIn | object)[]): RollUpOut;

/** Which commands a campaign takes now: of its status alone, or of the campaign as the API answered it. */
export function allowedCommands(campaign: CampaignStatusWord | Checked<{ status: CampaignStatusWord }>, options?: PlanOptions): AllowedCommand[];

/** The statuses of a campaign. */
export type CampaignStatusWord = 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'COMPLETED' | 'ARCHIVED';

/** Which creative formats products take, which are supplied, and which are missing. */
export function creativeCoverage(products: JsonText | readonly { formats: FormatId[] }[], supplied: JsonText | readonly FormatId[]): CreativeFormats;

/** The money planned for each UTC day, of a plan or of lines. */
export function plannedCurve(plan: Checked<PlanIn> | CurveIn, options?: PlanOptions): CurveOut;

/** Where delivered spend stands against the planned curve of a plan or of lines, or against given figures. */
export function pace(delivered: Checked<DeliveredIn>, plan: Checked<PlanIn> | CurveIn | { currency: string }, options?: PlanOptions): StandingOut;

/** Splits whole smallest units (cents) over weights without losing any: rounded down, odd units to the largest remainders, equal ones to the earliest. */
export function split(total: number, weights: ArrayLike<number>): number[];

/** Splits each total over the same weights; the rows one after the other. */
export function splitAll(totals: ArrayLike<number>, weights: ArrayLike<number>): Float64Array;

/** Rows by columns in whole smallest units, exact both ways; the rows one after the other. Both must have the same sum. */
export function table(rows: ArrayLike<number>, columns: ArrayLike<number>): Float64Array;

/**
 * A plan that is held while it is edited. Call `free` when done, or declare it with `using`. Once the core ran out of memory and was started
 * anew, every plan held before throws `INTERNAL_ERROR`: make it again.
 */
export class Plan {
  /** Takes any plan, right or wrong; only what is no JSON at all throws. */
  constructor(plan: Checked<PlanIn>, options?: PlanOptions);
  /** Sets the value at a path such as `products[3].budget`. One place past the end of a list adds an entry; `undefined` takes the value out. */
  set(path: string, value: unknown): this;
  /** Takes out the member or the entry at a path. */
  remove(path: string): this;
  /** Takes the last edit back; `false` when there is none. */
  undo(): boolean;
  /** Does it again; `false` when there is none. */
  redo(): boolean;
  /** What the plan comes to; `null` while its money cannot be read. */
  readonly totals: Readonly<PlanTotals> | null;
  /** Everything wrong with it, in the API's order. */
  readonly issues: readonly Violation[];
  /** The paths of all amounts that the last edit changed. */
  readonly changed: readonly string[];
  /** What executing it would buy. */
  packages(): PlannedPackages;
  /** Why an amount of it is what it is. */
  explain(path: string): Explanation;
  /** The plan as it is now. */
  toJSON(): PlanIn;
  /** Gives its memory back; after that the plan cannot be used. */
  free(): void;
  [Symbol.dispose](): void;
}

/** What every function throws when it cannot answer. */
export class FlightingError extends Error {
  readonly name: 'FlightingError';
  /** Stable code, as in the API's answers. */
  readonly code: ErrorCode;
  /** Path of the first thing that was wrong. */
  readonly field?: string;
  readonly details?: ErrorDetails;
  /** Everything that was wrong, in the API's order. */
  readonly issues: Violation[];
  constructor(body: ErrorBody, options?: ErrorOptions);
}
