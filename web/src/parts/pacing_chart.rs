//! The flight as a lane: width is days, height is money a day, so that area is money; days without
//! a period are hatched. The table beside it says the same in figures.

use chrono::NaiveDate;
use flighting_core::flight::DayRange;
use flighting_core::money::Money;
use leptos::prelude::*;

use super::amount::Amount;
use crate::format;

/// One period with its money.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its days.
    pub days: DayRange,
    /// How it is laid, in words: `15 d × 3` or `given`.
    pub how: String,
    /// Its part of the total, fees included.
    pub budget: Money,
    /// Its part of the media budget.
    pub net: Money,
}

/// A flight with its periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The days of the flight.
    pub flight: DayRange,
    /// The periods in order.
    pub bars: Vec<Bar>,
    /// The most media money in a day.
    pub daily_cap: Option<Money>,
    /// A line at this day.
    pub today: Option<NaiveDate>,
}

impl Lane {
    fn offset(&self, day: NaiveDate) -> i64 {
        day.signed_duration_since(self.flight.first()).num_days()
    }

    fn length(&self) -> i64 {
        i64::from(self.flight.days())
    }

    fn peak(&self) -> i64 {
        self.bars.iter().map(a_day).max().unwrap_or(0).max(1)
    }
}

/// Media money a day in minor units, rounded down.
fn a_day(bar: &Bar) -> i64 {
    bar.net.minor() / i64::from(bar.days.days()).max(1)
}

/// The lane and its table.
#[component]
pub fn PacingChart(
    /// The flight; none while it is not known.
    #[prop(into)]
    lane: Signal<Option<Lane>>,
) -> impl IntoView {
    move || lane.get().map(|lane| drawn(&lane).into_any())
}

fn drawn(lane: &Lane) -> impl IntoView + use<> {
    let length = lane.length();
    let peak = lane.peak();
    let described = lane
        .bars
        .iter()
        .map(|bar| {
            format!(
                "{} {}: {}",
                bar.label,
                format::days(bar.days),
                format::money(bar.net)
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let months = months(lane.flight);
    let today = lane
        .today
        .filter(|today| (0..length).contains(&lane.offset(*today)));
    view! {
        <div class="lane">
            <div class="months" aria-hidden="true">
                {months.into_iter().map(|(offset, days, name)| view! {
                    <span style:left=format::width(offset, length) style:width=format::width(days, length)>{name}</span>
                }).collect_view()}
            </div>
            <div class="track" role="img" aria-label=described>
                {lane.bars.iter().map(|bar| {
                    let (start, days) = (lane.offset(bar.days.first()), i64::from(bar.days.days()));
                    view! {
                        <span class="slot" style:left=format::width(start, length) style:width=format::width(days, length)>
                            <span class="name">{bar.label.clone()}</span>
                            <span class="area" style:height=format::width(a_day(bar) * 70, peak * 100)></span>
                        </span>
                    }
                }).collect_view()}
                {today.map(|today| view! {
                    <span class="today" style:left=format::width(lane.offset(today) * 2 + 1, length * 2)><span>"Today"</span></span>
                })}
            </div>
        </div>
        <div class="scroll" tabindex="0" role="region" aria-label="Pacing periods as a table">
            <table class="tight periods">
                <thead>
                    <tr>
                        <th scope="col">"Period"</th>
                        <th scope="col">"Days, UTC"</th>
                        <th scope="col">"Laid by"</th>
                        <th scope="col" class="num">"Budget"</th>
                        <th scope="col" class="num">"Media budget"</th>
                        <th scope="col" class="num">"Media a day"</th>
                    </tr>
                </thead>
                <tbody>
                    {lane.bars.iter().map(|bar| {
                        let daily = Money::from_minor(a_day(bar), bar.net.currency());
                        let over = lane.daily_cap.zip(daily).is_some_and(|(cap, daily)| daily.minor() > cap.minor());
                        view! {
                            <tr>
                                <th scope="row">{bar.label.clone()}</th>
                                <td>{format::days(bar.days)} <small>" · " {format::day_count(bar.days.days())}</small></td>
                                <td>{bar.how.clone()}</td>
                                <td class="num"><Amount money=bar.budget/></td>
                                <td class="num"><Amount money=bar.net/></td>
                                <td class="num">
                                    {daily.map(|money| view! { <Amount money/> })}
                                    {over.then(|| view! { <small class="warned">" over the daily cap"</small> })}
                                </td>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// Offset, length and name of every month that the flight touches.
fn months(flight: DayRange) -> Vec<(i64, i64, String)> {
    use chrono::Datelike;
    let mut out: Vec<(i64, i64, String)> = Vec::new();
    let mut last = None;
    for (index, day) in (0_i64..).zip(flight.iter()) {
        let month = (day.year(), day.month());
        if last == Some(month) {
            if let Some((_, days, _)) = out.last_mut() {
                *days += 1;
            }
        } else {
            let name = format::day(day)
                .split(' ')
                .next_back()
                .unwrap_or_default()
                .to_owned();
            out.push((index, 1, name));
            last = Some(month);
        }
    }
    // Long flights: years would be needed to tell months apart, so only every third is named.
    if out.len() > 14 {
        for (index, (_, _, name)) in out.iter_mut().enumerate() {
            if index % 3 != 0 {
                name.clear();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_cover_the_flight_without_a_hole() {
        let flight =
            DayRange::new("2026-06-20".parse().unwrap(), "2026-08-02".parse().unwrap()).unwrap();
        let months = months(flight);
        assert_eq!(
            months
                .iter()
                .map(|(_, _, name)| name.as_str())
                .collect::<Vec<_>>(),
            ["Jun", "Jul", "Aug"]
        );
        assert_eq!(
            months.iter().map(|(_, days, _)| days).sum::<i64>(),
            i64::from(flight.days())
        );
        assert_eq!(months[1].0, 11);
    }
}
