// From nothing to an executed campaign without a pointer.

import type { Locator, Page } from '@playwright/test';

import { call, day, expect, isSaved, test } from './support.ts';

/** Goes on with Tab until something has the focus; it must come within a page's worth of stops. */
async function tabTo(page: Page, wanted: Locator, key = 'Tab') {
  await expect(wanted).toBeVisible();
  for (let stops = 0; stops < 160; stops += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`no focus on ${String(wanted)} after 160 stops`);
}

async function press(page: Page, wanted: Locator, key = 'Enter') {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

async function type(page: Page, wanted: Locator, text: string) {
  await tabTo(page, wanted);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** A date as its field takes it by keyboard in American English. */
function typedDay(offset: number): string {
  const [year, month, date] = day(offset).split('-');
  return `${month}${date}${year}`;
}

async function typeDay(page: Page, wanted: Locator, offset: number) {
  await tabTo(page, wanted);
  await page.keyboard.type(typedDay(offset));
  await expect(wanted).toHaveValue(day(offset));
}

test('a campaign is planned, laid out, filled and executed by keyboard alone', async ({ page, server }) => {
  await page.goto(server.planner);
  await expect(page.getByRole('heading', { name: 'Campaigns', exact: true })).toBeVisible();
  await press(page, page.getByRole('link', { name: /New campaign/ }));
  await expect(page.getByLabel('Who owns the campaign and pays')).not.toHaveValue('');
  await type(page, page.getByLabel('Name', { exact: true }), 'By keyboard');
  await typeDay(page, page.getByLabel('First day', { exact: true }), 10);
  await typeDay(page, page.getByLabel('Last day', { exact: true }), 39);
  await type(page, page.getByLabel('Total budget'), '100,000');
  await press(page, page.getByRole('button', { name: 'Save and choose products' }));
  await expect(page).toHaveURL(/\/products$/);
  const id = /campaigns\/(cmp_[^/]+)/.exec(page.url())![1]!;

  await press(page, page.getByRole('button', { name: 'Add News and weather display' }));
  await expect(page.getByLabel('Budget of News and weather display')).toBeVisible();

  // The plan: a schedule, a period cut in two and made heavier, all on the bars.
  await press(page, page.getByRole('link', { name: 'Plan', exact: true }));
  await expect(page.getByRole('grid', { name: 'Products by pacing periods' })).toBeVisible();
  await tabTo(page, page.getByLabel('Whole flight', { exact: true }));
  await page.keyboard.press('ArrowRight');
  await expect(page.getByLabel('By weight')).toBeChecked();
  const bar = page.getByRole('button', { name: /^Period 1: / });
  await press(page, bar, 's');
  await page.keyboard.press('ArrowUp');
  await expect(page.getByLabel('Weight of Period 1', { exact: true })).toHaveValue('1.1');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Alt+ArrowLeft');
  await isSaved(page);

  await press(page, page.getByRole('link', { name: 'Pre-flight', exact: true }).last());
  await press(page, page.getByRole('button', { name: 'Execute 1 media buy' }));
  const dialog = page.getByRole('dialog');
  await press(page, dialog.getByRole('button', { name: /^Buy for/ }));
  await expect(page.getByText('1 media buy sent, every seller answered')).toBeVisible();
  const { campaign } = await call<{ campaign: { status: string; mediaBuys: { packages: unknown[] }[] } }>(
    server,
    'GET',
    `/campaigns/${id}`,
  );
  expect([campaign.status, campaign.mediaBuys[0]!.packages.length]).toEqual(['ACTIVE', 2]);
});
