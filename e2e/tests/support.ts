// The real server for the page's tests: one process with its sandbox sellers and a database of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { test as base } from '@playwright/test';

/** How long the server may take to print its address. */
const READY_WITHIN_MS = 60_000;
/** How long it may take to shut down before it is ended. */
const STOPPED_WITHIN_MS = 15_000;

/** What the server prints before the planner's address. */
const PLANNER = 'planner: ';

export interface Server {
  /** The planner's address with the key in its fragment: what a person would open. */
  readonly planner: string;
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string;
  /** The key in the planner's address, for calls to the API beside the page. */
  readonly key: string;
  /** What it has printed so far, both streams. */
  readonly log: () => string;
  /** Stops it, waits until it is gone and removes its database. */
  readonly stop: () => Promise<void>;
}

/** Starts `flighting serve --sandbox` on a free port; `options` are further options of `serve`. */
export async function startServer(options: readonly string[] = []): Promise<Server> {
  const binary = process.env.FLIGHTING_BIN;
  if (!binary) {
    throw new Error('FLIGHTING_BIN names no server: run `cargo xtask test page`, or set it to the binary');
  }
  const folder = await mkdtemp(join(tmpdir(), 'flighting-e2e-'));
  const args = ['serve', '--sandbox', '--listen', '127.0.0.1:0', '--database', join(folder, 'flighting.db'), ...options];
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const lines: string[] = [];
  const log = () => lines.join('\n');

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const giveUp = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      await gone;
      clearTimeout(giveUp);
    }
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const planner = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the server printed no address within ${READY_WITHIN_MS / 1000} s:\n${log()}`)),
        READY_WITHIN_MS,
      );
      const onLine = (line: string) => {
        lines.push(line);
        if (line.startsWith(PLANNER)) {
          clearTimeout(timer);
          resolve(line.slice(PLANNER.length).trim());
        }
      };
      // Read to the end, or a full pipe would stop the server.
      createInterface({ input: child.stdout }).on('line', onLine);
      createInterface({ input: child.stderr }).on('line', onLine);
      child.once('error', reject);
      void once(child, 'close').then(([code]) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${String(code)} before it was ready:\n${log()}`));
      });
    });
    const address = new URL(planner);
    const key = new URLSearchParams(address.hash.slice(1)).get('key');
    if (!key) throw new Error('the planner address carries no key');
    return { planner, origin: address.origin, key, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Playwright's `test` with one server a worker; the log goes to the report of a test that fails. */
export const test = base.extend<{ serverLog: void }, { server: Server }>({
  server: [
    // Playwright wants the first parameter as a pattern, also where nothing is taken from it.
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  serverLog: [
    async ({ server }, use, info) => {
      await use();
      if (info.status !== info.expectedStatus) {
        await info.attach('server log', { body: server.log(), contentType: 'text/plain' });
      }
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
