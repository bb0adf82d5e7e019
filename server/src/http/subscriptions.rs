//! Webhook subscriptions: who is told of events, and what became of each message (C 11).

use std::sync::Arc;

use axum::extract::{Path, State};
use flighting_core::error::Code;
use flighting_core::wire::webhook::{
    DeliveryState, SubscriptionDraft, SubscriptionStatus, WebhookDeliveryOut,
    WebhookSubscriptionIn, WebhookSubscriptionOut, read_subscription,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, OptionalBody};
use super::envelope::{self, Answer};
use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Clash, Fault};
use crate::flows;
use crate::flows::outbox::{event_id, message_id, parse_message_id};
use crate::secrets::Secret;
use crate::store::{Change, Message, StoreError, Subscription};

/// The most subscriptions of one account, our choice: each is written to with every event.
const MOST: usize = 50;

/// One subscription.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneSubscription {
    webhook_subscription: WebhookSubscriptionOut,
}

/// All subscriptions of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SubscriptionList {
    /// Oldest first.
    webhook_subscriptions: Vec<WebhookSubscriptionOut>,
    /// How many there are in all.
    total: u64,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
struct OneDelivery {
    delivery: WebhookDeliveryOut,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryList {
    /// Newest first.
    deliveries: Vec<WebhookDeliveryOut>,
    /// How many fit the filter in all.
    total: u64,
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, remove))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

fn shown(subscription: Subscription) -> WebhookSubscriptionOut {
    let Subscription {
        id,
        account: _,
        url,
        secret: _,
        event_types,
        has_failed,
        failure_count,
        last_success,
        last_failure,
        resume_at: _,
        created_at,
        updated_at,
    } = subscription;
    WebhookSubscriptionOut {
        id,
        url,
        event_types,
        status: if has_failed {
            SubscriptionStatus::Failed
        } else {
            SubscriptionStatus::Active
        },
        failure_count,
        last_success,
        last_failure,
        created_at,
        updated_at,
    }
}

fn told(message: Message) -> WebhookDeliveryOut {
    let Message {
        n,
        subscription: _,
        event,
        event_type,
        campaign_id,
        media_buy_id,
        data: _,
        at: _,
        state,
        attempts,
        first_attempt: _,
        last_attempt,
        next_attempt,
        http_status,
        error,
    } = message;
    WebhookDeliveryOut {
        id: message_id(n),
        event_id: event_id(event),
        event_type,
        campaign_id: campaign_id.to_string(),
        media_buy_id: media_buy_id.map(|id| id.to_string()),
        status: state,
        attempts,
        last_attempt,
        next_attempt: (state == DeliveryState::Waiting).then_some(next_attempt),
        http_status,
        error,
    }
}

/// Subscribe to webhooks
///
/// Each event is posted as `{id, type, timestamp, data}` with `X-Webhook-Id` (the event's id, the
/// same at every attempt), `X-Webhook-Timestamp` (the second of sending) and `X-Webhook-Signature`
/// (HMAC-SHA256 of `timestamp.body` under the secret, lower case hex). An answer of 2xx within 10 s
/// takes it; all else is tried again for 24 hours. Messages of one campaign come in order; each
/// comes at least once. Private addresses and redirects are refused.
#[utoipa::path(
    post, path = "/webhook-subscriptions", tag = "webhooks", request_body = WebhookSubscriptionIn,
    responses((status = 201, description = "Subscribed", body = OneSubscription))
)]
async fn create(State(app): State<Arc<App>>, caller: Caller, Body(json): Body) -> Answer {
    let SubscriptionDraft {
        url,
        secret,
        event_types,
    } = read_subscription(&json).map_err(Fault::violations)?;
    let url = app
        .agents
        .guard()
        .policy()
        .parse(&url)
        .map_err(|refusal| Fault::invalid("url", Code::InvalidFormat, refusal.to_string()))?;
    if app.store.subscriptions(&caller.account).await?.len() >= MOST {
        return Err(Fault::clash(
            Clash::TooMany,
            format!(
                "expected at most {MOST} webhook subscriptions, got one more: delete one first"
            ),
        ));
    }
    let id = app.ids.other(Subscription::PREFIX);
    let place = Subscription::place(&caller.account, &id);
    let now = app.clock.real_now();
    let subscription = Subscription {
        id,
        account: caller.account.clone(),
        url: url.into(),
        secret: app.keyring.seal(&place, &Secret::new(secret.reveal()))?,
        event_types,
        has_failed: false,
        failure_count: 0,
        last_success: None,
        last_failure: None,
        resume_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut change = Change::of(caller.actor());
    change.subscription_new = Some(subscription.clone());
    flows::commit(&app, change).await?;
    envelope::created(
        &format!("/webhook-subscriptions/{}", subscription.id),
        OneSubscription {
            webhook_subscription: shown(subscription),
        },
    )
}

/// List webhook subscriptions
#[utoipa::path(
    get, path = "/webhook-subscriptions", tag = "webhooks",
    params(
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 250; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "A page, oldest first", body = SubscriptionList))
)]
async fn list(State(app): State<Arc<App>>, caller: Caller, mut query: Query) -> Answer {
    let paging = query.paging(50, 250);
    query.finish()?;
    let all = app.store.subscriptions(&caller.account).await?;
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let shown: Vec<_> = all
        .into_iter()
        .skip(usize::try_from(paging.skip).unwrap_or(usize::MAX))
        .take(usize::try_from(paging.take).unwrap_or(usize::MAX))
        .map(shown)
        .collect();
    let page = paging.page(u64::try_from(shown.len()).unwrap_or(u64::MAX), total);
    envelope::page(
        SubscriptionList {
            webhook_subscriptions: shown,
            total,
        },
        page,
    )
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<Subscription, Fault> {
    app.store
        .subscription(&caller.account, id)
        .await?
        .ok_or(Fault::NotFound("webhook subscription"))
}

/// Get a webhook subscription
#[utoipa::path(
    get, path = "/webhook-subscriptions/{subscriptionId}", tag = "webhooks",
    params(("subscriptionId" = String, Path, description = "Its id, `whs_…`")),
    responses((status = 200, description = "The subscription", body = OneSubscription))
)]
async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    query.finish()?;
    let webhook_subscription = shown(find(&app, &caller, &id).await?);
    envelope::ok(OneSubscription {
        webhook_subscription,
    })
}

/// Delete a webhook subscription
///
/// What it was still to be told goes with it.
#[utoipa::path(
    delete, path = "/webhook-subscriptions/{subscriptionId}", tag = "webhooks",
    params(("subscriptionId" = String, Path, description = "Its id, `whs_…`")),
    responses((status = 204, description = "Deleted"))
)]
async fn remove(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    find(&app, &caller, &id).await?;
    let mut change = Change::of(caller.actor());
    change.subscription_gone = Some(id);
    match flows::commit(&app, change).await {
        Ok(_) => envelope::none(),
        Err(StoreError::Stale { .. }) => Err(Fault::NotFound("webhook subscription")),
        Err(error) => Err(error.into()),
    }
}

/// List what a subscription was told
///
/// Messages are kept for 7 days after they arrived or were given up.
#[utoipa::path(
    get, path = "/webhook-subscriptions/{subscriptionId}/deliveries", tag = "webhooks",
    params(
        ("subscriptionId" = String, Path, description = "Its id, `whs_…`"),
        ("status" = Option<DeliveryState>, Query, description = "Only in this state"),
        ("take" = Option<u64>, Query, description = "At most so many, 1 to 250; 50 when left out"),
        ("skip" = Option<u64>, Query, description = "Leave out so many"),
    ),
    responses((status = 200, description = "A page, newest first", body = DeliveryList))
)]
async fn deliveries(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    mut query: Query,
) -> Answer {
    let state = query.word("status", DeliveryState::WORDS, DeliveryState::parse);
    let paging = query.paging(50, 250);
    query.finish()?;
    find(&app, &caller, &id).await?;
    let take = u32::try_from(paging.take).unwrap_or(u32::MAX);
    let found = app
        .store
        .messages(&caller.account, &id, state, take, paging.skip)
        .await?;
    let deliveries: Vec<_> = found.rows.into_iter().map(told).collect();
    let returned = u64::try_from(deliveries.len()).unwrap_or(u64::MAX);
    envelope::page(
        DeliveryList {
            deliveries,
            total: found.total,
        },
        paging.page(returned, found.total),
    )
}

/// Send a message anew
///
/// As if it had never been sent, for another 24 hours; the event's id stays the same.
#[utoipa::path(
    post, path = "/webhook-subscriptions/{subscriptionId}/deliveries/{deliveryId}/replay", tag = "webhooks",
    params(
        ("subscriptionId" = String, Path, description = "The subscription's id, `whs_…`"),
        ("deliveryId" = String, Path, description = "The message's id, `whd_…`"),
    ),
    responses((status = 200, description = "The message, waiting to be sent", body = OneDelivery))
)]
async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
    OptionalBody(_): OptionalBody,
) -> Answer {
    find(&app, &caller, &id).await?;
    let unknown = || Fault::NotFound("webhook delivery");
    let n = parse_message_id(&delivery).ok_or_else(unknown)?;
    let mut change = Change::of(caller.actor());
    change.replay = Some((id.clone(), n));
    match flows::commit(&app, change).await {
        Ok(_) => {}
        Err(StoreError::Stale { .. }) => return Err(unknown()),
        Err(error) => return Err(error.into()),
    }
    let message = app
        .store
        .message(&caller.account, &id, n)
        .await?
        .ok_or_else(unknown)?;
    envelope::ok(OneDelivery {
        delivery: told(message),
    })
}
