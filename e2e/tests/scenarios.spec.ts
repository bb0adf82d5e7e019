// Scenarios, spreadsheets and a product's money in three ways.

import { call, choose, draft, expect, isAccessible, isSaved, test } from './support.ts';

interface Selection {
  products: { name: string; budget?: number }[];
}

test('a plan is copied, changed, compared to the cent, and taken as the plan in one step', async ({ page, server }) => {
  const id = await draft(server, 'Scenarios');
  await choose(server, id, [92_000, 38_400]);
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  const saved = page.locator('.saved');
  await isSaved(page);
  await page.getByRole('button', { name: 'Copy as a scenario' }).click();
  await expect(saved).toContainText('A scenario');
  await page.getByLabel('Weight of Peak').fill('2');
  await page.getByLabel('Total budget').fill('310,000.01');
  await page.getByLabel('The plan', { exact: true }).check();
  await expect(page.getByLabel('Total budget')).toHaveValue('300000');
  await page.getByRole('button', { name: 'Copy as a scenario' }).click();
  await page.getByLabel(/^Budget of /).first().fill('92,000.07');

  const table = page.getByRole('region', { name: 'Plans side by side' });
  await expect(table.getByRole('row', { name: /^Total / })).toContainText('310,000.01');
  await expect(table.getByRole('row', { name: /^Total / })).toContainText('+10,000.01');
  await expect(table.getByRole('row', { name: /^In packages / })).toContainText('+0.07');
  await expect(page.getByRole('button', { name: 'Copy as a scenario' })).toHaveAttribute('aria-disabled', 'true');
  await isAccessible(page);

  // Nothing of it reached the server, and all of it survives a reload.
  const before = await call<{ campaign: { budget: { total: number } } }>(server, 'GET', `/campaigns/${id}`);
  expect(before.campaign.budget.total).toBe(300_000);
  await page.reload();
  await expect(table.getByRole('row', { name: /^Total / })).toContainText('+10,000.01');

  await page.getByRole('button', { name: 'Make Scenario A the plan' }).click();
  await expect(page.getByLabel('Total budget')).toHaveValue('310,000.01');
  await isSaved(page);
  const after = await call<{ campaign: { budget: { total: number } } }>(server, 'GET', `/campaigns/${id}`);
  expect(after.campaign.budget.total).toBe(310_000.01);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByLabel('Total budget')).toHaveValue('300000');
  await expect(page.getByLabel('Weight of Peak')).toHaveValue('3');
});

test('a product’s money is typed as an amount, a share or units, and the others follow', async ({ page, server }) => {
  const id = await draft(server, 'Three ways');
  await choose(server, id, [38_400]);
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await page.locator('.product-line th button').first().click();
  const product = page.getByRole('region', { name: /^Product / });
  const [budget, share, units] = [
    product.getByLabel('Budget', { exact: true }),
    product.getByLabel('Share of the media budget'),
    product.getByLabel('Impressions'),
  ];
  await expect(share).toHaveValue('13.913');
  const impressions = await units.inputValue();
  await share.fill('25');
  await share.blur();
  await expect(budget).toHaveValue('69,000.00');
  await expect(units).not.toHaveValue(impressions);
  await units.fill(impressions);
  await units.blur();
  await expect(budget).toHaveValue('38,400.00');
  await share.fill('101');
  await expect(share).toHaveAccessibleDescription(/`101`/);
  await share.blur();
  await expect(share).toHaveValue('101');
  await expect(budget).toHaveValue('38,400.00');
  await isAccessible(page);
});

test('the table goes to a spreadsheet and comes back, every difference shown first', async ({ page, server }) => {
  const id = await draft(server, 'Spreadsheet');
  await choose(server, id, [92_000, 38_400]);
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await isSaved(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download as CSV' }).click(),
  ]);
  const stream = await download.createReadStream();
  let csv = '';
  for await (const piece of stream) csv += piece;
  const lines = csv.trim().split('\r\n');
  expect(lines[0]).toBe('Sales agent,Product,Product id,Budget,Bid,Base,Peak,Tail,Packages');
  expect(lines).toHaveLength(4);
  const first = lines[1]!.split(',');
  expect(first[3]).toBe('92000.00');

  await page.getByRole('button', { name: 'Paste from a spreadsheet…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Paste from a spreadsheet' });
  await dialog.getByRole('textbox').fill(`Product id\tBudget\n${first[2]}\t93,000.50\nno_such\t5\n`);
  await expect(dialog.getByRole('row', { name: /93,000.50/ })).toContainText('yes');
  await expect(dialog.getByRole('row', { name: /no_such/ })).toContainText('No product of this plan');
  await isAccessible(page);
  await dialog.getByRole('button', { name: 'Apply 1 change' }).click();
  await expect(page.getByLabel(/^Budget of /).first()).toHaveValue('93,000.50');
  await isSaved(page);
  const { campaign } = await call<{ campaign: { discoveryId: string } }>(server, 'GET', `/campaigns/${id}`);
  const selection = await call<Selection>(server, 'GET', `/discovery/${campaign.discoveryId}/products`);
  expect(selection.products.map((one) => one.budget)).toEqual([93_000.5, 38_400]);
  await page.keyboard.press('Control+z');
  await expect(page.getByLabel(/^Budget of /).first()).toHaveValue('92000');
});

test('the table is copied as a spreadsheet takes it', async ({ page, context, server }) => {
  const id = await draft(server, 'Copied');
  await choose(server, id, [92_000.01, 38_400]);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.origin });
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await isSaved(page);
  await page.getByRole('button', { name: 'Copy the table' }).click();
  await expect(page.getByText('Copied: paste it into a spreadsheet.')).toBeVisible();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).trim().split(/\r?\n/);
  expect(lines[0]!.split('\t')).toEqual([
    'Sales agent', 'Product', 'Product id', 'Budget', 'Bid', 'Base', 'Peak', 'Tail', 'Packages',
  ]);
  const cells = lines[1]!.split('\t');
  expect(cells[3]).toBe('92000.01');
  // What the cells hold adds up to the row, to the cent.
  const cents = cells.slice(5, 8).map((cell) => Math.round(Number(cell) * 100));
  expect(cents.reduce((sum, cell) => sum + cell, 0)).toBe(9_200_001);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
  });
  await page.getByRole('button', { name: 'Copy the table' }).click();
  await expect(page.getByText('This browser does not let the page copy. The text is selected')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'The text to copy' })).toHaveValue(/^Sales agent\tProduct/);
});
