// Every example of the README runs, each by itself, and its assertions hold.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

for (const [index, code] of examples.entries()) {
  test(`example ${index + 1} of the README`, () => {
    const module = code.replaceAll("'@flighting/core'", JSON.stringify(new URL('../index.node.js', import.meta.url).href));
    // `console.assert` only prints; here it has to hold.
    const strict = `console.assert = (holds, ...rest) => { if (!holds) throw new Error(['an assertion of the README does not hold', ...rest].join(' ')); };\n`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', strict + module], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  });
}

test('every function has an example', async () => {
  const core = await import('../index.node.js');
  const used = examples.join('\n');
  for (const name of Object.keys(core)) {
    if (['initSync', 'isInitialized', 'version'].includes(name)) continue;
    assert.ok(new RegExp(`\\b${name}\\b`).test(used), name);
  }
});
