//! Putting a change into words, before the one writer is held up.

use flighting_core::campaign::Campaign;
use flighting_core::selection::DiscoverySession;
use serde_json::json;

use super::batch::Batch;
use super::columns::{bits, count_column, day_text, micros, to_json};
use super::{audit, commit};
use crate::store::{CampaignSummary, Change, Committed, Result};

/// Delivered days in one statement.
const DELIVERY_AT_ONCE: usize = 1_000;

/// A change put into words, ready to be written.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) change: Change,
    /// The statements that most commits are made of.
    pub(super) batch: Batch,
    /// Where among them the last event is written.
    pub(super) last_event: Option<usize>,
    pub(super) delivery: Vec<String>,
    /// The versions of what it writes.
    pub(super) moves: Committed,
    /// The length of the campaign's body.
    campaign_bytes: usize,
}

/// What a change is written with.
pub(super) struct Words<'a> {
    pub(super) change: &'a Change,
    pub(super) campaign: Option<CampaignRow>,
    pub(super) discovery: Option<DiscoveryRow>,
    pub(super) jobs: &'a [(String, String, i64)],
    pub(super) events: &'a [String],
    pub(super) audit: &'a [audit::Words],
}

impl Prepared {
    /// The campaign that was written, with the length of its body.
    pub(super) fn into_campaign(self) -> Option<(Campaign, usize)> {
        let bytes = self.campaign_bytes;
        let change = self.change;
        change
            .campaign_new
            .or(change.campaign.map(|(campaign, _)| campaign))
            .map(|campaign| (campaign, bytes))
    }
}

/// A campaign as its columns.
#[derive(Debug)]
pub(super) struct CampaignRow {
    pub(super) summary: String,
    pub(super) body: String,
    pub(super) buy_statuses: i64,
    pub(super) buys: String,
}

impl CampaignRow {
    fn of(campaign: &Campaign) -> Result<Self> {
        let buys: Vec<_> = campaign
            .buys()
            .iter()
            .map(|buy| {
                json!({
                    "id": buy.id,
                    "agent": buy.agent_id,
                    "status": buy.status.as_str(),
                    "seller_id": buy.seller.media_buy_id,
                })
            })
            .collect();
        Ok(Self {
            summary: to_json("campaign", &CampaignSummary::of(campaign))?,
            body: to_json("campaign", campaign)?,
            buy_statuses: bits(campaign.buys().iter().map(|buy| buy.status)),
            buys: to_json("campaign", &buys)?,
        })
    }
}

/// A discovery session as its columns.
#[derive(Debug)]
pub(super) struct DiscoveryRow {
    pub(super) body: String,
    pub(super) selected: i64,
}

impl DiscoveryRow {
    fn of(session: &DiscoverySession) -> Result<Self> {
        Ok(Self {
            body: to_json("discovery session", session)?,
            selected: i64::try_from(session.selection.len()).unwrap_or(i64::MAX),
        })
    }
}

/// Puts a change into words.
pub(super) fn prepare(change: Change) -> Result<Prepared> {
    let campaign = change
        .campaign_new
        .as_ref()
        .or(change.campaign.as_ref().map(|(campaign, _)| campaign));
    let discovery = change
        .discovery_new
        .as_ref()
        .or(change.discovery.as_ref().map(|(session, _)| session));
    let delivery = change.delivery.chunks(DELIVERY_AT_ONCE).map(|rows| {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                json!([
                    row.campaign_id,
                    row.package_id,
                    day_text(row.day),
                    row.media_buy_id,
                    count_column(row.impressions),
                    row.spend.minor(),
                    row.spend.currency().code(),
                    count_column(row.clicks),
                    i64::from(row.late),
                    micros(row.observed_at),
                ])
            })
            .collect();
        to_json("delivery", &rows)
    });
    let delivery = delivery.collect::<Result<_>>()?;
    let jobs: Vec<_> = change
        .jobs
        .iter()
        .map(|new| Ok((new.job.key(), to_json("job", &new.job)?, micros(new.run_at))))
        .collect::<Result<_>>()?;
    let events: Vec<_> = change
        .events
        .iter()
        .map(|event| to_json("event", &event.data))
        .collect::<Result<_>>()?;
    let audit: Vec<_> = change
        .audit
        .iter()
        .map(audit::words)
        .collect::<Result<_>>()?;
    let words = Words {
        change: &change,
        campaign: campaign.map(CampaignRow::of).transpose()?,
        discovery: discovery.map(DiscoveryRow::of).transpose()?,
        jobs: &jobs,
        events: &events,
        audit: &audit,
    };
    let (batch, last_event) = commit::statements(&words);
    let campaign_bytes = words.campaign.map_or(0, |row| row.body.len());
    let next = |is_new: bool, version: Option<i64>| {
        if is_new {
            Some(1)
        } else {
            version.map(|version| version + 1)
        }
    };
    let moves = Committed {
        campaign_version: next(
            change.campaign_new.is_some(),
            change.campaign.as_ref().map(|(_, version)| *version),
        ),
        discovery_version: next(
            change.discovery_new.is_some(),
            change.discovery.as_ref().map(|(_, version)| *version),
        ),
        last_event: None,
    };
    Ok(Prepared {
        batch,
        last_event,
        delivery,
        moves,
        campaign_bytes,
        change,
    })
}
