//! The page's files, packed for browsers when the page is built: `x.br` and `x.gz` beside `x`. The server then
//! compresses nothing and holds no second copy of the page in its memory.

use std::path::Path;

use crate::npm;
use crate::place::Place;
use crate::run::{Done, run};

/// Node's own compressors, at their smallest. Files under a kilobyte and files that are packed by their kind
/// (pictures, fonts) are left alone.
const PACK: &str = "
const fs = require('fs'), path = require('path'), zlib = require('zlib');
const kinds = new Set(['.html', '.js', '.css', '.wasm', '.json', '.svg', '.txt']);
const folder = process.argv[1];
for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !kinds.has(path.extname(entry.name))) continue;
  const bytes = fs.readFileSync(file);
  if (bytes.length < 1024) continue;
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  fs.writeFileSync(file + '.br', zlib.brotliCompressSync(bytes, { params }));
  fs.writeFileSync(file + '.gz', zlib.gzipSync(bytes, { level: 9 }));
}
";

/// Packs every file of a folder that is worth it.
pub fn pack(place: &Place, folder: &Path) -> Done {
    npm::ensure_node()?;
    run(
        place.command("node").args(["-e", PACK]).arg(folder),
        "node could not compress the page: read what it says above",
    )
}
