//! The catalogues of the agents.

use crate::AgentKind;
use crate::product::{Format, Price, PriceModel, PricingOption, Product};

/// Formats that every agent takes.
pub(crate) const FORMATS: [Format; 7] = [
    Format {
        id: "display_300x250",
        name: "Medium rectangle",
        asset: "image",
        size: Some((300, 250)),
        longest_ms: None,
    },
    Format {
        id: "display_728x90",
        name: "Leaderboard",
        asset: "image",
        size: Some((728, 90)),
        longest_ms: None,
    },
    Format {
        id: "video_15s",
        name: "Video, 15 seconds",
        asset: "video",
        size: Some((1920, 1080)),
        longest_ms: Some(15_000),
    },
    Format {
        id: "video_30s",
        name: "Video, 30 seconds",
        asset: "video",
        size: Some((1920, 1080)),
        longest_ms: Some(30_000),
    },
    Format {
        id: "audio_30s",
        name: "Audio spot, 30 seconds",
        asset: "audio",
        size: None,
        longest_ms: Some(30_000),
    },
    Format {
        id: "dooh_portrait",
        name: "Digital poster, portrait",
        asset: "image",
        size: Some((1080, 1920)),
        longest_ms: None,
    },
    Format {
        id: "native_card",
        name: "Native card",
        asset: "image",
        size: Some((1200, 627)),
        longest_ms: None,
    },
];

/// How an agent presents itself and what it lets through.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub name: String,
    pub title: &'static str,
    pub specialism: &'static str,
    /// Largest total of one buy in major units of any currency.
    pub largest_budget: Option<i64>,
    /// Whether packages can be added to a buy that exists.
    pub adds_packages: bool,
}

pub(crate) fn profile(kind: AgentKind) -> Profile {
    match kind {
        AgentKind::Alder => Profile {
            name: "alder".into(),
            title: "Alder Media",
            specialism: "sales-non-guaranteed",
            largest_budget: None,
            adds_packages: true,
        },
        AgentKind::Bench(number) => Profile {
            name: format!("bench-{number}"),
            ..profile(AgentKind::Alder)
        },
        AgentKind::Birch => Profile {
            name: "birch".into(),
            title: "Birch Guaranteed",
            specialism: "sales-guaranteed",
            largest_budget: None,
            adds_packages: true,
        },
        AgentKind::Cedar => Profile {
            name: "cedar".into(),
            title: "Cedar Video",
            specialism: "sales-non-guaranteed",
            largest_budget: Some(50_000),
            adds_packages: false,
        },
    }
}

pub(crate) fn products(kind: AgentKind) -> Vec<Product> {
    match kind {
        AgentKind::Alder | AgentKind::Bench(_) => alder(),
        AgentKind::Birch => birch(),
        AgentKind::Cedar => cedar(),
    }
}

/// A fixed price a thousand impressions; amounts in minor units.
fn fixed(currency: &str, price: i64, minimum: i64) -> PricingOption {
    PricingOption {
        id: format!("cpm_{}_fixed", currency.to_lowercase()),
        model: PriceModel::Cpm,
        currency: currency.into(),
        price: Price::Fixed(price),
        minimum,
    }
}

/// An auction a thousand impressions; amounts in minor units.
fn auction(currency: &str, floor: i64, minimum: i64) -> PricingOption {
    PricingOption {
        id: format!("cpm_{}_auction", currency.to_lowercase()),
        model: PriceModel::Cpm,
        currency: currency.into(),
        price: Price::Floor(floor),
        minimum,
    }
}

fn per(model: PriceModel, currency: &str, price: Price, minimum: i64) -> PricingOption {
    PricingOption {
        id: format!("{}_{}", model.word(), currency.to_lowercase()),
        model,
        currency: currency.into(),
        price,
        minimum,
    }
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn product(
    id: &str,
    name: &str,
    description: &str,
    channel: &str,
    formats: &[&str],
    countries: &[&str],
    prices: Vec<PricingOption>,
) -> Product {
    Product {
        id: id.into(),
        name: name.into(),
        description: description.into(),
        domain: String::new(),
        channels: list(&[channel]),
        formats: list(formats),
        guaranteed: false,
        countries: list(countries),
        prices,
        wants_creatives: false,
        needs_approval: false,
        seeded: false,
    }
}

const ENGLISH: [&str; 5] = ["US", "CA", "GB", "AU", "IE"];
const AMERICA: [&str; 2] = ["US", "CA"];
const EUROPE: [&str; 8] = ["DE", "FR", "NL", "ES", "IT", "AT", "BE", "IE"];

fn alder() -> Vec<Product> {
    let products = vec![
        product(
            "alder_news_display",
            "News and weather display",
            "Run of network banners on local news and weather sites",
            "display",
            &["display_300x250", "display_728x90"],
            &ENGLISH,
            vec![auction("USD", 300, 50_000), fixed("USD", 650, 100_000)],
        ),
        product(
            "alder_sports_video",
            "Sports pre-roll",
            "Pre-roll before highlights on sports and outdoor lifestyle sites",
            "olv",
            &["video_15s", "video_30s"],
            &ENGLISH,
            vec![auction("USD", 1_200, 100_000)],
        ),
        product(
            "alder_stream_audio",
            "Music streaming audio",
            "Spots between songs on ad-supported music streaming",
            "streaming_audio",
            &["audio_30s"],
            &ENGLISH,
            vec![fixed("USD", 900, 50_000)],
        ),
        product(
            "alder_city_screens",
            "City screens",
            "Digital posters at stations and in shopping streets",
            "dooh",
            &["dooh_portrait"],
            &AMERICA,
            vec![fixed("USD", 725, 50_000)],
        ),
        product(
            "alder_ctv_open",
            "Connected TV, open auction",
            "Unsold breaks in films and series on connected TV",
            "ctv",
            &["video_15s", "video_30s"],
            &AMERICA,
            vec![auction("USD", 1_800, 200_000)],
        ),
        product(
            "alder_europe_display",
            "European lifestyle display",
            "Banners on food, travel and home magazines across Europe",
            "display",
            &["display_300x250", "native_card"],
            &EUROPE,
            vec![auction("EUR", 280, 40_000), fixed("EUR", 590, 80_000)],
        ),
        product(
            "alder_play_cards",
            "Casual game cards",
            "Clickable cards between levels of casual games",
            "gaming",
            &["native_card"],
            &[],
            vec![per(PriceModel::Cpc, "USD", Price::Floor(45), 25_000)],
        ),
    ];
    from("alder-media.example", products)
}

fn birch() -> Vec<Product> {
    let products = vec![
        product(
            "birch_premium_preroll",
            "Premium sports pre-roll",
            "Reserved pre-roll on live sports with a completion rate above 80 percent",
            "olv",
            &["video_15s", "video_30s"],
            &ENGLISH,
            vec![fixed("USD", 3_500, 500_000)],
        ),
        product(
            "birch_primetime_ctv",
            "Prime time connected TV",
            "Reserved breaks in prime time drama on connected TV",
            "ctv",
            &["video_30s"],
            &AMERICA,
            vec![fixed("USD", 4_500, 1_000_000)],
        ),
        product(
            "birch_homepage",
            "Homepage takeover",
            "All display places of a national news homepage",
            "display",
            &["display_300x250", "display_728x90"],
            &ENGLISH,
            vec![fixed("USD", 1_800, 250_000)],
        ),
        product(
            "birch_billboards",
            "Roadside billboards",
            "Digital billboards on the main roads of twenty cities",
            "dooh",
            &["dooh_portrait"],
            &AMERICA,
            vec![fixed("USD", 2_400, 500_000)],
        ),
        product(
            "birch_europe_podcasts",
            "European podcasts",
            "Host-read places in business and culture podcasts",
            "podcast",
            &["audio_30s"],
            &EUROPE,
            vec![fixed("EUR", 2_200, 200_000)],
        ),
    ];
    let mut products = from("birch-guaranteed.example", products);
    for product in &mut products {
        product.guaranteed = true;
        product.needs_approval = true;
    }
    products
}

fn cedar() -> Vec<Product> {
    let products = vec![
        product(
            "cedar_documentaries",
            "Documentary connected TV",
            "Breaks in nature and science documentaries on connected TV",
            "ctv",
            &["video_30s"],
            &ENGLISH,
            vec![auction("USD", 2_000, 150_000), fixed("USD", 3_200, 300_000)],
        ),
        product(
            "cedar_how_to_video",
            "How-to video",
            "Skippable video before how-to films, paid by completed view",
            "olv",
            &["video_15s", "video_30s"],
            &[],
            vec![per(PriceModel::Cpcv, "USD", Price::Fixed(4), 50_000)],
        ),
        product(
            "cedar_europe_ctv",
            "European connected TV",
            "Breaks in series on connected TV across Europe",
            "ctv",
            &["video_15s", "video_30s"],
            &EUROPE,
            vec![fixed("EUR", 2_600, 150_000)],
        ),
    ];
    let mut products = from("cedar-video.example", products);
    for product in &mut products {
        product.wants_creatives = true;
    }
    products
}

fn from(domain: &str, mut products: Vec<Product>) -> Vec<Product> {
    for product in &mut products {
        product.domain = domain.into();
    }
    products
}
