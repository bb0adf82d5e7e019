//! Money, days, shares and statuses as text: the only place with such decisions. Figures are
//! grouped by thousands with commas, the fraction is always whole, minus is a real minus, days are
//! UTC.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use flighting_core::budget::PacingStrategy;
use flighting_core::campaign::{CampaignStatus, CampaignType};
use flighting_core::creative::FormatId;
use flighting_core::flight::DayRange;
use flighting_core::media_buy::{MediaBuyStatus, PendingReason, Turn};
use flighting_core::money::{Currency, Money};
use flighting_core::rollup::Rule;
use flighting_core::wire::Amount;
use rust_decimal::Decimal;

/// An amount in two parts, so that the fraction can be set one step quieter: `−300,000` and `.00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Sign and whole units, grouped.
    pub whole: String,
    /// Point and fraction; empty for currencies without one.
    pub fraction: String,
}

/// The parts of an amount.
#[must_use]
pub fn parts(money: Money) -> Parts {
    let text = money.to_decimal().to_string();
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |rest| ("\u{2212}", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = if fraction.is_empty() {
        String::new()
    } else {
        format!(".{fraction}")
    };
    Parts {
        whole: format!("{sign}{}", grouped(whole)),
        fraction,
    }
}

/// An amount without its currency: `300,000.00`.
#[must_use]
pub fn amount(money: Money) -> String {
    let Parts { whole, fraction } = parts(money);
    whole + &fraction
}

/// An amount with its currency: `300,000.00 USD`.
#[must_use]
pub fn money(money: Money) -> String {
    format!("{} {}", amount(money), money.currency())
}

/// An amount as an input field holds it: `300000.50`, or `300000` where the fraction is nothing.
#[must_use]
pub fn typed(amount: Amount) -> String {
    amount.to_decimal().normalize().to_string()
}

/// A wire amount as money of a currency; nothing where it does not fit, which our own server never
/// sends.
#[must_use]
pub fn read(amount: Amount, currency: Currency) -> Money {
    amount.to_money(currency).unwrap_or(Money::zero(currency))
}

/// A count, grouped: `2,545,856`.
#[must_use]
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A rate as it is: `7.50`, never fewer than two decimals; `10,000.00`.
#[must_use]
pub fn rate(rate: Decimal) -> String {
    let mut rate = rate.normalize();
    if rate.scale() < 2 {
        rate.rescale(2);
    }
    let text = rate.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    match whole.strip_prefix('-') {
        Some(digits) => format!("-{}.{fraction}", grouped(digits)),
        None => format!("{}.{fraction}", grouped(whole)),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A part of a whole in percent with two decimals, rounded half up: `8.00 %`. Nothing of nothing
/// is 0, and something is never written as nothing: `under 0.01 %`.
#[must_use]
pub fn share(part: i64, whole: i64) -> String {
    let hundredths = hundredths_of_percent(part, whole);
    if hundredths == 0 && part > 0 && whole > 0 {
        return "under 0.01 %".to_owned();
    }
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// A part of a whole as a CSS length in percent.
#[must_use]
pub fn width(part: i64, whole: i64) -> String {
    let hundredths = hundredths_of_percent(part, whole);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn hundredths_of_percent(part: i64, whole: i64) -> i128 {
    if whole <= 0 {
        return 0;
    }
    let (part, whole) = (i128::from(part.max(0)), i128::from(whole));
    (part * 20_000 + whole) / (whole * 2)
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The name of a day's month, three letters.
#[must_use]
pub fn month(day: NaiveDate) -> &'static str {
    MONTHS.get(day.month0() as usize).copied().unwrap_or("")
}

/// A day without its year: `1 Jun`.
#[must_use]
pub fn day(day: NaiveDate) -> String {
    format!("{} {}", day.day(), month(day))
}

/// Days without a year, as short as they can be: `1 Jun – 31 Aug`, `1–15 Jul`, `4 Jul`.
#[must_use]
pub fn days(range: DayRange) -> String {
    let (first, last) = (range.first(), range.last());
    if first == last {
        day(first)
    } else if first.month() == last.month() && first.year() == last.year() {
        format!("{}–{}", first.day(), day(last))
    } else {
        format!("{} – {}", day(first), day(last))
    }
}

/// Days with their years: `1 Jun – 31 Aug 2026`, `1 Dec 2026 – 15 Jan 2027`.
#[must_use]
pub fn flight(range: DayRange) -> String {
    let (first, last) = (range.first(), range.last());
    if first.year() == last.year() {
        format!("{} {}", days(range), last.year())
    } else {
        format!(
            "{} {} – {} {}",
            day(first),
            first.year(),
            day(last),
            last.year()
        )
    }
}

/// How many days: `1 day`, `92 days`.
#[must_use]
pub fn day_count(days: u32) -> String {
    plural(u64::from(days), "day", "days")
}

/// A number with its noun.
#[must_use]
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A moment as short as it can be, seen from now: `14:05 UTC` today, else `8 Jul, 14:05 UTC`, with
/// the year where it is another one.
#[must_use]
pub fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let clock = format!("{:02}:{:02} UTC", at.hour(), at.minute());
    let date = at.date_naive();
    if date == now.date_naive() {
        clock
    } else if date.year() == now.year() {
        format!("{}, {clock}", day(date))
    } else {
        format!("{} {}, {clock}", day(date), date.year())
    }
}

/// How a status looks: its words, its glyph (by the name of the icon) and its tone (by the name of
/// the class). Glyphs differ without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What people read.
    pub words: &'static str,
    /// The icon.
    pub glyph: &'static str,
    /// The tone: `good`, `wait`, `ask`, `warn`, `bad` or `quiet`.
    pub tone: &'static str,
}

const fn look(words: &'static str, glyph: &'static str, tone: &'static str) -> Look {
    Look { words, glyph, tone }
}

/// A campaign's status.
#[must_use]
pub fn campaign_status(status: CampaignStatus) -> Look {
    match status {
        CampaignStatus::Draft => look("Draft", "draft", "quiet"),
        CampaignStatus::Active => look("Active", "play", "good"),
        CampaignStatus::Paused => look("Paused", "pause", "warn"),
        CampaignStatus::Completed => look("Completed", "done", "quiet"),
        CampaignStatus::Archived => look("Archived", "archive", "quiet"),
    }
}

/// A media buy's status.
#[must_use]
pub fn buy_status(status: MediaBuyStatus) -> Look {
    match status {
        MediaBuyStatus::Draft => look("Not sent yet", "draft", "quiet"),
        MediaBuyStatus::PendingApproval => look("Awaiting approval", "clock", "wait"),
        MediaBuyStatus::InputRequired => look("Needs input", "ask", "ask"),
        MediaBuyStatus::Active => look("Active", "play", "good"),
        MediaBuyStatus::Paused => look("Paused", "pause", "warn"),
        MediaBuyStatus::Completed => look("Completed", "done", "quiet"),
        MediaBuyStatus::Canceled => look("Canceled", "stop", "quiet"),
        MediaBuyStatus::Failed => look("Failed", "fail", "bad"),
        MediaBuyStatus::Rejected => look("Rejected", "cross", "bad"),
        MediaBuyStatus::Archived => look("Archived", "archive", "quiet"),
    }
}

/// Why a buy waits.
#[must_use]
pub fn pending(reason: PendingReason) -> &'static str {
    match reason {
        PendingReason::AwaitingStorefrontApproval => "The seller decides",
        PendingReason::InputRequested => "The seller asked a question",
        PendingReason::NoCreativesAttached => "The seller wants creatives",
        PendingReason::ForwardFailedRetrying => {
            "Sent without an answer, being looked up at the seller"
        }
        PendingReason::SourceRejectedCreatives => "The seller turned a creative down",
        PendingReason::CreativeProcessingAtSource => "The seller has the creatives",
        PendingReason::AwaitingSourceModeration => "The seller looks at the creatives",
        PendingReason::AwaitingCreativeApproval => "Some creatives are not approved yet",
        PendingReason::AcceptedAwaitingTrafficking => "Approved, being set up at the seller",
        PendingReason::ForwardFailedNeedsCorrection => "Failed, can be executed again",
        PendingReason::NeedsReconciliation => {
            "Sent without an answer, and only a person can tell what became of it"
        }
        PendingReason::PackagesDiffer => "The seller holds other packages than were sent",
        PendingReason::ScheduledNotStarted => "Approved, the flight has not begun",
    }
}

/// Whose turn it is.
#[must_use]
pub fn turn(turn: Turn) -> &'static str {
    match turn {
        Turn::Buyer => "Your turn",
        Turn::Seller => "The seller’s turn",
        Turn::Platform => "Flighting’s turn",
        Turn::Nobody => "Nobody’s turn",
    }
}

/// The rule by which one status stands for many buys.
#[must_use]
pub fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::MostRestrictive => "the most restrictive of the buys that still matter",
        Rule::AllAlike => "every buy has it",
        Rule::AllEnded => "no buy is live or needs anything",
    }
}

/// A campaign's type.
#[must_use]
pub fn campaign_type(kind: CampaignType) -> &'static str {
    match kind {
        CampaignType::Decisioned => "Decisioned",
        CampaignType::Routed => "Routed",
    }
}

/// How one package spends inside its window.
#[must_use]
pub fn pacing(strategy: PacingStrategy) -> &'static str {
    match strategy {
        PacingStrategy::Even => "even",
        PacingStrategy::Asap => "as soon as possible",
        PacingStrategy::FrontLoaded => "front loaded",
    }
}

/// Words as a sentence begins: the first letter large, where it is one of ASCII, as all of ours are.
#[must_use]
pub fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
}

/// A protocol word as people read it: `streaming_audio` is `streaming audio`.
#[must_use]
pub fn word(word: &str) -> String {
    match word {
        "ctv" | "olv" | "dooh" | "ooh" | "cpm" | "cpc" | "cpcv" | "cpv" | "cpp" | "cpa" => {
            word.to_ascii_uppercase()
        }
        "vcpm" => "vCPM".to_owned(),
        _ => word.replace('_', " "),
    }
}

/// The names of creative formats, each once: several agents may define one name.
#[must_use]
pub fn formats(formats: &[FormatId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for format in formats {
        let name = word(&format.id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money_of(minor: i64, code: &str) -> Money {
        Money::from_minor(minor, Currency::parse(code).unwrap()).unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange::new(date(first), date(last)).unwrap()
    }

    #[test]
    fn amounts_show_every_unit_of_their_currency() {
        assert_eq!(amount(money_of(30_000_000, "USD")), "300,000.00");
        assert_eq!(amount(money_of(5, "USD")), "0.05");
        assert_eq!(amount(money_of(1_234_567, "JPY")), "1,234,567");
        assert_eq!(amount(money_of(1_234_567, "KWD")), "1,234.567");
        assert_eq!(amount(money_of(-123_456, "EUR")), "\u{2212}1,234.56");
        assert_eq!(money(money_of(100, "EUR")), "1.00 EUR");
        assert_eq!(
            parts(money_of(99_950, "USD")),
            Parts {
                whole: "999".into(),
                fraction: ".50".into()
            }
        );
    }

    #[test]
    fn shares_round_half_up_and_never_divide_by_nothing() {
        assert_eq!(share(24_000, 300_000), "8.00 %");
        assert_eq!(share(1, 3), "33.33 %");
        assert_eq!(share(1, 16), "6.25 %");
        assert_eq!(share(5, 100_000), "0.01 %");
        assert_eq!(share(4, 100_000), "under 0.01 %");
        assert_eq!(share(0, 100_000), "0.00 %");
        assert_eq!(share(5, 0), "0.00 %");
        assert_eq!(share(-5, 100), "0.00 %");
        assert_eq!(width(1, 8), "12.50%");
    }

    #[test]
    fn days_are_as_short_as_they_can_be() {
        assert_eq!(days(range("2026-07-01", "2026-07-15")), "1–15 Jul");
        assert_eq!(days(range("2026-07-04", "2026-07-04")), "4 Jul");
        assert_eq!(
            flight(range("2026-06-01", "2026-08-31")),
            "1 Jun – 31 Aug 2026"
        );
        assert_eq!(
            flight(range("2026-12-01", "2027-01-15")),
            "1 Dec 2026 – 15 Jan 2027"
        );
        assert_eq!(day_count(1), "1 day");
    }

    #[test]
    fn moments_drop_what_is_the_same_as_now() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-07-12T20:00:00Z");
        assert_eq!(moment(at("2026-07-12T04:05:59Z"), now), "04:05 UTC");
        assert_eq!(moment(at("2026-07-08T14:05:00Z"), now), "8 Jul, 14:05 UTC");
        assert_eq!(
            moment(at("2025-07-08T14:05:00Z"), now),
            "8 Jul 2025, 14:05 UTC"
        );
    }

    #[test]
    fn statuses_differ_without_colour() {
        for (i, a) in MediaBuyStatus::ALL.iter().enumerate() {
            for b in MediaBuyStatus::ALL.iter().skip(i + 1) {
                assert_ne!(buy_status(*a).words, buy_status(*b).words);
                assert_ne!(buy_status(*a).glyph, buy_status(*b).glyph);
            }
        }
    }

    #[test]
    fn one_format_of_two_agents_is_named_once() {
        let format = |agent: &str, id: &str| FormatId {
            agent_url: agent.to_owned(),
            id: id.to_owned(),
        };
        let all = [
            format("https://a", "video_30s"),
            format("https://b", "video_30s"),
            format("https://b", "audio_30s"),
        ];
        assert_eq!(formats(&all), "video 30s, audio 30s");
    }

    #[test]
    fn rates_keep_their_digits() {
        assert_eq!(rate(Decimal::new(75, 1)), "7.50");
        assert_eq!(rate(Decimal::new(12_345, 3)), "12.345");
        assert_eq!(rate(Decimal::from(9)), "9.00");
        assert_eq!(rate(Decimal::new(-12_345_675, 1)), "-1,234,567.50");
    }
}
