// Splits and tables equal an independent oracle in Python's exact fractions.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as core from '../index.node.js';
import { checkByOracle } from './oracle.mjs';

const CASES = 10_000;

test(`${CASES} splits and tables are what exact fractions say`, async () => {
  await core.init();
  assert.equal(await checkByOracle(core, CASES), CASES);
});

test('the oracle would object', async () => {
  const off = (row, columns) => {
    const cells = core.table(row, columns);
    cells[0] += 1;
    return cells;
  };
  await assert.rejects(checkByOracle({ ...core, table: off }, 10), /^Error: table .* expected .* got/);
});
