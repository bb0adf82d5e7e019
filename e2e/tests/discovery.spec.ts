// Sales agents while they are asked: each with what became of it, and only those that are chosen. And one figure of what
// is free, whichever page shows it.

import type { Page } from '@playwright/test';

import { call, draft, expect, isAccessible, startServer, test, type Server } from './support.ts';

test('each agent says what became of asking it, as it answers, and only some are asked', async ({ page }) => {
  // Its own server, with an agent at an address where nobody listens.
  const server = await startServer(['--allow-private-addresses']);
  try {
    await oneByOne(page, server);
  } finally {
    await server.stop();
  }
});

async function oneByOne(page: Page, server: Server) {
  await call(server, 'POST', '/sales-agents', { name: 'Nobody home', url: 'http://127.0.0.1:9/mcp', protocol: 'MCP' });
  const agents = await call<{ salesAgents: { salesAgentId: string; name: string }[] }>(server, 'GET', '/sales-agents');
  const alder = agents.salesAgents.find(({ name }) => name === 'Alder Media')!.salesAgentId;
  const id = await draft(server, 'One by one');

  // Alder's answer is held up on its way.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const asked: string[][] = [];
  await page.route('**/discovery/discover-products', async (route) => {
    const { salesAgentIds } = route.request().postDataJSON() as { salesAgentIds: string[] };
    asked.push(salesAgentIds);
    if (salesAgentIds.includes(alder)) await held;
    await route.continue();
  });
  await page.goto(`${server.origin}/campaigns/${id}/products${new URL(server.planner).hash}`);
  const list = page.getByRole('list', { name: 'Sales agents and what became of asking them' });
  const line = (name: string) => list.getByRole('listitem').filter({ hasText: name });
  await expect(line('Birch Guaranteed')).toContainText(/Answered with \d+ products?/);
  await expect(line('Alder Media')).toContainText('Asked, not answered yet');
  await expect(line('Nobody home')).toContainText('Not reached');
  await expect(line('Nobody home').locator('code')).toHaveText('agent_unreachable');
  await expect(page.getByText('1 answer is still to come')).toBeVisible();
  // What the others offer can be chosen already.
  await expect(page.getByRole('button', { name: /^Add / }).first()).toBeVisible();
  await isAccessible(page);
  letGo();
  await expect(line('Alder Media')).toContainText(/Answered with \d+ products?/);
  await expect(page.getByRole('button', { name: 'Add News and weather display' })).toBeVisible();

  // Only those that are chosen are asked again; the others keep what they offered.
  asked.length = 0;
  await line('Alder Media').getByRole('checkbox').uncheck();
  await line('Nobody home').getByRole('checkbox').uncheck();
  const all = agents.salesAgents.length;
  await page.getByRole('button', { name: `Ask ${all - 2} of ${all}` }).click();
  await expect.poll(() => asked.flat().length).toBe(all - 2);
  await expect(page.getByRole('button', { name: `Ask ${all - 2} of ${all}` })).toBeVisible();
  expect(asked.flat()).not.toContain(alder);
  await expect(page.getByRole('button', { name: 'Add News and weather display' })).toBeVisible();

  // Our own server refuses: that is said of those it is about.
  await page.route('**/discovery/discover-products', (route) =>
    route.fulfill({ status: 500, json: { data: null, error: { code: 'INTERNAL_ERROR', message: 'something went wrong here' } } }),
  );
  await page.getByRole('button', { name: `Ask ${all - 2} of ${all}` }).click();
  await expect(line('Birch Guaranteed')).toContainText('Not asked');
  await expect(line('Birch Guaranteed')).toContainText('something went wrong here');
}

test('what is free is one figure on every page, shares of products without a budget counted', async ({ page, server }) => {
  const id = await draft(server, 'One figure');
  await page.goto(`${server.origin}/campaigns/${id}/products${new URL(server.planner).hash}`);
  const ledger = page.getByRole('region', { name: /^Budget/ });
  const figure = (name: string) => ledger.locator('.figure').filter({ hasText: name }).locator('dd');
  await page.getByRole('button', { name: 'Add News and weather display' }).click();
  await page.getByLabel('Budget of News and weather display').fill('92,000.01');
  await page.getByLabel('Budget of News and weather display').press('Tab');
  await expect(figure('Free')).toHaveText('183,999.99');
  await page.getByRole('button', { name: 'Add Premium sports pre-roll' }).click();
  await expect(page.getByRole('heading', { name: '2 products selected' })).toBeVisible();
  for (const part of ['products', 'plan', 'execute', '']) {
    await page.goto(`${server.origin}/campaigns/${id}/${part}`);
    await expect(figure('In products'), part).toHaveText('276,000.00');
    await expect(figure('Free'), part).toHaveText('0.00');
  }
});

test('what is added is added, though one leaves the page while the request is under way', async ({ page, server }) => {
  const id = await draft(server, 'Gone at once');
  let goOn = () => {};
  const left = new Promise<void>((resolve) => (goOn = resolve));
  await page.route('**/discovery/*/products', async (route) => {
    if (route.request().method() === 'POST') await left;
    await route.continue();
  });
  await page.goto(`${server.origin}/campaigns/${id}/products${new URL(server.planner).hash}`);
  const adding = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/products'));
  await page.getByRole('button', { name: 'Add News and weather display' }).click();
  await adding;
  await page.goto(`${server.origin}/campaigns/${id}`);
  goOn();
  const { campaign } = await call<{ campaign: { discoveryId: string } }>(server, 'GET', `/campaigns/${id}`);
  const selected = async () => {
    const { products } = await call<{ products: { name: string }[] }>(server, 'GET', `/discovery/${campaign.discoveryId}/products`);
    return products.map(({ name }) => name);
  };
  await expect.poll(selected).toEqual(['News and weather display']);
});
