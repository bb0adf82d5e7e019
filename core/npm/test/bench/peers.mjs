// The rules of a plan written out in full with other libraries: the members that the measured plans have, each with all
// its limits, unknown members refused, and the rules between members. Money by decimal.js. The same for zod and for
// valibot; `moneyRules` is shared. Rules of members that the measured plans do not have (brief, constraints, audiences,
// goals, caps, discovery) are not written here; ours looks for those members all the same.
import { Decimal } from 'decimal.js';
import * as v from 'valibot';
import { z } from 'zod';

import { decimalJs } from './splitters.mjs';

const DIGITS = 2;
const MOST = new Decimal('9999999999999.99');
const ID = /^[A-Za-z0-9_-]{1,60}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;

function toDecimal(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? new Decimal(value) : null;
  return typeof value === 'string' && DECIMAL.test(value.trim()) ? new Decimal(value.trim()) : null;
}
const isDay = (text) => {
  if (!DAY.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text && text >= '1970-01-01';
};
const isInstant = (text) => isDay(text) || (INSTANT.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)));
/** What is wrong with an amount; nothing where it is right. */
function amountTrouble(value, least) {
  const decimal = toDecimal(value);
  if (decimal === null) return 'expected an amount';
  if (decimal.decimalPlaces() > DIGITS) return `expected at most ${DIGITS} decimals`;
  if (decimal.abs().greaterThan(MOST)) return 'expected an amount of at most 15 digits';
  if (least === 'above' ? decimal.lessThanOrEqualTo(0) : decimal.lessThan(0)) return 'expected more';
  return undefined;
}
function rateTrouble(value, { min, above, max, decimals }) {
  const decimal = toDecimal(value);
  if (decimal === null) return 'expected a number';
  if (decimal.decimalPlaces() > decimals) return `expected at most ${decimals} decimals`;
  if (above !== undefined && decimal.lessThanOrEqualTo(above)) return `expected more than ${above}`;
  if (min !== undefined && decimal.lessThan(min)) return `expected at least ${min}`;
  if (decimal.greaterThan(max)) return `expected at most ${max}`;
  return undefined;
}
const hasControl = (text) => /\p{Cc}/u.test(text);
const length = (text) => Array.from(text.trim()).length;
const lineTrouble = (text, max) => {
  if (hasControl(text.trim())) return 'expected text without control characters';
  const count = length(text);
  return count < 1 || count > max ? `expected 1 to ${max} characters` : undefined;
};
const idOf = (prefix) => (text) => text.startsWith(prefix) && ID.test(text.slice(prefix.length));

const startOf = (text) => Date.parse(isDay(text) ? `${text}T00:00:00Z` : text);
const endOf = (text) => Date.parse(isDay(text) ? `${text}T23:59:59Z` : text);

/** The rules that bind members to each other; `add(path, message)` for each that is broken. Answers with the totals. */
export function moneyRules(plan, add) {
  const total = toDecimal(plan.budget.total);
  const start = startOf(plan.flightDates.startDate);
  const end = endOf(plan.flightDates.endDate);
  if (end <= start) add(['flightDates', 'endDate'], 'expected an end after the start');
  else if ((end - start) / 86_400_000 > 3_660) add(['flightDates', 'endDate'], 'expected at most 3660 days');
  if (plan.budget.dailyCap !== undefined && toDecimal(plan.budget.dailyCap).greaterThan(total)) add(['budget', 'dailyCap'], 'expected at most the total');
  let percent = new Decimal(0);
  let flat = new Decimal(0);
  for (const fee of plan.fees ?? []) {
    if (fee.pricingType === 'MARGIN') percent = percent.plus(toDecimal(fee.marginPercent));
    else flat = flat.plus(toDecimal(fee.amount));
  }
  if (percent.greaterThan(100)) add(['fees'], 'expected percents of at most 100 in sum');
  const margin = total.times(percent).dividedBy(100).toDecimalPlaces(DIGITS, Decimal.ROUND_HALF_UP);
  const fees = margin.plus(flat);
  if (fees.greaterThan(total)) add(['fees'], 'expected fees of at most the total');
  const media = total.minus(fees);
  const schedule = plan.pacingPeriods;
  if (schedule) {
    const first = new Date(start).toISOString().slice(0, 10);
    const last = new Date(end - (end % 86_400_000 === 0 ? 1 : 0)).toISOString().slice(0, 10);
    let before = '';
    let sum = new Decimal(0);
    let isAllZero = true;
    schedule.periods.forEach((period, index) => {
      if (period.end < period.start) add(['pacingPeriods', 'periods', index, 'end'], 'expected an end on or after the start');
      if (period.start <= before) add(['pacingPeriods', 'periods', index, 'start'], 'expected a day after the period before');
      before = period.end;
      for (const member of ['start', 'end']) {
        if (period[member] < first || period[member] > last) add(['pacingPeriods', 'periods', index, member], 'expected a day of the flight');
      }
      const share = toDecimal(schedule.mode === 'weight' ? period.weight : period.budget);
      if (!share.isZero()) isAllZero = false;
      if (schedule.mode === 'budget') sum = sum.plus(share);
    });
    if (isAllZero) add(['pacingPeriods', 'periods'], 'expected one above 0');
    if (sum.greaterThan(total)) add(['pacingPeriods', 'periods'], 'expected budgets of at most the total in sum');
  }
  const seen = new Set();
  let asked = new Decimal(0);
  let open = 0;
  (plan.products ?? []).forEach((product, index) => {
    const key = `${product.salesAgentId} ${product.productId}`;
    if (seen.has(key)) add(['products', index, 'productId'], 'stands here twice');
    seen.add(key);
    if (product.budget === undefined) open += 1;
    else asked = asked.plus(toDecimal(product.budget));
  });
  const left = Decimal.max(0, media.minus(asked));
  // The even shares are whole cents; the last of them gets nothing where there are fewer cents than products.
  if (open > 0 && left.times(100).lessThan(open)) add(['products'], 'no money is left');
  const planned = open > 0 ? asked.plus(left) : asked;
  return { total, feesTotal: fees, mediaBudget: media, plannedBudget: planned, shortBy: Decimal.max(0, planned.minus(media)), left, open };
}

// zod

const text = (trouble) => z.string().superRefine((value, context) => refine(context, trouble(value)));
const refine = (context, trouble) => {
  if (trouble !== undefined) context.addIssue({ code: 'custom', message: trouble });
};
const decimal = (trouble) => z.union([z.number(), z.string()]).superRefine((value, context) => refine(context, trouble(value)));
const money = (least) => decimal((value) => amountTrouble(value, least));
const price = decimal((value) => rateTrouble(value, { above: 0, max: 1_000_000, decimals: 6 }));
const zPeriod = { label: text((value) => lineTrouble(value, 100)), start: z.string().refine(isDay), end: z.string().refine(isDay) };
const zPlan = z
  .strictObject({
    advertiserId: z.string().refine(idOf('adv_')),
    name: text((value) => lineTrouble(value, 255)),
    campaignType: z.enum(['DECISIONED', 'ROUTED']),
    flightDates: z.strictObject({ startDate: z.string().refine(isInstant), endDate: z.string().refine(isInstant) }),
    budget: z.strictObject({ total: money('above'), currency: z.literal('EUR').optional(), dailyCap: money('above').optional(), pacing: z.enum(['EVEN', 'ASAP', 'FRONTLOADED']).optional() }),
    fees: z
      .array(
        z.discriminatedUnion('pricingType', [
          z.strictObject({ pricingType: z.literal('MARGIN'), marginPercent: decimal((value) => rateTrouble(value, { min: 0, max: 100, decimals: 4 })), amount: z.unknown().optional(), currency: z.literal('EUR').optional(), label: text((value) => lineTrouble(value, 100)).optional() }),
          z.strictObject({ pricingType: z.literal('FLAT'), amount: money('zero'), currency: z.literal('EUR').optional(), label: text((value) => lineTrouble(value, 100)).optional() }),
        ]),
      )
      .max(20)
      .optional(),
    pacingPeriods: z
      .discriminatedUnion('mode', [
        z.strictObject({ mode: z.literal('weight'), periods: z.array(z.strictObject({ ...zPeriod, weight: decimal((value) => rateTrouble(value, { min: 0, max: 10, decimals: 4 })), budget: z.unknown().optional(), mediaBudget: z.unknown().optional(), executed: z.unknown().optional() })).min(1).max(52) }),
        z.strictObject({ mode: z.literal('budget'), periods: z.array(z.strictObject({ ...zPeriod, budget: money('zero'), mediaBudget: z.unknown().optional(), executed: z.unknown().optional() })).min(1).max(52) }),
      ])
      .nullable()
      .optional(),
    products: z
      .array(
        z.strictObject({
          productId: text((value) => lineTrouble(value, 255)),
          salesAgentId: z.string().refine(idOf('agt_')),
          pricingOptionId: text((value) => lineTrouble(value, 255)).optional(),
          budget: money('above').optional(),
          bidPrice: price.nullable().optional(),
          name: text((value) => lineTrouble(value, 255)).optional(),
          salesAgentName: text((value) => lineTrouble(value, 255)).optional(),
          minSpendPerPackage: price.nullable().optional(),
          formats: z.array(z.strictObject({ agent_url: z.string(), id: z.string() })).optional(),
        }),
      )
      .max(1_000)
      .optional(),
  })
  .superRefine((plan, context) => {
    moneyRules(plan, (path, message) => context.addIssue({ code: 'custom', path, message }));
  });

export const zodCheck = (plan) => zPlan.safeParse(plan).error?.issues ?? [];

// valibot

const vText = (trouble) => v.pipe(v.string(), v.check((value) => trouble(value) === undefined));
const vDecimal = (trouble) => v.pipe(v.union([v.number(), v.string()]), v.check((value) => trouble(value) === undefined));
const vMoney = (least) => vDecimal((value) => amountTrouble(value, least));
const vPrice = vDecimal((value) => rateTrouble(value, { above: 0, max: 1_000_000, decimals: 6 }));
const vLine = (max) => vText((value) => lineTrouble(value, max));
const vPeriod = { label: vLine(100), start: v.pipe(v.string(), v.check(isDay)), end: v.pipe(v.string(), v.check(isDay)) };
const vAny = v.optional(v.unknown());
const vPlan = v.pipe(
  v.strictObject({
    advertiserId: v.pipe(v.string(), v.check(idOf('adv_'))),
    name: vLine(255),
    campaignType: v.picklist(['DECISIONED', 'ROUTED']),
    flightDates: v.strictObject({ startDate: v.pipe(v.string(), v.check(isInstant)), endDate: v.pipe(v.string(), v.check(isInstant)) }),
    budget: v.strictObject({ total: vMoney('above'), currency: v.optional(v.literal('EUR')), dailyCap: v.optional(vMoney('above')), pacing: v.optional(v.picklist(['EVEN', 'ASAP', 'FRONTLOADED'])) }),
    fees: v.optional(
      v.pipe(
        v.array(
          v.variant('pricingType', [
            v.strictObject({ pricingType: v.literal('MARGIN'), marginPercent: vDecimal((value) => rateTrouble(value, { min: 0, max: 100, decimals: 4 })), amount: vAny, currency: v.optional(v.literal('EUR')), label: v.optional(vLine(100)) }),
            v.strictObject({ pricingType: v.literal('FLAT'), amount: vMoney('zero'), currency: v.optional(v.literal('EUR')), label: v.optional(vLine(100)) }),
          ]),
        ),
        v.maxLength(20),
      ),
    ),
    pacingPeriods: v.nullish(
      v.variant('mode', [
        v.strictObject({ mode: v.literal('weight'), periods: v.pipe(v.array(v.strictObject({ ...vPeriod, weight: vDecimal((value) => rateTrouble(value, { min: 0, max: 10, decimals: 4 })), budget: vAny, mediaBudget: vAny, executed: vAny })), v.minLength(1), v.maxLength(52)) }),
        v.strictObject({ mode: v.literal('budget'), periods: v.pipe(v.array(v.strictObject({ ...vPeriod, budget: vMoney('zero'), mediaBudget: vAny, executed: vAny })), v.minLength(1), v.maxLength(52)) }),
      ]),
    ),
    products: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            productId: vLine(255),
            salesAgentId: v.pipe(v.string(), v.check(idOf('agt_'))),
            pricingOptionId: v.optional(vLine(255)),
            budget: v.optional(vMoney('above')),
            bidPrice: v.nullish(vPrice),
            name: v.optional(vLine(255)),
            salesAgentName: v.optional(vLine(255)),
            minSpendPerPackage: v.nullish(vPrice),
            formats: v.optional(v.array(v.strictObject({ agent_url: v.string(), id: v.string() }))),
          }),
        ),
        v.maxLength(1_000),
      ),
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed) moneyRules(dataset.value, (_path, message) => addIssue({ message }));
  }),
);

export const valibotCheck = (plan) => v.safeParse(vPlan, plan).issues ?? [];

/** All packages of a plan, one way (each product's money over the periods), by decimal.js. */
export function packagesByDecimals(plan) {
  const { left, open } = moneyRules(plan, () => {});
  const shares = open > 0 ? decimalJs(left, Array.from({ length: open }, () => 1)) : [];
  const weights = plan.pacingPeriods.periods.map((period) => toDecimal(period.weight).times((Date.parse(period.end) - Date.parse(period.start)) / 86_400_000 + 1));
  let next = 0;
  return plan.products.map((product) => decimalJs(product.budget === undefined ? shares[next++] : toDecimal(product.budget), weights));
}
