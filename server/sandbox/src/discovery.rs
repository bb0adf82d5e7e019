//! `get_products` and `list_creative_formats`.

use serde_json::{Value, json};

use crate::accounts::Reference;
use crate::catalogue::FORMATS;
use crate::ledger::Ledger;
use crate::listing::Page;
use crate::product::{CHANNELS, Price, Product};
use crate::reading::{Object, Reading, is_domain};
use crate::refusal::Refusal;
use crate::seller::Call;

#[derive(Debug, Default)]
struct Filters {
    guaranteed: Option<bool>,
    is_fixed_price: Option<bool>,
    channels: Option<Vec<String>>,
    countries: Option<Vec<String>>,
    currencies: Option<Vec<String>>,
    formats: Option<Vec<String>>,
    /// Currency and the most to spend, minor units.
    budget: Option<(String, Option<i64>)>,
}

impl Filters {
    fn read(reading: &mut Reading, arguments: &Object) -> Self {
        let Some(from) = reading.object(arguments, "", "filters") else {
            return Self::default();
        };
        let at = "/filters";
        let delivery = reading.word(from, at, "delivery_type", &["guaranteed", "non_guaranteed"]);
        let start = reading.day(from, at, "start_date");
        let end = reading.day(from, at, "end_date");
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            reading.wrong(
                format!("{at}/end_date"),
                "minimum",
                format!("expected a day from {start} on, got {end}"),
            );
        }
        let formats = reading.objects(from, at, "format_ids", 100).map(|formats| {
            formats
                .iter()
                .filter_map(|(at, format)| reading.needed_text(format, at, "id"))
                .map(str::to_owned)
                .collect()
        });
        let countries = reading.texts(from, at, "countries", false);
        for (index, country) in countries.iter().flatten().enumerate() {
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                reading.wrong(
                    format!("{at}/countries/{index}"),
                    "pattern",
                    format!("expected a country code such as US, got `{country}`"),
                );
            }
        }
        Self {
            guaranteed: delivery.map(|word| word == "guaranteed"),
            is_fixed_price: reading.flag(from, at, "is_fixed_price"),
            channels: reading.words(from, at, "channels", &CHANNELS, false),
            countries,
            currencies: reading.texts(from, at, "pricing_currencies", false),
            formats,
            budget: Self::read_budget(reading, from, at),
        }
    }

    fn read_budget(
        reading: &mut Reading,
        from: &Object,
        at: &str,
    ) -> Option<(String, Option<i64>)> {
        let range = reading.object(from, at, "budget_range")?;
        let at = format!("{at}/budget_range");
        let currency = reading.needed_text(range, &at, "currency");
        let least = reading.money(range, &at, "min");
        let most = reading.money(range, &at, "max");
        if !range.contains_key("min") && !range.contains_key("max") {
            reading.wrong(at.clone(), "anyOf", "expected min, max or both");
        }
        if let (Some(least), Some(most)) = (least, most)
            && most < least
        {
            reading.wrong(format!("{at}/max"), "minimum", "expected at least min");
        }
        Some((currency?.to_owned(), most))
    }

    fn lets_through(&self, product: &Product) -> bool {
        let any = |wanted: &Option<Vec<String>>, held: &[String]| match wanted {
            Some(wanted) => held.iter().any(|one| wanted.contains(one)),
            None => true,
        };
        self.guaranteed
            .is_none_or(|wanted| product.guaranteed == wanted)
            && any(&self.channels, &product.channels)
            && any(&self.formats, &product.formats)
            && (product.countries.is_empty() || any(&self.countries, &product.countries))
            && product.prices.iter().any(|price| {
                self.is_fixed_price
                    .is_none_or(|fixed| matches!(price.price, Price::Fixed(_)) == fixed)
                    && self
                        .currencies
                        .as_ref()
                        .is_none_or(|wanted| wanted.contains(&price.currency))
                    && self.budget.as_ref().is_none_or(|(currency, most)| {
                        *currency == price.currency && most.is_none_or(|most| price.minimum <= most)
                    })
            })
    }
}

/// `get_products`: `brief` orders what passes the filters by how many of the brief's words it
/// meets, `wholesale` gives the catalogue in its own order, `refine` the last answer again.
pub(crate) fn get_products(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let arguments = call.arguments;
    let mut reading = Reading::default();
    if !arguments.contains_key("buying_mode") {
        reading.missing("", "buying_mode");
    }
    let mode = reading.word(
        arguments,
        "",
        "buying_mode",
        &["brief", "wholesale", "refine"],
    );
    let brief = reading.text(arguments, "", "brief");
    match mode {
        Some("brief") if !arguments.contains_key("brief") => reading.missing("", "brief"),
        Some("wholesale" | "refine") if brief.is_some() => reading.wrong(
            "/brief".into(),
            "not",
            "expected no brief in this buying_mode",
        ),
        Some("refine") if !arguments.contains_key("refine") => reading.missing("", "refine"),
        _ => {}
    }
    if let Some(brand) = reading.object(arguments, "", "brand")
        && let Some(domain) = reading.needed_text(brand, "/brand", "domain")
        && !is_domain(domain)
    {
        reading.wrong(
            "/brand/domain".into(),
            "pattern",
            format!("expected a domain such as acme.example, got `{domain}`"),
        );
    }
    Reference::read(&mut reading, arguments);
    let filters = Filters::read(&mut reading, arguments);
    let refine = read_refine(&mut reading, arguments);
    let page = Page::read(&mut reading, arguments);
    reading.done()?;

    let mut found: Vec<(&Product, usize)> = ledger
        .products
        .iter()
        .filter(|product| !product.prices.is_empty() && filters.lets_through(product))
        .map(|product| (product, brief.map_or(0, |brief| hits(brief, product))))
        .collect();
    // What a test controller placed comes first: the test is about it.
    found.sort_by_key(|(product, hits)| (!product.seeded, usize::MAX - hits));
    let products = found
        .into_iter()
        .map(|(product, hits)| {
            let relevance = brief.map(|_| match hits {
                0 => "passes the filters; no word of the brief matches".to_owned(),
                1 => "matches one word of the brief".to_owned(),
                more => format!("matches {more} words of the brief"),
            });
            product.shown(&call.seller.url, relevance)
        })
        .collect();
    let mut body = page.answer("products", products)?;
    if call.served.has_envelope() {
        body.insert("cache_scope".into(), "account".into());
    }
    if !refine.is_empty() {
        body.insert("refinement_applied".into(), refine.into());
    }
    Ok(body)
}

/// The words of the brief that the product meets.
fn hits(brief: &str, product: &Product) -> usize {
    let words = product.words();
    let mut asked: Vec<String> = brief
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
        .collect();
    asked.sort();
    asked.dedup();
    asked
        .iter()
        .filter(|word| words.contains(word.as_str()))
        .count()
}

/// The seller's reply to each wish of a refine request.
fn read_refine(reading: &mut Reading, arguments: &Object) -> Vec<Value> {
    let wishes = reading
        .objects(arguments, "", "refine", 100)
        .unwrap_or_default();
    let mut replies = Vec::with_capacity(wishes.len());
    for (at, wish) in wishes {
        if !wish.contains_key("scope") {
            reading.missing(&at, "scope");
        }
        let Some(scope) = reading.word(wish, &at, "scope", &["request", "product", "proposal"])
        else {
            continue;
        };
        let mut reply = json!({
            "scope": scope,
            "status": "unable",
            "notes": "the sandbox sells its catalogue as it stands",
        });
        if scope != "request" {
            let key = if scope == "product" {
                "product_id"
            } else {
                "proposal_id"
            };
            let id = reading.needed_text(wish, &at, key);
            if let (Value::Object(reply), Some(id)) = (&mut reply, id) {
                reply.insert(key.into(), id.into());
            }
        }
        replies.push(reply);
    }
    replies
}

/// `list_creative_formats`, with its filters by id and by kind of file.
pub(crate) fn list_creative_formats(
    call: &Call<'_>,
    _ledger: &mut Ledger,
) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let ids: Option<Vec<String>> =
        reading
            .objects(call.arguments, "", "format_ids", 100)
            .map(|formats| {
                formats
                    .iter()
                    .filter_map(|(at, format)| reading.needed_text(format, at, "id"))
                    .map(str::to_owned)
                    .collect()
            });
    let assets = reading.texts(call.arguments, "", "asset_types", false);
    let page = Page::read(&mut reading, call.arguments);
    reading.done()?;
    let formats = FORMATS
        .iter()
        .filter(|format| {
            ids.as_ref()
                .is_none_or(|ids| ids.iter().any(|id| id == format.id))
        })
        .filter(|format| {
            assets
                .as_ref()
                .is_none_or(|assets| assets.iter().any(|asset| asset == format.asset))
        })
        .map(|format| format.shown(&call.seller.url))
        .collect();
    page.answer("formats", formats)
}
