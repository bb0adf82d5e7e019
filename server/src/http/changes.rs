//! What became of changes of media buys, as answers tell it (contract 4.4, 8.3 and 9.3).

use flighting_core::campaign::Campaign;
use flighting_core::change::{AskedChange, Cascaded, Step};
use flighting_core::execution::Silence;
use flighting_core::ids::MediaBuyId;
use flighting_core::media_buy::{ChangeKind, ChangeState, MediaBuy, PendingChange, SellerError};
use flighting_core::wire::media_buy::{
    CascadeResult, CascadeWord, ChangeError, ChangeResult, ChangeResultWord, PacingCascadeResult,
};

use crate::error::Fault;
use crate::flows::update::Done;

/// One entry per entry of `mediaBuys`.
pub(super) fn results(done: &Done) -> Vec<ChangeResult> {
    done.updated
        .asked
        .iter()
        .filter_map(|asked| {
            let buy = done.campaign.buy(&asked.media_buy_id)?;
            let pause = done
                .asked
                .iter()
                .find(|pause| pause.media_buy_id == asked.media_buy_id)
                .and_then(|pause| pause.error.as_ref());
            Some(result(asked, buy, pause))
        })
        .collect()
}

fn result(asked: &AskedChange, buy: &MediaBuy, pause: Option<&SellerError>) -> ChangeResult {
    let AskedChange {
        media_buy_id,
        kind,
        previous,
        step,
    } = asked;
    let (outcome, error) = match step {
        Step::Sent(number) => became(buy, *number),
        Step::Held => (ChangeResultWord::Held, None),
        Step::Done => (ChangeResultWord::Applied, None),
        Step::AlreadySo => (ChangeResultWord::Unchanged, None),
    };
    let (outcome, error) = match pause {
        Some(pause) if error.is_none() => (ChangeResultWord::Refused, Some(pause.into())),
        _ => (outcome, error),
    };
    ChangeResult {
        media_buy_id: media_buy_id.to_string(),
        name: buy.name.clone(),
        action: *kind,
        outcome,
        success: matches!(
            outcome,
            ChangeResultWord::Applied | ChangeResultWord::Unchanged
        ),
        previous_status: *previous,
        new_status: buy.status,
        error,
    }
}

/// What became of a change of a buy, and why it is not done.
fn became(buy: &MediaBuy, number: u32) -> (ChangeResultWord, Option<ChangeError>) {
    let of_number = |change: &&PendingChange| change.number == number;
    let Some(change) = buy.pending_change.as_ref().filter(of_number) else {
        return (ChangeResultWord::Applied, None);
    };
    let error = change.error.as_ref().map(ChangeError::from);
    match change.state {
        ChangeState::Approved => (ChangeResultWord::Applied, None),
        ChangeState::Held => (ChangeResultWord::Held, None),
        ChangeState::Submitted => (ChangeResultWord::Submitted, None),
        ChangeState::Refused => (ChangeResultWord::Refused, error),
        ChangeState::Expired => (ChangeResultWord::Expired, error),
        ChangeState::Open | ChangeState::Silent => {
            (ChangeResultWord::Unknown, Some(no_answer(change)))
        }
    }
}

fn no_answer(change: &PendingChange) -> ChangeError {
    ChangeError {
        code: Silence::CODE.to_owned(),
        message: change
            .message
            .clone()
            .unwrap_or_else(|| "the seller has not answered".to_owned()),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after: None,
    }
}

/// What became of appended periods in the live buys; none when nothing was appended.
pub(super) fn cascade(done: &Done) -> Option<PacingCascadeResult> {
    let cascade = done.updated.cascade.as_ref()?;
    Some(PacingCascadeResult {
        media_buy_results: cascade
            .iter()
            .filter_map(|cascaded| {
                let buy = done.campaign.buy(&cascaded.media_buy_id)?;
                Some(cascaded_into(cascaded, buy))
            })
            .collect(),
    })
}

fn cascaded_into(cascaded: &Cascaded, buy: &MediaBuy) -> CascadeResult {
    let Cascaded {
        media_buy_id,
        number,
        packages,
        skipped,
    } = cascaded;
    let (outcome, error) = match number {
        None => (CascadeWord::Skipped, None),
        Some(number) => {
            let (outcome, error) = became(buy, *number);
            let word = match outcome {
                ChangeResultWord::Applied | ChangeResultWord::Unchanged => CascadeWord::Applied,
                ChangeResultWord::Submitted | ChangeResultWord::Held => CascadeWord::Submitted,
                ChangeResultWord::Unknown => CascadeWord::Unknown,
                ChangeResultWord::Refused
                    if error
                        .as_ref()
                        .is_some_and(|error| error.code == "UNSUPPORTED_FEATURE") =>
                {
                    CascadeWord::Unsupported
                }
                ChangeResultWord::Refused | ChangeResultWord::Expired => CascadeWord::Failed,
            };
            (word, error)
        }
    };
    CascadeResult {
        media_buy_id: media_buy_id.to_string(),
        outcome,
        packages_added: if outcome == CascadeWord::Applied {
            u64::try_from(*packages).unwrap_or(u64::MAX)
        } else {
            0
        },
        skipped: *skipped,
        error,
    }
}

/// The fault of a delete that not every seller confirmed.
pub(super) fn not_confirmed(before: &Campaign, after: &Campaign, asked: &[MediaBuyId]) -> Fault {
    let results: Vec<_> = asked
        .iter()
        .filter_map(|id| {
            let buy = after.buy(id)?;
            let (outcome, error) = match &buy.pending_change {
                Some(change) => became(buy, change.number),
                None => (ChangeResultWord::Applied, None),
            };
            Some(ChangeResult {
                media_buy_id: id.to_string(),
                name: buy.name.clone(),
                action: ChangeKind::Cancel,
                outcome,
                success: outcome == ChangeResultWord::Applied,
                previous_status: before.buy(id).map_or(buy.status, |buy| buy.status),
                new_status: buy.status,
                error,
            })
        })
        .collect();
    let open = results.iter().filter(|result| !result.success).count();
    Fault::NotConfirmed {
        message: format!(
            "{open} of {} media buys did not end at their sellers, so the campaign stays: try again, or cancel them one by one",
            results.len()
        ),
        results,
    }
}
