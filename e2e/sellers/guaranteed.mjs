// Stands where the guaranteed example imports `@adcp/sdk/server`, and adds what the example leaves to its deployer:
// A2A 0.3 beside MCP, webhooks to loopback, and webhooks signed with an ed25519 key. Its rules stay the example's.
//
//   GET /.well-known/jwks.json         the public half of the key
//   GET /.well-known/agent-card.json   the card; A2A itself is at /a2a

import { generateKeyPairSync } from 'node:crypto';

import express from 'express';

import * as sdk from '@adcp/sdk/server';

export * from '@adcp/sdk/server';

const KEY_ID = 'guaranteed-webhooks';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const halfOf = (key, uses) => ({
  ...key.export({ format: 'jwk' }),
  kid: KEY_ID,
  alg: 'EdDSA',
  use: 'sig',
  key_ops: uses,
  adcp_use: 'webhook-signing',
});
const jwks = { keys: [halfOf(publicKey, ['verify'])] };

export function createAdcpServerFromPlatform(platform, options) {
  return sdk.createAdcpServerFromPlatform(platform, {
    ...options,
    allowPrivateWebhookUrls: true,
    webhooks: {
      signerKey: { keyid: KEY_ID, alg: 'ed25519', privateKey: halfOf(privateKey, ['sign']) },
    },
  });
}

/** The SDK's own listener goes on answering /mcp; all else is ours. */
export function serve(factory, options) {
  const origin = `http://127.0.0.1:${options.port}`;
  const server = sdk.serve(factory, options);
  const [mcp] = server.listeners('request');
  const others = express();
  others.get('/.well-known/jwks.json', (_request, response) => response.json(jwks));
  // The adapter itself turns a wrong token into a JSON-RPC error; its documentation wants the 401 from in front of it.
  others.use('/a2a', async (request, response, next) => {
    if (request.method !== 'POST') return next();
    const caller = await Promise.resolve(options.authenticate(request)).catch(() => null);
    if (!caller) return response.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').end();
    request.caller = caller;
    return next();
  });
  sdk
    .createA2AAdapter({
      server: factory({ host: `127.0.0.1:${options.port}` }),
      authenticate: async (request) => request.caller ?? null,
      agentCard: {
        name: 'hello-seller-adapter-guaranteed',
        description: 'The guaranteed example of @adcp/sdk, over A2A as well.',
        url: `${origin}/a2a`,
        version: '1.0.0',
      },
    })
    .mount(others);
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    return pathname === '/mcp' || pathname === '/mcp/' ? mcp(request, response) : others(request, response);
  });
  return server;
}
