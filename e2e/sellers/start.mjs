// Starts the two third-party sellers of @adcp/sdk on free loopback ports and prints one line of JSON:
//   {"guaranteed":{"url":…,"token":…},"nonGuaranteed":{"url":…,"token":…}}
// They live until standard input closes or SIGTERM or SIGINT comes, so they never outlive the test that asked for them.
// What they log goes to standard error; standard output holds the one line.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sdk = join(here, 'node_modules', '@adcp', 'sdk');

/** How long one process may take to say that it is ready. */
const READY_WITHIN_MS = 60_000;
/** How often a start is tried again when another process took the port in between. */
const TRIES = 3;

const sellers = {
  guaranteed: { adServer: 'sales-guaranteed', agent: 'hello_seller_adapter_guaranteed.ts' },
  nonGuaranteed: { adServer: 'sales-non-guaranteed', agent: 'hello_seller_adapter_non_guaranteed.ts' },
};

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

/** Starts one node process and resolves when `isReady` says so for one of its lines. */
function start(name, args, env, isReady) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: here,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const last = [];
    const timer = setTimeout(
      () => reject(new Error(`${name} was not ready within ${READY_WITHIN_MS / 1000} s: ${last.join(' | ')}`)),
      READY_WITHIN_MS,
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

/** A start on a free port, repeated when the port was taken before the process could bind it. */
async function startOnFreePort(begin) {
  for (let tried = 1; ; tried += 1) {
    const port = await freePort();
    try {
      await begin(port);
      return port;
    } catch (error) {
      if (tried >= TRIES || !/EADDRINUSE/.test(error.message)) throw error;
    }
  }
}

async function startSeller(name, { adServer, agent }, token) {
  const upstream = await startOnFreePort((port) =>
    start(
      `${name} ad server`,
      [join(sdk, 'bin', 'adcp.js'), 'mock-server', adServer, '--port', String(port)],
      {},
      (line) => line.includes(`:${port}`),
    ),
  );
  const port = await startOnFreePort((free) =>
    start(
      name,
      ['--import', 'tsx', join(sdk, 'examples', agent)],
      {
        UPSTREAM_URL: `http://127.0.0.1:${upstream}`,
        // Without it the examples answer every request with 500: they refuse in-memory state in production.
        NODE_ENV: 'development',
        PORT: String(free),
        ADCP_AUTH_TOKEN: token,
      },
      (line) => line.includes('AdCP agent running at'),
    ),
  );
  return { url: `http://127.0.0.1:${port}/mcp`, token };
}

let ready = false;
process.on('SIGTERM', () => stop(0));
process.on('SIGINT', () => stop(0));
process.stdin.on('end', () => stop(0));
process.stdin.on('error', () => stop(0));
process.stdin.resume();

if (!existsSync(sdk) || !existsSync(join(here, 'node_modules', 'tsx'))) {
  fail('the npm packages are missing: run `cargo xtask test sellers` (or `npm ci` in e2e/sellers)');
} else {
  // The examples take any token; a fresh one a run keeps a left-over seller from being mistaken for this one.
  const token = `flt-test-${randomBytes(12).toString('hex')}`;
  try {
    const started = await Promise.all(
      Object.entries(sellers).map(async ([name, seller]) => [name, await startSeller(name, seller, token)]),
    );
    ready = true;
    console.log(JSON.stringify(Object.fromEntries(started)));
  } catch (error) {
    fail(error.message);
  }
}
