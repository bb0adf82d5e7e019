//! Things as the audit log shows them: in the words of the API, without what only follows from other
//! members or repeats a seller, and without secrets.

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::error::Refusal;
use flighting_core::ids::DiscoveryId;
use flighting_core::media_buy::MediaBuy;
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::advertiser::AdvertiserOut;
use flighting_core::wire::audit::AuditResource;
use flighting_core::wire::campaign::{CampaignOut, CampaignView};
use flighting_core::wire::media_buy::MediaBuyOut;
use serde_json::{Value, json};

use super::difference::without;
use crate::store::{AgentProtocol, AgentStatus, SalesAgent, StoreError, Subject, Subscription};

/// Members of a campaign that follow from others, or that have rows of their own.
const CAMPAIGN_DERIVED: &[&str] = &[
    "allocatedBudget",
    "createdAt",
    "creativeFormats",
    "deliveredSpend",
    "discoveryId",
    "mediaBudget",
    "mediaBuyStatus",
    "mediaBuyStatusCounts",
    "mediaBuyStatusReason",
    "mediaBuys",
    "productCount",
    "products",
    "revision",
    "unallocatedBudget",
    "updatedAt",
];

/// Members of a media buy that follow from others, or that only repeat what its seller says.
const BUY_DERIVED: &[&str] = &[
    "adcpStatus",
    "budget",
    "createdAt",
    "errorCode",
    "errorField",
    "errorOwner",
    "pendingReason",
    "pendingSince",
    "performance",
    "products",
    "question",
    "recovery",
    "revision",
    "servedVersion",
    "sourceMessage",
    "statusSince",
    "submission",
    "suggestion",
    "taskStatus",
    "turn",
    "unconfirmed",
    "updatedAt",
    "validActions",
];

/// A value that cannot be written as JSON; there is none in these types.
fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Failed(Box::new(error))
}

fn shown<T: serde::Serialize>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(failed)
}

pub(super) fn advertiser_shown(advertiser: &Advertiser) -> Result<Value, StoreError> {
    let value = shown(&AdvertiserOut::of(advertiser, false))?;
    Ok(without(
        value,
        &["createdAt", "updatedAt", "revision", "currencyLocked"],
    ))
}

pub(super) fn advertiser_subject(advertiser: &Advertiser) -> Subject {
    Subject {
        kind: AuditResource::Advertiser,
        id: Some(advertiser.id.to_string()),
        name: Some(advertiser.name.clone()),
        parent: None,
        advertiser: Some(advertiser.id.clone()),
        campaign: None,
    }
}

/// Whether there are secrets, and nothing of them.
pub(super) fn agent_shown(agent: &SalesAgent) -> Value {
    json!({
        "name": agent.name,
        "url": agent.url,
        "protocol": match agent.protocol {
            AgentProtocol::Mcp => "MCP",
            AgentProtocol::A2a => "A2A",
        },
        "status": match agent.status {
            AgentStatus::Active => "ACTIVE",
            AgentStatus::Unreachable => "UNREACHABLE",
            AgentStatus::Archived => "ARCHIVED",
        },
        "hasToken": agent.token.is_some(),
        "hasWebhooks": agent.webhooks.is_some(),
    })
}

pub(super) fn agent_subject(agent: &SalesAgent) -> Subject {
    Subject {
        kind: AuditResource::SalesAgent,
        id: Some(agent.id.to_string()),
        name: Some(agent.name.clone()),
        parent: None,
        advertiser: None,
        campaign: None,
    }
}

/// What was asked, what was chosen, and for which campaign; not what sellers offered.
pub(super) fn session_shown(session: &DiscoverySession) -> Value {
    let products: Vec<Value> = session
        .selection
        .iter()
        .map(|product| {
            json!({
                "id": format!("{}/{}", product.key.agent_id, product.key.product_id),
                "name": product.name,
                "pricingOptionId": product.pricing_option_id,
                "budget": product.budget.map(|budget| budget.to_decimal().to_string()),
                "bidPrice": product.bid.map(|bid| bid.to_string()),
                "selectedAt": product.selected_at,
            })
        })
        .collect();
    json!({
        "campaignId": session.campaign_id,
        "brief": session.query.brief,
        "channels": session.query.channels,
        "countries": session.query.countries,
        "products": products,
    })
}

pub(super) fn session_subject(session: &DiscoverySession) -> Subject {
    Subject {
        kind: AuditResource::DiscoverySession,
        id: Some(session.id.to_string()),
        name: None,
        parent: session
            .campaign_id
            .as_ref()
            .map(|id| (AuditResource::Campaign, id.to_string())),
        advertiser: Some(session.advertiser_id.clone()),
        campaign: session.campaign_id.clone(),
    }
}

pub(super) fn subscription_subject(subscription: &Subscription) -> Subject {
    Subject {
        kind: AuditResource::WebhookSubscription,
        id: Some(subscription.id.clone()),
        name: None,
        parent: None,
        advertiser: None,
        campaign: None,
    }
}

/// What is logged of a thing whose figures cannot be summed up, such as spend that a seller reports
/// beyond all money there is. The commit goes on: what became of a purchase must be remembered.
fn told_short(id: &str, status: &str, refusal: &Refusal) -> Value {
    tracing::warn!(id, %refusal, "the audit log tells only the status of what changed");
    json!({ "status": status })
}

pub(super) fn campaign_shown(campaign: &Campaign, owner: &Advertiser) -> Result<Value, StoreError> {
    let out = CampaignOut::of(CampaignView {
        campaign,
        advertiser: owner,
        selection: &[],
    });
    let mut value = match out {
        Ok(out) => without(shown(&out)?, CAMPAIGN_DERIVED),
        Err(refusal) => told_short(campaign.id().as_str(), campaign.status().as_str(), &refusal),
    };
    // The answer shows it in DRAFT only; the campaign keeps it.
    value["discoveryId"] = json!(
        campaign
            .plan()
            .discovery_id
            .as_ref()
            .map(DiscoveryId::as_str)
    );
    Ok(value)
}

pub(super) fn campaign_subject(campaign: &Campaign) -> Subject {
    Subject {
        kind: AuditResource::Campaign,
        id: Some(campaign.id().to_string()),
        name: Some(campaign.plan().name.clone()),
        parent: Some((
            AuditResource::Advertiser,
            campaign.advertiser_id().to_string(),
        )),
        advertiser: Some(campaign.advertiser_id().clone()),
        campaign: Some(campaign.id().clone()),
    }
}

pub(super) fn buy_shown(campaign: &Campaign, buy: &MediaBuy) -> Result<Value, StoreError> {
    let mut value = match MediaBuyOut::of(buy, campaign.currency()) {
        Ok(out) => without(shown(&out)?, BUY_DERIVED),
        Err(refusal) => told_short(buy.id.as_str(), buy.status.as_str(), &refusal),
    };
    if let Some(packages) = value.get_mut("packages").and_then(Value::as_array_mut) {
        for package in packages {
            *package = without(package.take(), &["delivery", "performance"]);
        }
    }
    Ok(value)
}

pub(super) fn buy_subject(campaign: &Campaign, buy: &MediaBuy) -> Subject {
    Subject {
        kind: AuditResource::MediaBuy,
        id: Some(buy.id.to_string()),
        name: Some(buy.name.clone()),
        parent: Some((AuditResource::Campaign, campaign.id().to_string())),
        advertiser: Some(campaign.advertiser_id().clone()),
        campaign: Some(campaign.id().clone()),
    }
}
