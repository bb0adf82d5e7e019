//! Answers to changes of buys, in our words: an `update_media_buy` is answered as a create is, and
//! means something else (contract 9.3, decision 15).

use flighting_core::change::ChangeAnswer;
use flighting_core::execution::Answer;

use super::map::Reading;

/// What a seller said to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Something that settles it, or keeps it waiting.
    Settles(ChangeAnswer),
    /// The buy's revision moved since we looked: nothing was applied.
    Stale,
}

/// Understands the reading of an answer to a change, or of the task that decides about one.
#[must_use]
pub fn answer(reading: &Reading) -> Said {
    let code = reading.error.as_ref().map(|error| error.code.as_str());
    Said::Settles(match &reading.answer {
        Answer::Silent(_) if code == Some("CONFLICT") => return Said::Stale,
        Answer::Accepted(buy) => ChangeAnswer::Applied(Box::new(buy.clone())),
        Answer::Waiting(task) | Answer::NeedsInput(task) => ChangeAnswer::Submitted(task.clone()),
        Answer::Rejected(error) | Answer::Failed(error) => ChangeAnswer::Refused(error.clone()),
        Answer::Canceled(error) => ChangeAnswer::Expired(error.clone()),
        Answer::Silent(silence) => ChangeAnswer::Silent(silence.message.clone()),
    })
}
