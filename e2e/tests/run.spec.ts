// The running campaign: buys unfold to packages, are changed, paused and canceled in place, and their sellers' words are shown.

import type { Page } from '@playwright/test';

import { call, choose, draft, expect, isAccessible, isSaved, test, type Server } from './support.ts';

interface Package {
  packageId: string;
  productId: string;
  budget: number;
  pacing: string;
  status: string;
}
interface Running {
  status: string;
  revision: number;
  mediaBuys: { mediaBuyId: string; status: string; salesAgentName: string; pausedByItself: boolean; packages: Package[] }[];
}

async function running(server: Server, id: string): Promise<Running> {
  return (await call<{ campaign: Running }>(server, 'GET', `/campaigns/${id}`)).campaign;
}

/** A campaign whose buy at Alder Media runs and whose buy at Birch Guaranteed waits. */
async function bought(server: Server, name: string, more: object = {}): Promise<string> {
  const id = await draft(server, name, more);
  await choose(server, id, [92_000, 41_250, 38_400]);
  await call(server, 'POST', `/campaigns/${id}/execute`, {});
  await expect.poll(async () => (await running(server, id)).mediaBuys.some((buy) => buy.status === 'ACTIVE')).toBe(true);
  return id;
}

async function openRun(page: Page, server: Server, id: string) {
  await page.goto(`${server.origin}/campaigns/${id}${new URL(server.planner).hash}`);
  await expect(page.getByRole('region', { name: 'Media buys as a table' })).toBeVisible();
}

/** The row of one sales agent in the table of media buys. */
function buy(page: Page, agent: string) {
  return page.locator('tbody.buy').filter({ has: page.getByRole('button', { name: agent, exact: true }) });
}

test('budget, bid and pacing are changed in place, and the seller is asked once', async ({ page, server }) => {
  const id = await bought(server, 'In place');
  await openRun(page, server, id);
  const alder = buy(page, 'Alder Media');
  await alder.getByRole('button', { name: 'Change packages of Alder Media' }).click();
  const before = (await running(server, id)).mediaBuys.find((one) => one.salesAgentName === 'Alder Media')!;
  const field = alder.getByLabel(/^Budget of /).first();
  // What does not read stays as typed, with its reason, and is not asked for.
  await field.fill('12x');
  await expect(field).toHaveAccessibleDescription(/12x/);
  await expect(alder.getByRole('button', { name: /^Ask Alder Media/ })).toHaveAttribute('aria-disabled', 'true');
  await isAccessible(page);
  await page.reload();
  await buy(page, 'Alder Media').getByRole('button', { name: 'Change packages of Alder Media' }).click();
  await expect(field).toHaveValue('12x');
  const lower = before.packages[0]!.budget - 100;
  await field.fill(String(lower));
  await alder.getByLabel('Pacing inside the package').first().selectOption('asap');
  await alder.getByLabel('Why').fill('less for the first period');
  await expect(alder.getByRole('group', { name: 'Changes of Alder Media' })).toContainText(String(before.packages[0]!.budget));
  await isAccessible(page);
  await alder.getByRole('button', { name: 'Ask Alder Media for 2 changes' }).click();
  await expect(alder.getByText('Done, confirmed by the seller.')).toBeVisible();
  await expect(alder.getByRole('group', { name: 'Changes of Alder Media' })).toHaveCount(0);
  const after = (await running(server, id)).mediaBuys.find((one) => one.salesAgentName === 'Alder Media')!;
  expect([after.packages[0]!.budget, after.packages[0]!.pacing]).toEqual([lower, 'asap']);

  // More than there is: refused with the reason, and what was typed is still there.
  await field.fill('900000');
  await alder.getByRole('button', { name: 'Ask Alder Media for 1 change' }).click();
  await expect(alder.getByRole('alert')).toContainText('The seller was not asked');
  await expect(field).toHaveValue('900000');
  await isAccessible(page);
  await alder.getByRole('button', { name: 'Take back' }).click();
  await expect(field).toHaveValue(String(lower));
});

test('one buy is paused by itself, resumed, and another canceled', async ({ page, server }) => {
  const id = await bought(server, 'One by one');
  await openRun(page, server, id);
  const alder = buy(page, 'Alder Media');
  await alder.getByRole('button', { name: 'Pause Alder Media' }).click();
  await expect(alder).toContainText('paused by itself');
  await expect(alder.getByRole('row').first()).toContainText('Paused');
  await alder.getByRole('button', { name: 'Let Alder Media run again' }).click();
  await expect(alder.getByRole('row').first()).toContainText('Active');
  await alder.getByRole('button', { name: 'Cancel Alder Media…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this media buy?' });
  await dialog.getByLabel('Why (the seller is told)').fill('no stock');
  await isAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel the buy' }).click();
  await expect(alder.getByRole('row').first()).toContainText('Canceled');
  const after = (await running(server, id)).mediaBuys.find((one) => one.salesAgentName === 'Alder Media')!;
  expect(after.status).toBe('CANCELED');
});

test('reactivating tells what it demands of each day before one does it', async ({ page, server }) => {
  const id = await bought(server, 'Demand', { budget: { total: 300_000, dailyCap: 2_000 } });
  await openRun(page, server, id);
  await page.getByRole('button', { name: 'Pause…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Pause/ }).click();
  await page.getByRole('button', { name: 'Reactivate…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reactivate the campaign?' });
  await expect(dialog).toContainText(/It needs [\d,.]+ a day from .*, the cap is 2,000.00/);
  await expect(dialog).toContainText('cannot be spent under the daily cap');
  await expect(dialog.getByRole('row')).toHaveCount(5);
  await isAccessible(page);
  await dialog.getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.getByRole('heading', { name: /The campaign is active/ })).toBeVisible();
});

test('what was bought explains itself by its packages, whatever the plan would come to now', async ({ page, server }) => {
  const id = await bought(server, 'Explained as bought');
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  const table = page.getByRole('grid', { name: 'Products by pacing periods' });
  const explanation = page.getByRole('region', { name: 'Explanation' });
  const heading = explanation.getByRole('heading');
  await expect(table).toContainText('Alder Media');
  const { mediaBuys } = await running(server, id);
  const group = (agent: string) => table.locator('tbody').filter({ hasText: agent });
  const sum = async () => {
    const parts = await explanation.locator('tbody tr td:nth-child(2)').allInnerTexts();
    return parts.map((text) => Math.round(Number(text.replaceAll(',', '')) * 100)).reduce((all, one) => all + one, 0);
  };
  // A larger total changes what the plan would come to, and nothing of what was bought.
  await page.getByRole('textbox', { name: 'Total budget' }).fill('330,000');
  await isSaved(page);
  const buy = mediaBuys.find((one) => one.salesAgentName === 'Alder Media')!;
  const first = buy.packages[0]!;
  const cell = group('Alder Media').locator('.package-cell').first();
  await cell.click();
  await expect(heading).toContainText(` × Base = ${await cell.innerText()}`);
  await expect(heading).toContainText(first.budget.toLocaleString('en', { minimumFractionDigits: 2 }));
  await expect(explanation).toContainText('Bought: what was last agreed with the seller');
  await expect(explanation).toContainText(first.packageId);
  await expect(explanation).toContainText('Spent so far');
  const row = buy.packages.filter((one) => one.productId === first.productId);
  expect(await sum()).toBe(row.reduce((all, one) => all + Math.round(one.budget * 100), 0));
  await isAccessible(page);
  // The row's own total by keyboard, and the media budget of a period that an execute fixed.
  await group('Alder Media').locator('.package-cell').last().focus();
  await page.keyboard.press('=');
  await page.keyboard.press('ArrowRight');
  await expect(heading).toContainText(await group('Alder Media').locator('.product-line .total').last().innerText());
  const media = table.getByRole('row', { name: /^Media budget/ }).getByRole('gridcell').first();
  await media.click();
  await expect(heading).toContainText(`Base, media budget = ${await media.innerText()}`);
  await expect(explanation).toContainText('Kept since it was executed.');
});
