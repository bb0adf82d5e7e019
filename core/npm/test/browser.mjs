// Chromium for the tests: the system's own, as e2e uses it.
import { chromium } from 'playwright-core';

export function launch() {
  return chromium.launch({
    executablePath: process.env.FLIGHTING_CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's sandbox refuses root, which containers run as.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
}

/** A page that notes whatever goes wrong on it. */
export async function quietPage(browser) {
  const page = await browser.newPage();
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`${message.type()}: ${message.text()}`);
  });
  return { page, troubles };
}
