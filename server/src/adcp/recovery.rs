//! What to do by ourselves about a seller's error, as the protocol asks of buyers: ask again within
//! a budget, change the request, call a person, or stop. A delay is a least delay and never a
//! permission.

use flighting_core::media_buy::{Recovery, SellerError};

/// How long to wait before asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// At least so many seconds, as the seller says.
    AtLeast(u32),
    /// The seller does not say: later each time, up to a limit.
    BackOff,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same request again.
    Retry(Delay),
    /// Another request may work.
    Correct,
    /// A person has to act.
    Escalate,
    /// The budget is used up.
    Stop,
}

/// A decision about one error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The class that counts: the error's own, else the registered one, else `transient`.
    pub recovery: Recovery,
    /// What comes next.
    pub step: Step,
    /// How many retries are used once this step is taken.
    pub retries: u32,
}

/// Decides about an error after so many retries of at most so many.
#[must_use]
pub fn decide(error: &SellerError, retries: u32, most: u32) -> Decision {
    // Read from the wire, an error has its own class or the registered one already.
    let recovery = error.recovery.unwrap_or(Recovery::Transient);
    let step = match recovery {
        Recovery::Correctable => Step::Correct,
        Recovery::Terminal => Step::Escalate,
        Recovery::Transient if retries >= most => Step::Stop,
        Recovery::Transient => {
            Step::Retry(error.retry_after_s.map_or(Delay::BackOff, Delay::AtLeast))
        }
    };
    Decision {
        recovery,
        step,
        retries: match step {
            Step::Retry(_) => retries + 1,
            Step::Correct | Step::Escalate | Step::Stop => retries,
        },
    }
}
