// The same split by other means: largest remainder, equal remainders to the earliest, in cents.
import Big from 'big.js';
import { Decimal } from 'decimal.js';
import { allocate, dinero, toSnapshot } from 'dinero.js';
import { EUR } from 'dinero.js/currencies';

/**
 * With decimals, amounts in major units. Remainders are taken from the product and not from the quotient: a quotient is
 * rounded to 20 digits, and equal remainders then differ in the last one, so that another part gets the odd cent.
 */
export function decimalJs(total, weights) {
  const whole = weights.reduce((sum, weight) => sum.plus(weight), new Decimal(0));
  const cents = total.times(100);
  const shares = weights.map((weight, index) => {
    const product = cents.times(weight);
    const floor = product.dividedToIntegerBy(whole);
    return { index, floor, rest: product.minus(floor.times(whole)) };
  });
  let left = shares.reduce((rest, share) => rest.minus(share.floor), cents).toNumber();
  for (const share of [...shares].sort((a, b) => b.rest.comparedTo(a.rest) || a.index - b.index)) {
    if (left <= 0) break;
    share.floor = share.floor.plus(1);
    left -= 1;
  }
  return shares.map((share) => share.floor.dividedBy(100));
}

/** The same with big.js. */
export function bigJs(total, weights) {
  const whole = weights.reduce((sum, weight) => sum.plus(weight), new Big(0));
  const cents = total.times(100);
  const shares = weights.map((weight, index) => {
    const product = cents.times(weight);
    const floor = product.div(whole).round(0, Big.roundDown);
    return { index, floor, rest: product.minus(floor.times(whole)) };
  });
  let left = Number(shares.reduce((rest, share) => rest.minus(share.floor), cents));
  for (const share of [...shares].sort((a, b) => b.rest.cmp(a.rest) || a.index - b.index)) {
    if (left <= 0) break;
    share.floor = share.floor.plus(1);
    left -= 1;
  }
  return shares.map((share) => share.floor.div(100));
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
