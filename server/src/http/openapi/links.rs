//! Where an answer leads: which of its members is which parameter of which operation.

use serde_json::{Map, Value, json};

use super::{BASE, operation_id};

/// From an operation, what its answer holds (as a pointer into `data`), and where it is used: the
/// parameter, and the operations.
struct Link {
    from: (&'static str, &'static str),
    member: &'static str,
    parameter: &'static str,
    to: &'static [(&'static str, &'static str)],
}

const ADVERTISER: &[(&str, &str)] = &[
    ("get", "/advertisers/{advertiserId}"),
    ("put", "/advertisers/{advertiserId}"),
    ("delete", "/advertisers/{advertiserId}"),
    ("post", "/advertisers/{advertiserId}/restore"),
];

const CAMPAIGN: &[(&str, &str)] = &[
    ("get", "/campaigns/{campaignId}"),
    ("put", "/campaigns/{campaignId}"),
    ("delete", "/campaigns/{campaignId}"),
    ("get", "/campaigns/{campaignId}/creatives/formats"),
    ("get", "/campaigns/{campaignId}/delivery"),
    ("get", "/campaigns/{campaignId}/media-buy-status"),
    ("post", "/campaigns/{campaignId}/execute"),
    ("post", "/campaigns/{campaignId}/pause"),
    ("post", "/campaigns/{campaignId}/reactivate"),
];

const SESSION: &[(&str, &str)] = &[
    ("get", "/discovery/{discoveryId}/discover-products"),
    ("get", "/discovery/{discoveryId}/products"),
    ("post", "/discovery/{discoveryId}/products"),
    ("delete", "/discovery/{discoveryId}/products"),
];

const AGENT: &[(&str, &str)] = &[
    ("get", "/sales-agents/{salesAgentId}"),
    ("post", "/sales-agents/{salesAgentId}/probe"),
    ("delete", "/sales-agents/{salesAgentId}"),
];

const SUBSCRIPTION: &[(&str, &str)] = &[
    ("get", "/webhook-subscriptions/{subscriptionId}"),
    ("get", "/webhook-subscriptions/{subscriptionId}/deliveries"),
    ("delete", "/webhook-subscriptions/{subscriptionId}"),
];

const LINKS: &[Link] = &[
    Link {
        from: ("post", "/advertisers"),
        member: "/advertiser/id",
        parameter: "advertiserId",
        to: ADVERTISER,
    },
    Link {
        from: ("get", "/advertisers"),
        member: "/advertisers/0/id",
        parameter: "advertiserId",
        to: ADVERTISER,
    },
    Link {
        from: ("post", "/campaigns"),
        member: "/campaign/campaignId",
        parameter: "campaignId",
        to: CAMPAIGN,
    },
    Link {
        from: ("get", "/campaigns"),
        member: "/campaigns/0/campaignId",
        parameter: "campaignId",
        to: CAMPAIGN,
    },
    Link {
        from: ("post", "/discovery/discover-products"),
        member: "/discoveryId",
        parameter: "discoveryId",
        to: SESSION,
    },
    Link {
        from: ("post", "/sales-agents"),
        member: "/salesAgent/salesAgentId",
        parameter: "salesAgentId",
        to: AGENT,
    },
    Link {
        from: ("get", "/sales-agents"),
        member: "/salesAgents/0/salesAgentId",
        parameter: "salesAgentId",
        to: AGENT,
    },
    Link {
        from: ("post", "/webhook-subscriptions"),
        member: "/webhookSubscription/id",
        parameter: "subscriptionId",
        to: SUBSCRIPTION,
    },
    Link {
        from: ("get", "/webhook-subscriptions"),
        member: "/webhookSubscriptions/0/id",
        parameter: "subscriptionId",
        to: SUBSCRIPTION,
    },
];

/// Writes an operation's links into its good answer.
pub(super) fn add(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let short = path.trim_start_matches(BASE);
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    let good = responses.and_then(|responses| {
        responses
            .iter_mut()
            .find_map(|(status, answer)| status.starts_with('2').then_some(answer))
    });
    let Some(good) = good else { return };
    for link in LINKS.iter().filter(|link| link.from == (method, short)) {
        for (method, to) in link.to {
            let target = operation_id(&format!("{BASE}{to}"), method);
            good["links"][&target] = json!({
                "operationId": target,
                "description": if link.member.contains("/0/") {
                    "For the first of the list, where there is one."
                } else {
                    "For what this answer tells of."
                },
                "parameters": {link.parameter: format!("$response.body#/data{}", link.member)},
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_is_of_an_operation_that_there_is() {
        let document = super::super::document().unwrap();
        let paths = document["paths"].as_object().unwrap();
        let known =
            |(method, path): (&str, &str)| paths[&format!("{BASE}{path}")].get(method).is_some();
        for link in LINKS {
            assert!(known(link.from), "{:?}", link.from);
            for to in link.to {
                assert!(known(*to), "{to:?}");
            }
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document = super::super::document().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(seen.insert(id.to_owned()), "`{id}` twice");
            }
        }
        assert!(
            seen.contains("getCampaignsByCampaignIdMediaBuyStatus"),
            "{seen:?}"
        );
    }
}
