// The real server for the page's tests: one process with its sandbox sellers and a database of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

/** How long the server may take to print its address. */
const READY_WITHIN_MS = 60_000;
/** How long it may take to shut down before it is ended. */
const STOPPED_WITHIN_MS = 15_000;

/** What the server prints before the planner's address. */
const PLANNER = 'planner: ';

export interface Server {
  /** The planner's address with the key in its fragment: what a person would open. */
  readonly planner: string;
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string;
  /** The key in the planner's address, for calls to the API beside the page. */
  readonly key: string;
  /** What it has printed so far, both streams. */
  readonly log: () => string;
  /** Stops it, waits until it is gone and removes its database. */
  readonly stop: () => Promise<void>;
}

/** Starts `flighting serve --sandbox` on a free port; `options` are further options of `serve`. */
export async function startServer(options: readonly string[] = []): Promise<Server> {
  const binary = process.env.FLIGHTING_BIN;
  if (!binary) {
    throw new Error('FLIGHTING_BIN names no server: run `cargo xtask test page`, or set it to the binary');
  }
  const folder = await mkdtemp(join(tmpdir(), 'flighting-e2e-'));
  const args = ['serve', '--sandbox', '--listen', '127.0.0.1:0', '--database', join(folder, 'flighting.db'), ...options];
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const lines: string[] = [];
  const log = () => lines.join('\n');

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const giveUp = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      await gone;
      clearTimeout(giveUp);
    }
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const planner = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the server printed no address within ${READY_WITHIN_MS / 1000} s:\n${log()}`)),
        READY_WITHIN_MS,
      );
      const onLine = (line: string) => {
        lines.push(line);
        if (line.startsWith(PLANNER)) {
          clearTimeout(timer);
          resolve(line.slice(PLANNER.length).trim());
        }
      };
      // Read to the end, or a full pipe would stop the server.
      createInterface({ input: child.stdout }).on('line', onLine);
      createInterface({ input: child.stderr }).on('line', onLine);
      child.once('error', reject);
      void once(child, 'close').then(([code]) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${String(code)} before it was ready:\n${log()}`));
      });
    });
    const address = new URL(planner);
    const key = new URLSearchParams(address.hash.slice(1)).get('key');
    if (!key) throw new Error('the planner address carries no key');
    return { planner, origin: address.origin, key, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Playwright's `test` with one server a worker; the log goes to the report of a test that fails. */
export const test = base.extend<{ serverLog: void }, { server: Server }>({
  server: [
    // Playwright wants the first parameter as a pattern, also where nothing is taken from it.
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  serverLog: [
    async ({ server }, use, info) => {
      await use();
      if (info.status !== info.expectedStatus) {
        await info.attach('server log', { body: server.log(), contentType: 'text/plain' });
      }
    },
    { auto: true },
  ],
});

export { expect };

/** A UTC day so many days from today, as a date field takes it. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** Checks a page in both themes: axe finds nothing. */
export async function isAccessible(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Calls the API beside the page. */
/** Until what was typed is painted, and what follows a frame behind it was done. */
export const painted = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** The plan is saved as it is typed. */
export async function isSaved(page: Page) {
  await painted(page);
  await expect(page.locator('.saved')).toHaveText(/^Saved, revision \d+$/);
}

export async function call<T>(server: Server, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.origin}/api/buyer${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text).data as T;
}

/** A draft of 300,000 over 92 days in three periods, the middle one three times as strong, and a pause behind it. */
export async function draft(server: Server, name: string, more: object = {}): Promise<string> {
  // The demo's own: another test on the same server makes advertisers in other currencies.
  const { advertisers } = await call<{ advertisers: { id: string }[] }>(server, 'GET', '/advertisers?sandbox=true');
  const period = (label: string, start: number, end: number, weight: number) => ({
    label,
    start: day(start),
    end: day(end),
    weight,
  });
  const { campaign } = await call<{ campaign: { campaignId: string } }>(server, 'POST', '/campaigns', {
    advertiserId: advertisers[0]!.id,
    name,
    campaignType: 'DECISIONED',
    flightDates: { startDate: day(10), endDate: day(101) },
    budget: { total: 300_000 },
    fees: [{ pricingType: 'MARGIN', marginPercent: 8 }],
    pacingPeriods: {
      mode: 'weight',
      periods: [period('Base', 10, 39, 1), period('Peak', 40, 54, 3), period('Tail', 71, 101, 0.5)],
    },
    ...more,
  });
  return campaign.campaignId;
}

/** Selects the first so many products of the sandbox sellers for a campaign, each with a budget. */
export async function choose(server: Server, campaignId: string, budgets: readonly number[]) {
  const { campaign } = await call<{ campaign: { advertiserId: string } }>(server, 'GET', `/campaigns/${campaignId}`);
  interface Option {
    pricingOptionId: string;
    currency: string;
    isFixed: boolean;
    floorPrice?: number;
  }
  interface Found {
    discoveryId: string;
    groups: { products: { productId: string; salesAgentId: string; pricingOptions: Option[] }[] }[];
  }
  const fitting = ({ groups }: Found) =>
    groups
      .flatMap((group) => group.products)
      .flatMap((product) => {
        const option = product.pricingOptions.find(({ currency }) => currency === 'USD');
        return option ? [{ product, option }] : [];
      });
  // Sellers that have just been started may not all answer the first question yet.
  let found: Found | undefined;
  await expect
    .poll(async () => {
      found = await call<Found>(server, 'POST', '/discovery/discover-products', {
        advertiserId: campaign.advertiserId,
        campaignId,
      });
      return fitting(found).length;
    })
    .toBeGreaterThanOrEqual(budgets.length);
  const products = fitting(found!)
    .slice(0, budgets.length)
    .map(({ product, option }, index) => ({
      productId: product.productId,
      salesAgentId: product.salesAgentId,
      pricingOptionId: option.pricingOptionId,
      budget: budgets[index]!,
      ...(option.isFixed ? {} : { bidPrice: option.floorPrice }),
    }));
  await call(server, 'POST', `/discovery/${found!.discoveryId}/products`, { products });
}
