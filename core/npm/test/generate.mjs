// Plans by chance from a seed, good and broken ones; the same in Node and in Chromium.

/** A small generator of chance (xorshift, 32 bits): equal seeds give equal plans everywhere. */
export function chance(seed) {
  let state = seed | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (n) => next() % n;
  return { below, from: (min, max) => min + below(max - min + 1), pick: (list) => list[below(list.length)], often: (percent) => below(100) < percent };
}

const CURRENCIES = [['JPY', 0], ['EUR', 2], ['USD', 2], ['KWD', 3], ['CLF', 4]];
const DAY = 86_400_000;
const day = (offset) => new Date(Date.UTC(2027, 0, 1) + offset * DAY).toISOString().slice(0, 10);

/** Decimal text of whole smallest units. */
function amount(units, digits) {
  const text = String(units).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

const BROKEN = [0, -1, '', 'abc', '1,5', null, true, [], {}, '1e3', 1e300, 0.123456, '999999999999999999', NaN, undefined];

/** One plan with the options it is asked with. */
export function plan(seed) {
  const random = chance(Math.imul(seed + 1, 2_654_435_761));
  const { below, from, pick, often } = random;
  const [currency, digits] = pick(CURRENCIES);
  const first = from(0, 60);
  const last = first + from(0, often(5) ? 400 : 90);
  const totalUnits = often(10) ? from(1, 50) : from(1, 2_000_000_000) * (often(5) ? 400_000 : 1);
  const money = (units) => (often(50) ? amount(units, digits) : Number(amount(units, digits)));
  const fees = Array.from({ length: below(4) }, () =>
    often(70)
      ? { pricingType: 'MARGIN', marginPercent: Number((from(0, 300_000) / 10_000).toFixed(4)) }
      : { pricingType: 'FLAT', amount: money(below(Math.max(1, Math.floor(totalUnits / 10)))), label: `fee ${below(9)}` },
  );
  const mode = pick(['weight', 'weight', 'budget']);
  const periods = [];
  let at = first;
  const count = from(1, often(10) ? 52 : 6);
  while (periods.length < count && at <= last) {
    const end = Math.min(last, at + below(20));
    periods.push({
      label: pick(['Tease', 'Launch', 'Sustain', 'Ünïcode 期間', ' trimmed ']),
      start: day(at),
      end: day(end),
      ...(mode === 'weight' ? { weight: often(10) ? 0 : Number((below(100_001) / 10_000).toFixed(4)) } : { budget: money(Math.floor(totalUnits / (count + below(3)))) }),
    });
    at = end + 1 + (often(30) ? below(5) : 0);
  }
  const products = Array.from({ length: often(80) ? from(1, 8) : 0 }, (_, index) => ({
    productId: `prod_${index}`,
    salesAgentId: `agt_${'abc'[below(3)]}`,
    ...(often(60) && { budget: money(1 + below(Math.max(1, Math.floor(totalUnits / 8)))) }),
    ...(often(20) && { bidPrice: from(1, 9_999) / 100 }),
    ...(often(10) && { minSpendPerPackage: from(1, 1_000) }),
  }));
  const body = {
    advertiserId: 'adv_1',
    name: pick(['Summer', 'Winter "24"', 'Ostern \u{1F423}', 'x'.repeat(255)]),
    campaignType: pick(['DECISIONED', 'ROUTED']),
    flightDates: { startDate: day(first), endDate: often(80) ? day(last) : `${day(last)}T${pick(['00:00:00', '12:30:15', '23:59:59.5'])}Z` },
    budget: { total: money(totalUnits), currency, ...(often(30) && { dailyCap: money(1 + below(totalUnits)) }), ...(often(50) && { pacing: pick(['EVEN', 'ASAP', 'FRONTLOADED']) }) },
    ...(often(80) && { fees }),
    ...(often(75) && { pacingPeriods: { mode, periods } }),
    ...(often(30) && { constraints: { channels: ['display', 'ctv'].slice(0, 1 + below(2)), countries: ['US', 'DE', 'JP'].slice(0, 1 + below(3)) } }),
    ...(often(30) && { performanceConfig: { optimizationGoals: [{ kind: 'metric', metric: 'clicks', target: { kind: 'cost_per', value: from(1, 500) / 100 } }] } }),
    ...(often(30) && { frequencyCaps: [{ max_impressions: from(1, 9), window: { interval: from(1, 30), unit: pick(['minutes', 'hours', 'days']) } }] }),
    products,
  };
  if (often(35)) {
    for (let times = from(1, 3); times > 0; times -= 1) spoil(body, random);
  }
  const now = day(from(first - 20, last + 5));
  return { body, options: { currency: often(95) ? currency : 'EUR', now: `${now}T08:00:00Z`, strict: often(30), ...(often(20) && { marginPercent: from(0, 30) }) } };
}

/** Breaks something somewhere: another value, a member gone, one too many. */
function spoil(value, random) {
  const { below, pick, often } = random;
  for (let depth = 0; depth < 5; depth += 1) {
    const keys = Object.keys(value);
    if (keys.length === 0) return;
    const key = keys[below(keys.length)];
    const inner = value[key];
    if (inner !== null && typeof inner === 'object' && often(75)) {
      value = inner;
      continue;
    }
    if (often(15) && !Array.isArray(value)) value[`extra${below(3)}`] = 1;
    else if (often(25)) Array.isArray(value) ? value.splice(Number(key), 1) : delete value[key];
    else value[key] = pick(BROKEN);
    return;
  }
}

/** The JSON text of a plan, as every side reads it. */
export const planText = (seed) => {
  const { body, options } = plan(seed);
  return { plan: JSON.stringify(body), options: JSON.stringify(options) };
};

/** Everything the core says of one plan, as one text. */
export function answersOf(core, text) {
  const options = JSON.parse(text.options);
  const said = (ask) => {
    try {
      return JSON.stringify(ask());
    } catch (error) {
      return JSON.stringify([error.code, error.message, error.issues]);
    }
  };
  return [
    said(() => core.validatePlan(text.plan, options).error),
    said(() => core.budgetSummary(text.plan, options)),
    said(() => core.resolvePacing(text.plan, options)),
    said(() => core.planPackages(text.plan, options)),
    said(() => core.plannedCurve(text.plan, options)),
    said(() => core.explain(text.plan, 'products[0].packages[0].budget', options)),
  ].join('\n');
}
