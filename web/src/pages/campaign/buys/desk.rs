//! What is typed for single media buys and what was answered: it stays when one goes to another
//! page of the campaign, and what is typed stays in this browser until the seller was asked.

use std::collections::BTreeMap;

use flighting_core::wire::Json;
use flighting_core::wire::execute::SubmissionError;
use flighting_core::wire::json::to_text;
use flighting_core::wire::media_buy::{ChangeResult, MediaBuyOut, ReconcileWarning};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use crate::answer;
use crate::api::{Api, ApiError};
use crate::forms::tune::BuyForm;
use crate::forms::{object, text, word};
use crate::pages::campaign::Open;

/// Moves when the form of what is kept changes.
const SLOT: &str = "flighting.buys.1.";

/// What is typed for one buy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// Other values for its packages.
    pub form: BuyForm,
    /// The answer to its seller's question.
    pub answer: String,
    /// Why it is canceled.
    pub cancel: String,
    /// The seller's id of the buy that it is.
    pub link: String,
}

/// What was answered for one buy.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Its seller was asked, or need not be.
    Changed(ChangeResult),
    /// The answer was taken, or why it was not.
    Answered(Vec<SubmissionError>),
    /// A person's word was taken.
    Reconciled(Vec<ReconcileWarning>),
    /// The server refused.
    Refused(&'static str, ApiError),
}

/// What is typed, asked and answered, buy by buy.
#[derive(Clone, Copy)]
pub struct Desk {
    open: Open,
    api: Api,
    typed: RwSignal<BTreeMap<String, Typed>>,
    told: RwSignal<BTreeMap<String, Told>>,
    busy: RwSignal<Option<String>>,
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

impl Desk {
    /// With what this browser kept of the campaign.
    pub fn open(open: Open, api: Api) -> Self {
        let slot = move || format!("{SLOT}{}", open.id.try_get_untracked().unwrap_or_default());
        let kept: BTreeMap<String, Typed> = storage()
            .and_then(|storage| storage.get_item(&slot()).ok().flatten())
            .and_then(|text| answer::read(&text))
            .unwrap_or_default();
        let typed = RwSignal::new(kept);
        Effect::new(move |before: Option<()>| {
            let now = typed.get();
            if before.is_none() {
                return;
            }
            let Some(storage) = storage() else { return };
            if now.is_empty() {
                let _ = storage.remove_item(&slot());
                return;
            }
            let text = to_text(&now);
            // What was kept before is never written over with nothing.
            if !text.is_empty() {
                let _ = storage.set_item(&slot(), &text);
            }
        });
        Self {
            open,
            api,
            typed,
            told: RwSignal::new(BTreeMap::new()),
            busy: RwSignal::new(None),
        }
    }

    /// Something of what is typed for a buy, followed.
    pub fn typed<T>(self, id: &str, read: impl FnOnce(&Typed) -> T) -> T {
        self.typed.with(|typed| match typed.get(id) {
            Some(typed) => read(typed),
            None => read(&Typed::default()),
        })
    }

    /// Types something for a buy.
    pub fn edit(self, id: &str, change: impl FnOnce(&mut Typed)) {
        self.typed.update(|typed| {
            let one = typed.entry(id.to_owned()).or_default();
            change(one);
            if *one == Typed::default() {
                typed.remove(id);
            }
        });
    }

    /// What was answered last for a buy, followed.
    pub fn told(self, id: &str) -> Option<Told> {
        self.told.with(|told| told.get(id).cloned())
    }

    /// Puts what was answered for a buy away.
    pub fn heard(self, id: &str) {
        self.told.update(|told| {
            told.remove(id);
        });
    }

    /// Whether a buy's seller is being asked, followed.
    pub fn is_busy(self, id: &str) -> bool {
        self.busy.with(|busy| busy.as_deref() == Some(id))
    }

    /// The campaign's revision as it was last read.
    pub fn revision(self) -> u64 {
        self.open
            .campaign
            .value_now()
            .map_or(0, |campaign| campaign.revision)
    }

    fn begin(self, id: &str) -> bool {
        if self.busy.with_untracked(Option::is_some) {
            return false;
        }
        self.heard(id);
        self.busy.set(Some(id.to_owned()));
        true
    }

    fn end(self, id: String, told: Told) {
        self.busy.try_set(None);
        self.told.try_update(|all| all.insert(id, told));
    }

    /// Asks for a change of one buy. What was typed for it goes when it was taken, and stays where
    /// it was not.
    pub fn change(self, buy: &MediaBuyOut, head: &'static str, body: Json) {
        let id = buy.media_buy_id.clone();
        if !self.begin(&id) {
            return;
        }
        let Self { open, api, .. } = self;
        let campaign = open.id.get_untracked();
        spawn_local(async move {
            match api.change_buys(campaign, body).await {
                Ok(changed) => {
                    let result = changed
                        .media_buy_results
                        .into_iter()
                        .find(|result| result.media_buy_id == id);
                    open.campaign.put(changed.campaign);
                    let Some(result) = result else {
                        self.end(id, Told::Refused(head, ApiError::foreign()));
                        return;
                    };
                    if result.error.is_none() {
                        self.typed.try_update(|typed| typed.remove(&id));
                    }
                    self.end(id, Told::Changed(result));
                }
                Err(error) => {
                    self.end(id, Told::Refused(head, error));
                    open.refresh_with(api);
                }
            }
        });
    }

    /// Sends the typed answer to a seller's question.
    pub fn answer(self, buy: &MediaBuyOut) {
        let id = buy.media_buy_id.clone();
        if !self.begin(&id) {
            return;
        }
        let typed = self.typed.with_untracked(|typed| {
            typed
                .get(&id)
                .map(|one| one.answer.clone())
                .unwrap_or_default()
        });
        let body = object([
            ("message", Some(text(&typed).unwrap_or_else(|| word("")))),
            ("debug", Some(Json::Bool(true))),
            ("expectedRevision", Some(number(self.revision()))),
        ]);
        let Self { open, api, .. } = self;
        spawn_local(async move {
            let told = match api.answer(id.clone(), body).await {
                Ok(out) => {
                    if out.success {
                        self.typed.try_update(|all| {
                            if let Some(one) = all.get_mut(&id) {
                                one.answer.clear();
                            }
                        });
                    }
                    Told::Answered(out.errors)
                }
                Err(error) => Told::Refused("The answer was not sent", error),
            };
            self.end(id, told);
            open.refresh_with(api);
        });
    }

    /// Says that a buy is one of the seller's, by the seller's id, or that the seller holds none.
    pub fn reconcile(self, buy: &MediaBuyOut, link: Option<String>) {
        let id = buy.media_buy_id.clone();
        if !self.begin(&id) {
            return;
        }
        let action = if link.is_some() { "link" } else { "release" };
        let body = object([
            ("action", Some(word(action))),
            ("sellerMediaBuyId", link.map(|id| word(id.trim()))),
            ("expectedRevision", Some(number(self.revision()))),
        ]);
        let Self { open, api, .. } = self;
        spawn_local(async move {
            let told = match api.reconcile(id.clone(), body).await {
                Ok(out) => {
                    self.typed.try_update(|typed| typed.remove(&id));
                    Told::Reconciled(out.warnings)
                }
                Err(error) => Told::Refused("Nothing was decided", error),
            };
            self.end(id, told);
            open.refresh_with(api);
        });
    }
}

fn number(revision: u64) -> Json {
    Json::Number(i64::try_from(revision).unwrap_or(i64::MAX).into())
}
