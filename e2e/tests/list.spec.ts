// The list of campaigns: in which order they come.

import { draft, expect, isAccessible, test } from './support.ts';

test('campaigns are listed by name or flight, and the order stays in the address', async ({ page, server }) => {
  for (const name of ['Ordered bravo', 'Ordered alpha', 'Ordered charlie']) await draft(server, name);
  await page.goto(server.planner);
  await page.getByRole('searchbox', { name: 'Name' }).fill('ordered');
  const names = page.getByRole('region', { name: 'Campaigns as a table' }).getByRole('link', { name: /^Ordered/ });
  await expect(names).toHaveText(['Ordered charlie', 'Ordered alpha', 'Ordered bravo']);
  await page.getByLabel('Order', { exact: true }).selectOption('Name, A to Z');
  await expect(names).toHaveText(['Ordered alpha', 'Ordered bravo', 'Ordered charlie']);
  await expect(page.getByRole('columnheader', { name: 'Campaign' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByLabel('Order', { exact: true }).selectOption('Name, Z to A');
  await expect(names).toHaveText(['Ordered charlie', 'Ordered bravo', 'Ordered alpha']);
  await isAccessible(page);
  await page.reload();
  await expect(page.getByLabel('Order', { exact: true })).toHaveValue('-name');
  await expect(names).toHaveText(['Ordered charlie', 'Ordered bravo', 'Ordered alpha']);
});
