//! What callers ask of single buys (contract 9.3), and the money that waits for it.

use super::{
    Answer, Asked, CONFLICT, INVALID, Minds, Model, S, TOO_LITTLE, Waiting, Way, What, Wish, ok,
    sum, with,
};

impl Model {
    /// Ends a buy: at its seller where it is at one; `put_away` deletes it.
    pub fn end(&mut self, index: usize, put_away: bool, minds: Minds) -> Answer {
        let buy = &mut self.buys[index];
        if buy.in_flight() {
            return CONFLICT;
        }
        if !buy.status.lives() {
            if !put_away || buy.status == S::Archived {
                return CONFLICT;
            }
            buy.put_away();
        } else if buy.named {
            self.asks(index, What::End { put_away });
            self.send(index, minds);
        } else {
            // It goes out as soon as the seller has named the buy.
            buy.change = Some(Asked {
                what: What::End { put_away },
                way: Way::Held,
                applied: false,
                base: 0,
            });
        }
        self.revision += 1;
        ok()
    }

    /// Ends one product of a buy; the last one that runs is the whole buy.
    pub fn end_product(&mut self, index: usize, product: usize, minds: Minds) -> Answer {
        let buy = &self.buys[index];
        let runs = |other: usize| {
            let mut items = buy.items.iter();
            items.any(|item| item.product == other && !item.ended)
        };
        let rest = buy
            .items
            .iter()
            .any(|item| item.product != product && !item.ended);
        if runs(product) && !rest {
            return self.end(index, false, minds);
        }
        if buy.in_flight() || !buy.status.lives() || !buy.named {
            return CONFLICT;
        }
        if runs(product) {
            if buy.change.is_some() {
                return CONFLICT;
            }
            self.asks(index, What::EndProduct { product });
            self.send(index, minds);
        }
        self.revision += 1;
        ok()
    }

    /// Pauses a buy by itself, or takes that back (decision 19).
    pub fn pause_one(&mut self, index: usize, paused: bool, now: u64) -> Answer {
        let buy = &mut self.buys[index];
        if buy.in_flight() || !buy.status.lives() {
            return CONFLICT;
        }
        buy.own_pause = paused;
        match (buy.status, paused) {
            (S::Active, true) => buy.wish = Some(Wish::Pause),
            (S::Paused, true) if buy.wish == Some(Wish::Resume) => buy.wish = Some(Wish::Pause),
            (S::Paused, false) if !buy.hold && buy.end <= now => buy.ends(S::Completed),
            (S::Paused, false) if !buy.hold => buy.wish = Some(Wish::Resume),
            (S::Active, false) if !buy.hold && buy.wish == Some(Wish::Pause) => {
                buy.wish = Some(Wish::Resume);
            }
            _ => {}
        }
        buy.ask();
        self.revision += 1;
        ok()
    }

    /// Other money for a product of a buy, and with it, where told so, a smaller total: packages
    /// first, the plan after them.
    pub fn spend(
        &mut self,
        index: usize,
        product: usize,
        cents: i64,
        total: Option<i64>,
        minds: Minds,
    ) -> Answer {
        let total = total.unwrap_or(self.total);
        let buy = &self.buys[index];
        let item = buy.items.iter().find(|item| item.product == product);
        let change = buy.change.as_ref().map(|change| &change.what);
        let ends = change == Some(&What::EndProduct { product });
        if self.fee > total || ends || item.is_none_or(|item| item.ended) {
            return INVALID;
        }
        if buy.in_flight() || !buy.status.lives() {
            return CONFLICT;
        }
        let what = What::Money { product, cents };
        let moves = with(&buy.items, &what) != buy.items;
        if moves && (!buy.named || buy.change.is_some()) {
            return CONFLICT;
        }
        let others = self.allocated() - buy.allocated();
        let after = others
            + if moves {
                sum(&with(&buy.items, &what))
            } else {
                buy.allocated()
            };
        // What is asked for counts from now on, what is taken back only when it is confirmed.
        let worst = after.max(self.allocated());
        let media = total - self.fee;
        let fits = worst <= media;
        let (lowers, raises) = (media < self.media(), worst > self.allocated());
        if !fits && (lowers || raises) {
            let waits = lowers && after <= media && (!raises || worst <= self.media());
            if !waits {
                return TOO_LITTLE;
            }
            self.plan = Some(Waiting {
                total,
                fee: self.fee,
                buy: index,
            });
        } else {
            if total != self.total {
                self.plan = None;
            }
            self.total = total;
        }
        self.revision += 1;
        if moves {
            self.asks(index, what);
            self.send(index, minds);
        }
        ok()
    }

    /// A change of a buy was decided: what waited for it is taken, or dropped.
    pub(super) fn decided(&mut self, index: usize, confirmed: bool) {
        let Some(plan) = self.plan.take_if(|plan| plan.buy == index) else {
            return;
        };
        if confirmed && self.allocated() <= plan.total - plan.fee {
            self.total = plan.total;
            self.fee = plan.fee;
        }
    }
}
