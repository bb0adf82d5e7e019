//! The budget as an equation, and a bar with exactly its parts: solid is spent, tint is planned or
//! allocated, hatch is where no money flows yet.

use flighting_core::money::Money;
use leptos::prelude::*;

use super::amount::LiveAmount;
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

    /// What its pieces are parts of: the total, or what is planned where that is more.
    fn whole(&self) -> i64 {
        let planned = self
            .pieces()
            .iter()
            .map(|(_, _, money)| money.minor())
            .sum();
        self.total.minor().max(planned)
    }

    fn share(&self, piece: usize) -> String {
        let pieces = self.pieces();
        pieces.get(piece).map_or(String::new(), |(_, _, money)| {
            format::share(money.minor(), self.whole())
        })
    }

    fn width(&self, piece: usize) -> String {
        let pieces = self.pieces();
        pieces.get(piece).map_or(String::new(), |(_, _, money)| {
            format::width(money.minor(), self.whole())
        })
    }

    /// Its pieces in words.
    fn described(&self) -> String {
        let whole = self.whole();
        self.pieces()
            .iter()
            .map(|(_, name, money)| format!("{name} {}", format::share(money.minor(), whole)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn taken(&self) -> Option<Money> {
        match self.usage {
            Use::Planned { in_products } => Some(in_products),
            Use::Bought { allocated, .. } => Some(allocated),
            Use::Unknown => None,
        }
    }

    fn spent(&self) -> Option<Money> {
        match self.usage {
            Use::Bought { spent, .. } => Some(spent),
            Use::Planned { .. } | Use::Unknown => None,
        }
    }

    /// How much more is taken of the media budget than it has.
    fn over(&self) -> Option<Money> {
        let over = self.taken()?.minus(self.media).ok()?;
        (over.minor() > 0).then_some(over)
    }
}

/// What stays while the money of a ledger changes: only when it changes is the bar made anew.
#[derive(Debug, Clone, PartialEq)]
struct Frame {
    currency: &'static str,
    fee_words: String,
    /// What is taken of the media budget and what is left of it, where that is known.
    divides: Option<(&'static str, &'static str)>,
    has_spent: bool,
    /// Look and name of each piece.
    pieces: Vec<(&'static str, &'static str)>,
    is_over: bool,
    note: String,
}

impl Frame {
    fn of(ledger: &Ledger) -> Self {
        Self {
            currency: ledger.total.currency().code(),
            fee_words: ledger.fee_words.clone(),
            divides: match ledger.usage {
                Use::Planned { .. } => Some(("In products", "Free")),
                Use::Bought { .. } => Some(("Allocated", "Unallocated")),
                Use::Unknown => None,
            },
            has_spent: matches!(ledger.usage, Use::Bought { .. }),
            pieces: ledger
                .pieces()
                .into_iter()
                .map(|(look, name, _)| (look, name))
                .collect(),
            is_over: ledger.over().is_some(),
            note: ledger.note.clone(),
        }
    }
}

/// A ledger that changes while it is looked at.
type Live = Memo<Option<Ledger>>;

fn read<T: Default>(ledger: Live, read: impl FnOnce(&Ledger) -> T) -> T {
    ledger.with(|ledger| ledger.as_ref().map(read).unwrap_or_default())
}

#[component]
fn Figure(
    name: String,
    ledger: Live,
    money: fn(&Ledger) -> Option<Money>,
    #[prop(optional)] alarms: bool,
) -> impl IntoView {
    let money = move || read(ledger, money);
    let alarm = move || alarms && money().is_some_and(Money::is_negative);
    view! { <div class="figure" class:bad=alarm><dt>{name}</dt><dd><LiveAmount money=Signal::derive(money)/></dd></div> }
}

/// The equation and its bar. Where only its money changes, only texts and widths are written.
#[component]
pub fn BudgetBar(
    /// The money; none while it is not known.
    #[prop(into)]
    ledger: Signal<Option<Ledger>>,
) -> impl IntoView {
    let ledger = Memo::new(move |_| ledger.get());
    let frame = Memo::new(move |_| ledger.with(|ledger| ledger.as_ref().map(Frame::of)));
    move || {
        frame.get().map_or_else(
            || {
                view! { <div class="ledger" aria-hidden="true"><div class="bar"></div></div> }
                    .into_any()
            },
            |frame| shown(ledger, frame).into_any(),
        )
    }
}

fn shown(ledger: Live, frame: Frame) -> impl IntoView + use<> {
    let Frame {
        currency,
        fee_words,
        divides,
        has_spent,
        pieces,
        is_over,
        note,
    } = frame;
    let media = |ledger: &Ledger| Some(ledger.media);
    let second = divides.map(|(taken, rest)| view! {
        <dl class="equation second">
            <Figure name=taken.to_owned() ledger money=Ledger::taken/>
            <span class="op" aria-hidden="true">"+"</span>
            <Figure name=rest.to_owned() ledger money=|ledger| Some(ledger.rest(ledger.taken()?)) alarms=true/>
            <span class="op" aria-hidden="true">"="</span>
            <Figure name="Media budget".to_owned() ledger money=media/>
            {has_spent.then(|| view! { <Figure name="Spent".to_owned() ledger money=Ledger::spent/> })}
        </dl>
    });
    let key = pieces.iter().enumerate().map(|(at, (look, name))| {
        view! { <span><i class=format!("piece {look}")></i>{*name} " " {move || read(ledger, |ledger| ledger.share(at))}</span> }
    });
    let key = key.collect_view();
    let bar = pieces.iter().enumerate().map(|(at, (look, _))| {
        view! { <span class=format!("piece {look}") style:width=move || read(ledger, |ledger| ledger.width(at))></span> }
    });
    let bar = bar.collect_view();
    view! {
        <section class="ledger" aria-label=format!("Budget, {currency}")>
            <div class="equations">
                <dl class="equation">
                    <Figure name="Total".to_owned() ledger money=|ledger| Some(ledger.total)/>
                    <span class="op" aria-hidden="true">"="</span>
                    <Figure name=fee_words ledger money=|ledger| Some(ledger.fees)/>
                    <span class="op" aria-hidden="true">"+"</span>
                    <Figure name="Media budget".to_owned() ledger money=media/>
                    <div class="figure currency"><dt>"Currency"</dt><dd>{currency}</dd></div>
                </dl>
                {second}
            </div>
            <div class="bar" role="img" aria-label=move || read(ledger, Ledger::described)>{bar}</div>
            <div class="key">
                {key}
                {is_over.then(|| view! {
                    <span class="warned">
                        <Icon name="warn"/> {move || read(ledger, |ledger| ledger.over().map(format::amount).unwrap_or_default())} " more than the media budget has"
                    </span>
                })}
                <span class="quiet aside">{note}</span>
            </div>
        </section>
    }
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
            ledger(Use::Planned {
                in_products: usd(921)
            })
            .over(),
            Some(usd(1))
        );
        assert_eq!(
            ledger(Use::Planned {
                in_products: usd(920)
            })
            .over(),
            None
        );
        assert_eq!(
            ledger(Use::Bought {
                allocated: usd(930),
                spent: usd(0)
            })
            .over(),
            Some(usd(10))
        );
    }
}
