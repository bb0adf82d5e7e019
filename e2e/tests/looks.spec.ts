// Every page at 200 % zoom and on a phone: axe finds nothing in both themes, and nothing runs out of the window.

import type { Page } from '@playwright/test';

import { call, choose, draft, expect, isAccessible, test, type Server } from './support.ts';

async function holds(page: Page, server: Server, paths: readonly string[]) {
  await page.goto(server.planner);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const wide: string[] = [];
  for (const path of paths) {
    await page.goto(server.origin + path);
    await expect(page.locator('main :is(h1, h2)').first()).toBeVisible();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    // 1440 pixels at 200 % are 720 of the page's own.
    for (const width of [720, 390]) {
      await page.setViewportSize({ width, height: 844 });
      if (width === 720) await isAccessible(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) wide.push(`${path} is ${over} too wide at ${width}`);
    }
  }
  expect(wide).toEqual([]);
}

test('the rooms hold at 200 % zoom and on a phone', async ({ page, server }) => {
  await holds(page, server, ['/', '/campaigns/new', '/advertisers', '/sales-agents']);
});

test('a draft holds at 200 % zoom and on a phone, however long its name', async ({ page, server }) => {
  const id = await draft(server, 'A campaign whose name is far longer than any column that was ever made for one');
  await choose(server, id, [92_000, 41_250, 38_400]);
  await holds(page, server, ['', '/plan', '/products', '/execute'].map((part) => `/campaigns/${id}${part}`));
});

test('a running campaign holds at 200 % zoom and on a phone', async ({ page, server }) => {
  const id = await draft(server, 'Bought');
  await choose(server, id, [92_000, 41_250, 38_400]);
  await call(server, 'POST', `/campaigns/${id}/execute`, {});
  await holds(page, server, ['', '/plan', '/delivery', '/history'].map((part) => `/campaigns/${id}${part}`));
});
