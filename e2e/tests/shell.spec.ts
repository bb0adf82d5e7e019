// What stands before the planner does: the same bar at the same place, and a sentence without JavaScript. And the bar
// itself where there is little room.

import { draft, expect, test } from './support.ts';

test('until the planner comes the same bar stands at the same place, and goes when it does', async ({ page, server }) => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.planner, { waitUntil: 'commit' });
  const shell = page.locator('#shell');
  await expect(shell.getByRole('status')).toHaveText('Loading the planner…');
  const brand = page.getByRole('link', { name: 'Flighting' });
  await expect(brand).toHaveCount(1);
  const place = async () => ({ bar: await page.locator('header.top').boundingBox(), brand: await brand.boundingBox() });
  const before = await place();
  letGo();
  await expect(page.getByRole('heading', { name: 'Campaigns', exact: true })).toBeVisible();
  await expect(shell).toHaveCount(0);
  await expect(brand).toHaveCount(1);
  expect(await place()).toEqual(before);
});

test('without JavaScript a sentence says what is missing', async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.planner);
  const sentence = page.locator('#shell noscript');
  await expect(sentence).toBeVisible();
  // Playwright leaves the texts of such elements out.
  expect(await sentence.evaluate((element) => element.textContent)).toBe('The planner needs JavaScript and WebAssembly.');
  // Nothing is loading then.
  await expect(page.locator('#shell').getByRole('status')).toBeHidden();
  await context.close();
});

test('a long name leaves the bar one line high, with all its links, on a phone and at 200 % zoom', async ({ page, server }) => {
  const name = 'A campaign whose name is far longer than any bar at the top of a page that was ever made for one';
  const id = await draft(server, name);
  await page.goto(`${server.origin}/campaigns/${id}${new URL(server.planner).hash}`);
  const bar = page.locator('header.top');
  await expect(bar.getByText('Live', { exact: true })).toBeVisible();
  await expect(bar.getByText(name)).toHaveAttribute('title', name);
  for (const width of [1280, 720, 390]) {
    await page.setViewportSize({ width, height: 844 });
    expect((await bar.boundingBox())!.height, `${width}`).toBeLessThanOrEqual(43);
    for (const link of await bar.getByRole('link').all()) {
      if (!(await link.isVisible())) continue;
      const box = (await link.boundingBox())!;
      expect(box.height, `${await link.innerText()} at ${width}`).toBeLessThan(30);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    expect((await bar.getByText(name).boundingBox())!.width, `room for the name at ${width}`).toBeGreaterThan(20);
    await expect(bar.getByRole('link', { name: 'Sales agents' })).toBeInViewport({ ratio: 1 });
  }
});
