// Writes wasm/build.json: the sources, the compilers and the file they made. Run by `cargo xtask npm`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const wasm = readFileSync(new URL('../wasm/core_bg.wasm', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const git = (...args) => {
  try {
    return execFileSync('git', args, { encoding: 'utf8', cwd: new URL('.', import.meta.url) }).trim();
  } catch {
    return '';
  }
};
const brotli = brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const build = {
  version,
  commit: git('rev-parse', 'HEAD') || null,
  uncommittedChanges: git('status', '--porcelain', '--', '../../..') !== '',
  rustc: process.env.BUILT_WITH_RUSTC,
  standardLibraryCompiledAlong: process.env.BUILT_WITH_OWN_STD === 'true',
  wasmBindgen: process.env.BUILT_WITH_BINDGEN,
  wasmOpt: process.env.BUILT_WITH_OPT,
  wasm: { file: 'core_bg.wasm', bytes: wasm.length, brotliBytes: brotli, sha256: createHash('sha256').update(wasm).digest('hex') },
};
writeFileSync(new URL('../wasm/build.json', import.meta.url), `${JSON.stringify(build, null, 2)}\n`);
console.log(`the package's wasm is ${wasm.length} bytes, ${brotli} in brotli`);
