//! The page's files, packed for browsers when the page is built: `x.br` and `x.gz` beside `x`. The server then
//! compresses nothing and holds no second copy of the page in its memory.

use std::path::Path;

use crate::npm;
use crate::place::Place;
use crate::run::{Done, run};

/// Node's own compressors, at their smallest. Files under a kilobyte and files that are packed by their kind
/// (pictures, fonts) are left alone.
const PACK: &str = "
const fs = require('fs'), path = require('path'), zlib = require('zlib'), { promisify } = require('util');
const [brotli, gzip] = [promisify(zlib.brotliCompress), promisify(zlib.gzip)];
const kinds = new Set(['.html', '.js', '.css', '.wasm', '.json', '.svg', '.txt']);
const folder = process.argv[1];
const pack = async (file) => {
  const bytes = fs.readFileSync(file);
  if (bytes.length < 1024) return;
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  fs.writeFileSync(file + '.br', await brotli(bytes, { params }));
  fs.writeFileSync(file + '.gz', await gzip(bytes, { level: 9 }));
};
const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && kinds.has(path.extname(entry.name)))
  .map((entry) => pack(path.join(entry.parentPath ?? entry.path, entry.name)));
Promise.all(all).catch((error) => { console.error(error); process.exit(1); });
";

/// Packs every file of a folder that is worth it.
pub fn pack(place: &Place, folder: &Path) -> Done {
    npm::ensure_node()?;
    run(
        place.command("node").args(["-e", PACK]).arg(folder),
        "node could not compress the page: read what it says above",
    )
}
