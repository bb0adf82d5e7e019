//! What time it is. Two kinds of time (decision 30): the product's, on which flights, approvals
//! and delivery run and which may be faster than real, and real time for deadlines, leases,
//! signatures and idempotency windows.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The fastest a clock may run: more than a day of the product's time per real second.
pub const MAX_SPEED: i32 = 100_000;

/// A clock; copies of it tell the same time.
#[derive(Clone)]
pub struct Clock(Arc<Kind>);

enum Kind {
    Running {
        began: DateTime<Utc>,
        from: DateTime<Utc>,
        speed: i32,
    },
    Set(Mutex<DateTime<Utc>>),
}

/// Real time in whole milliseconds: what is shown is what is stored.
fn real() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

impl Clock {
    /// Real time.
    #[must_use]
    pub fn real() -> Self {
        Self::faster(1)
    }

    /// Real time now, then `speed` times as fast; speeds outside 1 to [`MAX_SPEED`] are brought
    /// inside.
    #[must_use]
    pub fn faster(speed: i32) -> Self {
        Self::faster_from(speed, DateTime::<Utc>::MIN_UTC)
    }

    /// The same, but from `at` on where that is later than now: where a clock that ran ahead of
    /// real time was when it stopped.
    #[must_use]
    pub fn faster_from(speed: i32, at: DateTime<Utc>) -> Self {
        let began = real();
        Self(Arc::new(Kind::Running {
            began,
            from: began.max(at),
            speed: speed.clamp(1, MAX_SPEED),
        }))
    }

    /// A clock that stands still until it is set: both kinds of time are the one given.
    #[must_use]
    pub fn standing(at: DateTime<Utc>) -> Self {
        Self(Arc::new(Kind::Set(Mutex::new(at))))
    }

    /// Sets a standing clock; a running one stays as it is.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Kind::Set(time) = &*self.0 {
            *time.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
    }

    /// Moves a standing clock on.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Set(time) = &*self.0 {
            let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
            *time = time.checked_add_signed(by).unwrap_or(*time);
        }
    }

    /// The product's time: flights, approvals, delivery.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Kind::Running { began, from, speed } => {
                let real = real();
                (real - *began)
                    .checked_mul(*speed)
                    .and_then(|passed| from.checked_add_signed(passed))
                    .unwrap_or(real)
            }
            Kind::Set(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Real time: deadlines, due times of jobs, leases, idempotency windows, rate limits.
    #[must_use]
    pub fn real_now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Kind::Running { .. } => real(),
            Kind::Set(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How many times as fast as real time the product's time runs.
    #[must_use]
    pub fn speed(&self) -> i32 {
        match &*self.0 {
            Kind::Running { speed, .. } => *speed,
            Kind::Set(_) => 1,
        }
    }

    /// The product's time as a function, for whoever shares it.
    #[must_use]
    pub fn shared(&self) -> Arc<dyn Fn() -> DateTime<Utc> + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("now", &self.now())
            .field("speed", &self.speed())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let start: DateTime<Utc> = "2027-03-01T00:00:00Z".parse().unwrap();
        let clock = Clock::standing(start);
        assert_eq!((clock.now(), clock.real_now()), (start, start));
        clock.advance(TimeDelta::days(1));
        assert_eq!(clock.now(), start + TimeDelta::days(1));
        clock.set(start);
        assert_eq!((clock.shared())(), start);
    }

    #[test]
    fn a_fast_clock_is_never_behind_real_time() {
        let clock = Clock::faster(1_000);
        let real = clock.real_now();
        assert!(clock.now() >= real - TimeDelta::milliseconds(1));
        let ahead = clock.real_now() + TimeDelta::days(40);
        assert!(Clock::faster_from(2, ahead).now() >= ahead);
        assert!(Clock::faster_from(2, real - TimeDelta::days(40)).now() >= real);
        assert!(Clock::faster_from(2, ahead).real_now() < ahead);
        assert_eq!(Clock::faster(0).speed(), 1);
        assert_eq!(Clock::faster(i32::MAX).speed(), MAX_SPEED);
    }
}
