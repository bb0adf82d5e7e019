//! `media-buy-status` by its contract: what each seller's word means for whoever has to act.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use flighting_core::execution::SellerCreatives;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::{Value, json};
use support::seller::Does;
use support::staged::Staged;

async fn status(stage: &Staged, id: &str) -> Value {
    stage
        .test
        .get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200)
}

#[tokio::test]
async fn every_reason_to_wait_says_whose_turn_it_is_and_how_the_buy_stands() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    let none = SellerCreatives::default();
    let with = |assigned, in_review, approved, partly_approved, rejected| SellerCreatives {
        assigned,
        in_review,
        approved,
        partly_approved,
        rejected,
    };
    use SellerBuyStatus::{Active, Paused, PendingCreatives, PendingStart};
    // The seller's words, and per row: our status, operational status, reason, turn.
    let rows = [
        (
            PendingStart,
            true,
            none,
            "ACTIVE",
            "pending_start",
            "scheduled_not_started",
            "nobody",
        ),
        (
            PendingStart,
            false,
            none,
            "PENDING_APPROVAL",
            "pending_start",
            "awaiting_storefront_approval",
            "seller",
        ),
        (
            PendingCreatives,
            true,
            none,
            "INPUT_REQUIRED",
            "pending_creatives",
            "no_creatives_attached",
            "buyer",
        ),
        (
            PendingCreatives,
            true,
            with(2, 1, 0, 0, 1),
            "INPUT_REQUIRED",
            "attention_required",
            "source_rejected_creatives",
            "buyer",
        ),
        (
            PendingCreatives,
            true,
            with(2, 1, 1, 0, 0),
            "PENDING_APPROVAL",
            "pending_creatives",
            "awaiting_source_moderation",
            "seller",
        ),
        (
            PendingCreatives,
            true,
            with(2, 0, 1, 1, 0),
            "PENDING_APPROVAL",
            "pending_creatives",
            "awaiting_creative_approval",
            "seller",
        ),
        (
            PendingCreatives,
            true,
            with(2, 0, 0, 0, 0),
            "PENDING_APPROVAL",
            "pending_creatives",
            "creative_processing_at_source",
            "seller",
        ),
        (
            PendingCreatives,
            true,
            with(2, 0, 2, 0, 0),
            "PENDING_APPROVAL",
            "pending_start",
            "accepted_awaiting_trafficking",
            "nobody",
        ),
    ];
    for (word, confirmed, creatives, ours, operational, reason, turn) in rows {
        // A buy of its own for each row: most words are no legal move from another.
        let row = Staged::start([], |seller| seller).await;
        row.seller.books_as(word.clone(), confirmed, creatives);
        let id = row.executed().await;
        let told = status(&row, &id).await;
        let buy = &told["media_buys"][0];
        let what = format!("{word:?} {confirmed} {creatives:?}");
        assert_eq!(buy["internal_status"], ours, "{what}");
        assert_eq!(buy["operational_status"], operational, "{what}");
        assert_eq!(told["operational_status"], operational, "{what}");
        assert_eq!(buy["pending_reason"], reason, "{what}");
        assert_eq!(buy["turn"], turn, "{what}");
        assert_eq!(buy["pending_since"], "2027-03-01T12:00:00Z", "{what}");
        assert_eq!(
            buy["pending_creative_reviews"], creatives.in_review,
            "{what}"
        );
        assert_eq!(buy["status_refresh_source"], "direct_agent", "{what}");
        assert_eq!(buy["forwarded_at"], "2027-03-01T12:00:00Z", "{what}");
        let expected = if turn == "nobody" {
            json!([])
        } else {
            json!([reason])
        };
        assert_eq!(buy["blockers"], expected, "{what}");
        row.test.end().await;
    }
    for (word, operational) in [(Active, "active"), (Paused, "paused")] {
        stage.seller.set_status(word);
        let told = status(&stage, &id).await;
        assert_eq!(told["operational_status"], operational);
        assert_eq!(told["media_buys"][0]["has_upstream_media_buy"], true);
        assert_eq!(told["media_buys"][0]["has_delivery"], false);
        assert_eq!(told["agents_queried"], 1);
        assert_eq!(told["blockers"], json!([]));
    }
    stage.seller.set_status(SellerBuyStatus::Completed);
    let told = status(&stage, &id).await;
    assert_eq!(told["media_buys"][0]["updated"], true);
    assert_eq!(told["media_buys"][0]["previous_internal_status"], "PAUSED");
    assert_eq!(told["operational_status"], "completed");
    let again = status(&stage, &id).await;
    assert_eq!(
        again["media_buys"][0]["status_refresh_source"],
        "persisted_terminal"
    );
    assert_eq!(again["agents_queried"], 0);
    stage.test.end().await;
}

#[tokio::test]
async fn a_no_is_told_by_its_kind_and_its_owner() {
    for (code, ours, kind) in [
        ("POLICY_VIOLATION", "REJECTED", "source_rejected"),
        ("TERMS_REJECTED", "REJECTED", "storefront_rejected"),
        (
            "PRODUCT_UNAVAILABLE",
            "REJECTED",
            "product_no_longer_available",
        ),
    ] {
        let stage = Staged::start([Does::Refuses(code)], |seller| seller).await;
        let id = stage.executed().await;
        let told = status(&stage, &id).await;
        let buy = &told["media_buys"][0];
        assert_eq!(buy["internal_status"], ours, "{code}");
        assert_eq!(buy["error_code"], kind, "{code}");
        assert_eq!(buy["adcp_error_code"], code, "{code}");
        assert_eq!(buy["operational_status"], "attention_required", "{code}");
        assert_eq!(told["blockers"][0]["code"], kind, "{code}");
        stage.test.end().await;
    }
    let stage = Staged::start([Does::Unreachable], |seller| seller).await;
    let id = stage.executed().await;
    let told = status(&stage, &id).await;
    let buy = &told["media_buys"][0];
    assert_eq!(
        (
            &buy["internal_status"],
            &buy["error_code"],
            &buy["error_owner"]
        ),
        (
            &json!("FAILED"),
            &json!("source_unavailable"),
            &json!("platform")
        )
    );
    assert_eq!(buy["pending_reason"], "forward_failed_needs_correction");
    stage.test.end().await;

    let draft = Staged::start([], |seller| seller).await;
    let id = draft.campaign().await;
    let told = status(&draft, &id).await;
    assert_eq!(told["operational_status"], "no_media_buys");
    assert_eq!(
        (&told["media_buys"], &told["agents_queried"]),
        (&json!([]), &json!(0))
    );
    draft.test.end().await;
}
