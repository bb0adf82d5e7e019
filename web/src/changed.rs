//! Signals for what many follow.

use leptos::prelude::*;

/// What is read, as a signal that is set where it changed. Not a memo: what follows a memo is asked
/// at every change of what the memo reads, to find that it did not change, and of a form a hundred
/// fields follow what is wrong, each of them with four things.
pub(crate) fn changed<T>(read: impl Fn() -> T + 'static) -> RwSignal<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let seen = RwSignal::new(untrack(&read));
    Effect::new(move |_| {
        let now = read();
        if seen.with_untracked(|seen| *seen != now) {
            seen.set(now);
        }
    });
    seen
}
