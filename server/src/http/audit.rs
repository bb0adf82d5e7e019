//! The audit log: reading it, and the rows of commands that were refused. Rows of commands that
//! were carried out are written with what they changed (`flows`).

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{NaiveDate, NaiveTime};
use flighting_core::ids::{AdvertiserId, CampaignId};
use flighting_core::wire::audit::{
    ActorOrigin, AuditAction, AuditLogOut, AuditOutcome, AuditRefusal, AuditResource,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::envelope::{self, Answer, Refused};
use super::idempotency;
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::flows::audit::sentence;
use crate::store::{AuditFilter, AuditRow, Change, Subject, Who};

/// Rows at once (C 1.2).
const DEFAULT_TAKE: u64 = 50;
const MAX_TAKE: u64 = 500;

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
struct AuditLogs {
    /// Newest first.
    logs: Vec<AuditLogOut>,
    /// How many fit the filter in all.
    total: u64,
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Read the audit log
///
/// Every command that changed something, and what Flighting changed by itself: who, what, when,
/// and each field before and after. Commands that were refused or failed are listed when asked
/// for by `outcome`.
#[utoipa::path(
    get, path = "/audit-logs", tag = "audit log",
    params(
        ("startDate" = Option<String>, Query, description = "Not before this UTC day, `YYYY-MM-DD`"),
        ("endDate" = Option<String>, Query, description = "Not after this UTC day, `YYYY-MM-DD`"),
        ("advertiserId" = Option<String>, Query, description = "Only of this advertiser"),
        ("campaignId" = Option<String>, Query, description = "Only of this campaign, its media buys included"),
        ("resourceTypes" = Option<String>, Query, description = "Only these kinds of things, joined by commas"),
        ("actions" = Option<String>, Query, description = "Only these actions, joined by commas"),
        ("actorOrigin" = Option<ActorOrigin>, Query, description = "Only by this kind of actor"),
        ("actorUserId" = Option<String>, Query, description = "Only by this person; people use keys here, so it finds nothing"),
        ("actorUserEmail" = Option<String>, Query, description = "Only by the person of this address; as `actorUserId`"),
        ("serviceTokenId" = Option<String>, Query, description = "Only by this key, `key_…`"),
        ("resourceId" = Option<String>, Query, description = "Only about the thing with this id"),
        ("outcome" = Option<AuditOutcome>, Query, description = "How it ended; `succeeded` when left out"),
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 500; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "A page, newest first", body = AuditLogs))
)]
async fn list(State(app): State<Arc<App>>, caller: Caller, mut query: Query) -> Answer {
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let from = query.day("startDate").map(start);
    let until = query.day("endDate").map(|day| {
        day.succ_opt()
            .map_or(chrono::DateTime::<chrono::Utc>::MAX_UTC, start)
    });
    let advertiser = query.parsed(
        "advertiserId",
        "an advertiser's id, `adv_…`",
        AdvertiserId::parse,
    );
    let campaign = query.parsed("campaignId", "a campaign's id, `cmp_…`", CampaignId::parse);
    let resources = query.words("resourceTypes", AuditResource::WORDS, AuditResource::parse);
    let actions = query.words("actions", AuditAction::WORDS, AuditAction::parse);
    let origin = query.word("actorOrigin", ActorOrigin::WORDS, ActorOrigin::parse);
    let user_id = query.text("actorUserId", 255);
    let user_email = query.text("actorUserEmail", 255);
    let key_id = query.text("serviceTokenId", 255);
    let resource_id = query.text("resourceId", 255);
    let outcome = query.word("outcome", AuditOutcome::WORDS, AuditOutcome::parse);
    let paging = query.paging(DEFAULT_TAKE, MAX_TAKE);
    query.finish()?;
    let filter = AuditFilter {
        from,
        until,
        advertiser,
        campaign,
        resources,
        actions,
        origin,
        resource_id,
        key_id,
        outcome: outcome.unwrap_or(AuditOutcome::Succeeded),
        take: u32::try_from(paging.take).unwrap_or(u32::MAX),
        skip: paging.skip,
    };
    let (logs, total) = if user_id.is_some() || user_email.is_some() {
        // Nobody acts as a person yet.
        (Vec::new(), 0)
    } else {
        let page = app.store.audit_logs(&caller.account, &filter).await?;
        (page.rows.into_iter().map(shown).collect(), page.total)
    };
    let returned = u64::try_from(logs.len()).unwrap_or(u64::MAX);
    envelope::page(AuditLogs { logs, total }, paging.page(returned, total))
}

fn shown(row: AuditRow) -> AuditLogOut {
    let AuditRow {
        id,
        at,
        who,
        action,
        subject,
        outcome,
        refusal,
        changes,
        description,
    } = row;
    let Subject {
        kind,
        id: resource_id,
        name,
        parent,
        advertiser,
        campaign,
    } = subject;
    let actor_origin = who.origin();
    let (service_token_id, service_token_name) = match who {
        Who::Key { id, label, .. } => (Some(id), Some(label)),
        Who::System => (None, None),
    };
    let (parent_type, parent_id) = parent.unzip();
    AuditLogOut {
        id,
        timestamp: at,
        created_at: at,
        action,
        resource_type: kind,
        resource_id,
        resource_name: name,
        parent_type,
        parent_id,
        advertiser_id: advertiser.map(|id| id.to_string()),
        campaign_id: campaign.map(|id| id.to_string()),
        user_id: None,
        user_email: None,
        user_name: None,
        service_token_id,
        service_token_name,
        actor_origin,
        outcome,
        parameters: refusal,
        changes,
        description,
    }
}

/// Writes a row for every command that was not carried out. What was no command (an unknown path,
/// an unreadable body, too many requests) leaves none; nor does a stored answer that is repeated.
pub(crate) async fn refusals(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let commands = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::DELETE
    );
    let (Some(caller), Some(path)) = (
        request
            .extensions()
            .get::<Caller>()
            .filter(|_| commands)
            .cloned(),
        request.extensions().get::<MatchedPath>().cloned(),
    ) else {
        return next.run(request).await;
    };
    let method = request.method().clone();
    let uri = request.uri().path().to_owned();
    let response = next.run(request).await;
    let Some(outcome) = outcome_of(response.status()) else {
        return response;
    };
    if response.headers().contains_key(idempotency::REPLAYED) {
        return response;
    }
    let Some((action, subject)) = command(&method, path.as_str(), &uri) else {
        return response;
    };
    let refused = response.extensions().get::<Refused>().cloned();
    let mut change = Change::of(caller.actor());
    change.audit.push(AuditRow {
        id: app.ids.other("log_"),
        at: app.clock.real_now(),
        description: format!(
            "{}: {}",
            sentence(&change.by, action, &subject),
            outcome.as_str()
        ),
        who: change.by.clone(),
        action,
        subject,
        outcome,
        refusal: Some(AuditRefusal {
            status: response.status().as_u16(),
            code: refused
                .as_ref()
                .map(|refused| refused.code.as_str().to_owned()),
            field: refused.and_then(|refused| refused.field),
        }),
        changes: Vec::new(),
    });
    if let Err(error) = app.store.commit(change).await {
        // Nothing was changed that would have to be told; the answer is due.
        tracing::error!(%error, "a refused command was not written to the audit log");
    }
    response
}

/// How a command ended by its answer; none for one that succeeded, and for what was no command.
fn outcome_of(status: StatusCode) -> Option<AuditOutcome> {
    match status {
        StatusCode::FORBIDDEN => Some(AuditOutcome::Denied),
        StatusCode::BAD_REQUEST
        | StatusCode::NOT_FOUND
        | StatusCode::CONFLICT
        | StatusCode::UNPROCESSABLE_ENTITY => Some(AuditOutcome::Failed),
        status if status.is_server_error() => Some(AuditOutcome::Failed),
        _ => None,
    }
}

/// What a request asks for, by its route: the innermost thing that the path names, or would make.
/// None for a route that is no operation.
pub(crate) fn command(method: &Method, route: &str, path: &str) -> Option<(AuditAction, Subject)> {
    let (names, values): (Vec<&str>, Vec<&str>) = (
        route.trim_matches('/').split('/').collect(),
        path.trim_matches('/').split('/').collect(),
    );
    // Under an alias or nested, route and path may begin differently: they end alike.
    let pairs: Vec<(&str, &str)> = names
        .iter()
        .rev()
        .zip(values.iter().rev())
        .map(|(name, value)| (*name, *value))
        .collect();
    let param = |name: &str| name.starts_with('{');
    let given = |wanted: &str| {
        pairs
            .iter()
            .find(|(name, _)| name.trim_matches(['{', '}']) == wanted)
            .map(|(_, value)| *value)
    };
    let last = names.last()?;
    let kind = names.iter().rev().find_map(|name| resource(name))?;
    let makes = *method == Method::POST && resource(last) == Some(kind) && !param(last);
    let action = match (method, *last) {
        (&Method::POST, "execute") => AuditAction::Execute,
        (&Method::POST, "reactivate" | "restore") => AuditAction::Activate,
        (&Method::POST, "pause") => AuditAction::Deactivate,
        (&Method::DELETE, _) => AuditAction::Delete,
        _ if makes => AuditAction::Create,
        _ => AuditAction::Update,
    };
    // Credentials have no id of their own: they stand under the agent's.
    let id = if makes {
        None
    } else {
        pairs
            .iter()
            .find(|(name, _)| param(name))
            .map(|(_, value)| value.chars().take(100).collect())
    };
    Some((
        action,
        Subject {
            kind,
            id,
            name: None,
            parent: None,
            advertiser: given("advertiserId").and_then(AdvertiserId::parse),
            campaign: given("campaignId").and_then(CampaignId::parse),
        },
    ))
}

/// The kind of thing that a part of a route stands for.
fn resource(part: &str) -> Option<AuditResource> {
    Some(match part {
        "advertisers" | "{advertiserId}" => AuditResource::Advertiser,
        "campaigns" | "{campaignId}" => AuditResource::Campaign,
        "media-buys" | "{mediaBuyId}" => AuditResource::MediaBuy,
        "creatives" | "creativeManifest" | "{creativeId}" => AuditResource::Creative,
        "discovery" | "discover-products" | "{discoveryId}" => AuditResource::DiscoverySession,
        "sales-agents" | "{salesAgentId}" | "{agentId}" => AuditResource::SalesAgent,
        "credentials" => AuditResource::Credentials,
        "webhook-subscriptions" | "{subscriptionId}" | "{deliveryId}" => {
            AuditResource::WebhookSubscription
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(
        method: Method,
        route: &str,
        path: &str,
    ) -> (AuditAction, AuditResource, Option<String>) {
        let (action, subject) = command(&method, route, path).unwrap();
        (action, subject.kind, subject.id)
    }

    #[test]
    fn routes_tell_what_was_asked() {
        use AuditAction as A;
        use AuditResource as R;
        let base = "/api/buyer";
        let at = |route: &str| format!("{base}{route}");
        assert_eq!(
            told(Method::POST, &at("/campaigns"), "/campaigns"),
            (A::Create, R::Campaign, None)
        );
        assert_eq!(
            told(
                Method::POST,
                &at("/campaigns/{campaignId}/execute"),
                "/campaigns/cmp_1/execute"
            ),
            (A::Execute, R::Campaign, Some("cmp_1".to_owned()))
        );
        assert_eq!(
            told(
                Method::DELETE,
                &at("/sales-agents/{salesAgentId}"),
                "/sales-agents/agt_1"
            ),
            (A::Delete, R::SalesAgent, Some("agt_1".to_owned()))
        );
        assert_eq!(
            told(
                Method::PUT,
                &at("/advertisers/{advertiserId}/sales-agents/{agentId}/credentials"),
                "/advertisers/adv_1/sales-agents/agt_2/credentials"
            ),
            (A::Update, R::Credentials, Some("agt_2".to_owned()))
        );
        assert_eq!(
            told(
                Method::POST,
                &at("/discovery/{discoveryId}/products"),
                "/discovery/dsc_1/products"
            ),
            (A::Update, R::DiscoverySession, Some("dsc_1".to_owned()))
        );
    }

    #[test]
    fn every_command_of_the_document_is_told() {
        let document = crate::http::openapi::document().unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["post", "put", "delete"] {
                if item.get(method).is_some() {
                    let method = method.to_uppercase().parse().unwrap();
                    assert!(command(&method, path, path).is_some(), "{method} {path}");
                }
            }
        }
    }
}
