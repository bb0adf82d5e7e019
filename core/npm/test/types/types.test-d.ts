// Held by `tsc --strict`: what must type-check does, and what must not is marked.
import {
  FlightingError,
  Plan,
  allowedCommands,
  budgetSummary,
  creativeCoverage,
  explain,
  init,
  initSync,
  pace,
  planPackages,
  plannedCurve,
  resolvePacing,
  rollUp,
  split,
  splitAll,
  table,
  validateCampaign,
  validateCampaignUpdate,
  validateCaps,
  validateGoals,
  validatePacing,
  validatePlan,
  version,
} from '@flighting/core';
import type { BudgetSummary, CampaignIn, Explanation, MediaBuyStatus, PlanIn, PlanTotals, Verdict, Violation, Warning } from '@flighting/core';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(holds: Equal<A, B>): void;

const campaign: CampaignIn = {
  advertiserId: 'adv_1',
  name: 'Summer',
  campaignType: 'DECISIONED',
  flightDates: { startDate: '2027-06-01', endDate: '2027-06-30' },
  // Money goes in as a number or as decimal text.
  budget: { total: '1000.50', currency: 'EUR', dailyCap: 100, pacing: 'FRONTLOADED' },
  fees: [{ pricingType: 'MARGIN', marginPercent: '8.25' }, { pricingType: 'FLAT', amount: 5 }],
  pacingPeriods: { mode: 'weight', periods: [{ label: 'a', start: '2027-06-01', end: '2027-06-10', weight: 1 }] },
};
const plan: PlanIn = { ...campaign, products: [{ productId: 'p', salesAgentId: 'agt_a', budget: '12.00' }] };

// @ts-expect-error a campaign has a name
const nameless: CampaignIn = { advertiserId: 'adv_1', campaignType: 'ROUTED', flightDates: campaign.flightDates, budget: { total: 1 } };
// @ts-expect-error no such word
const unpaced: CampaignIn = { ...campaign, budget: { total: 1, pacing: 'even' } };
// @ts-expect-error a weight is no boolean
const weighted: PlanIn = { pacingPeriods: { mode: 'weight', periods: [{ label: 'a', start: '', end: '', weight: true }] } };
// @ts-expect-error products of a plan, not ids
const ids: PlanIn = { productIds: ['p'] };

const started: Promise<void> = init();
initSync(new Uint8Array());
same<ReturnType<typeof version>, string>(true);

const verdict: Verdict = validateCampaign(campaign, { currency: 'EUR', marginPercent: 8, now: '2027-05-01T00:00:00Z' });
if (verdict.valid) same<typeof verdict.error, null>(true);
else {
  same<typeof verdict.issues, Violation[]>(true);
  const code: 'required' | string = verdict.issues[0]?.code ?? '';
  const status: number | undefined = verdict.error.details?.retryAfter ?? undefined;
  void [code, status];
}
// What came from elsewhere may be anything, as text, as bytes or as an object.
validateCampaign('{}');
validateCampaign(new Uint8Array());
validateCampaign({ whatever: true });
// @ts-expect-error a number is no plan
validateCampaign(7);
// @ts-expect-error no such option
validateCampaign(campaign, { currencies: 'EUR' });
validatePlan(plan, { strict: true });
validateCampaignUpdate({ campaignId: 'cmp_1' }, { name: 'x', performanceConfig: null, pacingPeriods: null });
validatePacing(campaign.pacingPeriods ?? '{}', { flightDates: campaign.flightDates });
validateGoals({ optimizationGoals: [{ kind: 'metric', metric: 'clicks' }] });
validateCaps([{ max_impressions: 3, window: { interval: 7, unit: 'days' } }]);

const summary: BudgetSummary = budgetSummary(plan);
same<typeof summary.mediaBudget, number>(true);
same<typeof summary.minimumTotal, number | undefined>(true);
// @ts-expect-error what may be left out is not null
const capped: PlanIn = { budget: { total: 1, dailyCap: null } };
const period = resolvePacing(plan).periods[0];
if (period) same<typeof period.mediaBudget, number>(true);
const packages = planPackages(plan);
const warning: Warning | undefined = packages.warnings[0];
if (warning?.type === 'over_allocated') same<typeof warning.shortBy, number>(true);
const why: Explanation = explain(plan, 'mediaBudget');
// @ts-expect-error an explanation's rule is one of its words
if (why.rule === 'magic') void 0;
const status: MediaBuyStatus | null | undefined = rollUp([{ status: 'ACTIVE' }]).mediaBuyStatus;
allowedCommands('DRAFT').filter((command) => command.allowed);
// @ts-expect-error no such status
allowedCommands('LIVE' as const satisfies 'LIVE', 7);
creativeCoverage([{ formats: [{ agent_url: 'https://x.example', id: 'banner' }] }], []).missing.map(({ id }) => id);
plannedCurve({ currency: 'EUR', lines: [{ start: '2027-06-01', end: '2027-06-02', budget: 1, pacing: 'asap' }] }).days[0]?.toFixed(2);
pace({ spend: 1, day: '2027-06-01' }, plan).pace?.toFixed(2);
same<ReturnType<typeof split>, number[]>(true);
same<ReturnType<typeof splitAll>, Float64Array<ArrayBufferLike> | Float64Array>(true);
table([1], [1]).length;

const held = new Plan(plan);
same<typeof held.totals, Readonly<PlanTotals> | null>(true);
held.set('budget.total', 7).remove('fees').undo();
// @ts-expect-error totals are read, not written
held.totals = null;
// @ts-expect-error issues are read, not written
held.issues.push();
{
  using short = new Plan('{}');
  void short.changed;
}

try {
  budgetSummary({});
} catch (error) {
  if (error instanceof FlightingError) {
    same<typeof error.code, import('@flighting/core').ErrorCode>(true);
    void error.issues[0]?.path;
  }
}
void [capped, nameless, unpaced, weighted, ids, started, status, why];
