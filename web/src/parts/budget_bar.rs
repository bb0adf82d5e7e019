//! The budget as an equation, and a bar with exactly its parts: solid is spent, tint is planned or
//! allocated, hatch is where no money flows yet.

use flighting_core::money::Money;
use leptos::prelude::*;

use super::amount::Amount;
use super::icon::Icon;
use crate::format;

/// How the media budget divides.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    /// Nothing is bought yet: what the selected products ask for.
    Planned {
        /// The sum over the products that name a budget.
        in_products: Money,
    },
    /// Something was bought.
    Bought {
        /// Held by media buys that still count.
        allocated: Money,
        /// Delivered so far.
        spent: Money,
    },
    /// Only the total and the fees are known.
    Unknown,
}

/// The money of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Everything the advertiser commits.
    pub total: Money,
    /// Taken before media.
    pub fees: Money,
    /// What the fees are, in words.
    pub fee_words: String,
    /// Total less fees.
    pub media: Money,
    /// How it divides.
    pub usage: Use,
    /// A word on the side.
    pub note: String,
}

/// A piece of the bar: its look, its name, its money.
type Piece = (&'static str, &'static str, Money);

impl Ledger {
    fn rest(&self, taken: Money) -> Money {
        self.media
            .minus(taken)
            .unwrap_or(Money::zero(self.total.currency()))
    }

    /// The pieces of the bar, which add up to the total unless more is planned than there is.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = vec![("fees", "Fees", self.fees)];
        match &self.usage {
            Use::Planned { in_products } => {
                pieces.push(("planned", "In products", *in_products));
                pieces.push(("free", "Free", self.rest(*in_products).at_least_zero()));
            }
            Use::Bought { allocated, spent } => {
                let waiting = allocated
                    .minus(*spent)
                    .unwrap_or(*allocated)
                    .at_least_zero();
                pieces.push(("spent", "Spent", *spent));
                pieces.push(("planned", "Allocated, not spent", waiting));
                pieces.push(("free", "Unallocated", self.rest(*allocated).at_least_zero()));
            }
            Use::Unknown => pieces.push(("planned", "Media budget", self.media)),
        }
        pieces.retain(|(_, _, money)| money.minor() > 0);
        pieces
    }
}

#[component]
fn Figure(name: String, money: Money, #[prop(optional)] alarm: bool) -> impl IntoView {
    view! { <div class="figure" class:bad=alarm><dt>{name}</dt><dd><Amount money/></dd></div> }
}

/// The equation and its bar.
#[component]
pub fn BudgetBar(
    /// The money; none while it is not known.
    #[prop(into)]
    ledger: Signal<Option<Ledger>>,
) -> impl IntoView {
    move || {
        ledger.get().map_or_else(
            || {
                view! { <div class="ledger" aria-hidden="true"><div class="bar"></div></div> }
                    .into_any()
            },
            |ledger| shown(&ledger).into_any(),
        )
    }
}

fn shown(ledger: &Ledger) -> impl IntoView + use<> {
    let pieces = ledger.pieces();
    let whole = pieces
        .iter()
        .map(|(_, _, money)| money.minor())
        .sum::<i64>()
        .max(ledger.total.minor());
    let described = pieces
        .iter()
        .map(|(_, name, money)| format!("{name} {}", format::share(money.minor(), whole)))
        .collect::<Vec<_>>()
        .join(", ");
    let second = match &ledger.usage {
        Use::Planned { in_products } => Some(("In products", *in_products, "Free", None)),
        Use::Bought { allocated, spent } => {
            Some(("Allocated", *allocated, "Unallocated", Some(*spent)))
        }
        Use::Unknown => None,
    };
    let media = ledger.media;
    let second = second.map(|(taken_name, taken, rest_name, spent)| {
        let rest = ledger.rest(taken);
        view! {
            <dl class="equation second">
                <Figure name=taken_name.to_owned() money=taken/>
                <span class="op" aria-hidden="true">"+"</span>
                <Figure name=rest_name.to_owned() money=rest alarm=rest.is_negative()/>
                <span class="op" aria-hidden="true">"="</span>
                <Figure name="Media budget".to_owned() money=media/>
                {spent.map(|spent| view! { <Figure name="Spent".to_owned() money=spent/> })}
            </dl>
        }
    });
    let over = second_is_over(ledger);
    view! {
        <section class="ledger" aria-label=format!("Budget, {}", ledger.total.currency())>
            <div class="equations">
                <dl class="equation">
                    <Figure name="Total".to_owned() money=ledger.total/>
                    <span class="op" aria-hidden="true">"="</span>
                    <Figure name=ledger.fee_words.clone() money=ledger.fees/>
                    <span class="op" aria-hidden="true">"+"</span>
                    <Figure name="Media budget".to_owned() money=ledger.media/>
                    <div class="figure currency"><dt>"Currency"</dt><dd>{ledger.total.currency().code()}</dd></div>
                </dl>
                {second}
            </div>
            <div class="bar" role="img" aria-label=described>
                {pieces.iter().map(|(look, _, money)| view! {
                    <span class=format!("piece {look}") style:width=format::width(money.minor(), whole)></span>
                }).collect_view()}
            </div>
            <div class="key">
                {pieces.iter().map(|(look, name, money)| view! {
                    <span><i class=format!("piece {look}")></i>{*name} " " {format::share(money.minor(), whole)}</span>
                }).collect_view()}
                {over.map(|over| view! {
                    <span class="warned"><Icon name="warn"/> {format::amount(over)} " more than the media budget has"</span>
                })}
                <span class="quiet aside">{ledger.note.clone()}</span>
            </div>
        </section>
    }
}

fn second_is_over(ledger: &Ledger) -> Option<Money> {
    let taken = match &ledger.usage {
        Use::Planned { in_products } => *in_products,
        Use::Bought { allocated, .. } => *allocated,
        Use::Unknown => return None,
    };
    let over = taken.minus(ledger.media).ok()?;
    (over.minor() > 0).then_some(over)
}

#[cfg(test)]
mod tests {
    use flighting_core::money::Currency;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn ledger(usage: Use) -> Ledger {
        Ledger {
            total: usd(1_000),
            fees: usd(80),
            fee_words: "Fees".into(),
            media: usd(920),
            usage,
            note: String::new(),
        }
    }

    fn sum(ledger: &Ledger) -> i64 {
        ledger
            .pieces()
            .iter()
            .map(|(_, _, money)| money.minor())
            .sum()
    }

    #[test]
    fn the_bar_has_exactly_the_parts_of_the_total() {
        assert_eq!(sum(&ledger(Use::Unknown)), 1_000);
        assert_eq!(
            sum(&ledger(Use::Planned {
                in_products: usd(0)
            })),
            1_000
        );
        assert_eq!(
            sum(&ledger(Use::Planned {
                in_products: usd(900)
            })),
            1_000
        );
        assert_eq!(
            sum(&ledger(Use::Bought {
                allocated: usd(700),
                spent: usd(100)
            })),
            1_000
        );
        assert_eq!(
            ledger(Use::Planned {
                in_products: usd(920)
            })
            .pieces()
            .len(),
            2
        );
    }

    #[test]
    fn asking_for_too_much_is_said_with_how_much() {
        assert_eq!(
            second_is_over(&ledger(Use::Planned {
                in_products: usd(921)
            })),
            Some(usd(1))
        );
        assert_eq!(
            second_is_over(&ledger(Use::Planned {
                in_products: usd(920)
            })),
            None
        );
        assert_eq!(
            second_is_over(&ledger(Use::Bought {
                allocated: usd(930),
                spent: usd(0)
            })),
            Some(usd(10))
        );
    }
}
