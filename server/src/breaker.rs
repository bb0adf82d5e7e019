//! A breaker per agent: one that does not answer is left alone for a while, then asked once; what
//! that brings decides whether it is asked as usual again. Decides only; time is an argument.
//!
//! Closed: asked as usual. Open: resting, nothing is asked. Half open: the rest is over and one
//! question is on its way. The first rest is short, each further one twice as long.

use chrono::{DateTime, TimeDelta, Utc};

/// Failures in a row after which an agent rests, our choice.
pub const FAILURES: u32 = 5;

/// The first rest.
const FIRST_REST: TimeDelta = TimeDelta::seconds(10);

/// The longest rest.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(5);

/// How long the one question of a half-open breaker may take before another is let through.
const PROBE_LIMIT: TimeDelta = TimeDelta::minutes(1);

/// Whether an agent is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    state: State,
    since: DateTime<Utc>,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: DateTime<Utc>, rests: u32 },
    HalfOpen { asked: DateTime<Utc>, rests: u32 },
}

/// How a breaker stands, to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which of the three states.
    pub state: Phase,
    /// Since when; real time.
    pub since: DateTime<Utc>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is asked again; none while it is asked as usual.
    pub next_try: Option<DateTime<Utc>>,
}

/// The three states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Asked as usual.
    Closed,
    /// Left alone.
    Open,
    /// One question is on its way.
    HalfOpen,
}

/// Leave to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// As usual.
    Usual,
    /// The one question after a rest: a harmless one.
    Probe,
}

/// The agent rests until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// When it is asked again; real time.
    pub until: DateTime<Utc>,
    /// Failures in a row.
    pub failures: u32,
}

impl Breaker {
    /// Closed, without failures.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            state: State::Closed,
            since: now,
            failures: 0,
        }
    }

    /// Asks for leave. After a rest exactly one caller gets [`Pass::Probe`], and has to say what
    /// came of it.
    ///
    /// # Errors
    /// [`Resting`].
    pub fn allow(&mut self, now: DateTime<Utc>) -> Result<Pass, Resting> {
        match self.state {
            State::Closed => Ok(Pass::Usual),
            State::Open { until, rests } if now >= until => {
                self.become_half_open(now, rests);
                Ok(Pass::Probe)
            }
            State::HalfOpen { asked, rests } if now - asked >= PROBE_LIMIT => {
                // Whoever asked never came back.
                self.become_half_open(now, rests);
                Ok(Pass::Probe)
            }
            State::Open { until, .. } => Err(self.resting(until)),
            State::HalfOpen { .. } => Err(self.resting(now + TimeDelta::seconds(1))),
        }
    }

    /// The agent answered, whatever it said.
    pub fn answered(&mut self, now: DateTime<Utc>) {
        self.failures = 0;
        if self.state != State::Closed {
            self.state = State::Closed;
            self.since = now;
        }
    }

    /// The agent did not answer.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        match self.state {
            State::Closed if self.failures >= FAILURES => self.rest(now, 0),
            State::HalfOpen { rests, .. } => self.rest(now, rests.saturating_add(1)),
            // Questions that were under way when it began to rest say nothing new.
            State::Closed | State::Open { .. } => {}
        }
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let (state, next_try) = match self.state {
            State::Closed => (Phase::Closed, None),
            State::Open { until, .. } => (Phase::Open, Some(until)),
            State::HalfOpen { asked, .. } => (Phase::HalfOpen, Some(asked)),
        };
        Standing {
            state,
            since: self.since,
            failures: self.failures,
            next_try,
        }
    }

    fn become_half_open(&mut self, now: DateTime<Utc>, rests: u32) {
        self.state = State::HalfOpen { asked: now, rests };
        self.since = now;
    }

    fn rest(&mut self, now: DateTime<Utc>, rests: u32) {
        let grown = FIRST_REST * (1 << rests.min(10));
        self.state = State::Open {
            until: now + grown.min(LONGEST_REST),
            rests,
        };
        self.since = now;
    }

    fn resting(&self, until: DateTime<Utc>) -> Resting {
        Resting {
            until,
            failures: self.failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn resting(breaker: &mut Breaker, now: i64) -> Option<i64> {
        breaker
            .allow(at(now))
            .err()
            .map(|resting| (resting.until - DateTime::UNIX_EPOCH).num_seconds())
    }

    fn broken() -> Breaker {
        let mut breaker = Breaker::new(at(0));
        for second in 1..=5 {
            assert_eq!(breaker.allow(at(second)), Ok(Pass::Usual));
            breaker.failed(at(second));
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_let_an_agent_rest() {
        let mut breaker = Breaker::new(at(0));
        for second in 1..=4 {
            breaker.failed(at(second));
        }
        breaker.answered(at(5));
        for second in 6..=9 {
            breaker.failed(at(second));
        }
        assert_eq!(breaker.allow(at(9)), Ok(Pass::Usual));
        breaker.failed(at(10));
        assert_eq!(resting(&mut breaker, 11), Some(20));
        let standing = breaker.standing();
        assert_eq!(
            (standing.state, standing.failures, standing.since),
            (Phase::Open, 5, at(10))
        );
        assert_eq!(standing.next_try, Some(at(20)));
    }

    #[test]
    fn after_the_rest_one_question_decides() {
        let mut breaker = broken();
        assert_eq!(resting(&mut breaker, 14), Some(15));
        assert_eq!(breaker.allow(at(15)), Ok(Pass::Probe));
        assert_eq!(breaker.standing().state, Phase::HalfOpen);
        assert_eq!(resting(&mut breaker, 15), Some(16));
        breaker.answered(at(16));
        assert_eq!(breaker.allow(at(16)), Ok(Pass::Usual));
        assert_eq!(
            (breaker.standing().state, breaker.standing().failures),
            (Phase::Closed, 0)
        );
    }

    #[test]
    fn rests_grow_up_to_five_minutes() {
        let mut breaker = broken();
        let mut now = 5;
        let mut rests = Vec::new();
        for _ in 0..8 {
            let until = resting(&mut breaker, now).unwrap();
            rests.push(until - now);
            assert_eq!(breaker.allow(at(until)), Ok(Pass::Probe));
            breaker.failed(at(until));
            now = until;
        }
        assert_eq!(rests, [10, 20, 40, 80, 160, 300, 300, 300]);
        // What was under way before neither lengthens the rest nor ends it early.
        breaker.failed(at(now));
        assert_eq!(resting(&mut breaker, now), Some(now + 300));
    }

    #[test]
    fn a_question_that_never_came_back_does_not_close_the_door() {
        let mut breaker = broken();
        assert_eq!(breaker.allow(at(15)), Ok(Pass::Probe));
        assert!(breaker.allow(at(74)).is_err());
        assert_eq!(breaker.allow(at(75)), Ok(Pass::Probe));
    }
}
