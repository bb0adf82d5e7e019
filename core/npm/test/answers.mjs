// What answers each folder of core/tests/vectors, through the public functions of the package. The same code
// runs in Node and in Chromium.

const CLF_TOTAL = '99999999999.9999';

/** An argument `{"$text": "…"}` is JSON text as it came. */
const argument = (value) => (value !== null && typeof value === 'object' && '$text' in value ? value.$text : value);

function answered(ask) {
  try {
    return ask();
  } catch (error) {
    if (error?.name !== 'FlightingError') throw error;
    return { error: { code: error.code, message: error.message, ...(error.field !== undefined && { field: error.field }), ...(error.details && { details: error.details }) } };
  }
}

/** The folders that hold whole questions: arguments in, whole answer out. */
function questions(core) {
  const verdict = (name) => (args) => answered(() => core[name](...args).error);
  const value = (name) => (args) => answered(() => core[name](...args));
  return {
    validate_campaign: verdict('validateCampaign'),
    validate_plan: verdict('validatePlan'),
    validate_campaign_update: verdict('validateCampaignUpdate'),
    validate_pacing: verdict('validatePacing'),
    validate_goals: verdict('validateGoals'),
    validate_caps: verdict('validateCaps'),
    resolve_pacing: value('resolvePacing'),
    budget_summary: value('budgetSummary'),
    plan_packages: value('planPackages'),
    explain: value('explain'),
    roll_up: value('rollUp'),
    allowed_commands: value('allowedCommands'),
    creative_coverage: value('creativeCoverage'),
    planned_curve: value('plannedCurve'),
    pace_of: value('pace'),
    held_plan: ([plan, steps, options]) => {
      const held = new core.Plan(plan, options);
      const shown = () => ({ totals: held.totals, issues: held.issues, changed: held.changed });
      const answers = [shown()];
      for (const [verb, path, value] of steps) {
        answers.push(
          answered(() => {
            if (verb === 'set') held.set(path, value);
            else if (verb === 'remove') held.remove(path);
            else if (held[verb]() !== true) throw new Error(`${verb} did nothing`);
            return shown();
          }),
        );
      }
      held.free();
      return answers;
    },
  };
}

/** Decimal text with as many decimals as the currency has, as the vectors write amounts. */
const decimals = (currency) => ({ JPY: 0, KWD: 3, CLF: 4 })[currency] ?? 2;
const text = (amount, currency) => Number(amount).toFixed(decimals(currency));

/** The folders that hold single rules, asked through the function that shows them. */
function rules(core) {
  const codes = (verdict) => ({ violations: verdict.issues.map(({ path, code }) => ({ path, code })) });
  const refusedOr = (ask) => {
    try {
      return ask();
    } catch (error) {
      return { refused: error.issues?.[0]?.code ?? error.message };
    }
  };
  const nullOr = (ask) => {
    try {
      return ask();
    } catch {
      return null;
    }
  };
  const days = { even: 'even', asap: 'asap', front_loaded: 'front_loaded' };
  const addDays = (count) => new Date(Date.UTC(2027, 0, count)).toISOString().slice(0, 10);
  const units = (amount, currency) => Math.round(Number(amount) * 10 ** decimals(currency));
  return {
    split: ({ total, weights }) =>
      nullOr(() => {
        const parts = core.split(total, weights);
        const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
        const oddUnits = parts.flatMap((part, index) => (sum > 0n && BigInt(part) > (BigInt(total) * BigInt(weights[index])) / sum ? [index] : []));
        return { parts, oddUnits };
      }),
    split_money: ({ total, currency, weights }) =>
      refusedOr(() => ({ parts: core.split(units(total, currency), weights).map((part) => text(part / 10 ** decimals(currency), currency)) })),
    table: ({ rows, columns }) =>
      nullOr(() => {
        const cells = core.table(rows, columns);
        return { cells: rows.map((_, row) => Array.from(cells.subarray(row * columns.length, (row + 1) * columns.length))) };
      }),
    percent: ({ value }) =>
      nullOr(() => String(core.budgetSummary({ budget: { total: 1, currency: 'EUR' }, fees: [{ pricingType: 'MARGIN', marginPercent: value }] }).fees[0].marginPercent)),
    weight: ({ value }) =>
      nullOr(() => {
        const period = (label, start, weight) => ({ label, start, end: start, weight });
        const pacingPeriods = { mode: 'weight', periods: [period('a', '2027-01-01', value), period('b', '2027-01-02', 1)] };
        return String(core.resolvePacing({ budget: { total: 1, currency: 'EUR' }, pacingPeriods }).periods[0].weight);
      }),
    fee_lines: ({ total, currency, fees }) =>
      refusedOr(() => ({ amounts: core.budgetSummary({ budget: { total, currency }, fees }).fees.map((fee) => text(fee.amount, currency)) })),
    media_budget: ({ total, currency, fees }) => ({ mediaBudget: text(core.budgetSummary({ budget: { total, currency }, fees }).mediaBudget, currency) }),
    check_fees: ({ total, currency, fees }) => answeredIssues(core, { budget: { total, currency }, fees }),
    minimum_total: ({ media, currency, fees }) => {
      const most = { JPY: '999999999999999', KWD: '999999999999.999', CLF: CLF_TOTAL }[currency] ?? '9999999999999.99';
      const found = nullOr(() => core.budgetSummary({ budget: { total: most, currency }, fees, allocatedBudget: media }).minimumTotal);
      return found === undefined || found === null ? null : text(found, currency);
    },
    pacing_plan: ({ flight, total, currency, pacingPeriods }) => codes(core.validatePacing(pacingPeriods, { flightDates: flight, budget: { total, currency } })),
    resolve: ({ total, media, currency, pacingPeriods, executed, unallocated }) =>
      refusedOr(() => {
        const fee = (units(total, currency) - units(media, currency)) / 10 ** decimals(currency);
        const allocatedBudget = (units(media, currency) - units(unallocated, currency)) / 10 ** decimals(currency);
        const periods = pacingPeriods.periods.map((period, index) => {
          const known = executed[index];
          return known ? { ...period, budget: period.budget ?? known.budget, mediaBudget: known.net, executed: true } : period;
        });
        const answer = core.resolvePacing({
          budget: { total, currency },
          fees: [{ pricingType: 'FLAT', amount: text(fee, currency) }],
          ...(executed.length > 0 && { allocatedBudget: text(allocatedBudget, currency) }),
          pacingPeriods: { ...pacingPeriods, periods },
        });
        return {
          periods: answer.periods.map((period) => ({ budget: text(period.budget, currency), mediaBudget: text(period.mediaBudget, currency), executed: period.executed })),
        };
      }),
    daily: ({ budget, currency, days: count, pacing }) =>
      count === 0
        ? []
        : nullOr(() => core.plannedCurve({ currency, lines: [{ start: addDays(1), end: addDays(count), budget, pacing: days[pacing] }] }).lines[0].days.map((day) => text(day, currency))) ?? [],
    curve: ({ currency, dailyCap, lines }) => {
      const curve = core.plannedCurve({ currency, dailyCap, lines });
      const texts = (list) => list.map((amount) => text(amount, currency));
      return {
        first: curve.firstDay,
        days: texts(curve.days),
        lines: (curve.lines ?? []).map((line) => texts(line.days)),
        unspendable: texts((curve.lines ?? []).map((line) => line.unspendable)),
      };
    },
    pace: ({ spend, expected, currency }) => {
      const { pace } = core.pace({ spend, expected }, { currency });
      return pace === null ? null : pace.toFixed(4);
    },
    projection: ({ spend, expected, planned, currency }) => {
      const projected = nullOr(() => core.pace({ spend, expected, planned }, { currency }).projected);
      return projected === null ? null : text(projected, currency);
    },
    need_per_day: ({ spend, budget, daysLeft, currency }) => {
      const need = core.pace({ spend, expected: 0, planned: budget, daysLeft }, { currency }).needPerDay;
      return need === null ? null : text(need, currency);
    },
    standing: ({ spend, day, currency, dailyCap, lines }) => {
      const standing = core.pace({ spend, day }, { currency, dailyCap, lines });
      const amount = (value) => (value === null ? null : text(value, currency));
      return {
        expected: amount(standing.expected),
        pace: standing.pace === null ? null : standing.pace.toFixed(4),
        rating: standing.rating,
        projected: amount(standing.projected),
        needPerDay: amount(standing.needPerDay),
      };
    },
  };
}

/** What is wrong with the fees of a campaign that is right in all else. */
function answeredIssues(core, members) {
  const campaign = {
    advertiserId: 'adv_1',
    name: 'x',
    campaignType: 'DECISIONED',
    flightDates: { startDate: '2027-01-01', endDate: '2027-01-31' },
    ...members,
  };
  const { issues } = core.validateCampaign(campaign);
  return { violations: issues.map(({ path, code }) => ({ path, code })) };
}

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
};

/** Runs all files, `{ "folder/name.json": contents }`; answers with how many cases passed and what failed. */
export function runVectors(core, files) {
  const byQuestion = questions(core);
  const byRule = rules(core);
  let passed = 0;
  const failures = [];
  for (const [path, { cases }] of Object.entries(files)) {
    const folder = path.split('/')[0];
    if (!(folder in byQuestion) && !(folder in byRule)) failures.push(`${path}: nothing answers this folder`);
    for (const { name, input, expected } of cases) {
      const got = folder in byQuestion ? byQuestion[folder](input.args.map(argument)) : byRule[folder]?.(input);
      // Order matters in lists, not in members.
      const [a, b] = [JSON.stringify(sorted(got)), JSON.stringify(sorted(expected))];
      if (a === b) passed += 1;
      else failures.push(`${path}: ${name}\n  expected ${b}\n  got      ${a}`);
    }
  }
  return { passed, failures };
}

export { questions, argument };
