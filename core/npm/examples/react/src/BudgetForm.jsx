import { Plan } from '@flighting/core';
import { useEffect, useRef, useState } from 'react';

const START = {
  advertiserId: 'adv_acme',
  name: 'Summer launch',
  campaignType: 'DECISIONED',
  flightDates: { startDate: '2027-06-01', endDate: '2027-08-31' },
  budget: { total: '5000.00', currency: 'EUR' },
  fees: [{ pricingType: 'MARGIN', marginPercent: '8' }],
};

/** A plan held for as long as the component lives, and what there is to read of it. */
function usePlan(start) {
  const held = useRef(null);
  const [shown, setShown] = useState(null);
  useEffect(() => {
    const plan = new Plan(start);
    held.current = plan;
    setShown({ totals: plan.totals, issues: plan.issues });
    return () => plan.free();
  }, [start]);
  const set = (path, value) => {
    held.current.set(path, value);
    setShown({ totals: held.current.totals, issues: held.current.issues });
  };
  return { shown, set, explain: (path) => held.current.explain(path) };
}

function Field({ label, path, start, set, issues }) {
  const [value, setValue] = useState(start);
  const wrong = issues.find((issue) => issue.path === path);
  return (
    <p>
      <label>
        {label}{' '}
        <input
          inputMode="decimal"
          value={value}
          aria-invalid={wrong !== undefined}
          onChange={({ target }) => {
            setValue(target.value);
            set(path, target.value);
          }}
        />
      </label>{' '}
      {wrong && <strong>{wrong.message}</strong>}
    </p>
  );
}

export function BudgetForm() {
  const { shown, set, explain } = usePlan(START);
  const [because, setBecause] = useState('');
  if (shown === null) return null;
  const { totals, issues } = shown;
  return (
    <form>
      <h1>Budget</h1>
      <Field label="Total" path="budget.total" start={START.budget.total} set={set} issues={issues} />
      <Field label="Margin" path="fees[0].marginPercent" start={START.fees[0].marginPercent} set={set} issues={issues} />
      {totals && (
        <p>
          <span>{`Media budget: ${totals.mediaBudget.toFixed(2)} ${totals.currency}`}</span>{' '}
          <button type="button" onClick={() => setBecause(explain('mediaBudget').formula)}>
            Why?
          </button>
        </p>
      )}
      <p aria-live="polite">{because}</p>
      <p>{issues.length === 0 ? 'Nothing wrong' : `${issues.length} to mend`}</p>
    </form>
  );
}
