//! Statuses: the one shown for many media buys, and which commands a campaign takes now.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Answer;
use super::known::read_standing;
use super::options::Asked;
use crate::campaign::{Campaign, CampaignUpdate, Touched};
use crate::error::Refusal;
use crate::execution::executable;
use crate::ids::{MediaBuyId, Numbered};
use crate::media_buy::MediaBuyStatus;
use crate::pairs::Pairs;
use crate::rollup::{RollUp, roll_up_statuses};
use crate::wire::campaign::StatusReason;
use crate::wire::json::Json;
use crate::wire::read::{Edge, Item, Reader};
use crate::words::words;

/// A media buy as the roll-up sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuyStandingIn {
    /// Its id; left out: `mb_1`, `mb_2` and so on by its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_buy_id: Option<String>,
    /// Its status.
    pub status: MediaBuyStatus,
    /// Since when it has it, a date-time that ends in `Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_since: Option<String>,
}

/// The one status of many media buys, the most restrictive, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RollUpOut {
    /// The status shown; `null` without buys.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// How many buys are in each status.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, u32>))]
    pub media_buy_status_counts: Pairs<u32>,
    /// Which buy sets it, by which rule and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_buy_status_reason: Option<StatusReason>,
}

/// Rolls up the statuses of media buys: a list of `{mediaBuyId, status, statusSince}`; what else
/// an answer shows of a buy may stand there.
///
/// # Errors
/// Every violation, paths below `mediaBuys`.
pub fn roll_up(buys: &Json) -> Answer<RollUpOut> {
    let mut reader = Reader::new();
    let read = Item::at(&mut reader, "mediaBuys", buys).list(&mut reader, 0, 10_000);
    let mut entries = Vec::new();
    for (index, item) in read.into_iter().flatten().enumerate() {
        entries.extend(entry(item, &mut reader, index));
    }
    let entries = reader.finish(Some(entries))?;
    let shown = roll_up_statuses(
        entries
            .iter()
            .map(|(status, since, id)| (*status, *since, id)),
    );
    Ok(shown.map_or_else(
        || RollUpOut {
            media_buy_status: None,
            media_buy_status_counts: Pairs::default(),
            media_buy_status_reason: None,
        },
        |roll_up| {
            let reason = StatusReason::of(&roll_up);
            let RollUp { status, counts, .. } = roll_up;
            RollUpOut {
                media_buy_status: Some(status),
                media_buy_status_counts: counts.into_iter().collect(),
                media_buy_status_reason: Some(reason),
            }
        },
    ))
}

fn entry(
    item: Item<'_>,
    reader: &mut Reader,
    index: usize,
) -> Option<(MediaBuyStatus, DateTime<Utc>, MediaBuyId)> {
    let mut fields = item.object(reader)?;
    let id = fields
        .get(reader, "mediaBuyId")
        .optional(reader)
        .and_then(|item| item.id(reader, MediaBuyId::PREFIX, MediaBuyId::parse))
        .or_else(|| MediaBuyId::parse(&format!("mb_{}", index + 1)))?;
    let words: Vec<&str> = MediaBuyStatus::ALL.iter().map(|s| s.as_str()).collect();
    let status = fields
        .get(reader, "status")
        .required(reader)
        .and_then(|item| item.word(reader, &words, MediaBuyStatus::parse));
    let since = fields
        .get(reader, "statusSince")
        .optional(reader)
        .and_then(|item| item.instant(reader, Edge::Start));
    Some((status?, since.unwrap_or(DateTime::<Utc>::UNIX_EPOCH), id))
}

words! {
    /// What a caller may command a campaign.
    pub enum Command {
        /// Change its plan.
        Update = "update",
        /// Turn what is unsent of the plan into media buys.
        Execute = "execute",
        /// Halt all media buys.
        Pause = "pause",
        /// The only way back from a pause.
        Reactivate = "reactivate",
        /// Put it away.
        Delete = "delete",
    }
}

/// Whether a command is possible now, as far as the campaign's own standing goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllowedCommand {
    /// The command.
    pub command: Command,
    /// Whether it is possible.
    pub allowed: bool,
    /// Why it is not: the sentence the API would refuse with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which commands a campaign takes now: of its `status`, and where they are given `flightDates`
/// and `mediaBuys` as they are answered.
///
/// # Errors
/// Every violation.
pub fn allowed_commands(campaign: &Json, asked: &Asked) -> Answer<Vec<AllowedCommand>> {
    let campaign = read_standing(campaign)?;
    let now = asked.now();
    Ok(Command::ALL
        .iter()
        .map(|command| {
            let refused = try_on(campaign.clone(), *command, now).err();
            AllowedCommand {
                command: *command,
                allowed: refused.is_none(),
                reason: refused.map(|refusal| refusal.to_string()),
            }
        })
        .collect())
}

/// The command itself, on a copy: there is no second table to differ from the first.
fn try_on(mut campaign: Campaign, command: Command, now: DateTime<Utc>) -> Result<(), Refusal> {
    match command {
        Command::Update => {
            let update = CampaignUpdate {
                plan: campaign.plan().clone(),
                touched: Touched::default(),
                caps: None,
                actions: Vec::new(),
                expected_revision: None,
            };
            let mut ids = Numbered::default();
            let mut caps = Numbered::default();
            campaign
                .update(update, &mut || caps.cap(), &mut ids, now)
                .map(|_| ())
        }
        Command::Execute => executable(&campaign, now),
        Command::Pause => campaign.pause(now).map(|_| ()),
        Command::Reactivate => campaign.reactivate(now).map(|_| ()),
        Command::Delete => {
            // Its buys are ended at their sellers first; it is put away when they have confirmed.
            if campaign.cancel_all(now)?.to_send.is_empty() {
                campaign.archive(now)
            } else {
                Ok(())
            }
        }
    }
}
