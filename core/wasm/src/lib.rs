//! `flighting-core` for JavaScript. The functions of the npm package are exported from here; so far
//! only the version is.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the rules, as published.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    flighting_core::VERSION.to_owned()
}
