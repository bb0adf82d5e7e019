// A plan of a thousand packages, opened and looked at as it stands in the frame of a key.

import type { Page } from '@playwright/test';

import { selling, weekly } from '../bench/thousand.mjs';
import { call, draft, expect, type Server } from './support.ts';

export const PERIODS = 20;
export const PRODUCTS = 50;

/** A draft of so many periods, bound to a search. */
async function thousand(server: Server): Promise<{ id: string; session: string }> {
  const id = await draft(server, 'A thousand packages', { ...weekly(PERIODS) });
  const { campaign } = await call<{ campaign: { advertiserId: string } }>(server, 'GET', `/campaigns/${id}`);
  const { discoveryId } = await call<{ discoveryId: string }>(server, 'POST', '/discovery/discover-products', {
    advertiserId: campaign.advertiserId,
    campaignId: id,
  });
  return { id, session: discoveryId };
}

/** Opens its plan; only the page's answer about the selection is made up. */
export async function openThousand(page: Page, server: Server) {
  const { id, session } = await thousand(server);
  await page.route(
    (url) => url.pathname.endsWith(`/discovery/${session}/products`),
    selling(session, PRODUCTS),
  );
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await expect(page.locator('.package-cell')).toHaveCount(PERIODS * PRODUCTS);
}

type Reader = 'print' | 'copy' | 'find';

/** What the table shows: its first cell, and how many columns do not add up to the sum below them. */
interface Seen {
  first: string;
  astray: number;
}

/** Types a weight as a key does, waits for the frame, announces a reader of the whole table, and looks at it at once. */
export async function seen(page: Page, typed?: string, reader?: Reader): Promise<Seen> {
  return page.getByLabel('Weight of Week 3', { exact: true }).evaluate(
    async (field: HTMLInputElement, [typed, reader]) => {
      if (typed !== undefined) {
        field.value = typed;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
      if (reader === 'print') window.dispatchEvent(new Event('beforeprint'));
      if (reader === 'copy') field.dispatchEvent(new Event('copy', { bubbles: true }));
      if (reader === 'find') field.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', ctrlKey: true, bubbles: true }));
      const cents = (cell?: Element) => Number((cell?.textContent ?? '').replace(/[^0-9]/g, ''));
      const lines = (name: string) => [...document.querySelectorAll(`.sheet .${name}`)].map((row) => [...row.children].slice(1, -1));
      const [rows, sums] = [lines('product-line'), lines('sum-line')[0] ?? []];
      const astray = sums.filter((sum, at) => cents(sum) !== rows.reduce((all, row) => all + cents(row[at]), 0));
      return { first: rows[0]?.[0]?.textContent ?? '', astray: astray.length };
    },
    [typed, reader] as const,
  );
}

/** Types into a field as a key does, and reads in the next frame every figure of the table that is seen, by its place. */
export function shownWithKey(page: Page, label: string, typed: string): Promise<Record<string, string>> {
  return page.getByLabel(label, { exact: true }).evaluate(async (field: HTMLInputElement, typed) => {
    field.value = typed;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(requestAnimationFrame);
    const shown: Record<string, string> = {};
    for (const cell of document.querySelectorAll<HTMLElement>('.sheet .figure')) {
      const box = cell.getBoundingClientRect();
      const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      if (at === cell) shown[cell.dataset.place ?? ''] = cell.textContent ?? '';
    }
    return shown;
  }, typed);
}

/** The same figures as they stand. */
export function standing(page: Page, places: string[]): Promise<Record<string, string>> {
  return page.locator('.sheet').evaluate(
    (sheet, places) => Object.fromEntries(places.map((place) => [place, sheet.querySelector(`[data-place="${place}"]`)?.textContent ?? ''])),
    places,
  );
}

/** Whoever watches what is in sight was told of how it is now. */
export async function told(page: Page) {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => new IntersectionObserver((_, one) => (one.disconnect(), done(0))).observe(document.body))),
  );
}
