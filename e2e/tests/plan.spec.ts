// The plan on one page: saved as one edits, recalculated by core without a request, and nothing typed is ever lost.

import type { Page } from '@playwright/test';

import { call, choose, day, draft, expect, isAccessible, isSaved, painted, test, type Server } from './support.ts';

interface Saved {
  name: string;
  revision: number;
  brief?: string;
  budget: { total: number; dailyCap?: number };
  pacingPeriods?: { mode: string; periods: { label: string; start: string; end: string; weight?: number; budget: number }[] };
  frequencyCaps: { max_impressions: number }[];
  audiences: { audienceId: string; type: string }[];
  performanceConfig?: { optimizationGoals: { kind: string; target?: { kind: string; value?: number } }[] };
  optimizationApplyMode: string;
  optimizationApplyModeInherited: boolean;
}

async function saved(server: Server, id: string): Promise<Saved> {
  return (await call<{ campaign: Saved }>(server, 'GET', `/campaigns/${id}`)).campaign;
}

async function openPlan(page: Page, server: Server, id: string) {
  await page.goto(`${server.origin}/campaigns/${id}/plan${new URL(server.planner).hash}`);
  await expect(page.getByRole('grid', { name: 'Products by pacing periods' })).toBeVisible();
}

/** Lets no change of the page reach the server, as if it were gone; answers how to let them through again. */
async function cut(page: Page): Promise<() => Promise<void>> {
  const isChange = (url: URL) => url.pathname.startsWith('/api/buyer/');
  await page.route(isChange, (route) => (route.request().method() === 'GET' ? route.continue() : route.abort()));
  return () => page.unroute(isChange);
}

const state = (page: Page) => page.locator('.saved');

test('the plan is saved as one edits: goals, audiences, caps and all', async ({ page, server }) => {
  const id = await draft(server, 'As one edits');
  await openPlan(page, server, id);
  await isAccessible(page);
  await page.getByLabel('Name', { exact: true }).fill('Saved as typed');
  await page.getByLabel('Daily cap').fill('8,500');
  await page.getByRole('button', { name: 'Goal on a metric' }).click();
  const goal = page.getByRole('group', { name: 'Goal 1' });
  // Only the targets that the kind allows are offered.
  await expect(goal.getByLabel('Target').locator('option')).toHaveText([
    'As much as the budget buys',
    'Cost per unit',
    'At least this rate',
  ]);
  await goal.getByLabel('Target').selectOption('Cost per unit');
  await goal.getByLabel('Figure aimed at').fill('0.45');
  await page.getByLabel('Audiences to reach').fill('aud_1, aud_2');
  await page.getByRole('button', { name: 'Frequency cap', exact: true }).click();
  await page.getByLabel('At most').fill('3');
  await page.getByLabel('Optimization').selectOption('AUTO');
  await isSaved(page);
  const campaign = await saved(server, id);
  expect([campaign.name, campaign.budget.dailyCap]).toEqual(['Saved as typed', 8500]);
  expect(campaign.performanceConfig?.optimizationGoals[0]?.target).toEqual({ kind: 'cost_per', value: 0.45 });
  expect(campaign.audiences.map((one) => [one.audienceId, one.type])).toEqual([
    ['aud_1', 'TARGET'],
    ['aud_2', 'TARGET'],
  ]);
  expect(campaign.frequencyCaps.map((cap) => cap.max_impressions)).toEqual([3]);
  expect([campaign.optimizationApplyMode, campaign.optimizationApplyModeInherited]).toEqual(['AUTO', false]);
  await expect(page.getByRole('region', { name: /^Budget/ })).toContainText('276,000.00');
  await isAccessible(page);
});

test('a key writes the money at once, and the rest of what it means behind the frame that shows it', async ({ page, server }) => {
  const id = await draft(server, 'Money first');
  await choose(server, id, [10_000, 20_000]);
  await openPlan(page, server, id);
  await isSaved(page);
  const look = () => ({
    cell: document.querySelector('.package-cell')!.textContent,
    said: document.querySelector('.saved')!.textContent,
    bar: document.querySelector('button.span-bar')!.getAttribute('aria-label'),
  });
  /** Types a weight; with what stands there before the task in which it is typed ends. */
  const type = (text: string): Promise<ReturnType<typeof look>> =>
    page.getByLabel('Weight of Peak').evaluate(
      async (field: HTMLInputElement, [text, look]) => {
        field.value = text!;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
        return eval(`(${look})()`);
      },
      [text, look.toString()],
    );
  const before = await page.evaluate(look);
  const atOnce = await type('2');
  expect(atOnce).toEqual({ ...before, cell: atOnce.cell });
  expect(atOnce.cell).not.toBe(before.cell);
  await painted(page);
  const after = await page.evaluate(look);
  expect(after.cell).toBe(atOnce.cell);
  expect(after.said).toContain('Not saved yet');
  expect(after.bar).not.toBe(before.bar);
  // Who goes before that has the step all the same.
  await isSaved(page);
  await Promise.all([
    page.waitForEvent('load'),
    page.getByLabel('Weight of Base').evaluate((field: HTMLInputElement) => {
      field.value = '4';
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      location.reload();
    }),
  ]);
  const weights = page.getByLabel(/^Weight of (Base|Peak)$/);
  const typed = () => weights.evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
  await expect.poll(typed).toEqual(['4', '2']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(typed).toEqual(['1', '2']);
});

test('what does not read stays as typed with its reason, and is neither sent nor zero', async ({ page, server }) => {
  const id = await draft(server, 'Bad input stays');
  await openPlan(page, server, id);
  const before = await saved(server, id);
  await page.getByLabel('Total budget').fill('300.000,00');
  await page.getByLabel('Weight of Peak').fill('3x');
  await page.getByLabel('Weight of Peak').blur();
  await expect(page.getByLabel('Total budget')).toHaveAccessibleDescription(/300\.000,00/);
  await expect(page.getByLabel('Weight of Peak')).toHaveAccessibleDescription(/3x/);
  await expect(state(page)).toContainText('not saved: 2 errors first');
  await isAccessible(page);
  await page.reload();
  await expect(page.getByLabel('Total budget')).toHaveValue('300.000,00');
  await expect(page.getByLabel('Weight of Peak')).toHaveValue('3x');
  expect(await saved(server, id)).toEqual(before);
  await page.getByLabel('Total budget').fill('310,000');
  await page.getByLabel('Weight of Peak').fill('2.5');
  await isSaved(page);
  const after = await saved(server, id);
  expect([after.budget.total, after.pacingPeriods?.periods[1]?.weight]).toEqual([310_000, 2.5]);
});

test('a budget that does not read leaves the table at what read last, and makes nothing of it zero', async ({ page, server }) => {
  const id = await draft(server, 'A budget that does not read');
  await choose(server, id, [10_000, 20_000]);
  await openPlan(page, server, id);
  const cells = page.locator('.sheet :is(.package-cell, .sum-line .figure)');
  const field = page.getByRole('textbox', { name: /^Budget of / }).first();
  const about = page.locator('.flowchart .about');
  await field.fill('12000');
  await isSaved(page);
  const before = await cells.allTextContents();
  expect(await page.locator('.package-cell').allTextContents()).not.toContain('');
  await field.fill('12x');
  await expect(about).toContainText('a product has an error');
  expect(await cells.allTextContents()).toEqual(before);
  await isAccessible(page);
  // Opened again: what the server has stands for it.
  await page.reload();
  await expect(field).toHaveValue('12x');
  await expect(about).toContainText('a product has an error');
  await expect.poll(() => cells.allTextContents()).toEqual(before);
  await field.fill('12000');
  await expect(about).not.toContainText('error');
  await isSaved(page);
});

test('what two people changed is decided field by field, and the rest is put together', async ({ page, server }) => {
  const id = await draft(server, 'Two planners');
  await openPlan(page, server, id);
  const reconnect = await cut(page);
  await page.getByLabel('Total budget').fill('310000');
  await page.getByLabel('Weight of Peak').fill('2');
  await page.getByLabel('Name', { exact: true }).fill('Mine');
  await expect(state(page)).toContainText('Kept in this browser');
  const before = await saved(server, id);
  const periods = before.pacingPeriods!.periods.map(({ label, start, end, weight }) => ({ label, start, end, weight }));
  periods[2]!.weight = 0.75;
  await call(server, 'PUT', `/campaigns/${id}`, {
    brief: 'iced coffee',
    name: 'Theirs',
    budget: { total: 290_000 },
    pacingPeriods: { mode: 'weight', periods },
  });
  await reconnect();
  const both = page.getByRole('alert', { name: 'Changed twice' });
  await expect(both.getByRole('row', { name: /Total budget 310000 290000/ })).toBeVisible();
  await expect(both.getByRole('row', { name: /Name Mine Theirs/ })).toBeVisible();
  // What only one of both changed is there already, period by period.
  await expect(page.getByLabel('Brief')).toHaveValue('iced coffee');
  await expect(page.getByLabel('Weight of Peak')).toHaveValue('2');
  await expect(page.getByLabel('Weight of Tail')).toHaveValue('0.75');
  await expect(page.getByRole('textbox', { name: 'Total budget' })).toHaveValue('310000');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Keep mine: Total budget' }).click();
  await page.getByRole('button', { name: 'Take theirs: Name' }).click();
  await isSaved(page);
  const after = await saved(server, id);
  expect([after.name, after.brief, after.budget.total]).toEqual(['Theirs', 'iced coffee', 310_000]);
  expect(after.pacingPeriods!.periods.map((period) => period.weight)).toEqual([1, 2, 0.75]);
});

test('every edit can be undone and done again, also after a reload and without the server', async ({ page, server }) => {
  const id = await draft(server, 'Undo');
  await openPlan(page, server, id);
  const reconnect = await cut(page);
  const total = page.getByLabel('Total budget');
  const weight = page.getByLabel('Weight of Peak');
  await total.fill('310000');
  await weight.fill('2');
  await page.getByLabel('Brief').fill('iced coffee');
  await expect(state(page)).toContainText('the server does not answer');
  await page.reload();
  await expect(total).toHaveValue('310000');
  await expect(page.getByLabel('Brief')).toHaveValue('iced coffee');
  await page.keyboard.press('Control+z');
  await expect(page.getByLabel('Brief')).toHaveValue('');
  await page.keyboard.press('Control+z');
  await expect(weight).toHaveValue('3');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(total).toHaveValue('300000');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await page.keyboard.press('Control+Shift+z');
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(weight).toHaveValue('2');
  await expect(page.getByLabel('Brief')).toHaveValue('');
  await reconnect();
  await isSaved(page);
  const after = await saved(server, id);
  expect([after.budget.total, after.pacingPeriods?.periods[1]?.weight, after.brief]).toEqual([310_000, 2, undefined]);
});

test('the flowchart: bars move and stretch, money follows in the page, and the table adds up', async ({ page, server }) => {
  const id = await draft(server, 'Flowchart');
  await choose(server, id, [92_000, 38_400, 24_750]);
  await openPlan(page, server, id);
  const table = page.getByRole('grid', { name: 'Products by pacing periods' });
  await expect(table.getByRole('row', { name: /^Packages/ })).toContainText('155,150.00');
  await isAccessible(page);

  // From here on nothing reaches the server: what changes is calculated in the page.
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const reconnect = await cut(page);
  asked.length = 0;

  const bar = page.getByRole('button', { name: /^Peak: / });
  const peak = page.getByRole('region', { name: 'Period Peak' });
  await bar.focus();
  await expect(peak.getByLabel('First day of the period')).toHaveValue(day(40));
  await page.keyboard.press('Shift+ArrowRight');
  await expect(peak.getByLabel('First day of the period')).toHaveValue(day(41));
  await page.keyboard.press('Alt+ArrowRight');
  await page.keyboard.press('Control+Alt+ArrowRight');
  await expect(peak.getByLabel('Last day of the period')).toHaveValue(day(63));
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  await expect(peak.getByLabel('First day of the period')).toHaveValue(day(40));
  await page.keyboard.press('ArrowUp');
  await expect(page.getByLabel('Weight of Peak')).toHaveValue('3.1');

  // By pointer: the whole bar four days on, then its end six days back.
  const box = (await bar.boundingBox())!;
  const days = 24;
  const aDay = box.width / days;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + 4 * aDay, middle.y, { steps: 6 });
  await page.mouse.up();
  await expect(peak.getByLabel('First day of the period')).toHaveValue(day(44));
  await expect(peak.getByLabel('Last day of the period')).toHaveValue(day(67));
  const moved = (await bar.boundingBox())!;
  await page.mouse.move(moved.x + moved.width - 2, middle.y);
  await page.mouse.down();
  await page.mouse.move(moved.x + moved.width - 2 - 6 * aDay, middle.y, { steps: 6 });
  await page.mouse.up();
  await expect(peak.getByLabel('Last day of the period')).toHaveValue(day(61));
  // One drag is one step back.
  await page.keyboard.press('Control+z');
  await expect(peak.getByLabel('Last day of the period')).toHaveValue(day(67));
  await page.keyboard.press('Control+y');

  // A product's budget typed in place, and the sums of rows and columns agree.
  await page.getByLabel(/^Budget of /).first().fill('95,000.01');
  await expect(table.getByRole('row', { name: /^Packages/ })).toContainText('158,150.01');
  const cents = (text: string) => Math.round(Number(text.replaceAll(',', '').replace('−', '-')) * 100);
  const cells = async (row: RegExp) =>
    (await table.getByRole('row', { name: row }).getByRole('gridcell').allInnerTexts()).filter((text) => /\d/.test(text)).map(cents);
  const sums = await cells(/^Packages/);
  expect(sums.slice(0, -1).reduce((a, b) => a + b)).toBe(15_815_001);
  expect(sums.at(-1)).toBe(15_815_001);
  expect(asked.filter((one) => !one.startsWith('PUT') && !one.startsWith('POST'))).toEqual([]);

  await reconnect();
  await isSaved(page);
  const peakSaved = (await saved(server, id)).pacingPeriods!.periods[1]!;
  expect([peakSaved.start, peakSaved.end, peakSaved.weight]).toEqual([day(44), day(61), 3.1]);
});

test('periods are added, cut, copied and removed, and changing the mode keeps the money', async ({ page, server }) => {
  const id = await draft(server, 'Modes');
  await openPlan(page, server, id);
  const lane = page.getByRole('grid').getByRole('button', { name: /: / });
  await expect(lane).toHaveCount(3);
  const before = (await saved(server, id)).pacingPeriods!.periods.map((period) => period.budget);
  await page.getByLabel('By amount').check();
  await expect(page.getByLabel('Budget of Peak')).not.toHaveValue('');
  await isSaved(page);
  const amounts = (await saved(server, id)).pacingPeriods!;
  expect([amounts.mode, amounts.periods.map((period) => period.budget)]).toEqual(['budget', before]);
  await page.getByLabel('By weight').check();
  await expect(page.getByLabel('Weight of Peak')).toHaveValue('3');
  await isSaved(page);
  expect((await saved(server, id)).pacingPeriods!.periods.map((period) => period.budget)).toEqual(before);

  await page.getByRole('button', { name: /^Add a period in the pause/ }).click();
  await expect(lane).toHaveCount(4);
  await page.getByRole('button', { name: /^Peak: / }).focus();
  await page.keyboard.press('s');
  await expect(lane).toHaveCount(5);
  await expect(page.getByRole('button', { name: /^Peak 2: / })).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(lane).toHaveCount(4);
  await page.getByRole('button', { name: /^Base: / }).focus();
  await page.keyboard.press('d');
  await expect(page.getByRole('button', { name: /^Base copy: / })).toBeVisible();
  await isSaved(page);
  await page.getByLabel('Whole flight').check();
  await isSaved(page);
  await isAccessible(page);
});

test('every amount explains itself: formula, inputs, and parts that add up to the cent', async ({ page, server }) => {
  const id = await draft(server, 'Explained', { budget: { total: 300_000.01 } });
  await choose(server, id, [92_000.01, 38_400, 24_750]);
  await openPlan(page, server, id);
  const table = page.getByRole('grid', { name: 'Products by pacing periods' });
  const explanation = page.getByRole('region', { name: 'Explanation' });
  const cents = (text: string) => Math.round(Number(text.replaceAll(',', '').replace('−', '-')) * 100);
  const cell = table.locator('.package-cell').nth(1);
  await cell.click();
  await expect(explanation.getByRole('heading')).toContainText(`× Peak = ${await cell.innerText()}`);
  await expect(explanation).toContainText('92000.01 x');
  const parts = async () => {
    const rows = explanation.locator('tbody tr td:nth-child(2)');
    return (await rows.allInnerTexts()).map(cents).reduce((sum, part) => sum + part, 0);
  };
  expect(await parts()).toBe(9_200_001);
  await isAccessible(page);

  // By keyboard: the explanation follows the focus, `=` asks, Escape puts it away.
  await page.keyboard.press('ArrowDown');
  await expect(explanation.getByRole('heading')).toContainText(await table.locator('.package-cell').nth(4).innerText());
  await page.keyboard.press('Escape');
  await expect(explanation).toHaveCount(0);
  await page.keyboard.press('Control+ArrowDown');
  await page.keyboard.press('=');
  await expect(explanation.getByRole('heading')).toContainText('Need a day in Peak');
  await page.keyboard.press('ArrowUp');
  await expect(explanation.getByRole('heading')).toContainText('Free in Peak');
  // It is about what is typed now.
  await page.getByLabel('Weight of Peak').fill('2');
  const free = table.getByRole('row', { name: /^Free/ }).getByRole('gridcell').nth(1);
  await expect(explanation.getByRole('heading')).toContainText(await free.innerText());
});

test('the field one types in is a form of its own, that goes nowhere; others keep theirs', async ({ page, server }) => {
  const id = await draft(server, 'Alone');
  await openPlan(page, server, id);
  const address = page.url();
  const fields = (of: Element) => [...((of as HTMLInputElement).form?.elements ?? [])].map((field) => field.getAttribute('aria-label') ?? field.id);
  const weight = page.getByLabel('Weight of Peak', { exact: true });
  await weight.fill('4');
  expect(await weight.evaluate(fields)).toHaveLength(1);
  await weight.press('Enter');
  await expect(weight).toHaveValue('4');
  expect(page.url()).toBe(address);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('Alone, typed');
  expect(await name.evaluate(fields)).toHaveLength(1);
  expect(await weight.evaluate(fields), 'left, it is in no form').toEqual([]);
  await name.press('Enter');
  await isSaved(page);
  expect((await saved(server, id)).name).toBe('Alone, typed');
  // Radio buttons of one name stay in one form, or the arrow keys would no longer go from one to the other.
  const zoom = page.getByRole('radio', { name: 'Weeks' });
  await zoom.check();
  await zoom.focus();
  expect(await zoom.evaluate((radio: HTMLInputElement) => radio.form)).toBeNull();
  await page.keyboard.press('ArrowRight');
  await expect(zoom).not.toBeChecked();
});
