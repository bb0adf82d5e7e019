// A small A2A sales agent of one product that does what a test tells it: it takes a purchase, asks something first, or
// stays silent and then lists a buy that looks like it. Changes it takes, or is silent about and leaves all as it was.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it does with the next request that places or changes a buy; the last one told stays. */
export type Manner = 'accepts' | { readonly asks: string } | 'silent';

interface Asked {
  packages: { product_id: string; budget: number; context?: unknown }[];
  context?: unknown;
}

export interface Seller {
  readonly url: string;
  readonly tell: (manner: Manner) => void;
  /** The texts that came with purchases: answers to its questions. */
  readonly heard: () => readonly string[];
  /** How many purchases were asked for. */
  readonly purchases: () => number;
  /** How many changes were asked for. */
  readonly changes: () => number;
  readonly stop: () => Promise<void>;
}

const PROFILE = 'https://adcontextprotocol.org/extensions/adcp/v3';

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

export async function startSeller(): Promise<Seller> {
  let manner: Manner = 'accepts';
  const texts: string[] = [];
  const listed: object[] = [];
  let purchases = 0;
  let changes = 0;

  const task = (state: string, artifact: object[], said: object[]) => ({
    task: {
      id: 'task-1',
      contextId: 'context-1',
      artifacts: artifact.length > 0 ? [{ artifactId: 'a', parts: artifact }] : [],
      status: {
        state: `TASK_STATE_${state}`,
        message: said.length > 0 ? { role: 'ROLE_AGENT', messageId: 'm', parts: said } : null,
      },
    },
  });
  const done = (data: object) => task('COMPLETED', [{ data }], []);
  const bought = ({ packages, context }: Asked, known: boolean) => ({
    status: 'completed',
    media_buy_id: known ? 's_1' : 's_look_alike',
    media_buy_status: 'active',
    packages: packages.map((one, index) => ({
      package_id: `p${index}`,
      product_id: one.product_id,
      budget: one.budget,
      ...(known ? { context: one.context } : {}),
    })),
    ...(known ? { context } : {}),
  });

  const answer = (skill: string, input: Asked, said: string | undefined): object | undefined => {
    switch (skill) {
      case 'get_adcp_capabilities':
        return done({
          adcp: {
            major_versions: [3],
            supported_versions: ['3.1'],
            // No replay: what is silent can only be looked for.
            idempotency: { supported: false },
          },
          supported_protocols: ['media_buy'],
          status: 'completed',
        });
      case 'get_products':
        return done({
          status: 'completed',
          products: [
            {
              product_id: 'banner',
              name: 'Scripted banner',
              channels: ['display'],
              delivery_type: 'guaranteed',
              pricing_options: [
                { pricing_option_id: 'fixed', pricing_model: 'cpm', currency: 'USD', fixed_price: 5 },
              ],
            },
          ],
        });
      case 'get_media_buys':
        return done({ status: 'completed', media_buys: listed });
      case 'create_media_buy':
        purchases += 1;
        if (said !== undefined) texts.push(said);
        if (manner === 'accepts') {
          const buy = bought(input, true);
          // In a list the status is that of the buy, in an answer that of the task.
          listed.push({ ...buy, status: buy.media_buy_status });
          return done(buy);
        }
        if (manner === 'silent') {
          const { media_buy_status: status, ...rest } = bought(input, false);
          listed.push({ ...rest, status });
          return undefined;
        }
        return task('INPUT_REQUIRED', [], [{ text: manner.asks }, { data: { reason: 'APPROVAL_REQUIRED' } }]);
      case 'update_media_buy':
        changes += 1;
        return manner === 'silent' ? undefined : done({ status: 'completed', media_buy_id: 's_1', media_buy_status: 'active' });
      default:
        return task('FAILED', [{ text: `Unknown skill: ${skill}` }], []);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const write = (value: object) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (request.method === 'GET') {
      write({
        name: 'Scripted',
        supportedInterfaces: [{ url: seller.url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
        capabilities: { extensions: [{ uri: PROFILE, required: true }] },
      });
      return;
    }
    const asked = JSON.parse(await body(request));
    const parts: { text?: string; data?: { skill: string; input?: Asked; parameters?: Asked } }[] =
      asked.params.message.parts;
    const call = parts.at(-1)!.data!;
    const result = answer(call.skill, (call.input ?? call.parameters)!, parts.length > 1 ? parts[0]!.text : undefined);
    if (result === undefined) {
      request.socket.destroy();
      return;
    }
    write({ jsonrpc: '2.0', id: asked.id, result });
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const seller: Seller = {
    url: `http://127.0.0.1:${port}/a2a`,
    tell: (next) => {
      manner = next;
    },
    heard: () => texts,
    purchases: () => purchases,
    changes: () => changes,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return seller;
}
