//! What a search asks for.

use serde::{Deserialize, Serialize};

use crate::advertiser::Advertiser;
use crate::campaign::Campaign;
use crate::error::{Code, Refusal, Violation};
use crate::flight::Flight;
use crate::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId};
use crate::money::{Currency, Money};
use crate::selection::DiscoveryQuery;
use crate::targeting::{Channel, Country};
use crate::wire::Amount;
use crate::wire::campaign::{FlightDatesIn, flight};
use crate::wire::json::Json;
use crate::wire::read::{Fields, Least, Reader};

/// A search over all sales agents. A campaign gives its brief, money, flight, channels and
/// countries where the request does not name them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiscoverIn {
    /// Who searches.
    pub advertiser_id: String,
    /// Searches anew in this session; left out: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_id: Option<String>,
    /// The campaign the session is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// Only these sales agents, at most 50; left out: all in use. The others keep what they offered
    /// in the session before. An empty list asks nobody: a new session is opened, no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub sales_agent_ids: Option<Vec<String>>,
    /// Free text, at most 5,000 characters; without it the whole catalogue is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub brief: Option<String>,
    /// Only these channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
    /// Only these countries, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 250))]
    pub countries: Option<Vec<String>>,
    /// Money at hand, in the advertiser's currency; above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// When ads may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight_dates: Option<FlightDatesIn>,
    /// How many groups to answer, 1 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10))]
    pub group_limit: Option<u32>,
    /// After so many groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_offset: Option<u32>,
    /// How many products per group, 1 to 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 15))]
    pub products_per_group: Option<u32>,
    /// After so many products of each group, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 1000))]
    pub product_offset: Option<u32>,
}

/// Which part of the groups and their products is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupPaging {
    /// How many groups.
    pub group_limit: usize,
    /// After so many groups.
    pub group_offset: usize,
    /// How many products per group.
    pub products_per_group: usize,
    /// After so many products of each group.
    pub product_offset: usize,
}

impl GroupPaging {
    /// The most groups at once, and how many when the caller does not say.
    pub const MAX_GROUPS: usize = 10;
    /// How many products per group when the caller does not say.
    pub const DEFAULT_PRODUCTS: usize = 10;
    /// The most products per group at once.
    pub const MAX_PRODUCTS: usize = 15;
    /// The furthest offset, of groups and of products.
    pub const MAX_OFFSET: usize = 1_000;
}

impl Default for GroupPaging {
    fn default() -> Self {
        Self {
            group_limit: Self::MAX_GROUPS,
            group_offset: 0,
            products_per_group: Self::DEFAULT_PRODUCTS,
            product_offset: 0,
        }
    }
}

/// A search as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscoverRequest {
    /// Who searches.
    pub advertiser_id: AdvertiserId,
    /// In which session; none: a new one.
    pub discovery_id: Option<DiscoveryId>,
    /// The campaign the session is for.
    pub campaign_id: Option<CampaignId>,
    /// Only these agents; none where the request names none.
    pub agent_ids: Option<Vec<AgentId>>,
    /// Free text.
    pub brief: Option<String>,
    /// Only these channels; none where the request names none.
    pub channels: Option<Vec<Channel>>,
    /// Only these countries; none where the request names none.
    pub countries: Option<Vec<Country>>,
    /// Money at hand.
    pub budget: Option<Money>,
    /// When ads may run.
    pub flight: Option<Flight>,
    /// Which part to answer.
    pub paging: GroupPaging,
}

impl DiscoverRequest {
    /// The most agents that one search names, our choice.
    pub const MAX_AGENTS: usize = 50;

    /// What sellers are asked: what the request names, and for the rest what the campaign says.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn query(&self, campaign: Option<&Campaign>) -> Result<DiscoveryQuery, Refusal> {
        let plan = campaign.map(Campaign::plan);
        let channels = self
            .channels
            .as_deref()
            .or(plan.map(|plan| plan.constraints.channels.as_slice()));
        let countries = self
            .countries
            .as_deref()
            .or(plan.map(|plan| plan.constraints.countries.as_slice()));
        let budget = match (self.budget, campaign) {
            (Some(budget), _) => Some(budget),
            (None, Some(campaign)) => Some(campaign.media_budget()?),
            (None, None) => None,
        };
        Ok(DiscoveryQuery {
            brief: self
                .brief
                .clone()
                .or_else(|| plan.and_then(|plan| plan.brief.clone())),
            channels: channels
                .unwrap_or_default()
                .iter()
                .map(|channel| channel.as_str().to_owned())
                .collect(),
            countries: countries
                .unwrap_or_default()
                .iter()
                .map(|country| country.as_str().to_owned())
                .collect(),
            budget,
            days: self
                .flight
                .or(plan.map(|plan| plan.flight))
                .map(Flight::days),
        })
    }
}

/// Reads the body of a search for the advertiser it names (see
/// [`named_advertiser`](crate::wire::campaign::named_advertiser)); `None` where the caller has no
/// such advertiser, which is one of the violations then.
///
/// # Errors
/// Every violation.
pub fn read_discover(
    json: &Json,
    advertiser: Option<&Advertiser>,
) -> Result<DiscoverRequest, Vec<Violation>> {
    let mut reader = Reader::new();
    let request = discover(json, advertiser, &mut reader);
    reader.finish(request)
}

fn discover(
    json: &Json,
    advertiser: Option<&Advertiser>,
    reader: &mut Reader,
) -> Option<DiscoverRequest> {
    let mut fields = reader.body(json)?;
    let owner = fields.get(reader, "advertiserId");
    let path = owner.path();
    let advertiser_id = owner
        .required(reader)
        .and_then(|item| item.id(reader, AdvertiserId::PREFIX, AdvertiserId::parse));
    if let Some(id) = &advertiser_id
        && advertiser.is_none_or(|advertiser| advertiser.id != *id)
    {
        reader.add(Violation::new(
            reader.spell(path),
            Code::NotFound,
            format!("expected an advertiser of yours, got `{id}`"),
        ));
    }
    let discovery_id = fields
        .get(reader, "discoveryId")
        .optional(reader)
        .and_then(|item| item.id(reader, DiscoveryId::PREFIX, DiscoveryId::parse));
    let campaign_id = fields
        .get(reader, "campaignId")
        .optional(reader)
        .and_then(|item| item.id(reader, CampaignId::PREFIX, CampaignId::parse));
    let agent_ids = fields
        .get(reader, "salesAgentIds")
        .optional(reader)
        .and_then(|item| {
            item.distinct(reader, 0, DiscoverRequest::MAX_AGENTS, |item, reader| {
                item.id(reader, AgentId::PREFIX, AgentId::parse)
            })
        });
    let brief = fields
        .get(reader, "brief")
        .optional(reader)
        .and_then(|item| item.text(reader, 0, 5_000))
        .filter(|text| !text.is_empty());
    let channels = fields
        .get(reader, "channels")
        .optional(reader)
        .and_then(|item| {
            item.distinct(reader, 0, Channel::ALL.len(), |item, reader| {
                item.word(reader, Channel::WORDS, Channel::parse_alias)
            })
        });
    let countries = fields
        .get(reader, "countries")
        .optional(reader)
        .and_then(|item| {
            item.distinct(reader, 0, 250, |item, reader| {
                item.parsed(
                    reader,
                    Code::InvalidFormat,
                    Country::EXPECTED,
                    Country::parse,
                )
            })
        });
    let currency = advertiser
        .map(|advertiser| advertiser.currency)
        .or_else(|| Currency::parse("CLF"))?;
    let budget = fields
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    let flight = fields
        .get(reader, "flightDates")
        .optional(reader)
        .and_then(|item| flight(item, reader));
    let paging = paging(&mut fields, reader);
    fields.finish(reader);
    Some(DiscoverRequest {
        advertiser_id: advertiser_id?,
        discovery_id,
        campaign_id,
        agent_ids,
        brief,
        channels,
        countries,
        budget,
        flight,
        paging,
    })
}

fn paging(fields: &mut Fields<'_>, reader: &mut Reader) -> GroupPaging {
    let mut number = |name, min: i64, max: usize, default: usize| {
        fields
            .get(reader, name)
            .optional(reader)
            .and_then(|item| item.integer(reader, min, i64::try_from(max).unwrap_or(i64::MAX)))
            .and_then(|value| usize::try_from(value).ok())
            .unwrap_or(default)
    };
    GroupPaging {
        group_limit: number(
            "groupLimit",
            1,
            GroupPaging::MAX_GROUPS,
            GroupPaging::MAX_GROUPS,
        ),
        group_offset: number("groupOffset", 0, GroupPaging::MAX_OFFSET, 0),
        products_per_group: number(
            "productsPerGroup",
            1,
            GroupPaging::MAX_PRODUCTS,
            GroupPaging::DEFAULT_PRODUCTS,
        ),
        product_offset: number("productOffset", 0, GroupPaging::MAX_OFFSET, 0),
    }
}
