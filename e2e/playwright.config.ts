import { defineConfig, devices } from '@playwright/test';

// Every worker starts a server of its own (tests/support.ts), so there is no address to share here.
export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // A server with its sandbox sellers a worker: two are what two cores carry.
  workers: process.env.CI ? 1 : 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes only sometimes is to be found, not repeated.
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId: 'UTC',
    // Colours that fade while axe looks are no colours of the page.
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.FLIGHTING_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        // Chromium's sandbox refuses root, which containers run as.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
});
