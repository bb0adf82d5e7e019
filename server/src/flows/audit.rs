//! The audit log of a change: one row per thing that it makes or moves, with what differs field by
//! field in the words of the API. It is taken from before and after, so that no command can forget
//! its row; a command names only what the difference does not tell.

mod difference;
mod shown;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus};
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::ids::{AdvertiserId, MediaBuyId};
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::audit::{AuditAction, AuditOutcome, AuditResource, FieldChange};
use serde_json::{Value, json};

use crate::app::App;
use crate::store::{AgentStatus, AuditRow, Change, Credentials, StoreError, Subject, Who};

use super::outbox::message_id;
use difference::between;
use shown::{
    advertiser_shown, advertiser_subject, agent_shown, agent_subject, buy_shown, buy_subject,
    campaign_shown, campaign_subject, session_shown, session_subject, subscription_subject,
};

/// Adds the rows of a change to it.
///
/// # Errors
/// [`StoreError::Stale`] when what the change was decided upon moved already; else what the store
/// says.
pub(super) async fn write(app: &App, change: &mut Change) -> Result<(), StoreError> {
    let mut rows = Rows {
        ids: app.ids,
        at: app.clock.real_now(),
        who: change.by.clone(),
        named: change.action,
        rows: Vec::new(),
    };
    rows.advertisers(app, change).await?;
    rows.agents(app, change).await?;
    rows.sessions(app, change).await?;
    rows.credentials(app, change).await?;
    rows.subscriptions(app, change).await?;
    rows.campaigns(app, change).await?;
    change.audit.append(&mut rows.rows);
    Ok(())
}

/// Adds the row of an answer to a seller's question, which the difference does not tell: what was
/// asked, and what was said.
pub(super) fn answered(
    app: &App,
    change: &mut Change,
    campaign: &Campaign,
    buy: &MediaBuyId,
    said: &str,
) {
    let Some(buy) = campaign.buy(buy) else {
        return;
    };
    let mut rows = Rows {
        ids: app.ids,
        at: app.clock.real_now(),
        who: change.by.clone(),
        named: None,
        rows: Vec::new(),
    };
    let question = buy.seller.message.as_deref();
    let changes = between(&json!({"answer": question}), &json!({"answer": said}));
    rows.push(AuditAction::Update, buy_subject(campaign, buy), changes);
    change.audit.append(&mut rows.rows);
}

/// The rows of one change as they are found.
struct Rows {
    ids: crate::ids::IdSource,
    at: DateTime<Utc>,
    who: Who,
    named: Option<AuditAction>,
    rows: Vec<AuditRow>,
}

impl Rows {
    fn push(&mut self, action: AuditAction, subject: Subject, changes: Vec<FieldChange>) {
        let description = sentence(&self.who, action, &subject);
        self.rows.push(AuditRow {
            id: self.ids.other("log_"),
            at: self.at,
            who: self.who.clone(),
            action,
            subject,
            outcome: AuditOutcome::Succeeded,
            refusal: None,
            changes,
            description,
        });
    }

    async fn advertisers(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        if let Some(made) = &change.advertiser_new {
            let after = advertiser_shown(made)?;
            self.push(
                AuditAction::Create,
                advertiser_subject(made),
                between(&Value::Null, &after),
            );
        }
        if let Some((after, version)) = &change.advertiser {
            let before = app
                .store
                .advertiser(&change.account, &after.id)
                .await?
                .filter(|stored| stored.version == *version)
                .ok_or(StoreError::Stale { what: "advertiser" })?
                .value;
            let action = match (before.status, after.status) {
                (AdvertiserStatus::Active, AdvertiserStatus::Archived) => AuditAction::Archive,
                (AdvertiserStatus::Archived, AdvertiserStatus::Active) => AuditAction::Activate,
                (AdvertiserStatus::Active, AdvertiserStatus::Active)
                | (AdvertiserStatus::Archived, AdvertiserStatus::Archived) => AuditAction::Update,
            };
            let changes = between(&advertiser_shown(&before)?, &advertiser_shown(after)?);
            self.push(
                self.named.unwrap_or(action),
                advertiser_subject(after),
                changes,
            );
        }
        Ok(())
    }

    async fn agents(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        if let Some(made) = &change.agent_new {
            self.push(
                AuditAction::Create,
                agent_subject(made),
                between(&Value::Null, &agent_shown(made)),
            );
        }
        if let Some((after, version)) = &change.agent {
            let before = app
                .store
                .agent(&change.account, &after.id)
                .await?
                .filter(|stored| stored.version == *version)
                .ok_or(StoreError::Stale { what: "agent" })?
                .value;
            let action = match after.status {
                AgentStatus::Archived => AuditAction::Archive,
                AgentStatus::Active | AgentStatus::Unreachable => AuditAction::Update,
            };
            self.push(
                self.named.unwrap_or(action),
                agent_subject(after),
                between(&agent_shown(&before), &agent_shown(after)),
            );
        }
        Ok(())
    }

    async fn sessions(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        if let Some(made) = &change.discovery_new {
            self.push(
                AuditAction::Create,
                session_subject(made),
                between(&Value::Null, &session_shown(made)),
            );
        }
        if let Some((after, version)) = &change.discovery {
            let before = app
                .store
                .discovery(&change.account, &after.id)
                .await?
                .filter(|stored| stored.version == *version)
                .ok_or(StoreError::Stale {
                    what: "discovery session",
                })?
                .value;
            let changes = between(&session_shown(&before), &session_shown(after));
            if !changes.is_empty() {
                self.push(AuditAction::Update, session_subject(after), changes);
            }
        }
        Ok(())
    }

    /// Whether there are any, and since when; nothing of them.
    async fn credentials(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        let (advertiser, agent) = match (&change.credentials, &change.credentials_gone) {
            (Some(given), _) => (&given.advertiser_id, &given.agent_id),
            (None, Some((advertiser, agent))) => (advertiser, agent),
            (None, None) => return Ok(()),
        };
        let before = app
            .store
            .credentials(&change.account, advertiser, agent)
            .await?;
        let action = match (&before, &change.credentials) {
            (None, Some(_)) => AuditAction::Create,
            (Some(_), Some(_)) => AuditAction::Update,
            (_, None) => AuditAction::Delete,
        };
        let subject = Subject {
            kind: AuditResource::Credentials,
            id: Some(agent.to_string()),
            name: None,
            parent: Some((AuditResource::Advertiser, advertiser.to_string())),
            advertiser: Some(advertiser.clone()),
            campaign: None,
        };
        let shown = |credentials: Option<&Credentials>| json!({"updatedAt": credentials.map(|credentials| credentials.updated_at)});
        let changes = between(&shown(before.as_ref()), &shown(change.credentials.as_ref()));
        self.push(action, subject, changes);
        Ok(())
    }

    async fn subscriptions(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        if let Some(made) = &change.subscription_new {
            let after = json!({"url": made.url, "eventTypes": made.event_types});
            self.push(
                AuditAction::Create,
                subscription_subject(made),
                between(&Value::Null, &after),
            );
        }
        let touched = match (&change.subscription_gone, &change.replay) {
            (Some(id), _) => Some((id, AuditAction::Delete, json!({}))),
            (None, Some((id, n))) => {
                Some((id, AuditAction::Update, json!({"replayed": message_id(*n)})))
            }
            (None, None) => None,
        };
        if let Some((id, action, after)) = touched
            && let Some(before) = app.store.subscription(&change.account, id).await?
        {
            let was = match action {
                AuditAction::Delete => json!({"url": before.url, "eventTypes": before.event_types}),
                _ => Value::Null,
            };
            self.push(action, subscription_subject(&before), between(&was, &after));
        }
        Ok(())
    }

    async fn campaigns(&mut self, app: &App, change: &Change) -> Result<(), StoreError> {
        if let Some(made) = &change.campaign_new {
            let owner = owner(app, change, made.advertiser_id()).await?;
            let after = campaign_shown(made, &owner)?;
            self.push(
                AuditAction::Create,
                campaign_subject(made),
                between(&Value::Null, &after),
            );
            self.buys(None, made)?;
        }
        let Some((after, version)) = &change.campaign else {
            return Ok(());
        };
        let before = match &change.campaign_before {
            Some(before) => Arc::clone(before),
            None => {
                app.store
                    .campaign(&change.account, after.id())
                    .await?
                    .filter(|stored| stored.version == *version)
                    .ok_or(StoreError::Stale { what: "campaign" })?
                    .value
            }
        };
        let named = self.named.filter(|_| self.who != Who::System);
        let moved = before.status() != after.status()
            || before.plan() != after.plan()
            || before.caps() != after.caps();
        if moved || named.is_some() {
            let owner = owner(app, change, after.advertiser_id()).await?;
            let (was, is) = (
                campaign_shown(&before, &owner)?,
                campaign_shown(after, &owner)?,
            );
            let mut changes = between(&was, &is);
            if before.plan().pacing == after.plan().pacing {
                // What its periods resolve to follows from other members.
                changes.retain(|change| !change.field.starts_with("pacingPeriods"));
            }
            let action = named.unwrap_or_else(|| campaign_action(before.status(), after.status()));
            self.push(action, campaign_subject(after), changes);
        }
        self.buys(Some(&before), after)
    }

    fn buys(&mut self, before: Option<&Campaign>, after: &Campaign) -> Result<(), StoreError> {
        for buy in after.buys() {
            let earlier = before.and_then(|before| before.buy(&buy.id));
            match earlier {
                None => self.push(
                    AuditAction::Create,
                    buy_subject(after, buy),
                    between(&Value::Null, &buy_shown(after, buy)?),
                ),
                Some(earlier) if earlier == buy => {}
                Some(earlier) => {
                    let changes = between(&buy_shown(after, earlier)?, &buy_shown(after, buy)?);
                    if !changes.is_empty() {
                        let action = buy_action(earlier.status, buy.status);
                        self.push(action, buy_subject(after, buy), changes);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The owner of a campaign, for what the campaign inherits.
async fn owner(app: &App, change: &Change, id: &AdvertiserId) -> Result<Advertiser, StoreError> {
    let stored = app.store.advertiser(&change.account, id).await?;
    Ok(stored
        .ok_or(StoreError::Stale { what: "advertiser" })?
        .value)
}

fn campaign_action(before: CampaignStatus, after: CampaignStatus) -> AuditAction {
    match after {
        _ if before == after => AuditAction::Update,
        CampaignStatus::Active => AuditAction::Activate,
        CampaignStatus::Paused => AuditAction::Deactivate,
        CampaignStatus::Archived => AuditAction::Archive,
        CampaignStatus::Draft | CampaignStatus::Completed => AuditAction::Update,
    }
}

fn buy_action(before: MediaBuyStatus, after: MediaBuyStatus) -> AuditAction {
    match after {
        _ if before == after => AuditAction::Update,
        MediaBuyStatus::Active => AuditAction::Activate,
        MediaBuyStatus::Paused => AuditAction::Deactivate,
        MediaBuyStatus::Archived => AuditAction::Archive,
        MediaBuyStatus::Draft
        | MediaBuyStatus::PendingApproval
        | MediaBuyStatus::InputRequired
        | MediaBuyStatus::Completed
        | MediaBuyStatus::Canceled
        | MediaBuyStatus::Failed
        | MediaBuyStatus::Rejected => AuditAction::Update,
    }
}

/// A row in words: `the key "planner" executed the campaign "Spring"`.
pub(crate) fn sentence(who: &Who, action: AuditAction, subject: &Subject) -> String {
    let verb = match action {
        AuditAction::Create => "created",
        AuditAction::Update => "changed",
        AuditAction::Delete => "deleted",
        AuditAction::Archive => "archived",
        AuditAction::Execute => "executed",
        AuditAction::Activate => "activated",
        AuditAction::Deactivate => "paused",
    };
    let kind = subject.kind.as_str().to_lowercase().replace('_', " ");
    let which = subject.name.as_ref().or(subject.id.as_ref());
    match which {
        Some(which) => format!("{who} {verb} the {kind} `{which}`"),
        None => format!("{who} {verb} a {kind}"),
    }
}
