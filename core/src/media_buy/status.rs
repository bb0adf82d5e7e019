//! The statuses of a media buy and the legal moves between them (brief; contract 12.2).

use serde::{Deserialize, Serialize};

/// The status we show for a media buy (the brief's ten).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MediaBuyStatus {
    /// Planned, not sent yet.
    Draft,
    /// At the seller, or without an answer from it.
    PendingApproval,
    /// The seller needs something before it can approve.
    InputRequired,
    /// Approved: running, or scheduled to.
    Active,
    /// Approved, deliberately held.
    Paused,
    /// Its flight is over.
    Completed,
    /// Ended on purpose.
    Canceled,
    /// Provably not bought; execute plans it anew.
    Failed,
    /// The seller said no.
    Rejected,
    /// Put away; kept for reporting.
    Archived,
}

/// What of a media buy counts against the media budget (contract 3.4, decision 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// The money of its packages: it may still be spent.
    Packages,
    /// What it delivered: it is over.
    Spend,
    /// Nothing: it was never bought.
    Nothing,
}

impl MediaBuyStatus {
    /// All ten, most restrictive first (decision 17).
    pub const ALL: [Self; 10] = [
        Self::Failed,
        Self::Rejected,
        Self::InputRequired,
        Self::PendingApproval,
        Self::Draft,
        Self::Paused,
        Self::Active,
        Self::Completed,
        Self::Canceled,
        Self::Archived,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::InputRequired => "INPUT_REQUIRED",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// Reads the word of the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// What of a buy in it counts against the media budget.
    #[must_use]
    pub fn counts(self) -> Counts {
        match self {
            Self::Draft
            | Self::PendingApproval
            | Self::InputRequired
            | Self::Active
            | Self::Paused => Counts::Packages,
            Self::Completed | Self::Canceled | Self::Archived => Counts::Spend,
            Self::Failed | Self::Rejected => Counts::Nothing,
        }
    }

    /// Whether the buy is over: completed, canceled, failed, rejected or archived.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Failed | Self::Rejected | Self::Archived
        )
    }

    /// Whether a seller may hold the buy: money may flow or soon will.
    #[must_use]
    pub fn may_be_at_seller(self) -> bool {
        matches!(
            self,
            Self::PendingApproval | Self::InputRequired | Self::Active | Self::Paused
        )
    }

    /// Whether the seller has not said yes yet.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::PendingApproval | Self::InputRequired)
    }

    /// Whether the seller has said yes and the buy is not over.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }

    /// The legal moves (contract 12.2, AdCP's own edges). A move to the same status is none.
    /// `Active` to `Rejected` is legal since a scheduled buy is `Active` here and may still be
    /// turned down. One way back is no move of these: an end is taken back when the seller turns out
    /// to hold the buy (decision 15).
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use MediaBuyStatus as S;
        match self {
            S::Draft => !matches!(next, S::Draft),
            S::PendingApproval => matches!(
                next,
                S::InputRequired
                    | S::Active
                    | S::Paused
                    | S::Completed
                    | S::Canceled
                    | S::Rejected
                    | S::Failed
            ),
            S::InputRequired => matches!(
                next,
                S::PendingApproval
                    | S::Active
                    | S::Paused
                    | S::Completed
                    | S::Canceled
                    | S::Rejected
                    | S::Failed
            ),
            S::Active => matches!(next, S::Paused | S::Completed | S::Canceled | S::Rejected),
            S::Paused => matches!(next, S::Active | S::Completed | S::Canceled | S::Rejected),
            S::Failed => matches!(next, S::Draft | S::Archived),
            S::Completed | S::Canceled | S::Rejected => matches!(next, S::Archived),
            S::Archived => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MediaBuyStatus as S;

    #[test]
    fn moves_follow_the_written_table() {
        // Rows: from; columns in the order of `to`; x marks a legal move.
        let to = [
            S::Draft,
            S::PendingApproval,
            S::InputRequired,
            S::Active,
            S::Paused,
            S::Completed,
            S::Canceled,
            S::Failed,
            S::Rejected,
            S::Archived,
        ];
        let table = [
            (S::Draft, ".xxxxxxxxx"),
            (S::PendingApproval, "..xxxxxxx."),
            (S::InputRequired, ".x.xxxxxx."),
            (S::Active, "....xxx.x."),
            (S::Paused, "...x.xx.x."),
            (S::Completed, ".........x"),
            (S::Canceled, ".........x"),
            (S::Failed, "x........x"),
            (S::Rejected, ".........x"),
            (S::Archived, ".........."),
        ];
        for (from, row) in table {
            for (next, cell) in to.into_iter().zip(row.chars()) {
                assert_eq!(from.may_become(next), cell == 'x', "{from:?} -> {next:?}");
            }
        }
    }

    #[test]
    fn words_round_trip() {
        for status in S::ALL {
            assert_eq!(S::parse(status.as_str()), Some(status));
        }
        assert_eq!(S::parse("active"), None);
    }
}
