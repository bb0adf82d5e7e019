//! The endpoints of discovery sessions: what agents offer, and what of it is selected.

use flighting_core::wire::Json;
use flighting_core::wire::discovery::{DiscoverOut, GroupPaging, ProductGroup, SelectionOut};
use gloo_net::http::Method;

use super::{Api, ApiError, encoded, key};

/// The most pages of a session's products that are fetched, so that no seller keeps us busy.
const PRODUCT_PAGES: usize = 20;

impl Api {
    /// Asks agents for products, for a campaign, in the session it has; without a session one is
    /// opened. What they offer is read with [`Api::discovery`].
    ///
    /// # Errors
    /// As every call: [`ApiError`]; agents that did not answer are in the answer.
    pub async fn discover(
        self,
        advertiser_id: String,
        campaign_id: String,
        discovery_id: Option<String>,
        only: &[String],
    ) -> Result<DiscoverOut, ApiError> {
        let member = |name: &str, value: String| (name.to_owned(), Json::Text(value));
        let mut members = vec![
            member("advertiserId", advertiser_id),
            member("campaignId", campaign_id),
        ];
        members.extend(discovery_id.map(|id| member("discoveryId", id)));
        // What they offer is read apart, so as little of it as can be comes along.
        for name in ["groupLimit", "productsPerGroup"] {
            members.push((name.to_owned(), Json::Number(1_i64.into())));
        }
        let only = only.iter().cloned().map(Json::Text).collect();
        members.push(("salesAgentIds".to_owned(), Json::List(only)));
        let key = key::idempotency();
        self.send(
            Method::POST,
            "/discovery/discover-products",
            &Json::Object(members),
            Some(&key),
        )
        .await
    }

    /// Everything a session holds.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn discovery(self, id: String) -> Result<DiscoverOut, ApiError> {
        let (groups, products) = (GroupPaging::MAX_GROUPS, GroupPaging::MAX_PRODUCTS);
        let fetch = async |group: usize, product: usize| -> Result<DiscoverOut, ApiError> {
            self.get(&format!(
                "/discovery/{}/discover-products?groupLimit={groups}&groupOffset={group}&productsPerGroup={products}&productOffset={product}",
                encoded(&id)
            ))
            .await
        };
        let mut whole = fetch(0, 0).await?;
        let mut more_groups = whole.has_more_groups;
        let mut more_products = whole.groups.iter().any(|group| group.has_more_products);
        for page in 1..PRODUCT_PAGES {
            if !more_products {
                break;
            }
            let next = fetch(0, page * products).await?;
            more_products = next.groups.iter().any(|group| group.has_more_products);
            merge(&mut whole.groups, next.groups);
        }
        for page in 1..PRODUCT_PAGES {
            if !more_groups {
                break;
            }
            let next = fetch(page * groups, 0).await?;
            more_groups = next.has_more_groups;
            merge(&mut whole.groups, next.groups);
        }
        whole.has_more_groups = more_groups;
        Ok(whole)
    }

    /// What is selected in a session.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn selection(self, id: String) -> Result<SelectionOut, ApiError> {
        self.get(&format!("/discovery/{}/products", encoded(&id)))
            .await
    }

    /// Selects products, or changes how they are selected.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn select(self, id: String, body: Json) -> Result<SelectionOut, ApiError> {
        let path = format!("/discovery/{}/products", encoded(&id));
        self.send(Method::POST, &path, &body, Some(&key::idempotency()))
            .await
    }

    /// Takes products out of the selection.
    ///
    /// # Errors
    /// As every call: [`ApiError`].
    pub async fn deselect(self, id: String, body: Json) -> Result<SelectionOut, ApiError> {
        self.send(
            Method::DELETE,
            &format!("/discovery/{}/products", encoded(&id)),
            &body,
            None,
        )
        .await
    }
}

/// Puts later pages behind earlier ones of the same group, and new groups at the end.
fn merge(groups: &mut Vec<ProductGroup>, more: Vec<ProductGroup>) {
    for group in more {
        match groups
            .iter_mut()
            .find(|known| known.group_id == group.group_id)
        {
            Some(known) => {
                known.products.extend(group.products);
                known.has_more_products = group.has_more_products;
            }
            None => groups.push(group),
        }
    }
}
