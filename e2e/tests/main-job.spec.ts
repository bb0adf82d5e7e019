// The main job in the page, against the sandbox sellers: plan, choose, look, buy, follow, pause, reactivate.
// Each page on the way is checked for accessibility in both themes.

import type { Page } from '@playwright/test';

import { day, expect, isAccessible, startServer, test } from './support.ts';

/** Fills the form of a new campaign; what is not named is left alone. */
async function plan(page: Page, name: string) {
  await page.getByRole('link', { name: /New campaign/ }).click();
  await expect(page.getByLabel('Who owns the campaign and pays')).not.toHaveValue('');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('First day', { exact: true }).fill(day(10));
  await page.getByLabel('Last day', { exact: true }).fill(day(101));
  await page.getByLabel('Total budget').fill('300,000');
}

/** The row of one sales agent in the table of media buys. */
function buy(page: Page, agent: string) {
  return page.getByRole('row').filter({ has: page.getByRole('button', { name: agent }) });
}

test('a campaign is planned, bought, followed live, paused and reactivated', async ({ page, server }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(message.text());
  });
  await page.goto(server.planner);
  await expect(page.getByRole('heading', { name: 'Campaigns', exact: true })).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  expect(page.url(), 'the key leaves the address').not.toContain('flt_');
  await isAccessible(page);

  // The plan: three periods by weight, resolved by core as they are typed.
  await plan(page, 'Cold Brew Summer');
  await page.getByLabel('By weight').check();
  await page.getByRole('button', { name: 'Add a period' }).click();
  await page.getByRole('button', { name: 'Add a period' }).click();
  const edges = [
    [day(10), day(39)],
    [day(40), day(54)],
    [day(55), day(101)],
  ] as const;
  for (const [index, weight] of ['1', '3', '0.5'].entries()) {
    const period = `Period ${index + 1}`;
    await page.getByLabel(`First day of ${period}`).fill(edges[index]![0]);
    await page.getByLabel(`Last day of ${period}`).fill(edges[index]![1]);
    await page.getByLabel(`Weight of ${period}`).fill(weight);
  }
  const periods = page.getByRole('group', { name: 'Pacing periods' });
  for (const amount of ['91,370.56', '137,055.84', '71,573.60', '84,060.91', '126,091.37', '65,847.72']) {
    await expect(periods.getByText(amount)).toBeVisible();
  }
  const ledger = page.getByRole('region', { name: /^Budget/ });
  await expect(ledger).toContainText('276,000.00');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Save and choose products' }).click();

  // The products: every agent was asked; one of each of two is chosen.
  await expect(page).toHaveURL(/\/products$/);
  await expect(page.getByRole('button', { name: 'Add News and weather display' })).toBeVisible();
  await page.getByRole('button', { name: 'Add News and weather display' }).click();
  await page.getByRole('button', { name: 'Add Premium sports pre-roll' }).click();
  const budget = page.getByLabel('Budget of News and weather display');
  await budget.fill('92,000.01');
  await budget.press('Tab');
  // The other product has no budget of its own: it shares all that is left, and nothing is free.
  const figure = (name: string) => ledger.locator('.figure').filter({ hasText: name }).locator('dd');
  await expect(figure('In products')).toHaveText('276,000.00');
  await expect(figure('Free')).toHaveText('0.00');
  await isAccessible(page);

  // The pre-flight, and the same at the server afterwards.
  await page.getByRole('link', { name: 'Pre-flight' }).first().click();
  const planned = page.getByRole('region', { name: 'Planned packages as a table' });
  const rows = planned.locator('.package');
  await expect(rows).toHaveCount(6);
  const shown = (await rows.locator('.sum-cell').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  await isAccessible(page);
  await page.getByRole('button', { name: 'Execute 2 media buys' }).click();
  const asked = page.getByRole('dialog');
  await expect(asked).toBeVisible();
  await isAccessible(page);
  await asked.getByRole('button', { name: 'Buy for 276,000.00 USD' }).click();
  const answers = page.getByRole('region', { name: 'Answers, seller by seller' });
  await expect(answers).toContainText('Alder Media');
  await expect(answers).toContainText('Birch Guaranteed');
  await expect(page.getByText('2 media buys sent, every seller answered')).toBeVisible();
  await isAccessible(page);
  const id = /campaigns\/(cmp_[^/]+)/.exec(page.url())![1]!;
  const answer = await page.request.get(`${server.origin}/api/buyer/campaigns/${id}`, {
    headers: { authorization: `Bearer ${server.key}` },
  });
  const { campaign } = (await answer.json()).data;
  const bought = campaign.mediaBuys.flatMap((one: { packages: { budget: number }[] }) =>
    one.packages.map(({ budget }) => budget),
  );
  expect(bought, 'what was sent is what was shown').toEqual(shown);

  // The run: one buy is active, the other waits; the pause holds what waits.
  await answers.getByRole('link', { name: 'Go to the running campaign' }).click();
  await expect(buy(page, 'Alder Media')).toContainText('Active');
  await buy(page, 'Alder Media').getByRole('button', { name: 'Alder Media', exact: true }).click();
  await expect(page.getByRole('rowheader', { name: 'News and weather display' })).toHaveCount(3);
  await isAccessible(page);
  await page.getByRole('button', { name: 'Pause…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Pause/ }).click();
  await expect(page.getByRole('heading', { name: /The campaign is paused/ })).toBeVisible();
  await expect(buy(page, 'Alder Media')).toContainText('Paused');

  // Whatever the seller decides meanwhile, the held buy comes to rest as paused: seen without a reload.
  await expect(buy(page, 'Birch Guaranteed')).toContainText('Paused', { timeout: 90_000 });
  await isAccessible(page);

  await page.getByRole('button', { name: 'Reactivate…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.getByRole('heading', { name: /The campaign is active/ })).toBeVisible();
  for (const agent of ['Alder Media', 'Birch Guaranteed']) {
    await expect(buy(page, agent)).toContainText('Active');
  }
  await page.getByRole('link', { name: 'Plan', exact: true }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Cold Brew Summer');
  await isAccessible(page);
  await page.getByRole('link', { name: 'Campaigns' }).click();
  await expect(page.getByRole('row', { name: /Cold Brew Summer/ })).toContainText('Active');
  await isAccessible(page);
  expect(failures).toEqual([]);
});

test('what is wrong is said at its field, nothing is sent, and nothing typed is lost', async ({ page, server }) => {
  await page.goto(server.planner);
  await plan(page, 'Bad input');
  await page.getByLabel('By weight').check();
  await page.getByLabel('Total budget').fill('300.000,00');
  await page.getByLabel('Weight of Period 1').fill('3x');
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.url());
  });
  await page.getByRole('button', { name: 'Save and choose products' }).click();
  const total = page.getByLabel('Total budget');
  await expect(total).toHaveAttribute('aria-invalid', 'true');
  await expect(total).toBeFocused();
  await expect(total).toHaveAccessibleDescription(/300\.000,00/);
  await expect(page.getByLabel('Weight of Period 1')).toHaveAccessibleDescription(/3x/);
  await expect(page.getByText('2 errors')).toBeVisible();
  await expect(total).toHaveValue('300.000,00');
  await isAccessible(page);
  await page.getByRole('button', { name: /3x/ }).click();
  await expect(page.getByLabel('Weight of Period 1')).toBeFocused();
  expect(sent).toEqual([]);
});

test('with the server gone the page says so and keeps what was typed', async ({ page }) => {
  const own = await startServer();
  try {
    await page.goto(own.planner);
    await plan(page, 'Left alone');
    await own.stop();
    await page.getByRole('button', { name: 'Save and choose products' }).click();
    await expect(page.getByRole('alert')).toContainText('the server does not answer');
    await expect(page.getByText('Offline')).toBeVisible();
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Left alone');
    await isAccessible(page);
  } finally {
    await own.stop();
  }
});

test('without a key the page asks for one', async ({ page, server }) => {
  await page.goto(server.origin);
  await expect(page.getByRole('heading', { name: 'This page needs a key' })).toBeVisible();
  await isAccessible(page);
  await page.getByLabel('Key').fill('no key');
  await page.getByRole('button', { name: 'Use this key' }).click();
  await expect(page.getByText('A key begins with flt_.')).toBeVisible();
  await page.getByLabel('Key').fill(server.key);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await expect(page.getByRole('heading', { name: 'Campaigns', exact: true })).toBeVisible();
});
