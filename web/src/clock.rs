//! The browser's clock: the only place that reads it. Core takes the time as an argument.

use chrono::{DateTime, NaiveDate, Utc};

/// Now, in UTC, to the millisecond.
#[must_use]
pub fn now() -> DateTime<Utc> {
    #[cfg(target_arch = "wasm32")]
    {
        // A browser's time is far inside the range of i64 milliseconds.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole milliseconds since 1970"
        )]
        let millis = js_sys::Date::now() as i64;
        DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        DateTime::UNIX_EPOCH
    }
}

/// Today, as a UTC day.
#[must_use]
pub fn today() -> NaiveDate {
    now().date_naive()
}

/// Waits for so many milliseconds.
pub async fn wait(millis: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _reject| {
        if let Some(window) = web_sys::window() {
            // Without a timer the wait ends at once: the promise's owner goes on.
            if window
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis)
                .is_err()
            {
                let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
            }
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
