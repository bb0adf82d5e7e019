// The server fails or goes in the middle of saving: nothing typed is lost, and the page says what happens.

import type { Page, Route } from '@playwright/test';

import { call, choose, draft, expect, isAccessible, isSaved, startServer, test, type Server } from './support.ts';

const state = (page: Page) => page.locator('.saved');
const total = (page: Page) => page.getByRole('textbox', { name: 'Total budget' });

async function openPlan(page: Page, server: Server, id: string) {
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await expect(page.getByRole('grid', { name: 'Products by pacing periods' })).toBeVisible();
}

/** Lets the first save of a campaign go another way; what comes after it goes to the server. */
async function firstSave(page: Page, id: string, other: (route: Route) => Promise<void>) {
  let first = true;
  await page.route(`**/api/buyer/campaigns/${id}`, async (route) => {
    if (first && route.request().method() === 'PUT') {
      first = false;
      await other(route);
    } else {
      await route.continue();
    }
  });
}

async function budget(server: Server, id: string): Promise<number> {
  const { campaign } = await call<{ campaign: { budget: { total: number } } }>(server, 'GET', `/campaigns/${id}`);
  return campaign.budget.total;
}

test('an answer of 500 while saving is told, what was typed stays, and it is sent again', async ({ page, server }) => {
  const id = await draft(server, 'Fault');
  await openPlan(page, server, id);
  await firstSave(page, id, (route) =>
    route.fulfill({
      status: 500,
      json: { data: null, error: { code: 'INTERNAL_ERROR', message: 'something went wrong here', details: { requestId: 'req_7' } } },
    }),
  );
  await total(page).fill('310,000');
  const told = page.getByRole('alert').filter({ hasText: 'The plan was not saved' });
  await expect(told).toContainText('something went wrong here');
  await expect(told).toContainText('req_7');
  await expect(state(page)).toContainText('Not saved: budget');
  await expect(total(page)).toHaveValue('310,000');
  await isAccessible(page);
  // It is sent again by itself.
  await isSaved(page);
  await expect(told).toHaveCount(0);
  expect(await budget(server, id)).toBe(310_000);
});

test('an answer that is lost after the server took the change ends as saved, without a conflict', async ({ page, server }) => {
  const id = await draft(server, 'Answer lost');
  await openPlan(page, server, id);
  await firstSave(page, id, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await total(page).fill('310,000');
  // The page hears of it by the stream of events, or asks again: either way it finds its own change there.
  await expect.poll(() => budget(server, id)).toBe(310_000);
  await isSaved(page);
  // What is typed meanwhile is not lost by what the server has already.
  await page.getByLabel('Brief').fill('typed meanwhile');
  await isSaved(page);
  await expect(page.getByRole('alert', { name: 'Changed twice' })).toHaveCount(0);
  await expect(total(page)).toHaveValue('310,000');
  const { campaign } = await call<{ campaign: { brief?: string; budget: { total: number } } }>(
    server,
    'GET',
    `/campaigns/${id}`,
  );
  expect([campaign.brief, campaign.budget.total]).toEqual(['typed meanwhile', 310_000]);
});

test('a server that takes a budget and answers with the old one is told of, and not asked for ever', async ({
  page,
  server,
}) => {
  const id = await draft(server, 'Taken otherwise');
  await choose(server, id, [10_000]);
  await openPlan(page, server, id);
  let sent = 0;
  await page.route('**/api/buyer/discovery/*/products', async (route) => {
    if (route.request().method() === 'POST') {
      sent += 1;
      const { origin, pathname } = new URL(route.request().url());
      const { authorization = '' } = await route.request().allHeaders();
      await route.fulfill({ response: await page.request.get(origin + pathname, { headers: { authorization } }) });
    } else {
      await route.continue();
    }
  });
  const field = page.getByRole('textbox', { name: /^Budget of / }).first();
  await field.fill('12,345');
  await expect(page.getByRole('alert').filter({ hasText: 'The plan was not saved' })).toContainText(
    'took what was sent and answered with something else',
  );
  await expect(state(page)).toContainText('Not saved: products');
  await expect(field).toHaveValue('12,345');
  expect(sent).toBe(1);
  // What is typed next is sent with it.
  await page.unroute('**/api/buyer/discovery/*/products');
  await total(page).fill('310,000');
  await isSaved(page);
  const { campaign } = await call<{ campaign: { discoveryId: string } }>(server, 'GET', `/campaigns/${id}`);
  const { products } = await call<{ products: { budget: number }[] }>(server, 'GET', `/discovery/${campaign.discoveryId}/products`);
  expect(products.map((one) => one.budget)).toEqual([12_345]);
});

test('the server goes while one types: the plan goes on, and a reload of what is open loses nothing', async ({ page }) => {
  const own = await startServer();
  try {
    const id = await draft(own, 'Gone');
    await openPlan(page, own, id);
    await total(page).fill('310,000');
    await own.stop();
    await page.getByLabel('Weight of Peak').fill('2');
    await expect(state(page)).toContainText('the server does not answer');
    await expect(page.getByText('Offline')).toBeVisible();
    await expect(total(page)).toHaveValue('310,000');
    // Core goes on in the page: the media budget follows what is typed.
    await expect(page.getByRole('grid').getByRole('row', { name: /^Media budget/ })).toContainText('285,200.00');
    await isAccessible(page);
    const kept = await page.evaluate((key) => localStorage.getItem(key), `flighting.plan.1.${id}`);
    expect(kept).toContain('310,000');
  } finally {
    await own.stop();
  }
});

test('while sellers are asked each is named, and its line turns into its answer', async ({ page, server }) => {
  const id = await draft(server, 'Asking');
  await choose(server, id, [50_000]);
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  await page.route(`**/api/buyer/campaigns/${id}/execute`, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${server.origin}/campaigns/${id}/execute${new URL(server.planner).hash}`);
  await page.getByRole('button', { name: 'Execute 1 media buy' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Buy for/ }).click();
  const asking = page.getByRole('region', { name: 'Sellers that are being asked' });
  await expect(asking).toContainText('Alder Media');
  await expect(asking).toContainText('Asked, not answered yet');
  await isAccessible(page);
  go();
  await expect(page.getByRole('region', { name: 'Answers, seller by seller' })).toContainText('Alder Media');
  await expect(asking).toHaveCount(0);
});
