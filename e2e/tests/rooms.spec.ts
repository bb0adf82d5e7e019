// Beside the plan: advertisers, sales agents, several campaigns at once, delivery and history.

import { call, choose, day, draft, expect, isAccessible, startServer, test } from './support.ts';

test('an advertiser is made, an agent is registered, probed and put away', async ({ page, server }) => {
  await page.goto(server.planner);
  await page.getByRole('link', { name: 'Advertisers' }).click();
  await expect(page.getByRole('heading', { name: 'Advertisers', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'New advertiser' }).click();
  await page.getByLabel('Advertiser’s name').fill('Borealis');
  await page.getByLabel('Brand domain').fill('borealis.example');
  await page.getByLabel('Currency', { exact: true }).fill('eur');
  await isAccessible(page);
  await page.getByRole('button', { name: 'Save the advertiser' }).click();
  await expect(page.getByRole('row', { name: /Borealis/ })).toContainText('EUR');

  await page.getByRole('link', { name: 'Sales agents' }).click();
  await expect(page.getByRole('row', { name: /Alder Media/ })).toContainText('In use');
  await page.getByRole('button', { name: 'Probe Alder Media' }).click();
  await expect(page.getByRole('row', { name: /Alder Media/ })).toContainText('asked');
  await page.getByRole('button', { name: 'Register an agent' }).click();
  await page.getByLabel('Name of the agent').fill('Nobody');
  await page.getByLabel('Address').fill('not an address');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Address')).toHaveValue('not an address');
  await isAccessible(page);
});

test('running campaigns are picked and paused together; delivery and history tell what happened', async ({ page }) => {
  // Its own server, whose flights pass quickly.
  const server = await startServer(['--sandbox-speed', '20000']);
  try {
    const names = ['Together one', 'Together two'];
    const ids: string[] = [];
    for (const name of names) {
      const id = await draft(server, name);
      await choose(server, id, [50_000]);
      await call(server, 'POST', `/campaigns/${id}/execute`, {});
      ids.push(id);
    }
    await page.goto(`${server.origin}/campaigns/${ids[0]}/delivery${new URL(server.planner).hash}`);
    const table = page.getByRole('region', { name: 'Delivery as a table' });
    await expect(table.getByRole('row', { name: /^Campaign / })).toContainText('50,000.00');
    await expect(page.getByRole('img', { name: /^Planned 50,000.00 USD by / })).toBeVisible();
    await isAccessible(page);

    // What sellers report is shown to the cent beside what was planned.
    const soon = await draft(server, 'Delivers soon', {
      flightDates: { startDate: day(0), endDate: day(30) },
      pacingPeriods: undefined,
    });
    await choose(server, soon, [50_000]);
    await call(server, 'POST', `/campaigns/${soon}/execute`, {});
    const reported = async () =>
      (await call<{ campaign: { deliveredSpend: number } }>(server, 'GET', `/campaigns/${soon}`)).campaign.deliveredSpend;
    await expect.poll(reported, { timeout: 60_000 }).toBeGreaterThan(0);
    await page.goto(`${server.origin}/campaigns/${soon}/delivery`);
    const delivered = table.getByRole('row', { name: /^Campaign / }).getByRole('cell').nth(2);
    const before = await reported();
    await expect(delivered).not.toHaveText('0.00');
    const shown = Number((await delivered.innerText()).replaceAll(',', ''));
    expect(shown).toBeGreaterThanOrEqual(before);
    await expect.poll(reported).toBeGreaterThanOrEqual(shown);
    await expect(page.getByRole('img', { name: /; delivered [\d,.]+ USD so far/ })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Days as a table' }).getByRole('row').nth(1)).toBeVisible();
    await isAccessible(page);
    await page.goto(`${server.origin}/campaigns/${ids[0]}/delivery`);

    await page.getByRole('link', { name: 'History' }).click();
    const history = page.getByRole('region', { name: 'Changes as a table' });
    await expect(history.getByRole('row').nth(1)).toBeVisible();
    await page.getByLabel('What was done').selectOption('EXECUTE');
    await expect(history.getByRole('row')).toHaveCount(2);
    await isAccessible(page);

    await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
    for (const name of names) await page.getByLabel(`Pick ${name}`).check();
    await page.getByRole('button', { name: 'Pause 2 campaigns…' }).click();
    await isAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Pause 2 campaigns' }).click();
    const told = page.getByRole('status', { name: 'What was paused' });
    for (const name of names) await expect(told).toContainText(`${name} is paused.`);
    for (const name of names) await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Paused');
  } finally {
    await server.stop();
  }
});

test('a campaign that is not there says so, and a long row of the history is folded', async ({ page, server }) => {
  await page.goto(`${server.origin}/campaigns/cmp_nobody${new URL(server.planner).hash}`);
  await expect(page.getByRole('heading', { name: 'There is no such campaign' })).toBeVisible();
  await isAccessible(page);

  const id = await draft(server, 'Folded');
  await page.goto(`${server.origin}/campaigns/${id}/history`);
  const made = page.getByRole('region', { name: 'Changes as a table' }).getByRole('row').filter({ hasText: 'created the campaign' });
  const last = made.locator('li').filter({ hasText: /^status/ });
  await expect(last).toBeHidden();
  await made.getByText(/^\d+ more fields$/).click();
  await expect(last).toContainText('DRAFT');
  await isAccessible(page);
  // What is searched for is never folded away.
  await page.getByRole('searchbox', { name: 'Part of a field’s name' }).fill('status');
  await expect(made.locator('li')).toHaveCount(1);
  await expect(made.locator('li')).toBeVisible();
});
