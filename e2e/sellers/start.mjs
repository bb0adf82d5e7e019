// Starts third-party sellers on free loopback ports and prints one line of JSON. How a test asks for them:
//
//   node start.mjs [seller…]      without names: guaranteed nonGuaranteed
//
//   guaranteed      the guaranteed example of @adcp/sdk, with A2A 0.3 and signed webhooks added (guaranteed.mjs):
//                   {"url":MCP,"a2a":A2A,"token":…,"jwks":{"keys":[…]},"jwksUri":…}
//   nonGuaranteed   the non-guaranteed example, as it is: {"url":MCP,"token":…}
//   pypi            pypi_seller.py on the framework `adcp` of PyPI, twice: it declares 3.0, 3.1 and 3.2, or 3.2 alone:
//                   {"all":{"url":MCP,"a2a":A2A 1.0,"a2aOld":A2A 0.3,"token":…},"newest":{…}}
//                   Needs a Python that has the framework in $FLIGHTING_SELLERS_PYTHON; takes 10 to 30 s.
//
// The JSON has one member per seller. They live until standard input closes or SIGTERM or SIGINT comes, so they never
// outlive the test that asked for them. What they log goes to standard error; standard output holds the one line.
// In Rust: `support::third_party`; `cargo xtask test sellers` installs all that is needed.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sdk = join(here, 'node_modules', '@adcp', 'sdk');

/** How long one process may take to say that it is ready. */
const READY_WITHIN_MS = 300_000;
/** The framework of PyPI computes for 20 s until it is up, which takes minutes where others compute as well. */
const PYPI_READY_WITHIN_MS = 900_000;
/** How often a start is tried again when another process took the port in between. */
const TRIES = 3;

const children = new Set();
let stopping = false;

function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
  process.exit(code);
}

function fail(sentence) {
  console.error(`third-party sellers: ${sentence}`);
  stop(1);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Starts one process and resolves when `isReady` says so for one of its lines. */
function start(name, program, args, env, isReady, within = READY_WITHIN_MS) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: here,
      env: { ...process.env, ...env },
      // What asks for it may be killed: then its input closes, and it can end by itself.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.add(child);
    const last = [];
    const timer = setTimeout(
      () => reject(new Error(`${name} was not ready within ${within / 1000} s: ${last.join(' | ')}`)),
      within,
    );
    const onLine = (line) => {
      console.error(`[${name}] ${line}`);
      last.push(line);
      if (last.length > 5) last.shift();
      if (isReady(line)) {
        clearTimeout(timer);
        resolve();
      }
    };
    createInterface({ input: child.stdout }).on('line', onLine);
    createInterface({ input: child.stderr }).on('line', onLine);
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      reject(new Error(`${name} ended with ${signal ?? code}: ${last.join(' | ')}`));
      // Once ready, nobody waits for the promise any more: a seller that dies must not go unnoticed.
      if (!stopping && ready) fail(`${name} ended with ${signal ?? code}`);
    });
  });
}

/** Waits until an address answers: one process says that it is ready before it listens. */
async function answers(url) {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((again) => setTimeout(again, 50));
  }
}

/** A start on free ports, repeated when one was taken before the process could bind it. */
async function startOnFreePorts(count, begin) {
  for (let tried = 1; ; tried += 1) {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    try {
      await begin(...ports);
      return ports;
    } catch (error) {
      if (tried >= TRIES || !/EADDRINUSE|address already in use/.test(error.message)) throw error;
    }
  }
}

/** An example of the SDK behind its ad server; the origin it listens at. */
async function startExample(name, adServer, agent, token) {
  const [upstream] = await startOnFreePorts(1, (port) =>
    start(
      `${name} ad server`,
      process.execPath,
      [join(sdk, 'bin', 'adcp.js'), 'mock-server', adServer, '--port', String(port)],
      {},
      (line) => line.includes(`:${port}`),
    ),
  );
  const [port] = await startOnFreePorts(1, (free) =>
    start(
      name,
      process.execPath,
      ['--import', 'tsx', agent],
      {
        UPSTREAM_URL: `http://127.0.0.1:${upstream}`,
        // Without it the examples answer every request with 500: they refuse in-memory state in production.
        NODE_ENV: 'development',
        // The example's webhooks go to http on loopback here.
        ADCP_DECISIONING_ALLOW_HTTP_WEBHOOKS: '1',
        PORT: String(free),
        ADCP_AUTH_TOKEN: token,
      },
      (line) => line.includes('AdCP agent running at'),
    ),
  );
  return `http://127.0.0.1:${port}`;
}

/** The guaranteed example with its import pointed at ours: made anew at every run, never committed. */
function guaranteedWithOurs() {
  const example = readFileSync(join(sdk, 'examples', 'hello_seller_adapter_guaranteed.ts'), 'utf8');
  const theirs = "from '@adcp/sdk/server'";
  if (!example.includes(theirs)) throw new Error('the guaranteed example imports its server from somewhere else now');
  const folder = join(here, 'node_modules', '.cache', 'flighting');
  const file = join(folder, 'guaranteed.ts');
  const mine = join(folder, `guaranteed-${process.pid}.ts`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(mine, example.replace(theirs, `from '${pathToFileURL(join(here, 'guaranteed.mjs'))}'`));
  // Several tests start at once: none must read what another has half written.
  renameSync(mine, file);
  return file;
}

const sellers = {
  async guaranteed(token) {
    const origin = await startExample('guaranteed', 'sales-guaranteed', guaranteedWithOurs(), token);
    const jwksUri = `${origin}/.well-known/jwks.json`;
    const jwks = await (await fetch(jwksUri)).json();
    return { url: `${origin}/mcp`, a2a: `${origin}/a2a`, token, jwks, jwksUri };
  },

  async nonGuaranteed(token) {
    const agent = join(sdk, 'examples', 'hello_seller_adapter_non_guaranteed.ts');
    return { url: `${await startExample('nonGuaranteed', 'sales-non-guaranteed', agent, token)}/mcp`, token };
  },

  async pypi(token) {
    const python = process.env.FLIGHTING_SELLERS_PYTHON;
    if (!python) throw new Error('FLIGHTING_SELLERS_PYTHON names no Python: run `cargo xtask test sellers`');
    const ports = await startOnFreePorts(2, (all, newest) => {
      const answering = new Set();
      return start(
        'pypi',
        python,
        [join(here, 'pypi_seller.py'), token, `${all}=3.0,3.1,3.2`, `${newest}=3.2`],
        { PYTHONUNBUFFERED: '1' },
        (line) => {
          if (line.startsWith('ready ')) answering.add(line);
          return answering.size === 2;
        },
        PYPI_READY_WITHIN_MS,
      );
    });
    const origins = ports.map((port) => `http://127.0.0.1:${port}`);
    await Promise.all(origins.map((origin) => answers(`${origin}/.well-known/agent-card.json`)));
    const [all, newest] = origins.map((origin) => ({
      url: `${origin}/mcp`,
      a2a: `${origin}/`,
      a2aOld: `${origin}/only-0.3`,
      token,
    }));
    return { all, newest };
  },
};

let ready = false;
process.on('SIGTERM', () => stop(0));
process.on('SIGINT', () => stop(0));
process.stdin.on('end', () => stop(0));
process.stdin.on('error', () => stop(0));
process.stdin.resume();

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : ['guaranteed', 'nonGuaranteed'];
const unknown = names.find((name) => !Object.hasOwn(sellers, name));

if (unknown !== undefined) {
  fail(`there is no seller \`${unknown}\`: take some of ${Object.keys(sellers).join(', ')}`);
} else if (!existsSync(sdk) || !existsSync(join(here, 'node_modules', 'tsx'))) {
  fail('the npm packages are missing: run `cargo xtask test sellers` (or `npm ci` in e2e/sellers)');
} else {
  // The examples take any token; a fresh one a run keeps a left-over seller from being mistaken for this one.
  const token = `flt-test-${randomBytes(12).toString('hex')}`;
  try {
    const started = await Promise.all(names.map(async (name) => [name, await sellers[name](token)]));
    ready = true;
    console.log(JSON.stringify(Object.fromEntries(started)));
  } catch (error) {
    fail(error.message);
  }
}
