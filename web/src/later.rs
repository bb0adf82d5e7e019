//! Parts of the planner whose code comes in files of their own, when they are wanted: what a first
//! look at the list or at a plan needs is fetched first, the rest while one looks
//! (docs/decisions/0025).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::icon::Icon;

/// The file of a part could not be had; the browser's console says why.
pub(crate) type Missing = leptos::wasm_split::SplitLoaderError;

type Coming<T> = Pin<Box<dyn Future<Output = Result<T, Missing>>>>;

/// What stands in the place of a part while its file comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// A line that says so: the part is what was asked for.
    Line,
    /// Nothing: the part stands below or on top of what is there.
    Nothing,
}

/// Declares a part: a function that gives its view, and whose code comes in the file named first.
/// All its arguments are `Copy`. Without the feature `split` everything is in one file.
macro_rules! part {
    (
        $file:ident, $meanwhile:ident:
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) => $view:expr
    ) => {
        $(#[$doc])*
        $vis fn $name($($arg: $kind),*) -> leptos::prelude::AnyView {
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split(
                $file,
                wasm_split_path = leptos::wasm_split,
                fallible,
                preload(fetch)
            )]
            fn $name($($arg: $kind),*) -> Result<leptos::prelude::AnyView, $crate::later::Missing> {
                Ok($view)
            }
            #[cfg(not(feature = "split"))]
            async fn $name($($arg: $kind),*) -> Result<leptos::prelude::AnyView, $crate::later::Missing> {
                Ok($view)
            }
            #[cfg(not(feature = "split"))]
            async fn fetch() -> Result<(), $crate::later::Missing> {
                Ok(())
            }
            $crate::later::shown(
                $crate::later::Meanwhile::$meanwhile,
                Box::new(|| Box::pin(fetch())),
                Box::new(move || Box::pin($name($($arg),*))),
            )
        }
    };
}
pub(crate) use part;

/// Functions that do nothing but have a file fetched. Each says its own name: the compiler makes one of functions
/// with the same code, and that one could be in one file only.
macro_rules! files {
    ($($file:ident),* $(,)?) => {
        [$({
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible)]
            fn $file() -> Result<&'static str, Missing> {
                Ok(stringify!($file))
            }
            #[cfg(not(feature = "split"))]
            async fn $file() -> Result<&'static str, Missing> {
                Ok(stringify!($file))
            }
            let fetch: fn() -> Coming<&'static str> = || Box::pin($file());
            fetch
        }),*]
    };
}

/// How far the file of a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    There,
    Missing,
}

impl State {
    fn of(fetched: &Result<(), Missing>) -> Self {
        match fetched {
            Ok(()) => Self::There,
            Err(_) => Self::Missing,
        }
    }
}

/// A part as soon as its file is there; a file that does not come says so and can be asked for again.
pub(crate) fn shown(
    meanwhile: Meanwhile,
    fetch: Box<dyn Fn() -> Coming<()> + Send + Sync>,
    build: Box<dyn Fn() -> Coming<AnyView> + Send>,
) -> AnyView {
    let fetch = StoredValue::new(fetch);
    let state = RwSignal::new(State::Coming);
    let run = move || {
        let Some(mut coming) = fetch.try_with_value(|fetch| fetch()) else {
            return;
        };
        // What is there already needs no frame in which it is awaited.
        if let Some(fetched) = at_once(coming.as_mut()) {
            state.try_set(State::of(&fetched));
            return;
        }
        state.try_set(State::Coming);
        spawn_local(async move {
            state.try_set(State::of(&coming.await));
        });
    };
    run();
    view! {
        {move || match state.get() {
            State::There => at_once(build().as_mut()).and_then(Result::ok),
            State::Coming if meanwhile == Meanwhile::Nothing => None,
            State::Coming => Some(view! { <p class="page quiet loading" aria-busy="true">"Loading…"</p> }.into_any()),
            State::Missing => Some(view! {
                <div class="trouble" role="alert">
                    <Icon name="warn"/>
                    <div>
                        <p><strong>"This part of the planner could not be loaded."</strong>" The server does not answer, or has a newer planner by now: try again, or reload the page. What you typed into a plan is kept in this browser."</p>
                        <button type="button" class="button" on:click=move |_| run()>"Try again"</button>
                    </div>
                </div>
            }.into_any()),
        }}
    }
    .into_any()
}

/// What a future has without being waited for.
fn at_once<T>(mut future: Pin<&mut (dyn Future<Output = T> + '_)>) -> Option<T> {
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// How long after the start the files of all other parts are fetched: then a server that goes away
/// takes no part of the planner with it.
const AHEAD: Duration = Duration::from_secs(3);

/// Fetches all parts, one after the other, a while after the start.
pub(crate) fn fetch_ahead() {
    set_timeout(
        || {
            crate::api::ahead::forget();
            spawn_local(async {
                for fetch in files![
                    campaign, plan, plan_more, list, run, buy, deeds, create, rooms
                ] {
                    // One that does not come now is fetched when it is wanted.
                    let _ = fetch().await;
                }
            });
        },
        AHEAD,
    );
}
