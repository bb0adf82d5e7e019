//! Answers that were asked for while this program was on its way: index.html asks what the opened room will ask
//! first, and each answer is taken once. The `ready` event of the stream has everything looked at again, so
//! nothing old stays.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Where index.html keeps them, by path.
const SLOT: &str = "ahead";

fn slot() -> Option<js_sys::Object> {
    js_sys::Reflect::get(&js_sys::global(), &SLOT.into())
        .ok()?
        .dyn_into()
        .ok()
}

/// The text of the answer to a GET of this path; none where nobody asked, or where what came is no success.
pub(super) async fn take(path: &str) -> Option<String> {
    let slot = slot()?;
    let answer: js_sys::Promise = js_sys::Reflect::get(&slot, &path.into())
        .ok()?
        .dyn_into()
        .ok()?;
    let _ = js_sys::Reflect::delete_property(&slot, &path.into());
    JsFuture::from(answer).await.ok()?.as_string()
}

/// Forgets what nobody took: it would be old when somebody does.
pub(crate) fn forget() {
    let _ = js_sys::Reflect::set(
        &js_sys::global(),
        &SLOT.into(),
        &wasm_bindgen::JsValue::UNDEFINED,
    );
}
