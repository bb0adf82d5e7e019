import { Plan, init } from './node_modules/@flighting/core/index.js';

await init();

const at = (id) => document.getElementById(id);
const plan = new Plan({
  advertiserId: 'adv_acme',
  name: 'Summer launch',
  campaignType: 'DECISIONED',
  flightDates: { startDate: '2027-06-01', endDate: '2027-08-31' },
  budget: { total: at('total').value, currency: 'EUR' },
  fees: [{ pricingType: 'MARGIN', marginPercent: at('margin').value }],
});

function show() {
  const { totals, issues } = plan;
  at('media').textContent = totals ? `Media budget: ${totals.mediaBudget.toFixed(2)} ${totals.currency}` : '';
  at('why').hidden = !totals;
  at('because').textContent = '';
  const lines = issues.length > 0 ? issues.map(({ message }) => message) : ['Nothing wrong'];
  at('issues').replaceChildren(...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })));
}

at('total').addEventListener('input', ({ target }) => {
  plan.set('budget.total', target.value);
  show();
});
at('margin').addEventListener('input', ({ target }) => {
  plan.set('fees[0].marginPercent', target.value);
  show();
});
at('why').addEventListener('click', () => {
  at('because').textContent = plan.explain('mediaBudget').formula;
});
show();
