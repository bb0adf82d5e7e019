// A small file server for the browser tests: folders under paths, with a strict policy on every answer.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.css': 'text/css' };

/** What a page may do whose owner is strict: its own files, and WebAssembly; no inline script, no eval. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src 'self'; base-uri 'none'";

/** Serves `{ "/path": folder | () => text }`; answers with its address and how to stop it. */
export async function serve(places) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const found = Object.keys(places)
      .filter((place) => path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`))
      .sort((a, b) => b.length - a.length)[0];
    const place = places[found];
    response.setHeader('content-security-policy', POLICY);
    if (path === '/favicon.ico') {
      // Browsers ask for one by themselves.
      response.statusCode = 204;
      response.end();
      return;
    }
    if (typeof place === 'function') {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'text/html');
      response.end(place());
      return;
    }
    let file = place === undefined ? undefined : join(place, path.slice(found.length));
    if (file !== undefined && existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
    if (file === undefined || !existsSync(file)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((done) => server.close(done)) };
}
