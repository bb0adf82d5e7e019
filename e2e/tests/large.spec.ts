// A table of a thousand packages: what is seen is written with the key, the rest soon after, and all of it before it is read.

import { expect, test } from './support.ts';
import { openThousand, PERIODS, PRODUCTS, seen, shownWithKey, standing, told } from './thousand.ts';

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
