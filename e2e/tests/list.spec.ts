// The list of campaigns: in which order they come, and every page of it.

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

test('any page is reached by its number, and a whole page is picked at once', async ({ page, server }) => {
  for (let at = 1; at <= 53; at += 1) await draft(server, `Paged ${String(at).padStart(2, '0')}`);
  const searches: string[] = [];
  page.on('request', (request) => {
    const name = new URL(request.url()).searchParams.get('name');
    if (request.url().includes('/campaigns?') && name) searches.push(name);
  });
  await page.goto(server.planner);
  await page.getByLabel('Order', { exact: true }).selectOption('Name, A to Z');
  await page.getByRole('searchbox', { name: 'Name' }).pressSequentially('paged');
  const table = page.getByRole('region', { name: 'Campaigns as a table' });
  const names = table.getByRole('link', { name: /^Paged/ });
  const pages = page.getByRole('navigation', { name: 'Pages of campaigns' });
  await expect(names).toHaveCount(50);
  await expect(pages).toContainText('1–50 of 53');
  expect(searches.length, 'typing quickly is not a search a key').toBeLessThan('paged'.length);

  const number = pages.getByLabel('Page', { exact: false });
  await number.fill('2');
  await number.press('Enter');
  await expect(names).toHaveText(['Paged 51', 'Paged 52', 'Paged 53']);
  await expect(pages.getByRole('button', { name: 'Last' })).toHaveAttribute('aria-disabled', 'true');
  await number.fill('9');
  await number.press('Enter');
  await expect(pages.getByText('Expected a page from 1 to 2, got `9`')).toBeVisible();
  await expect(number).toHaveValue('9');
  await isAccessible(page);
  await pages.getByRole('button', { name: 'First' }).click();
  await expect(names).toHaveCount(50);

  await table.getByLabel('Pick all on this page').check();
  await expect(page.getByText('50 campaigns picked')).toBeVisible();
  await pages.getByRole('button', { name: 'Last' }).click();
  await expect(names).toHaveCount(3);
  await expect(table.getByLabel('Pick all on this page')).not.toBeChecked();
  await page.getByLabel('Pick Paged 52').check();
  await expect(page.getByText('51 campaigns picked')).toBeVisible();

  // An address that points behind the end.
  await page.goto(`${server.origin}/campaigns?name=paged&skip=5000`);
  await expect(page.getByRole('heading', { name: 'There is no such page any more' })).toBeVisible();
  await isAccessible(page);
  await page.getByRole('button', { name: 'Go to the last page' }).click();
  await expect(names).toHaveCount(3);
});
