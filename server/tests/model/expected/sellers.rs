//! What sellers do and say, and what time does.

use super::{At, Buy, Minds, Model, Phase, S, Way, What, Wish, with};
use crate::book::{Manner, Temper};

impl Model {
    /// A change that is on its way reaches its seller, or does not.
    pub(super) fn send(&mut self, index: usize, minds: Minds) {
        let buy = &mut self.buys[index];
        let manner = minds.manners[buy.seller];
        let (Some(change), Some(at)) = (&mut buy.change, buy.at) else {
            return;
        };
        change.way = Way::Lost;
        change.base = buy.known;
        match manner {
            Manner::Loses => return,
            // Provably not sent.
            Manner::Away => return self.refused(index),
            Manner::Yields | Manner::Refuses | Manner::Swallows => {}
        }
        if change.base != buy.revision {
            // The seller says so; the buy is read, and asked about anew.
            if at == At::Canceled && matches!(change.what, What::End { .. }) {
                return self.applied(index);
            }
            buy.known = buy.revision;
            change.base = buy.revision;
        }
        self.arrives(index, manner);
    }

    /// A request that a seller reads.
    fn arrives(&mut self, index: usize, manner: Manner) {
        let buy = &mut self.buys[index];
        let (Some(change), Some(at)) = (&mut buy.change, buy.at) else {
            return;
        };
        if at.is_over() || manner == Manner::Refuses {
            return self.refused(index);
        }
        match change.what {
            What::End { .. } => buy.at = Some(At::Canceled),
            _ => buy.held = with(&buy.held, &change.what),
        }
        buy.revision += 1;
        change.applied = true;
        if manner == Manner::Yields {
            self.applied(index);
        }
    }

    fn refused(&mut self, index: usize) {
        self.buys[index].change = None;
        self.decided(index, false);
    }

    /// A change is known to be applied: its values are live.
    fn applied(&mut self, index: usize) {
        let buy = &mut self.buys[index];
        let Some(change) = buy.change.take() else {
            return;
        };
        buy.known = buy.revision;
        match change.what {
            What::End { put_away } => {
                buy.ends(S::Canceled);
                if put_away {
                    buy.put_away();
                }
            }
            _ => {
                buy.items = with(&buy.items, &change.what);
                buy.take_in();
            }
        }
        self.decided(index, true);
    }

    /// What a seller holds of a buy is looked at.
    fn observe(&mut self, index: usize) {
        let buy = &mut self.buys[index];
        if !buy.status.lives() || buy.silent {
            return;
        }
        let shown = buy.change.as_ref().is_some_and(|change| match change.what {
            What::End { .. } => buy.at == Some(At::Canceled) && buy.named,
            _ => change.applied,
        });
        if shown {
            self.applied(index);
        }
        let buy = &mut self.buys[index];
        if !buy.status.lives() {
            return;
        }
        buy.take_in();
        if !buy.status.lives() {
            // What it was asked for is over with it, and needs no room any more.
            self.decided(index, true);
        }
    }

    /// What became of a change that nobody heard of: what the buy shows, else the same request
    /// again.
    fn find_out(&mut self, index: usize, minds: Minds) {
        self.observe(index);
        let buy = &mut self.buys[index];
        let manner = minds.manners[buy.seller];
        let Some(change) = buy.change.as_ref().filter(|change| change.way == Way::Lost) else {
            return;
        };
        match manner {
            // A replay that never arrived says nothing of the first request.
            Manner::Loses | Manner::Away => {}
            // The buy moved: by somebody else, since the change does not show.
            _ if change.base != buy.revision => self.refused(index),
            _ => {
                self.arrives(index, manner);
                self.observe(index);
            }
        }
    }

    /// All sellers are asked how things stand.
    pub fn look(&mut self, minds: Minds) {
        let silent: Vec<bool> = self.buys.iter().map(|buy| buy.silent).collect();
        for (index, silent) in silent.iter().enumerate() {
            if !silent {
                self.observe(index);
            }
        }
        for (index, silent) in silent.iter().enumerate() {
            if *silent {
                let temper = minds.tempers[self.buys[index].seller];
                self.buys[index].reconciled(temper);
            }
        }
    }

    /// Time enough for everything that is under way to come to rest.
    pub fn rest(&mut self, minds: Minds, now: u64) {
        if self.phase == Phase::Archived {
            return;
        }
        for index in 0..self.buys.len() {
            let buy = &mut self.buys[index];
            for _ in 0..2 {
                // One that is booked without an answer is in the seller's list by the next look.
                if buy.silent {
                    buy.reconciled(minds.tempers[buy.seller]);
                }
            }
            self.observe(index);
            let buy = &self.buys[index];
            let held = |way| buy.named && way == Way::Held;
            if buy.change.as_ref().is_some_and(|change| held(change.way)) {
                self.send(index, minds);
            }
            self.find_out(index, minds);
            self.buys[index].ask();
        }
        self.tick(now);
    }

    /// What time does (contract 12.1, decision 20).
    fn tick(&mut self, now: u64) {
        if !matches!(self.phase, Phase::Active | Phase::Paused) {
            return;
        }
        for index in 0..self.buys.len() {
            let buy = &mut self.buys[index];
            if matches!(buy.status, S::Active | S::Paused) && buy.end <= now {
                buy.ends(S::Completed);
                self.decided(index, true);
            }
        }
        let ended = self.buys.iter().all(|buy| !buy.status.lives());
        let completed = self
            .buys
            .iter()
            .any(|buy| buy.status == S::Completed && buy.launch == self.launch);
        if now >= self.flight_end || (ended && completed) {
            self.phase = Phase::Completed;
        }
    }
}

impl Buy {
    /// A purchase sent to a seller, the first time or again.
    pub(super) fn placed(&mut self, temper: Temper) {
        let replayed = self.silent;
        self.silent = false;
        match temper {
            Temper::Runs => self.books(At::Active),
            Temper::Schedules => self.books(At::Scheduled),
            Temper::Waits => self.books(At::Waiting),
            Temper::Thinks => self.at = Some(At::Thinking),
            Temper::Silent => {
                self.at = Some(At::Active);
                self.booked = true;
                self.silent = true;
            }
            Temper::Loses => self.silent = true,
            Temper::Rejects => self.ends(S::Rejected),
            // What cannot be asked says nothing about the first request.
            Temper::Away if replayed => self.silent = true,
            Temper::Away => self.ends(S::Failed),
        }
    }

    fn books(&mut self, at: At) {
        self.at = Some(at);
        self.booked = true;
        if at == At::Scheduled {
            self.runs_as = at;
        }
        self.take_in();
    }

    /// Something happens to it at its seller.
    pub fn happens(&mut self, at: At) {
        if matches!(self.at, Some(At::Thinking | At::Asking)) {
            self.booked = at == At::Active;
        } else {
            self.revision += 1;
        }
        self.at = Some(at);
    }

    /// Decision 15: what the seller lists is ours; else the identical bytes are sent again.
    fn reconciled(&mut self, temper: Temper) {
        if self.booked {
            self.silent = false;
            self.take_in();
        } else {
            self.placed(temper);
        }
    }

    /// What its seller holds, as our status (decisions 18 and 19).
    fn take_in(&mut self) {
        let Some(at) = self.at else { return };
        if !self.status.lives() {
            return;
        }
        if self.booked {
            self.named = true;
            self.known = self.revision;
        }
        match at {
            At::Thinking | At::Waiting => {}
            At::Asking => self.status = S::InputRequired,
            At::Completed => self.ends(S::Completed),
            At::Canceled => self.ends(S::Canceled),
            At::Rejected => self.ends(S::Rejected),
            At::Paused if self.wish == Some(Wish::Resume) && self.status == S::Active => {}
            At::Paused => {
                self.status = S::Paused;
                if self.wish == Some(Wish::Pause) {
                    self.wish = None;
                }
            }
            // A confirmed pause of ours is never undone by a seller that goes on.
            At::Active | At::Scheduled
                if self.status == S::Paused
                    && self.should_be_paused()
                    && self.wish != Some(Wish::Resume) =>
            {
                if at == At::Active {
                    self.wish = Some(Wish::Pause);
                }
            }
            At::Active | At::Scheduled => {
                if self.status == S::Paused {
                    self.wish = None;
                }
                self.status = S::Active;
                if self.should_be_paused() {
                    self.wish = Some(Wish::Pause);
                }
            }
        }
    }

    /// A wish sent to its seller, which takes it for what runs or is paused.
    pub(super) fn ask(&mut self) {
        let Some(wish) = self.wish.filter(|_| self.status.lives()) else {
            return;
        };
        if !matches!(self.at, Some(At::Active | At::Scheduled | At::Paused)) {
            return;
        }
        self.wish = None;
        // What confirms it tells the revision as well.
        self.known = self.revision;
        match wish {
            Wish::Pause => {
                self.at = Some(At::Paused);
                self.status = S::Paused;
            }
            Wish::Resume => {
                self.at = Some(self.runs_as);
                self.status = S::Active;
            }
        }
    }
}
