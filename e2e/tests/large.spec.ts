// A table of a thousand packages: what is seen is written with the key, the rest soon after, and all of it before it is read.

import type { Page } from '@playwright/test';

import { selling, weekly } from '../bench/thousand.mjs';
import { call, draft, expect, test, type Server } from './support.ts';

const PERIODS = 20;
const PRODUCTS = 50;

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
async function openThousand(page: Page, server: Server) {
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
async function seen(page: Page, typed?: string, reader?: Reader): Promise<Seen> {
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

test('a thousand packages: cells in sight change with the key, and all of them before anything reads the table', async ({
  page,
  server,
}) => {
  await openThousand(page, server);
  let before = await seen(page);
  expect(before.astray).toBe(0);
  for (const [typed, reader] of [['4', 'print'], ['2.5', 'copy'], ['7', 'find']] as const) {
    const now = await seen(page, typed, reader);
    expect(now.first, `the first cell with a weight of ${typed}`).not.toBe(before.first);
    expect(now.astray, `columns that do not add up before it is ${reader}`).toBe(0);
    before = now;
  }
});

test('a thousand packages: what is out of sight follows by itself', async ({ page, server }) => {
  await openThousand(page, server);
  const last = page.locator('.package-cell').last();
  const before = (await last.textContent()) ?? '';
  await page.getByLabel('Weight of Week 3', { exact: true }).fill('6');
  await expect(last).not.toHaveText(before);
  await expect.poll(async () => (await seen(page)).astray).toBe(0);
});

test('a thousand packages: scrolled sideways, rows that come into sight hold their name and their budget in place', async ({
  page,
  server,
}) => {
  await openThousand(page, server);
  const scroller = page.locator('.sheet-scroll');
  await scroller.evaluate((box) => (box.scrollLeft = 600));
  const row = page.locator('.product-line').last();
  await expect(row).not.toBeInViewport();
  await row.getByRole('textbox').focus();
  /** How far a cell of the row stands from the edge of what is seen. */
  const off = (cell: ':first-child' | ':last-child') =>
    row.evaluate((row, cell) => {
      const [box, at] = [row.closest('.sheet-scroll'), row.querySelector(`:scope > ${cell}`)].map((one) => one?.getBoundingClientRect());
      if (!box || !at) return Number.NaN;
      return Math.round(Math.abs(cell === ':first-child' ? at.left - box.left : at.right - box.right));
    }, cell);
  await expect(row).toBeInViewport();
  // What takes the focus is seen already: the periods stay where they were.
  expect(await scroller.evaluate((box) => box.scrollLeft)).toBe(600);
  const isInPlace = async (when: string) => {
    await expect.poll(() => off(':first-child'), `its name ${when}`).toBeLessThanOrEqual(1);
    await expect.poll(() => off(':last-child'), `its budget ${when}`).toBeLessThanOrEqual(1);
  };
  await isInPlace('before anything is typed');
  /** Whether the browser holds them, which each key waits for. */
  const isHeld = () => row.evaluate((row) => getComputedStyle(row.lastElementChild ?? row).position === 'sticky');
  expect(await isHeld(), 'held while one may scroll').toBe(true);
  const type = async (budget: string) => {
    await page.keyboard.press('Control+a');
    await page.keyboard.type(budget);
  };
  await type('21000');
  await expect.poll(isHeld, 'held while one types').toBe(false);
  await isInPlace('while one types');
  await scroller.evaluate((box) => (box.scrollLeft = 250));
  await isInPlace('once one scrolls');
  await type('22000');
  await expect.poll(isHeld, 'held while one types on').toBe(false);
  await isInPlace('while one types on');
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.sheet').evaluate((sheet) => getComputedStyle(sheet).clipPath), 'a printed plan is whole').toBe('none');
  await page.emulateMedia({ media: null });
  await page.mouse.move(600, 500);
  await expect.poll(isHeld, 'held when the pointer moves').toBe(true);
  await isInPlace('when the pointer moves');
});

/** Types into a field as a key does, and reads in the next frame every figure of the table that is seen, by its place. */
function shownWithKey(page: Page, label: string, typed: string): Promise<Record<string, string>> {
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
function standing(page: Page, places: string[]): Promise<Record<string, string>> {
  return page.locator('.sheet').evaluate(
    (sheet, places) => Object.fromEntries(places.map((place) => [place, sheet.querySelector(`[data-place="${place}"]`)?.textContent ?? ''])),
    places,
  );
}

/** Whoever watches what is in sight was told of how it is now. */
async function told(page: Page) {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => new IntersectionObserver((_, one) => (one.disconnect(), done(0))).observe(document.body))),
  );
}

test('a thousand packages: whatever is seen changes with the key, wherever one has scrolled', async ({ page, server }) => {
  await openThousand(page, server);
  const scroller = page.locator('.sheet-scroll');
  let weight = 2;
  const isWhole = async (label: string, what: string, least: number) => {
    await told(page);
    weight += 1;
    const typed = label.startsWith('Weight') ? String(weight) : String(weight * 1_111);
    const places = await page.locator('.sheet .figure').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.place ?? ''));
    const before = await standing(page, places);
    const shown = await shownWithKey(page, label, typed);
    const changed = Object.keys(shown).filter((place) => shown[place] !== before[place]);
    expect(changed.length, `figures that change where they are seen ${what}`).toBeGreaterThan(least);
    await expect.poll(async () => (await seen(page)).astray, `all follow ${what}`).toBe(0);
    expect(shown, `what is seen ${what} is what it comes to`).toEqual(await standing(page, Object.keys(shown)));
  };
  await isWhole('Weight of Week 3', 'at first', 40);
  for (const left of [600, 333]) {
    await scroller.evaluate((box, left) => (box.scrollLeft = left), left);
    await isWhole('Weight of Week 3', `scrolled by ${left}`, 40);
  }
  await page.setViewportSize({ width: 800, height: 700 });
  await isWhole('Weight of Week 3', 'in a window less wide', 10);
  await page.setViewportSize({ width: 1440, height: 900 });
  await isWhole('Weight of Week 3', 'in a window as wide again', 40);
  // The heads of the columns are out of the window, the columns are not.
  const far = 'Budget of Product 48';
  await page.getByLabel(far, { exact: true }).scrollIntoViewIfNeeded();
  await expect(page.locator('.head-line')).not.toBeInViewport();
  const cell = page.locator('.product-line', { has: page.getByLabel(far, { exact: true }) }).locator('.package-cell').first();
  const before = await cell.textContent();
  await isWhole(far, 'below the heads', 6);
  expect(await cell.textContent(), 'its first package').not.toBe(before);
});

test('a thousand packages: an amount is of one tone while one types, and its fraction is quiet again when typing rests', async ({
  page,
  server,
}) => {
  await openThousand(page, server);
  /** How many amounts have a fraction of its own, and how many are one text, in their cell or in a strip; with the key, if one is typed. */
  const tones = (typed?: string) =>
    page.getByLabel('Weight of Week 3', { exact: true }).evaluate(async (field: HTMLInputElement, typed) => {
      if (typed !== undefined) {
        field.value = typed;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
      const shown = [...document.querySelectorAll('.sheet .figure')].filter((one) => one.textContent);
      const two = shown.filter((one) => /^\.\d\d$/.test(one.querySelector('i')?.textContent ?? ''));
      const lines = [...document.querySelectorAll('.strips > *')].flatMap((strip) => (strip.textContent ?? '').split('\n'));
      return { two: two.length, one: shown.length - two.length + lines.filter(Boolean).length };
    }, typed);
  const all = await tones();
  expect(all.one).toBe(0);
  expect(all.two).toBeGreaterThan(PERIODS * PRODUCTS);
  const shown = Object.values(await shownWithKey(page, 'Weight of Week 3', '4'));
  for (const amount of shown) expect(amount).toMatch(/^[\d,]+\.\d\d$/);
  expect((await tones('4.5')).one, 'those that are seen').toBeGreaterThan(40);
  await expect.poll(tones, 'once it rests').toEqual(all);
  await shownWithKey(page, 'Weight of Week 3', '5');
  expect((await seen(page, '6', 'print')).astray).toBe(0);
  expect(await tones(), 'on paper').toEqual(all);
});

test('a thousand packages: what is far out of the window is cut off while one types, and is there once one scrolls', async ({
  page,
  server,
}) => {
  await openThousand(page, server);
  /** Whether nothing of a row is left, were the window as large as the page. */
  const isCutOff = (row: 'first' | 'last') =>
    page.locator('.product-line')[row]().evaluate(
      (row) =>
        new Promise<boolean>((done) => {
          const told: IntersectionObserverCallback = ([entry], one) => (one.disconnect(), done(!entry?.isIntersecting));
          new IntersectionObserver(told, { rootMargin: '10000px' }).observe(row);
        }),
    );
  /** Whether a figure can be seen at the middle of the place where it stands. */
  const isSeen = (row: 'first' | 'last') =>
    page.locator('.product-line')[row]().evaluate((row) => {
      const cell = row.children[1] ?? row;
      const box = cell.getBoundingClientRect();
      return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === cell;
    });
  expect(await isCutOff('last'), 'the last row before anything is typed').toBe(false);
  await shownWithKey(page, 'Weight of Week 3', '4');
  expect(await isCutOff('last'), 'the last row while one types far above').toBe(true);
  await page.evaluate(() => window.scrollTo(0, document.querySelector('.sheet')?.getBoundingClientRect().bottom ?? 0));
  await expect.poll(() => isSeen('last'), 'the last row once one has scrolled down').toBe(true);
  expect(await isCutOff('first'), 'the first row just then').toBe(false);
  await shownWithKey(page, 'Budget of Product 48', '20500');
  expect(await isCutOff('first'), 'the first row while one types far below').toBe(true);
  expect(await isSeen('last'), 'the last row meanwhile').toBe(true);
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect.poll(() => isSeen('first'), 'the first row once one has scrolled up').toBe(true);
  await expect.poll(() => isCutOff('last'), 'and the last').toBe(false);
});

test('a row of the table is as high as the others until something is wrong with it, and then has room for the message', async ({
  page,
  server,
}) => {
  await openThousand(page, server);
  const [row, next] = [page.locator('.product-line').nth(0), page.locator('.product-line').nth(1)];
  const box = async (of: typeof row) => (await of.boundingBox()) ?? { y: Number.NaN, height: Number.NaN };
  const before = await box(row);
  expect((await box(next)).height).toBe(before.height);
  const field = row.getByRole('textbox');
  await field.fill('twelve');
  await field.press('Tab');
  const note = row.locator('.note.bad');
  await expect(note).toBeVisible();
  const [grown, message] = [await box(row), await box(note)];
  expect(grown.height).toBeGreaterThan(before.height);
  expect(message.y + message.height, 'the message ends in its row').toBeLessThanOrEqual(grown.y + grown.height);
  expect((await box(next)).y, 'the next row begins below it').toBeGreaterThanOrEqual(grown.y + grown.height);
  await field.fill('12000');
  await expect(note).toBeHidden();
  expect((await box(row)).height).toBe(before.height);
});

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
