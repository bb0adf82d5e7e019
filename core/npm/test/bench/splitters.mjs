// The same split by other means: largest remainder, equal remainders to the earliest, in cents.
import Big from 'big.js';
import { Decimal } from 'decimal.js';
import { allocate, dinero, toSnapshot } from 'dinero.js';
import { EUR } from 'dinero.js/currencies';

/** As most would write it with decimals: amounts in major units, two places. */
export function decimalJs(total, weights) {
  const whole = weights.reduce((sum, weight) => sum.plus(weight), new Decimal(0));
  const cent = new Decimal('0.01');
  const shares = weights.map((weight, index) => {
    const exact = total.times(weight).dividedBy(whole);
    const floor = exact.toDecimalPlaces(2, Decimal.ROUND_DOWN);
    return { index, floor, rest: exact.minus(floor) };
  });
  let left = shares.reduce((rest, share) => rest.minus(share.floor), total).dividedBy(cent).toNumber();
  for (const share of [...shares].sort((a, b) => b.rest.comparedTo(a.rest) || a.index - b.index)) {
    if (left <= 0) break;
    share.floor = share.floor.plus(cent);
    left -= 1;
  }
  return shares.map((share) => share.floor);
}

export function bigJs(total, weights) {
  const whole = weights.reduce((sum, weight) => sum.plus(weight), new Big(0));
  const cent = new Big('0.01');
  const shares = weights.map((weight, index) => {
    const exact = total.times(weight).div(whole);
    const floor = exact.round(2, Big.roundDown);
    return { index, floor, rest: exact.minus(floor) };
  });
  let left = Number(shares.reduce((rest, share) => rest.minus(share.floor), total).div(cent));
  for (const share of [...shares].sort((a, b) => b.rest.cmp(a.rest) || a.index - b.index)) {
    if (left <= 0) break;
    share.floor = share.floor.plus(cent);
    left -= 1;
  }
  return shares.map((share) => share.floor);
}

/** dinero.js has a split of its own; it gives odd cents to the first parts, not to the largest remainders. */
export function dineroJs(total, weights) {
  return allocate(dinero({ amount: total, currency: EUR }), weights).map((part) => toSnapshot(part).amount);
}

/** By hand in BigInt cents: the best a careful team would write. */
export function bigIntCents(total, weights) {
  const count = weights.length;
  let whole = 0n;
  for (let i = 0; i < count; i += 1) whole += weights[i];
  const parts = new Array(count);
  const rests = new Array(count);
  let left = total;
  for (let i = 0; i < count; i += 1) {
    const product = total * weights[i];
    const floor = product / whole;
    parts[i] = floor;
    rests[i] = product - floor * whole;
    left -= floor;
  }
  if (left > 0n) {
    const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => (rests[a] === rests[b] ? a - b : rests[a] > rests[b] ? -1 : 1));
    for (let i = 0; i < Number(left); i += 1) parts[order[i]] += 1n;
  }
  return parts;
}
