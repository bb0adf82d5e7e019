//! Sending what is typed: when typing rests, one request at a time, again where that may help.

use flighting_core::wire::discovery::SelectionOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::verdict::stops;
use super::{AGAIN_MS, Planner, Saving};
use crate::api::{ApiError, Cause};
use crate::clock;
use crate::forms::selection::ProductForm;
use crate::forms::sheet::Sheet;

impl Planner {
    /// The page goes before what was typed last was sent: it is sent all the same, as far as one
    /// request takes it. What came of it is seen when the plan is opened again.
    pub(super) fn send_behind(self) {
        if !self.may_send() {
            return;
        }
        let (sheet, base) = (self.sheet(), self.base.get_untracked());
        let (api, open, id) = (self.api, self.open, self.open.id.get_untracked());
        if sheet.form.changes(&base.sheet.form).is_empty() {
            return;
        }
        let body = sheet.form.update_body(&base.sheet.form, base.revision);
        spawn_local(async move {
            if let Ok(out) = api.update_campaign(id, body).await {
                open.campaign.put(out);
            }
        });
    }

    /// Whether there is something to send and nothing speaks against it; false once the page is
    /// gone.
    pub(super) fn may_send(self) -> bool {
        self.saving
            .try_with_untracked(|saving| *saving != Saving::Busy)
            == Some(true)
            && self.clashes.with_untracked(Vec::is_empty)
            && self
                .scenarios
                .with_untracked(|scenarios| scenarios.at.is_none())
            && self
                .wrong
                .with_untracked(|wrong| wrong.iter().all(|one| !stops(one)))
            && !self.is_saved()
            && self.advertiser.with_untracked(Option::is_some)
    }

    /// Saves when typing has rested so long.
    pub fn send_later(self, millis: i32) {
        let edit = self.edits.get_value();
        spawn_local(async move {
            clock::wait(millis).await;
            if self.edits.try_get_value() == Some(edit) {
                self.send().await;
            }
        });
    }

    /// Sends what is typed and not saved, as long as there is something and nothing speaks against
    /// it. One request at a time.
    async fn send(self) {
        loop {
            if !self.may_send() {
                return;
            }
            self.saving.set(Saving::Busy);
            let answer = self.send_once().await;
            match answer {
                Ok(()) => {
                    self.saving.try_set(Saving::Rests);
                    self.keep();
                }
                Err(error) => {
                    let again = match error.cause {
                        Cause::Unreachable => true,
                        Cause::Unreadable => false,
                        Cause::Refused(_) => error.status >= 500 || error.status == 429,
                    };
                    let stale = error.status == 409;
                    self.saving.try_set(Saving::Failed(error));
                    if stale {
                        self.open.refresh_with(self.api);
                        self.refresh_selection();
                    }
                    if again {
                        let edit = self.edits.try_get_value();
                        clock::wait(AGAIN_MS).await;
                        if edit.is_some() && self.edits.try_get_value() == edit {
                            continue;
                        }
                    }
                    return;
                }
            }
        }
    }

    async fn send_once(self) -> Result<(), ApiError> {
        let sheet = self.sheet();
        let base = self.base.get_untracked();
        let id = self.open.id.get_untracked();
        if !sheet.form.changes(&base.sheet.form).is_empty() {
            let body = sheet.form.update_body(&base.sheet.form, base.revision);
            let out = self.api.update_campaign(id, body).await?;
            self.base.try_update(|base| {
                base.sheet.form.clone_from(&sheet.form);
                base.revision = out.revision;
            });
            self.known.try_set(out.clone());
            self.open.campaign.put(out);
            return Ok(());
        }
        let session = self
            .known
            .with_untracked(|known| known.discovery_id.clone());
        let Some(session) = session else {
            return Ok(());
        };
        let out = if let Some(body) = base.removing(&sheet.products) {
            self.api.deselect(session, body).await?
        } else if let Some(body) = base.selecting(&sheet.products) {
            self.api.select(session, body).await?
        } else {
            return Ok(());
        };
        self.selected(&sheet, out);
        // The same would be sent for ever.
        let left = self
            .base
            .try_with_untracked(|now| now.behind(&sheet.products));
        if left.is_some_and(|left| left >= base.behind(&sheet.products)) {
            return Err(ApiError::taken_otherwise());
        }
        Ok(())
    }

    /// The selection was saved: what was typed for the products that it holds is what it has.
    fn selected(self, sent: &Sheet, out: SelectionOut) {
        self.base.try_update(|base| {
            base.selected = out.revision;
            base.sheet.products = out
                .products
                .iter()
                .map(|product| {
                    let theirs = ProductForm::of(product);
                    match sent.same(&theirs) {
                        Some(mine) if theirs.says_the_same(mine) => mine.clone(),
                        _ => theirs,
                    }
                })
                .collect();
        });
        self.open.selection.put(Some(out));
    }

    pub(super) fn refresh_selection(self) {
        let session = self
            .known
            .with_untracked(|known| known.discovery_id.clone());
        if let Some(session) = session {
            let api = self.api;
            self.open.selection.refresh(move || {
                let session = session.clone();
                async move { api.selection(session).await.map(Some) }
            });
        }
    }
}
