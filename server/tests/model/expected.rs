//! The model: what a campaign and its media buys have to be after each command, by the brief and
//! the decisions. It shares nothing with the product's code.

use crate::book::Temper;

/// A media buy's status, most restrictive first (decision 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum S {
    Failed,
    Rejected,
    PendingApproval,
    Paused,
    Active,
    Completed,
    Canceled,
    Archived,
}

impl S {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::Paused => "PAUSED",
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Archived => "ARCHIVED",
        }
    }

    fn lives(self) -> bool {
        matches!(self, Self::PendingApproval | Self::Paused | Self::Active)
    }
}

/// What a seller holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Waiting,
    Scheduled,
    Active,
    Paused,
    Completed,
    Canceled,
    Rejected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Pause,
    Resume,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Draft,
    Active,
    Paused,
    Completed,
    Archived,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Archived => "ARCHIVED",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Buy {
    /// Ours, once it was seen.
    pub id: Option<String>,
    pub seller: usize,
    /// Product and cents.
    pub products: Vec<(usize, i64)>,
    pub status: S,
    pub silent: bool,
    pub hold: bool,
    pub wish: Option<Wish>,
    /// What its seller holds; none where it was never booked.
    pub at: Option<At>,
    runs_as: At,
    launch: u32,
    created: u64,
    end: u64,
}

impl Buy {
    fn budget(&self) -> i64 {
        self.products.iter().map(|(_, cents)| cents).sum()
    }
}

#[derive(Debug, Clone)]
struct Selected {
    seller: usize,
    product: usize,
    cents: i64,
    at: u64,
}

/// A campaign. Times are seconds since the sequence began.
#[derive(Debug, Clone)]
pub struct Model {
    pub phase: Phase,
    pub revision: u64,
    pub total: i64,
    pub fee: i64,
    pub flight_end: u64,
    has_brief: bool,
    pub buys: Vec<Buy>,
    selection: Vec<Selected>,
    launch: u32,
}

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The code of an error.
    pub code: Option<&'static str>,
    /// How many buys an execute attempts.
    pub attempted: Option<usize>,
}

const fn ok() -> Answer {
    Answer {
        status: 200,
        code: None,
        attempted: None,
    }
}

const fn no(status: u16, code: &'static str) -> Answer {
    Answer {
        status,
        code: Some(code),
        attempted: None,
    }
}

const INVALID: Answer = no(400, "VALIDATION_ERROR");
const CONFLICT: Answer = no(409, "CONFLICT");
const TOO_LITTLE: Answer = no(409, "INSUFFICIENT_MEDIA_BUDGET");

impl Model {
    pub fn new(total: i64, flight_end: u64) -> Self {
        Self {
            phase: Phase::Draft,
            // Made, then bound to its search.
            revision: 2,
            total,
            fee: 0,
            flight_end,
            has_brief: false,
            buys: Vec::new(),
            selection: Vec::new(),
            launch: 0,
        }
    }

    pub fn media(&self) -> i64 {
        self.total - self.fee
    }

    /// Live buys hold their budgets; nothing was delivered, so ended ones hold nothing.
    pub fn allocated(&self) -> i64 {
        self.buys
            .iter()
            .filter(|buy| buy.status.lives())
            .map(Buy::budget)
            .sum()
    }

    pub fn roll_up(&self) -> Option<S> {
        self.buys.iter().map(|buy| buy.status).min()
    }

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
        self.total = total;
        self.fee = fee;
        self.revision += 1;
        ok()
    }

    pub fn extend(&mut self, end: u64) -> Answer {
        self.flight_end = end;
        self.revision += 1;
        ok()
    }

    fn next_launch(&self) -> u32 {
        match self.phase {
            Phase::Active | Phase::Paused => self.launch,
            Phase::Draft | Phase::Completed | Phase::Archived => self.launch + 1,
        }
    }

    /// Decision 16.
    fn is_bought(&self, selected: &Selected) -> bool {
        self.buys.iter().any(|buy| {
            let holds = buy.seller == selected.seller
                && buy
                    .products
                    .iter()
                    .any(|(product, _)| *product == selected.product);
            let ended_counts = self.phase != Phase::Completed
                && buy.launch == self.next_launch()
                && selected.at <= buy.created;
            holds
                && (buy.status.lives()
                    || matches!(buy.status, S::Completed | S::Canceled) && ended_counts)
        })
    }

    /// Decisions 12 to 16.
    pub fn execute(&mut self, tempers: [Temper; 2], now: u64) -> Answer {
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
                buy.status = S::Archived;
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
            let mut buy = Buy {
                id: old.as_ref().and_then(|old| old.id.clone()),
                seller: *seller,
                products: unbought
                    .iter()
                    .filter(|selected| selected.seller == *seller)
                    .map(|selected| (selected.product, selected.cents))
                    .collect(),
                status: S::PendingApproval,
                silent: false,
                hold: false,
                wish: None,
                at: None,
                runs_as: At::Active,
                launch,
                created: old.map_or(now, |old| old.created),
                end: self.flight_end,
            };
            place_at(&mut buy, tempers[*seller]);
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
        self.buys.iter_mut().for_each(ask);
        ok()
    }

    /// Decision 19.
    pub fn reactivate(&mut self, now: u64) -> Answer {
        let was_paused = self.phase == Phase::Paused;
        let carried = self
            .buys
            .iter()
            .any(|buy| buy.status.lives() && (buy.hold || buy.wish == Some(Wish::Resume)));
        if !(was_paused || self.phase == Phase::Active && carried) {
            return INVALID;
        }
        for buy in self.buys.iter_mut().filter(|buy| buy.status.lives()) {
            let carried = std::mem::take(&mut buy.hold) || was_paused;
            match buy.status {
                S::Active | S::Paused if buy.end <= now => buy.status = S::Completed,
                S::Paused if carried => buy.wish = Some(Wish::Resume),
                S::Active if buy.wish == Some(Wish::Pause) => buy.wish = Some(Wish::Resume),
                _ => {}
            }
        }
        self.phase = Phase::Active;
        self.revision += 1;
        self.buys.iter_mut().for_each(ask);
        ok()
    }

    /// Whether a delete has to ask sellers first.
    pub fn has_live_buys(&self) -> bool {
        self.buys.iter().any(|buy| buy.status.lives())
    }

    /// Decision 20, for a campaign without live buys.
    pub fn delete(&mut self) -> Answer {
        for buy in &mut self.buys {
            buy.status = S::Archived;
        }
        self.phase = Phase::Archived;
        self.revision += 1;
        ok()
    }

    /// All sellers are asked how things stand.
    pub fn look(&mut self, tempers: [Temper; 2]) {
        for buy in &mut self.buys {
            if !buy.silent {
                observe(buy);
            }
        }
        for buy in &mut self.buys {
            if buy.silent {
                reconcile(buy, tempers[buy.seller]);
            }
        }
    }

    /// Time enough for everything that is under way to come to rest.
    pub fn rest(&mut self, tempers: [Temper; 2], now: u64) {
        if self.phase == Phase::Archived {
            return;
        }
        for buy in &mut self.buys {
            if buy.silent {
                reconcile(buy, tempers[buy.seller]);
            } else {
                observe(buy);
            }
            ask(buy);
        }
        self.tick(now);
    }

    /// What time does (contract 12.1, decision 20).
    fn tick(&mut self, now: u64) {
        if !matches!(self.phase, Phase::Active | Phase::Paused) {
            return;
        }
        for buy in &mut self.buys {
            if matches!(buy.status, S::Active | S::Paused) && buy.end <= now {
                buy.status = S::Completed;
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

    /// Whether nothing waits for a seller or an answer.
    pub fn is_decided(&self) -> bool {
        self.buys
            .iter()
            .all(|buy| buy.status != S::PendingApproval && buy.wish.is_none())
    }
}

/// A purchase sent to a seller, the first time or again.
fn place_at(buy: &mut Buy, temper: Temper) {
    let replayed = buy.silent;
    buy.silent = false;
    match temper {
        Temper::Runs | Temper::Schedules | Temper::Waits => {
            let at = match temper {
                Temper::Schedules => At::Scheduled,
                Temper::Waits => At::Waiting,
                _ => At::Active,
            };
            buy.at = Some(at);
            buy.runs_as = if at == At::Scheduled { at } else { At::Active };
            observe(buy);
        }
        Temper::Silent => {
            buy.at = Some(At::Active);
            buy.silent = true;
        }
        Temper::Loses => buy.silent = true,
        Temper::Rejects => buy.status = S::Rejected,
        // What cannot be asked says nothing about the first request.
        Temper::Away if replayed => buy.silent = true,
        Temper::Away => buy.status = S::Failed,
    }
}

/// Decision 15: what the seller lists is ours; else the identical bytes are sent again.
fn reconcile(buy: &mut Buy, temper: Temper) {
    if buy.at.is_some() {
        buy.silent = false;
        observe(buy);
    } else {
        place_at(buy, temper);
    }
}

/// What its seller holds, taken in (decisions 18 and 19).
fn observe(buy: &mut Buy) {
    let Some(at) = buy.at else { return };
    if !buy.status.lives() {
        return;
    }
    match at {
        At::Waiting => {}
        At::Completed => buy.status = S::Completed,
        At::Canceled => buy.status = S::Canceled,
        At::Rejected => buy.status = S::Rejected,
        At::Paused if buy.wish == Some(Wish::Resume) && buy.status == S::Active => {}
        At::Paused => {
            buy.status = S::Paused;
            if buy.wish == Some(Wish::Pause) {
                buy.wish = None;
            }
        }
        At::Active | At::Scheduled if buy.status == S::Paused => {
            if buy.hold && buy.wish != Some(Wish::Resume) {
                if at == At::Active {
                    buy.wish = Some(Wish::Pause);
                }
            } else {
                buy.status = S::Active;
                buy.wish = None;
            }
        }
        At::Active | At::Scheduled => {
            buy.status = S::Active;
            if buy.hold {
                buy.wish = Some(Wish::Pause);
            }
        }
    }
}

/// A wish sent to its seller, which takes it for what runs or is paused.
fn ask(buy: &mut Buy) {
    if !buy.status.lives() {
        return;
    }
    let Some(wish) = buy.wish else { return };
    if !matches!(buy.at, Some(At::Active | At::Scheduled | At::Paused)) {
        return;
    }
    buy.wish = None;
    match wish {
        Wish::Pause => {
            buy.at = Some(At::Paused);
            buy.status = S::Paused;
        }
        Wish::Resume => {
            buy.at = Some(buy.runs_as);
            buy.status = S::Active;
        }
    }
}
