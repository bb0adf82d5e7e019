//! Signals for what many follow: set where something changed, and no memos. What follows a memo is asked
//! at every change of what the memo reads, to find that it did not change; and many follow, by many ways.

use leptos::prelude::*;

/// Sets a signal where that changes it.
pub(crate) fn set_changed<S, T>(signal: S, now: T)
where
    S: WithUntracked<Value = T> + Set<Value = T>,
    T: PartialEq,
{
    if signal.with_untracked(|before| *before != now) {
        signal.set(now);
    }
}

/// What is read, as a signal that is set where it changed.
pub(crate) fn changed<T>(read: impl Fn() -> T + 'static) -> RwSignal<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let seen = RwSignal::new(untrack(&read));
    Effect::new(move |_| set_changed(seen, read()));
    seen
}
