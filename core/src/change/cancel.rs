//! Deleting a campaign: its buys end at their sellers first (decision 20).

use chrono::{DateTime, Utc};

use super::Step;
use super::decide::{Against, end};
use crate::campaign::{Campaign, CampaignStatus};
use crate::error::{Conflict, Refusal};
use crate::ids::MediaBuyId;
use crate::media_buy::{ChangeKind, SubmissionState};

/// What deleting a campaign asks of sellers first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cancels {
    /// Buys whose sellers are asked to end them.
    pub to_send: Vec<MediaBuyId>,
}

impl Campaign {
    /// Asks for the end of every buy that may be at a seller, so that the campaign can be archived
    /// when all are confirmed. Nothing is asked for when it is known beforehand that one cannot be
    /// confirmed. The revision moves when anything is asked for.
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] when archived; [`Refusal::Conflict`] while an execute is under way,
    /// while a buy or a change of it is unanswered, or while a seller has not decided about a buy
    /// and cannot be asked to end it.
    pub fn cancel_all(&mut self, now: DateTime<Utc>) -> Result<Cancels, Refusal> {
        if self.status == CampaignStatus::Archived {
            return Err(self.archived_already());
        }
        if self.is_executing() {
            return Err(self.execution_under_way());
        }
        let cannot: Vec<_> = self
            .buys
            .iter()
            .filter(|buy| {
                buy.submission != SubmissionState::Closed
                    || buy.is_changing()
                    || (buy.status.may_be_at_seller() && buy.seller.media_buy_id.is_none())
            })
            .map(|buy| buy.id.to_string())
            .collect();
        if !cannot.is_empty() {
            return Err(Refusal::Conflict {
                what: Conflict::DeleteNotConfirmed,
                message: format!(
                    "{} of its media buys cannot be ended now: their sellers have not answered or not decided yet",
                    cannot.len()
                ),
                media_buys: cannot,
            });
        }
        let mut against = Against::default();
        let mut next = self.clone();
        let mut cancels = Cancels::default();
        for buy in next
            .buys
            .iter_mut()
            .filter(|buy| buy.status.may_be_at_seller())
        {
            if let Step::Sent(_) = end(buy, ChangeKind::Cancel, None, now, &mut against) {
                cancels.to_send.push(buy.id.clone());
            }
        }
        if let Some(refusal) = against.refusal() {
            return Err(refusal);
        }
        if !cancels.to_send.is_empty() {
            next.pending_plan = None;
            next.revision += 1;
            next.updated_at = now;
            *self = next;
        }
        Ok(cancels)
    }
}
