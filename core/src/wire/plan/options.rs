//! What a question about a plan may say besides the plan: whose it is, and when it is asked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use crate::budget::Percent;
use crate::error::Violation;
use crate::ids::AdvertiserId;
use crate::money::Currency;
use crate::wire::Figure;
use crate::wire::budget::read_percent;
use crate::wire::campaign::named_advertiser;
use crate::wire::json::Json;
use crate::wire::read::{Edge, Item, Reader};

/// What belongs to a question besides the plan. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanOptions {
    /// The advertiser's currency, ISO 4217; left out: the one that `budget.currency` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 3, max_length = 3, example = "EUR")
    )]
    pub currency: Option<String>,
    /// The advertiser's margin: the fee of a campaign that names no `fees`, in percent of the
    /// total, 0 to 100 with at most 4 decimals; left out: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub margin_percent: Option<Figure>,
    /// When the question is asked, a date-time that ends in `Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-01T09:00:00Z"))]
    pub now: Option<String>,
    /// Whether packages are planned as execute plans them: what a draft only warns about is
    /// refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// The same, read.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    currency: Option<Currency>,
    margin: Percent,
    now: Option<DateTime<Utc>>,
    /// Whether to plan as execute does.
    pub strict: bool,
}

impl Asked {
    /// Reads the options.
    ///
    /// # Errors
    /// Every violation, paths below `options`.
    pub fn read(options: Option<&Json>) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new();
        let options = options.filter(|options| **options != Json::Null);
        let asked = match options {
            None => Some(Self::default()),
            Some(value) => Self::members(Item::at(&mut reader, "options", value), &mut reader),
        };
        reader.finish(asked)
    }

    fn members(item: Item<'_>, reader: &mut Reader) -> Option<Self> {
        let mut fields = item.object(reader)?;
        let currency = fields
            .get(reader, "currency")
            .optional(reader)
            .and_then(|item| item.currency(reader));
        let margin = fields
            .get(reader, "marginPercent")
            .optional(reader)
            .and_then(|item| read_percent(item, reader));
        let now = fields
            .get(reader, "now")
            .optional(reader)
            .and_then(|item| item.instant(reader, Edge::Start));
        let strict = fields
            .get(reader, "strict")
            .optional(reader)
            .and_then(|item| item.boolean(reader));
        fields.finish(reader);
        Some(Self {
            currency,
            margin: margin.unwrap_or_default(),
            now,
            strict: strict.unwrap_or(false),
        })
    }

    /// When it is asked; before all time where nothing was said, so that nothing has begun.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// The currency of a body: what the options say, else what its budget names.
    #[must_use]
    pub fn currency_of(&self, body: &Json) -> Option<Currency> {
        self.currency.or_else(|| {
            body.member("budget")
                .and_then(|budget| budget.member("currency"))
                .or_else(|| body.member("currency"))
                .and_then(Json::as_text)
                .and_then(|code| Currency::parse(code.trim()))
        })
    }

    /// The advertiser that a body is taken to belong to: the one it names, in use, with the
    /// currency and the margin of the options.
    #[must_use]
    pub(super) fn advertiser(&self, body: &Json, currency: Currency) -> Option<Advertiser> {
        Some(Advertiser {
            id: named_advertiser(body).or_else(|| AdvertiserId::parse("adv_0"))?,
            name: String::new(),
            description: None,
            brand: Brand::parse("a")?,
            currency,
            apply_mode: ApplyMode::Manual,
            margin_percent: self.margin,
            sandbox: false,
            caps: Vec::new(),
            status: AdvertiserStatus::Active,
            created_at: DateTime::<Utc>::UNIX_EPOCH,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
            revision: 1,
        })
    }
}
