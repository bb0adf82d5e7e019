//! What callers ask of the campaign as a whole.

use super::{
    Answer, Asked, At, Buy, CONFLICT, INVALID, Item, Minds, Model, Phase, S, Selected, TOO_LITTLE,
    Way, What, Wish, ok,
};

impl Model {
    pub fn select(&mut self, seller: usize, product: usize, cents: i64, now: u64) -> Answer {
        let known = self
            .selection
            .iter_mut()
            .find(|other| other.seller == seller && other.product == product);
        match known {
            Some(known) => known.cents = cents,
            None => self.selection.push(Selected {
                seller,
                product,
                cents,
                at: now,
            }),
        }
        ok()
    }

    pub fn deselect(&mut self, seller: usize, product: usize) -> Answer {
        let before = self.selection.len();
        self.selection
            .retain(|other| other.seller != seller || other.product != product);
        if self.selection.len() < before {
            ok()
        } else {
            INVALID
        }
    }

    pub fn rename(&mut self, expected: u64) -> Answer {
        if expected != self.revision {
            return CONFLICT;
        }
        self.revision += 1;
        ok()
    }

    /// A brief is what was planned; a completed campaign keeps it (decision 12).
    pub fn write_brief(&mut self) -> Answer {
        // What was read can be written back.
        if self.phase == Phase::Completed && !self.has_brief {
            return INVALID;
        }
        self.has_brief = true;
        self.revision += 1;
        ok()
    }

    /// Decisions 4 and 21: never below what is allocated, and fees never above the total.
    pub fn set_money(&mut self, total: i64, fee: i64) -> Answer {
        if fee > total {
            return INVALID;
        }
        let media = total - fee;
        if media < self.allocated() && media < self.media() {
            return TOO_LITTLE;
        }
        if (total, fee) != (self.total, self.fee) {
            // The latest word about the money holds.
            self.plan = None;
        }
        self.total = total;
        self.fee = fee;
        self.revision += 1;
        ok()
    }

    pub fn extend(&mut self, end: u64) -> Answer {
        self.flight_end = end;
        self.plan = None;
        self.revision += 1;
        ok()
    }

    fn next_launch(&self) -> u32 {
        match self.phase {
            Phase::Active | Phase::Paused => self.launch,
            Phase::Draft | Phase::Completed | Phase::Archived => self.launch + 1,
        }
    }

    /// Decision 16: what runs is bought; what was bought and is over counts for its launch, unless
    /// the product was selected anew after it.
    fn is_bought(&self, selected: &Selected) -> bool {
        self.buys.iter().any(|buy| {
            let mut of_product = buy
                .items
                .iter()
                .filter(|item| item.product == selected.product);
            let Some(item) = of_product.next().filter(|_| buy.seller == selected.seller) else {
                return false;
            };
            let was_bought = match buy.status {
                S::Archived => matches!(buy.archived_from, Some(S::Completed | S::Canceled)),
                S::Failed | S::Rejected => false,
                _ => true,
            };
            let over_counts = self.phase != Phase::Completed
                && buy.launch == self.next_launch()
                && selected.at <= buy.created;
            (buy.status.lives() && !item.ended) || (was_bought && over_counts)
        })
    }

    /// Decisions 12 to 16.
    pub fn execute(&mut self, minds: Minds, now: u64) -> Answer {
        if matches!(self.phase, Phase::Paused | Phase::Archived) {
            return INVALID;
        }
        if now >= self.flight_end {
            return INVALID;
        }
        // An active campaign may have nothing left to send.
        if self.selection.is_empty() && self.phase != Phase::Active {
            return INVALID;
        }
        let unbought: Vec<Selected> = self
            .selection
            .iter()
            .filter(|selected| !self.is_bought(selected))
            .cloned()
            .collect();
        let needed: i64 = unbought.iter().map(|selected| selected.cents).sum();
        if needed > self.media() - self.allocated() && !unbought.is_empty() {
            return TOO_LITTLE;
        }
        let mut sellers: Vec<usize> = Vec::new();
        for selected in &unbought {
            if !sellers.contains(&selected.seller) {
                sellers.push(selected.seller);
            }
        }
        let launch = self.next_launch();
        let used: Vec<Option<usize>> = sellers
            .iter()
            .map(|seller| {
                self.buys
                    .iter()
                    .position(|buy| buy.seller == *seller && buy.status == S::Failed)
            })
            .collect();
        for (index, buy) in self.buys.iter_mut().enumerate() {
            let unused = buy.status == S::Failed && !used.contains(&Some(index));
            if unused || (buy.status == S::Rejected && sellers.contains(&buy.seller)) {
                buy.put_away();
            }
        }
        if sellers.is_empty() {
            return Answer {
                attempted: Some(0),
                ..ok()
            };
        }
        let mut some = false;
        for (seller, place) in sellers.iter().zip(used) {
            let old = place.map(|place| self.buys[place].clone());
            let items: Vec<Item> = unbought
                .iter()
                .filter(|selected| selected.seller == *seller)
                .map(|selected| Item {
                    product: selected.product,
                    cents: selected.cents,
                    ended: false,
                })
                .collect();
            let mut buy = Buy {
                id: old.as_ref().and_then(|old| old.id.clone()),
                seller: *seller,
                held: items.clone(),
                items,
                status: S::PendingApproval,
                archived_from: None,
                silent: false,
                hold: false,
                own_pause: false,
                wish: None,
                change: None,
                at: None,
                booked: false,
                named: false,
                runs_as: At::Active,
                revision: 1,
                known: 1,
                launch,
                created: old.map_or(now, |old| old.created),
                end: self.flight_end,
            };
            buy.placed(minds.tempers[*seller]);
            some |= !matches!(buy.status, S::Failed | S::Rejected);
            match place {
                Some(place) => self.buys[place] = buy,
                None => self.buys.push(buy),
            }
        }
        if some && self.phase != Phase::Active {
            self.phase = Phase::Active;
            self.launch = launch;
        }
        self.revision += 1;
        Answer {
            attempted: Some(sellers.len()),
            ..ok()
        }
    }

    /// Decision 19.
    pub fn pause(&mut self) -> Answer {
        if !matches!(self.phase, Phase::Active | Phase::Paused) {
            return INVALID;
        }
        for buy in self.buys.iter_mut().filter(|buy| buy.status.lives()) {
            buy.hold = true;
            if buy.status == S::Active || buy.wish == Some(Wish::Resume) {
                buy.wish = Some(Wish::Pause);
            }
        }
        self.phase = Phase::Paused;
        self.revision += 1;
        self.buys.iter_mut().for_each(Buy::ask);
        ok()
    }

    /// Decision 19: what was paused by itself stays so; what is over does not come back.
    pub fn reactivate(&mut self, now: u64) -> Answer {
        let was_paused = self.phase == Phase::Paused;
        let carries =
            |buy: &Buy| buy.status.lives() && (buy.hold || buy.wish == Some(Wish::Resume));
        let carried = self.buys.iter().any(carries);
        if !(was_paused || self.phase == Phase::Active && carried) {
            return INVALID;
        }
        for buy in self.buys.iter_mut().filter(|buy| buy.status.lives()) {
            let carried = std::mem::take(&mut buy.hold) || was_paused;
            match buy.status {
                S::Active | S::Paused if buy.end <= now => buy.ends(S::Completed),
                S::Paused if carried && !buy.own_pause => buy.wish = Some(Wish::Resume),
                S::Active if buy.wish == Some(Wish::Pause) && !buy.own_pause => {
                    buy.wish = Some(Wish::Resume);
                }
                _ => {}
            }
        }
        self.phase = Phase::Active;
        self.revision += 1;
        self.buys.iter_mut().for_each(Buy::ask);
        ok()
    }

    /// Decision 20: every buy ends at its seller first; what cannot be confirmed keeps the
    /// campaign.
    pub fn delete(&mut self, minds: Minds) -> Answer {
        let unsure = |buy: &Buy| buy.in_flight() || (buy.status.lives() && !buy.named);
        if self.buys.iter().any(unsure) {
            return CONFLICT;
        }
        let live: Vec<usize> = (0..self.buys.len())
            .filter(|index| self.buys[*index].status.lives())
            .collect();
        if !live.is_empty() {
            self.plan = None;
            self.revision += 1;
            for index in live {
                self.asks(index, What::End { put_away: false });
                self.send(index, minds);
            }
            if self.buys.iter().any(|buy| buy.status.lives()) {
                return CONFLICT;
            }
        }
        self.buys.iter_mut().for_each(Buy::put_away);
        self.phase = Phase::Archived;
        self.revision += 1;
        ok()
    }

    /// Puts a change down as on its way.
    pub(super) fn asks(&mut self, index: usize, what: What) {
        let buy = &mut self.buys[index];
        buy.change = Some(Asked {
            what,
            way: Way::Lost,
            applied: false,
            base: buy.known,
        });
    }
}
