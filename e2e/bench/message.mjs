// The page's part in measuring how long a seller's message takes until a planner sees it: opens the campaign whose id
// comes in on a line, says `ready` when its media buy waits, and `seen` when it shows Active. `cargo xtask bench seen`
// builds the page and calls the benchmark, which calls this and holds the watch.

import { createInterface } from 'node:readline';

import { chromium } from '@playwright/test';

const { FLIGHTING_ORIGIN: origin, FLIGHTING_KEY: key, FLIGHTING_CHROMIUM: executablePath } = process.env;

const browser = await chromium.launch({
  executablePath: executablePath ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  for await (const id of createInterface({ input: process.stdin })) {
    await page.goto(`${origin}/campaigns/${id}#key=${key}`);
    const buy = page.locator('tbody.buy tr').first();
    await buy.filter({ hasText: 'Awaiting approval' }).waitFor();
    // The page reads its events by a stream of its own, which has to stand first.
    await page.waitForLoadState('load');
    // Looked for at every frame, so that what is told of has been drawn.
    const seen = page.waitForFunction(
      () => document.querySelector('tbody.buy tr')?.textContent.includes('Active'),
      undefined,
      { polling: 'raf' },
    );
    console.log('ready');
    await seen;
    console.log('seen');
  }
} finally {
  await browser.close();
}
