// The planner's program comes by rooms: one file with all that the opened room needs, the rest in parts a while later.

import type { Page } from '@playwright/test';

import { choose, draft, expect, isAccessible, startServer, test, type Server } from './support.ts';

/** As in web/src/later.rs: how long after the start everything else is fetched. */
const AHEAD = 3_000;

const isPart = (url: string) => /\/part-\d+-\w+-[0-9a-f]+\.wasm$/.test(url);

/** The paths of parts that the page has asked for, each time. */
function asked(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (request) => {
    if (isPart(request.url())) paths.push(new URL(request.url()).pathname);
  });
  return paths;
}

/** Never fetches what nobody wanted yet. */
const onlyWhatIsWanted = (page: Page) =>
  page.addInitScript((ahead) => {
    const later = globalThis.setTimeout;
    globalThis.setTimeout = ((...args: Parameters<typeof later>) =>
      args[1] === ahead ? 0 : later(...args)) as typeof later;
  }, AHEAD);

const address = (server: Server, path: string) => `${server.origin}${path}${new URL(server.planner).hash}`;

test('every room opens with one file of the program, and no other', async ({ page, server }) => {
  const id = await draft(server, 'Parts');
  await onlyWhatIsWanted(page);
  const paths: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('.wasm')) paths.push(new URL(request.url()).pathname);
  });
  for (const [path, room, sign] of [
    ['/', 'list', page.getByRole('heading', { name: 'Campaigns', level: 1 })],
    ['/campaigns', 'list', page.getByRole('heading', { name: 'Campaigns', level: 1 })],
    ['/campaigns/new', 'create', page.getByLabel('Name', { exact: true })],
    [`/campaigns/${id}`, 'run', page.getByRole('heading', { name: 'Parts', level: 1 })],
    [`/campaigns/${id}/products`, 'buy', page.getByRole('heading', { name: 'Parts', level: 1 })],
    [`/campaigns/${id}/execute`, 'buy', page.getByRole('heading', { name: 'Parts', level: 1 })],
    [`/campaigns/${id}/delivery`, 'run', page.getByRole('heading', { name: 'Parts', level: 1 })],
    [`/campaigns/${id}/history`, 'run', page.getByRole('heading', { name: 'Parts', level: 1 })],
    ['/advertisers', 'sellers', page.getByRole('heading', { name: 'Advertisers', level: 1 })],
    ['/sales-agents', 'sellers', page.getByRole('heading', { name: 'Sales agents', level: 1 })],
    ['/nowhere', 'list', page.getByRole('heading', { level: 1 })],
  ] as const) {
    paths.length = 0;
    await page.goto('about:blank');
    await page.goto(address(server, path));
    await expect(sign, path).toBeVisible();
    await expect(page.locator('main [aria-busy="true"]'), path).toHaveCount(0);
    expect(paths, path).toHaveLength(1);
    expect(paths[0], path).toMatch(new RegExp(`^/planner-${room}-[0-9a-f]{16}_bg\\.wasm$`));
  }
});

test('the plan comes with what it first shows, and what stands below after it', async ({ page, server }) => {
  const id = await draft(server, 'Parts of a plan');
  await onlyWhatIsWanted(page);
  const paths = asked(page);
  const program = page.waitForResponse(/planner-plan-\w+_bg\.wasm$/);
  await page.goto(address(server, `/campaigns/${id}/plan`));
  await program;
  // The fields below the flowchart are of a part of their own.
  await expect(page.getByLabel('Brief')).toBeVisible();
  expect(paths).not.toEqual([]);
});

test('a campaign opened in one room goes on in every other', async ({ page, server }) => {
  const id = await draft(server, 'Rooms');
  for (const first of ['', '/plan', '/products', '/history']) {
    await page.goto('about:blank');
    await page.goto(address(server, `/campaigns/${id}${first}`));
    await expect(page.getByRole('heading', { name: 'Rooms', level: 1 })).toBeVisible();
    for (const [tab, sign] of [
      ['Plan', page.getByRole('heading', { name: 'Flowchart' })],
      ['Products', page.getByRole('heading', { name: 'What sales agents offer' })],
      ['History', page.getByPlaceholder('Field')],
      ['Overview', page.getByRole('heading', { name: 'Over the flight' })],
    ] as const) {
      await page.getByRole('navigation', { name: 'Campaign' }).getByRole('link', { name: tab }).click();
      await expect(sign, `${tab} after ${first}`).toBeVisible();
    }
    await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Sales agents' }).click();
    await expect(page.getByRole('heading', { name: 'Sales agents', level: 1 })).toBeVisible();
    await page.getByRole('link', { name: 'Campaigns', exact: true }).first().click();
    await expect(page.getByRole('heading', { name: 'Campaigns', level: 1 })).toBeVisible();
    await page.getByRole('link', { name: 'Rooms', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Rooms', level: 1 })).toBeVisible();
  }
});

test('what a room asks first is asked before the program has come', async ({ page, server }) => {
  const id = await draft(server, 'Early');
  const campaign = page.waitForRequest(`**/api/buyer/campaigns/${id}`);
  const advertiser = page.waitForRequest(/\/api\/buyer\/advertisers\/adv_\w+$/);
  await page.route(/_bg\.wasm$/, async (route) => {
    await Promise.all([campaign, advertiser]);
    await route.continue();
  });
  await page.goto(address(server, `/campaigns/${id}/plan`));
  await expect(page.getByRole('heading', { name: 'Early', level: 1 })).toBeVisible();
});

test('a plan whose answers came before the program is painted at once, and not after its head', async ({ page, server }) => {
  const id = await draft(server, 'At once');
  await choose(server, id, [50_000]);
  const answers = Promise.all(
    [/campaigns\/cmp_\w+$/, /advertisers\/adv_\w+$/, /discovery\/\w+\/products$/].map((path) => page.waitForResponse(path)),
  );
  await page.route('**/*_bg.wasm', async (route) => {
    await answers;
    await page.evaluate(() => Promise.all(Object.values((globalThis as unknown as { ahead: object }).ahead)));
    await route.continue();
  });
  await page.addInitScript(() => {
    const frames: string[] = ((globalThis as unknown as { frames: string[] }).frames = []);
    const look = () => {
      frames.push(['.head h1', '.sheet'].filter((sign) => document.querySelector(sign)).join(' '));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(address(server, `/campaigns/${id}/plan`));
  await expect(page.locator('.sheet .head-cell').first()).toBeVisible();
  const frames = await page.evaluate(() => (globalThis as unknown as { frames: string[] }).frames);
  expect([...new Set(frames)]).toEqual(['', '.head h1 .sheet']);
});

test('a part that cannot be fetched says so, and comes when it is asked for again', async ({ page, server }) => {
  const id = await draft(server, 'Missing part');
  await onlyWhatIsWanted(page);
  await page.goto(address(server, `/campaigns/${id}`));
  await expect(page.getByRole('heading', { name: 'Missing part', level: 1 })).toBeVisible();
  await page.route(/\/part-\d+-\w+-[0-9a-f]+\.wasm$/, (route) => route.abort());
  await page.getByRole('link', { name: 'Delivery' }).click();
  await page.getByRole('link', { name: 'Products' }).click();
  const told = page.getByRole('alert').filter({ hasText: 'This part of the planner could not be loaded' });
  await expect(told).toBeVisible();
  await isAccessible(page);
  await page.unroute(/\/part-\d+-\w+-[0-9a-f]+\.wasm$/);
  await told.getByRole('button', { name: 'Try again' }).click();
  await expect(told).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'What sales agents offer' })).toBeVisible();
});

test('once everything has come, a server that goes takes no room with it', async ({ page }) => {
  const server = await startServer();
  try {
    const id = await draft(server, 'Server gone');
    const paths = asked(page);
    await page.goto(address(server, `/campaigns/${id}/plan`));
    await expect(page.getByRole('heading', { name: 'Server gone', level: 1 })).toBeVisible();
    const loader = await page.locator('link[rel="modulepreload"][href^="/parts-"]').getAttribute('href');
    const text = await (await page.request.get(`${server.origin}${loader ?? ''}`)).text();
    const all = [...text.matchAll(/part-\d+-\w+-[0-9a-f]+\.wasm/g)].map(([file]) => `/${file}`).toSorted();
    await expect.poll(() => [...new Set(paths)].toSorted(), { timeout: 30_000 }).toEqual(all);
  } finally {
    await server.stop();
  }
  for (const tab of ['Products', 'Pre-flight', 'History', 'Overview']) {
    await page.getByRole('navigation', { name: 'Campaign' }).getByRole('link', { name: tab }).click();
    await expect(page.getByText('This part of the planner could not be loaded')).toHaveCount(0);
    await expect(page.getByRole('navigation', { name: 'Campaign' }).getByRole('link', { name: tab })).toHaveAttribute(
      'aria-current',
      'page',
    );
  }
});

test('a planner that stopped by a fault of its own says so', async ({ page, server }) => {
  await page.goto(server.planner);
  await expect(page.getByRole('heading', { name: 'Campaigns', level: 1 })).toBeVisible();
  const told = page.getByText('The planner stopped');
  await expect(told).toBeHidden();
  await page.evaluate(() => {
    // A program without code in it but the instruction that a fault ends in.
    const bytes = new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11,
    ]);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    setTimeout(exports['f'] as () => void);
  });
  await expect(told).toBeVisible();
  await isAccessible(page);
});
