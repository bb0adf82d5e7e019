//! How a media buy stands to being changed (contract 9.3): the first thing that is asked of every
//! entry of `mediaBuys[]`, and what the page asks before it offers a change.

use crate::media_buy::{ChangeState, MediaBuy, MediaBuyStatus, SubmissionState};

/// How a buy stands to being changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Its request, or a change of it, is on its way or unanswered.
    InFlight,
    /// It is over.
    Ended,
    /// The seller has not named it yet: nothing can be asked about it but its end.
    Unnamed,
    /// The seller holds it.
    AtSeller,
}

impl Stand {
    /// From what every view of a buy holds: how far its request has come, its status, how far its
    /// last change has come, and whether its seller has named it.
    #[must_use]
    pub fn by(
        submission: SubmissionState,
        status: MediaBuyStatus,
        change: Option<ChangeState>,
        named: bool,
    ) -> Self {
        if submission != SubmissionState::Closed
            || status == MediaBuyStatus::Draft
            || change.is_some_and(ChangeState::is_in_flight)
        {
            Self::InFlight
        } else if status.has_ended() {
            Self::Ended
        } else if named {
            Self::AtSeller
        } else {
            Self::Unnamed
        }
    }

    pub(crate) fn of(buy: &MediaBuy) -> Self {
        Self::by(
            buy.submission,
            buy.status,
            buy.pending_change.as_ref().map(|change| change.state),
            buy.seller.media_buy_id.is_some(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(
        submission: SubmissionState,
        status: MediaBuyStatus,
        change: Option<ChangeState>,
    ) -> Stand {
        Stand::by(submission, status, change, true)
    }

    #[test]
    fn what_is_on_its_way_comes_before_what_is_over() {
        use MediaBuyStatus as S;
        let closed = SubmissionState::Closed;
        assert_eq!(by(closed, S::Active, None), Stand::AtSeller);
        assert_eq!(by(closed, S::Canceled, None), Stand::Ended);
        assert_eq!(
            by(SubmissionState::Silent, S::PendingApproval, None),
            Stand::InFlight
        );
        assert_eq!(by(closed, S::Draft, None), Stand::InFlight);
        for (change, stand) in [
            (ChangeState::Open, Stand::InFlight),
            (ChangeState::Silent, Stand::InFlight),
            (ChangeState::Submitted, Stand::AtSeller),
            (ChangeState::Refused, Stand::AtSeller),
        ] {
            assert_eq!(by(closed, S::Active, Some(change)), stand, "{change:?}");
        }
        assert_eq!(
            Stand::by(closed, S::PendingApproval, None, false),
            Stand::Unnamed
        );
    }
}
