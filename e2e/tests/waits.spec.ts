// What waits for a person: a seller's question is answered in the page, and a buy whose request was lost is told apart by hand.

import type { Page } from '@playwright/test';

import { startSeller, type Seller } from './seller.ts';
import { call, draft, expect, isAccessible, startServer, test, type Server } from './support.ts';

/** A server with one more sales agent, and a campaign that buys its product. */
async function withSeller(name: string, work: (server: Server, seller: Seller, id: string) => Promise<void>) {
  const seller = await startSeller();
  const server = await startServer(['--allow-private-addresses']);
  try {
    await call(server, 'POST', '/sales-agents', { name: 'Scripted', url: seller.url, protocol: 'A2A' });
    const id = await draft(server, name, { pacingPeriods: undefined });
    const { campaign } = await call<{ campaign: { advertiserId: string } }>(server, 'GET', `/campaigns/${id}`);
    interface Found {
      discoveryId: string;
      groups: { products: { productId: string; salesAgentId: string; name: string }[] }[];
    }
    const found = await call<Found>(server, 'POST', '/discovery/discover-products', {
      advertiserId: campaign.advertiserId,
      campaignId: id,
    });
    const product = found.groups.flatMap((group) => group.products).find((one) => one.name === 'Scripted banner')!;
    await call(server, 'POST', `/discovery/${found.discoveryId}/products`, {
      products: [{ productId: product.productId, salesAgentId: product.salesAgentId, budget: 600.1 }],
    });
    await work(server, seller, id);
  } finally {
    await server.stop();
    await seller.stop();
  }
}

/** Executes in the page and goes to the running campaign. */
async function execute(page: Page, server: Server, id: string) {
  await page.goto(`${server.origin}/campaigns/${id}/execute${new URL(server.planner).hash}`);
  await page.getByRole('button', { name: 'Execute 1 media buy' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Keep the raw exchange with sellers that fail').check();
  await dialog.getByRole('button', { name: /^Buy for/ }).click();
  await expect(page.getByRole('region', { name: 'Answers, seller by seller' })).toBeVisible();
}

test('a seller’s question is answered in the page and the buy goes on', async ({ page }) => {
  await withSeller('Asked', async (server, seller, id) => {
    seller.tell({ asks: 'Which purchase order does this belong to?' });
    await execute(page, server, id);
    await page.getByRole('link', { name: 'Go to the running campaign' }).click();
    const buy = page.locator('tbody.buy');
    await expect(buy).toContainText('Needs input');
    await expect(buy).toContainText('Which purchase order does this belong to?');
    await buy.getByLabel('Your answer').fill('PO 7');
    await isAccessible(page);
    await page.reload();
    await expect(buy.getByLabel('Your answer')).toHaveValue('PO 7');
    seller.tell('accepts');
    await buy.getByRole('button', { name: 'Send the answer' }).click();
    await expect(buy.getByText('The seller took the answer.')).toBeVisible();
    await expect(buy.getByRole('row').first()).toContainText('Active');
    expect([seller.heard(), seller.purchases()]).toEqual([['PO 7'], 2]);
  });
});

test('a seller that is gone sold nothing, and the campaign can be executed again', async ({ page }) => {
  await withSeller('Gone', async (server, seller, id) => {
    await seller.stop();
    await execute(page, server, id);
    const answers = page.getByRole('region', { name: 'Answers, seller by seller' });
    await expect(page.getByRole('heading', { name: 'The media buy failed' })).toBeVisible();
    await expect(answers).toContainText('not_sent');
    await expect(answers).toContainText('The campaign stays a draft: nothing was bought');
    await expect(page.getByRole('button', { name: 'Execute 1 media buy' })).toBeVisible();
    await isAccessible(page);
    await answers.getByRole('link', { name: 'Go to the campaign' }).click();
    await expect(page.locator('tbody.buy')).toContainText('Failed');
  });
});

test('a buy whose request was lost is told apart by a person', async ({ page }) => {
  await withSeller('Lost', async (server, seller, id) => {
    seller.tell('silent');
    await execute(page, server, id);
    const answers = page.getByRole('region', { name: 'Answers, seller by seller' });
    await expect(answers).toContainText('no_answer');
    await expect(page.getByRole('heading', { name: 'The media buy was not answered' })).toBeVisible();
    await answers.getByText('Raw exchange').click();
    await expect(answers.locator('pre').first()).toContainText('"product_id": "banner"');
    await isAccessible(page);
    await answers.getByRole('link', { name: 'Go to the running campaign' }).click();
    const buy = page.locator('tbody.buy');
    await expect(buy.getByText('Only a person can tell what became of it', { exact: true })).toBeVisible({ timeout: 60_000 });
    await isAccessible(page);
    await buy.getByRole('button', { name: 'It is s_look_alike' }).click();
    await expect(buy.getByText('Your word was taken.')).toBeVisible();
    await expect(buy.getByRole('row').first()).toContainText('Active');
    expect(seller.purchases()).toBe(1);
  });
});

test('a lost buy that the seller does not hold is released by a person and can be executed again', async ({ page }) => {
  await withSeller('Released', async (server, seller, id) => {
    seller.tell('silent');
    await execute(page, server, id);
    await page.getByRole('link', { name: 'Go to the running campaign' }).click();
    const buy = page.locator('tbody.buy');
    await buy.getByRole('button', { name: 'The seller holds none…' }).click({ timeout: 60_000 });
    const dialog = page.getByRole('dialog', { name: 'Does the seller hold no such buy?' });
    await expect(dialog).toContainText('it is bought twice: look there first');
    await isAccessible(page);
    await dialog.getByRole('button', { name: 'The seller holds none' }).click();
    await expect(buy.getByRole('row').first()).toContainText('Failed');
    await expect(buy.getByText('Only a person can tell what became of it', { exact: true })).toHaveCount(0);
    const { campaign } = await call<{ campaign: { mediaBuys: { status: string }[]; allocatedBudget: number } }>(
      server,
      'GET',
      `/campaigns/${id}`,
    );
    expect([campaign.mediaBuys.map((one) => one.status), campaign.allocatedBudget]).toEqual([['FAILED'], 0]);
    expect(seller.purchases()).toBe(1);
  });
});

test('a change whose answer was lost waits for a person, who says that nothing changed', async ({ page }) => {
  await withSeller('Lost change', async (server, seller, id) => {
    await execute(page, server, id);
    await page.getByRole('link', { name: 'Go to the running campaign' }).click();
    const buy = page.locator('tbody.buy');
    await expect(buy.getByRole('row').first()).toContainText('Active');
    seller.tell('silent');
    await buy.getByRole('button', { name: 'Change packages of Scripted' }).click();
    const budget = buy.getByLabel(/^Budget of /).first();
    await budget.fill('500');
    await buy.getByRole('button', { name: 'Ask Scripted for 1 change' }).click();
    await expect(buy).toContainText('Sent without an answer');
    const nothing = buy.getByRole('button', { name: 'It was not changed…' });
    await expect(nothing).toBeVisible({ timeout: 60_000 });
    await expect(buy.getByRole('button', { name: 'It was changed', exact: true })).toBeVisible();
    await isAccessible(page);
    await nothing.click();
    const dialog = page.getByRole('dialog', { name: 'Did the seller leave it as it was?' });
    await dialog.getByRole('button', { name: 'It was not changed' }).click();
    await expect(nothing).toHaveCount(0);
    await expect(buy.getByText('Your word was taken.')).toBeVisible();
    await expect(buy).toContainText('nothing changed');
    const { campaign } = await call<{ campaign: { mediaBuys: { packages: { budget: number }[] }[] } }>(
      server,
      'GET',
      `/campaigns/${id}`,
    );
    expect(campaign.mediaBuys[0]!.packages.map((one) => one.budget)).toEqual([600.1]);
    expect([seller.purchases(), seller.changes()]).toEqual([1, 1]);
  });
});
