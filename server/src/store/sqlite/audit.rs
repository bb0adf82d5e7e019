//! The audit log: written with the change it tells of, read newest first.

use flighting_core::ids::{AdvertiserId, CampaignId};
use flighting_core::wire::audit::{ActorOrigin, AuditAction, AuditOutcome, AuditResource};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{FromRow, QueryBuilder};

use super::batch::Batch;
use super::columns::{count, from_json, id, instant, micros, to_json, unreadable};
use super::failed;
use crate::store::{AccountId, AuditFilter, AuditRow, Page, Result, Subject, Who};

/// A row put into words before the writer is held up: refusal and changes.
pub(super) type Words = (Option<String>, String);

/// Puts a row into words.
pub(super) fn words(row: &AuditRow) -> Result<Words> {
    let refusal = row
        .refusal
        .as_ref()
        .map(|refusal| to_json("audit log", refusal))
        .transpose()?;
    Ok((refusal, to_json("audit log", &row.changes)?))
}

pub(super) fn insert(
    batch: &mut Batch,
    account: &AccountId,
    row: &AuditRow,
    (refusal, changes): &Words,
) {
    let AuditRow {
        id,
        at,
        who,
        action,
        subject,
        outcome,
        refusal: _,
        changes: _,
        description,
    } = row;
    let (key_id, key_label) = match who {
        Who::Key { id, label, .. } => (Some(id), Some(label)),
        Who::System => (None, None),
    };
    batch.add(
        "INSERT INTO audit_logs (id, account, at, action, resource_type, resource_id, resource_name, parent_type, \
         parent_id, advertiser_id, campaign_id, key_id, key_label, origin, outcome, refusal, changes, description) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(micros(*at))
    .bind(action.as_str())
    .bind(subject.kind.as_str())
    .bind(&subject.id)
    .bind(&subject.name)
    .bind(subject.parent.as_ref().map(|(kind, _)| kind.as_str()))
    .bind(subject.parent.as_ref().map(|(_, id)| id))
    .bind(subject.advertiser.as_ref().map(|id| id.as_str()))
    .bind(subject.campaign.as_ref().map(|id| id.as_str()))
    .bind(key_id)
    .bind(key_label)
    .bind(who.origin().as_str())
    .bind(outcome.as_str())
    .bind(refusal)
    .bind(changes)
    .bind(description);
}

#[derive(FromRow)]
struct Stored {
    id: String,
    at: i64,
    action: String,
    resource_type: String,
    resource_id: Option<String>,
    resource_name: Option<String>,
    parent_type: Option<String>,
    parent_id: Option<String>,
    advertiser_id: Option<String>,
    campaign_id: Option<String>,
    key_id: Option<String>,
    key_label: Option<String>,
    origin: String,
    outcome: String,
    refusal: Option<String>,
    changes: String,
    description: String,
}

fn word<T>(parsed: Option<T>, text: &str) -> Result<T> {
    parsed.ok_or_else(|| unreadable("audit log", format!("word `{text}`")))
}

impl Stored {
    fn read(self) -> Result<AuditRow> {
        let resource = |text: &str| word(AuditResource::parse(text), text);
        let parent = match (self.parent_type, self.parent_id) {
            (Some(kind), Some(id)) => Some((resource(&kind)?, id)),
            _ => None,
        };
        let who = match self.key_id {
            Some(id) => Who::Key {
                id,
                label: self.key_label.unwrap_or_default(),
                origin: word(ActorOrigin::parse(&self.origin), &self.origin)?,
            },
            None => Who::System,
        };
        Ok(AuditRow {
            at: instant(self.at)?,
            who,
            action: word(AuditAction::parse(&self.action), &self.action)?,
            subject: Subject {
                kind: resource(&self.resource_type)?,
                id: self.resource_id,
                name: self.resource_name,
                parent,
                advertiser: self
                    .advertiser_id
                    .map(|text| id("audit log", AdvertiserId::parse(&text), &text))
                    .transpose()?,
                campaign: self
                    .campaign_id
                    .map(|text| id("audit log", CampaignId::parse(&text), &text))
                    .transpose()?,
            },
            outcome: word(AuditOutcome::parse(&self.outcome), &self.outcome)?,
            refusal: self
                .refusal
                .map(|text| from_json("audit log", &text))
                .transpose()?,
            changes: from_json("audit log", &self.changes)?,
            id: self.id,
            description: self.description,
        })
    }
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    account: &AccountId,
    filter: &AuditFilter,
) -> Result<Page<AuditRow>> {
    let mut counting = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM audit_logs WHERE ");
    push_filter(&mut counting, account, filter);
    let total = count(
        counting
            .build_query_scalar()
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?,
    )?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT id, at, action, resource_type, resource_id, resource_name, parent_type, parent_id, advertiser_id, \
         campaign_id, key_id, key_label, origin, outcome, refusal, changes, description FROM audit_logs WHERE ",
    );
    push_filter(&mut query, account, filter);
    query
        .push(" ORDER BY n DESC LIMIT ")
        .push_bind(i64::from(filter.take));
    query
        .push(" OFFSET ")
        .push_bind(i64::try_from(filter.skip).unwrap_or(i64::MAX));
    let rows = query
        .build_query_as::<Stored>()
        .fetch_all(connection)
        .await
        .map_err(failed)?
        .into_iter()
        .map(Stored::read)
        .collect::<Result<_>>()?;
    Ok(Page { rows, total })
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, account: &AccountId, filter: &AuditFilter) {
    let AuditFilter {
        from,
        until,
        advertiser,
        campaign,
        resources,
        actions,
        origin,
        resource_id,
        key_id,
        outcome,
        take: _,
        skip: _,
    } = filter;
    query
        .push("account = ")
        .push_bind(account.as_str().to_owned());
    let equal = [
        ("outcome", Some(outcome.as_str())),
        ("advertiser_id", advertiser.as_ref().map(|id| id.as_str())),
        ("campaign_id", campaign.as_ref().map(|id| id.as_str())),
        ("origin", origin.map(ActorOrigin::as_str)),
        ("resource_id", resource_id.as_deref()),
        ("key_id", key_id.as_deref()),
    ];
    for (column, value) in equal {
        if let Some(value) = value {
            query
                .push(format_args!(" AND {column} = "))
                .push_bind(value.to_owned());
        }
    }
    let among = [
        (
            "resource_type",
            resources
                .iter()
                .map(|word| word.as_str())
                .collect::<Vec<_>>(),
        ),
        ("action", actions.iter().map(|word| word.as_str()).collect()),
    ];
    for (column, words) in among {
        if words.is_empty() {
            continue;
        }
        query.push(format_args!(" AND {column} IN ("));
        let mut list = query.separated(", ");
        for word in words {
            list.push_bind(word);
        }
        query.push(")");
    }
    if let Some(from) = from {
        query.push(" AND at >= ").push_bind(micros(*from));
    }
    if let Some(until) = until {
        query.push(" AND at < ").push_bind(micros(*until));
    }
}
