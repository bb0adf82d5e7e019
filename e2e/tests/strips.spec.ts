// Amounts as one text a column while one types, over the cells of a thousand packages.

import type { Page } from '@playwright/test';

import { expect, test } from './support.ts';
import { openThousand, seen, shownWithKey, standing, told } from './thousand.ts';

/** An amount as it is painted: its text, where that ends and how high it stands. */
interface Painted {
  text: string;
  right: number;
  middle: number;
}

/** Cells that give their amounts to strips: packages, and their sums by sales agent and period. */
const GIVES = '.package-cell, .agent-line > .figure:not(.total)';

/** Types twice on end, does what ends that, and tells of every such cell that is seen: what a strip shows over it, and what it has itself. */
function typedOn(page: Page, typed: [string, string], then?: 'print' | 'scroll' | 'point' | 'leave') {
  return page.getByLabel('Weight of Week 3', { exact: true }).evaluate(
    async (field: HTMLInputElement, [typed, then, gives]) => {
      const frame = () => new Promise(requestAnimationFrame);
      const type = async (text: string) => {
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await frame();
      };
      field.focus();
      await type(typed[0]);
      for (let frames = 0; frames < 60 && !document.querySelector('.strips'); frames += 1) await frame();
      await type(typed[1]);
      const scroller = document.querySelector('.sheet-scroll');
      if (then === 'print') window.dispatchEvent(new Event('beforeprint'));
      if (then === 'scroll' && scroller) scroller.scrollLeft += 40;
      if (then === 'point') scroller?.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
      if (then === 'leave') field.blur();
      if (then && then !== 'print') await frame().then(frame);
      const paint = (node: Node, from: number, to: number): Painted => {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        const box = range.getBoundingClientRect();
        return { text: range.toString(), right: box.right, middle: (box.top + box.bottom) / 2 };
      };
      const over: Record<string, Painted> = {};
      const own: Record<string, Painted> = {};
      const strips = document.querySelectorAll('.strips > *');
      for (const strip of strips) {
        let from = 0;
        for (const line of (strip.textContent ?? '').split('\n')) {
          const shown = strip.firstChild && line ? paint(strip.firstChild, from, from + line.length) : undefined;
          const at = shown && document.elementFromPoint(shown.right - 20, shown.middle)?.closest<HTMLElement>(gives);
          if (shown && at) over[at.dataset.place ?? ''] = shown;
          from += line.length + 1;
        }
      }
      for (const cell of document.querySelectorAll<HTMLElement>(gives)) {
        const box = cell.getBoundingClientRect();
        if (document.elementFromPoint(box.right - 20, (box.top + box.bottom) / 2)?.closest(gives) !== cell) continue;
        own[cell.dataset.place ?? ''] = paint(cell, 0, cell.childNodes.length);
      }
      return { strips: strips.length, over, own };
    },
    [typed, then, GIVES] as const,
  );
}

test('a thousand packages: while one types on, amounts are one text a column, each where its cell has it afterwards', async ({ page, server }) => {
  await openThousand(page, server);
  const first = await typedOn(page, ['4', '4.5']);
  const places = Object.keys(first.over);
  expect(places.length, 'amounts in strips').toBeGreaterThan(40);
  expect(places.filter((place) => place.startsWith('sum:agent')).length, 'sums of sales agents among them').toBeGreaterThan(6);
  for (const place of places) expect(first.own[place]?.text, `the cell ${place} meanwhile`).toBe('');
  await expect(page.locator('.strips'), 'once it rests').toHaveCount(0);
  await expect.poll(async () => (await seen(page)).astray).toBe(0);
  const texts = Object.fromEntries(places.map((place) => [place, first.over[place]?.text ?? '']));
  expect(await standing(page, places)).toEqual(texts);
  // Printing gives all of it back, at once and in the same places.
  const printed = await typedOn(page, ['4', '4.5'], 'print');
  expect(printed.strips).toBe(0);
  for (const place of places) {
    const [over, own] = [first.over[place], printed.own[place]];
    expect(own?.text, place).toBe(over?.text);
    expect(Math.abs((own?.right ?? 0) - (over?.right ?? 0)), `where ${place} ends`).toBeLessThanOrEqual(1);
    expect(Math.abs((own?.middle ?? 0) - (over?.middle ?? 0)), `how high ${place} stands`).toBeLessThanOrEqual(1);
  }
});

test('a thousand packages: strips are gone before anything moves', async ({ page, server }) => {
  await openThousand(page, server);
  let weight = 2;
  for (const then of ['scroll', 'point', 'leave'] as const) {
    weight += 1;
    const { strips, own } = await typedOn(page, [`${weight}`, `${weight}.5`], then);
    expect(strips, then).toBe(0);
    const amounts = Object.values(own);
    expect(amounts.length, then).toBeGreaterThan(40);
    for (const { text } of amounts) expect(text, then).toMatch(/^[\d,]+\.\d\d$/);
    await expect.poll(async () => (await seen(page)).astray, then).toBe(0);
  }
});

test('a thousand packages: a row that comes into sight while one types changes with the next key', async ({ page, server }) => {
  await openThousand(page, server);
  const row = page.locator('.product-line').nth(9);
  const top = async () => (await row.boundingBox())?.y ?? Number.NaN;
  const own = await row.locator('.package-cell').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.place ?? ''));
  const wrong = page.locator('.product-line').first().getByRole('textbox');
  const was = await top();
  await wrong.fill('twelve');
  await wrong.press('Tab');
  await expect.poll(top, 'it is lower by the message').toBeGreaterThan(was + 15);
  // As high a window that it just does not show the tenth row.
  await page.setViewportSize({ width: 1440, height: Math.floor(await top()) - 2 });
  await told(page);
  // Nothing moves for a while, so nothing is looked for.
  await typedOn(page, ['3', '4']);
  await shownWithKey(page, 'Budget of Product 1', '12000');
  await expect.poll(top, 'the message is gone').toBe(was);
  await told(page);
  const shown = await shownWithKey(page, 'Weight of Week 3', '5');
  const places = Object.keys(shown);
  expect(own.filter((place) => places.includes(place)).length, 'figures of the tenth row are seen').toBeGreaterThan(5);
  await expect.poll(async () => (await seen(page)).astray).toBe(0);
  expect(shown, 'what was seen is what it comes to').toEqual(await standing(page, places));
});

/** What the browser says of a layout. */
interface Laid {
  name: string;
  ts: number;
  args: { beginData?: { partialLayout: boolean; totalObjects: number } };
}

test('a thousand packages: what a key changes is laid out by itself, and not the page around it', async ({ browser, page, server }) => {
  await openThousand(page, server);
  await browser.startTracing(page, { categories: ['devtools.timeline', 'blink.user_timing'] });
  await page.getByLabel('Weight of Week 3', { exact: true }).evaluate(async (field: HTMLInputElement) => {
    const frame = () => new Promise(requestAnimationFrame);
    const type = (text: string) => {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    field.focus();
    type('4');
    for (let frames = 0; frames < 60 && !document.querySelector('.strips'); frames += 1) await frame();
    document.body.getBoundingClientRect();
    performance.mark('typed');
    type('4.5');
    await frame();
    document.body.getBoundingClientRect();
    performance.mark('shown');
  });
  const { traceEvents: all } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Laid[] };
  const at = (mark: string) => all.find(({ name }) => name === mark)?.ts ?? Number.NaN;
  const laid = all.flatMap(({ name, ts, args }) => (name === 'Layout' && ts > at('typed') && ts < at('shown') && args.beginData ? [args.beginData] : []));
  expect(laid.length, 'layouts of the key').toBeGreaterThan(0);
  expect(laid.filter(({ partialLayout }) => !partialLayout), 'those of the whole page').toEqual([]);
});
