// The pre-flight's requests, shown on request as the server would send them; and copying where the browser refuses it.

import type { Page } from '@playwright/test';

import { call, choose, draft, expect, isAccessible, test } from './support.ts';

interface Request {
  readonly salesAgentName: string;
  readonly arguments: { readonly packages: readonly { readonly budget: number }[] };
}

/** A browser that takes the page's word for nothing: writing to the clipboard is refused. */
async function refusesCopying(page: Page) {
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
}

const selected = (page: Page) => page.evaluate(() => getSelection()?.toString() ?? '');

test('the requests are shown on request, by keyboard, as the server would send them', async ({ page, context, server }) => {
  const id = await draft(server, 'Shown before');
  await choose(server, id, [92_000, 41_250]);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.origin });
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/preflight')) asked += 1;
  });
  await page.goto(`${server.origin}/campaigns/${id}/execute${new URL(server.planner).hash}`);
  const fold = page.getByText('Requests as they would go out');
  await expect(fold).toBeVisible();
  expect(asked, 'nobody asked to see them yet').toBe(0);
  await fold.focus();
  await page.keyboard.press('Enter');

  const { requests, revision } = await call<{ requests: Request[]; revision: number }>(
    server,
    'GET',
    `/campaigns/${id}/preflight`,
  );
  expect(requests.length).toBeGreaterThan(0);
  for (const { salesAgentName, arguments: sent } of requests) {
    const shown = page.getByRole('region', { name: `Request to ${salesAgentName}` });
    expect(JSON.parse(await shown.innerText())).toEqual(sent);
    await expect(shown).toContainText('"idempotency_key": "[made when it is executed]"');
  }
  // The very money of the table above it.
  const planned = page.getByRole('region', { name: 'Planned packages as a table' }).locator('.package .sum-cell');
  const cells = (await planned.allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  expect(requests.flatMap((request) => request.arguments.packages.map(({ budget }) => budget))).toEqual(cells);
  await expect(page.getByText(`at revision ${revision}`)).toBeVisible();
  await isAccessible(page);

  const [first] = requests;
  await page.getByRole('button', { name: `Copy the request to ${first!.salesAgentName}` }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(first!.arguments);

  // A plan that changes meanwhile is asked about anew.
  const before = asked;
  await call(server, 'PUT', `/campaigns/${id}`, { constraints: { countries: ['CA'] } });
  await expect(page.getByRole('region', { name: `Request to ${first!.salesAgentName}` })).toContainText('"CA"');
  expect(asked).toBeGreaterThan(before);
});

test('where the browser refuses the clipboard, that is said and the text is selected', async ({ page, server }) => {
  await refusesCopying(page);
  const id = await draft(server, 'Not copied');
  await choose(server, id, [92_000]);
  await page.goto(`${server.origin}/campaigns/${id}/execute${new URL(server.planner).hash}`);
  await page.getByText('Requests as they would go out').click();
  await page.getByRole('button', { name: /^Copy the request to/ }).first().click();
  await expect(page.getByText(/does not let the page copy/)).toBeVisible();
  await expect.poll(() => selected(page)).toContain('"idempotency_key"');
  expect(JSON.parse(await selected(page)).packages.length).toBeGreaterThan(0);

  // An explanation and the table have no text of their own on the page: it appears, selected.
  await page.goto(`${server.origin}/campaigns/${id}/plan`);
  const grid = page.getByRole('grid', { name: 'Products by pacing periods' });
  await expect(grid).toBeVisible();
  await page.getByRole('button', { name: 'Copy the table' }).click();
  const table = page.getByRole('textbox', { name: 'The text to copy' });
  await expect(table).toBeFocused();
  const marked = () => table.evaluate((field: HTMLTextAreaElement) => field.value.slice(field.selectionStart, field.selectionEnd));
  await expect.poll(marked).toBe(await table.inputValue());
  expect(await table.inputValue()).toContain('92000');
  await isAccessible(page);
  await page.reload();
  await grid.locator('.package-cell').first().click();
  const explanation = page.getByRole('region', { name: 'Explanation' });
  await explanation.getByRole('button', { name: 'Copy as text' }).click();
  await expect(explanation.getByText(/does not let the page copy/)).toBeVisible();
  await expect(explanation.getByRole('textbox', { name: 'The text to copy' })).toBeFocused();

  // Without a secure address there is no clipboard at all.
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await page.reload();
  await page.getByRole('button', { name: 'Copy the table' }).click();
  await expect(page.getByText(/does not let the page copy/)).toBeVisible();
});
