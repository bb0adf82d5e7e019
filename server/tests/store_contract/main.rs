//! What every store has to do, run against each that there is: SQLite in memory and on disk. A
//! second store adds a function that makes one, and a line in `contract!`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audit;
mod campaigns;
mod commits;
mod events;
mod hooks;
mod jobs;
mod lists;
mod parties;
mod requests;
mod samples;
mod secrets;
mod submissions;

use std::path::PathBuf;
use std::sync::Arc;

use flighting_server::store::{SqliteStore, Store};

/// A store of its own for one test, and what has to be cleared away after it.
struct Fresh {
    store: Arc<dyn Store>,
    folder: Option<PathBuf>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

async fn sqlite_in_memory() -> Fresh {
    Fresh {
        store: Arc::new(SqliteStore::in_memory().await.unwrap()),
        folder: None,
    }
}

async fn sqlite_on_disk() -> Fresh {
    let folder = samples::folder();
    let store = SqliteStore::open(&folder.join("flighting.db"))
        .await
        .unwrap();
    Fresh {
        store: Arc::new(store),
        folder: Some(folder),
    }
}

macro_rules! contract {
    ($($module:ident: $($name:ident)+;)+) => {
        contract!(@store sqlite_in_memory, $($module: $($name)+;)+);
        contract!(@store sqlite_on_disk, $($module: $($name)+;)+);
    };
    (@store $make:ident, $($module:ident: $($name:ident)+;)+) => {
        mod $make {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let fresh = crate::$make().await;
                    crate::$module::$name(std::sync::Arc::clone(&fresh.store)).await;
                    fresh.store.close().await;
                })+
            })+
        }
    };
}

contract! {
    audit:
        rows_go_in_with_their_change
        rows_are_listed_newest_first_and_only_to_their_account;
    campaigns:
        what_was_committed_is_read_back
        versions_move_with_each_row_of_an_answer
        a_summary_follows_its_campaign
        other_accounts_see_nothing
        delivery_replaces_and_sums
        the_last_report_of_a_buy_replaces_the_one_before
        a_buy_is_found_by_its_sellers_id
        polls_are_due_moved_and_dropped;
    commits:
        a_stale_campaign_changes_nothing
        commits_at_the_same_time_are_each_decided_by_themselves
        a_stale_session_changes_nothing
        every_failing_part_leaves_nothing_of_the_others
        of_many_at_once_one_wins
        a_campaign_of_another_account_is_not_written
        an_advertiser_that_moved_refuses_a_new_campaign
        a_commit_wakes_whoever_waits;
    lists:
        lists_are_newest_first_and_count_all
        lists_come_in_every_order
        lists_filter_by_every_member
        names_are_found_whatever_their_capitals
        a_page_of_many_is_the_same_as_the_whole_cut_up;
    submissions:
        one_is_read_back_byte_for_byte
        what_is_closed_makes_room_for_a_change_in_the_same_commit
        a_buy_has_one_that_is_not_closed
        only_the_holder_may_settle
        a_claim_passes_on_when_its_lease_ends
        silent_ones_stay_until_closed
        an_archived_agent_gets_none
        open_ones_of_all_accounts_are_found;
    jobs:
        due_ones_are_claimed_once_and_in_order
        asking_twice_is_asking_once_at_the_earlier_time
        asked_again_while_it_runs_it_runs_again
        a_lease_that_ends_frees_the_job
        putting_back_sets_the_time_and_keeps_the_attempts
        what_waits_is_brought_forward_by_its_kind
        done_and_asked_in_one_change_is_replaced
        many_workers_share_without_doubling
        the_runner_runs_repeats_and_survives_a_panic
        a_leap_of_the_clock_does_not_run_a_job_twice
        the_runner_stops_and_puts_back
        running_until_idle_stops_at_its_limit;
    events:
        they_come_in_order_and_after_a_number
        old_ones_go_and_the_window_tells;
    requests:
        the_matrix_of_a_key
        a_key_is_free_after_a_day_a_fault_or_a_crash
        of_many_at_once_one_runs;
    hooks:
        an_address_belongs_to_the_agent_it_was_made_with
        a_message_counts_once_with_all_that_came_with_it
        signatures_are_forgotten_when_they_end_and_messages_days_later
        a_message_finds_the_request_it_is_about
        the_youngest_signing_key_stays;
    parties:
        accounts_are_made_once
        keys_are_found_by_hash_until_revoked
        advertisers_are_kept_listed_and_updated
        the_currency_stays_once_there_is_a_campaign
        agents_are_kept_and_updated
        an_agent_with_a_live_buy_is_not_archived;
    secrets:
        rotation_seals_everything_anew
        a_rotation_that_fails_changes_nothing
        an_update_with_an_old_seal_is_stale;
}

#[tokio::test]
async fn a_file_keeps_what_was_written_and_recovers_claims() {
    let folder = samples::folder();
    let path = folder.join("flighting.db");
    let first = Arc::new(SqliteStore::open(&path).await.unwrap());
    jobs::leaves_claims_behind(first.clone()).await;
    first.close().await;
    drop(first);
    let second = Arc::new(SqliteStore::open(&path).await.unwrap());
    jobs::takes_claims_back(second.clone()).await;
    second.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_may_write_one_file() {
    let folder = samples::folder();
    let path = folder.join("flighting.db");
    let one = Arc::new(SqliteStore::open(&path).await.unwrap());
    let other = Arc::new(SqliteStore::open(&path).await.unwrap());
    commits::two_writers_lose_nothing(one.clone(), other.clone()).await;
    one.close().await;
    other.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
