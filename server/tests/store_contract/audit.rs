//! Rows of the audit log go in with the change they tell of, or not at all.

use flighting_core::wire::audit::{
    ActorOrigin, AuditAction, AuditOutcome, AuditRefusal, AuditResource, FieldChange,
};
use flighting_server::store::{AccountId, AuditFilter, AuditRow, Change, StoreError, Subject, Who};

use crate::samples::*;

fn row(id: &str, seconds: i64) -> AuditRow {
    AuditRow {
        id: id.to_owned(),
        at: at(seconds),
        who: Who::Key {
            id: "key_1".to_owned(),
            label: "planner".to_owned(),
            origin: ActorOrigin::Agent,
        },
        action: AuditAction::Update,
        subject: Subject {
            kind: AuditResource::Campaign,
            id: Some("cmp_one".to_owned()),
            name: Some("one".to_owned()),
            parent: Some((AuditResource::Advertiser, "adv_acme".to_owned())),
            advertiser: None,
            campaign: Some(campaign_id("one")),
        },
        outcome: AuditOutcome::Succeeded,
        refusal: None,
        changes: vec![FieldChange {
            field: "name".to_owned(),
            old: serde_json::from_str("null").unwrap(),
            new: serde_json::from_str("\"one\"").unwrap(),
        }],
        description: "the key `planner` changed the campaign `one`".to_owned(),
    }
}

fn all() -> AuditFilter {
    AuditFilter {
        from: None,
        until: None,
        advertiser: None,
        campaign: None,
        resources: Vec::new(),
        actions: Vec::new(),
        origin: None,
        resource_id: None,
        key_id: None,
        outcome: AuditOutcome::Succeeded,
        take: 10,
        skip: 0,
    }
}

async fn rows(store: &Handle, account: &AccountId, filter: &AuditFilter) -> Vec<AuditRow> {
    let page = store.audit_logs(account, filter).await.unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

pub async fn rows_go_in_with_their_change(store: Handle) {
    settle_in(&*store).await;
    let one = campaign("one", "one", 0);
    let change = Change {
        campaign_new: Some(one.clone()),
        audit: vec![row("log_1", 1)],
        ..change()
    };
    store.commit(change.clone()).await.unwrap();
    let again = Change {
        audit: vec![row("log_2", 2)],
        ..change
    };
    let refused = store.commit(again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Exists { .. }), "{refused:?}");
    assert_eq!(rows(&store, &mine(), &all()).await, [row("log_1", 1)]);
}

pub async fn rows_are_listed_newest_first_and_only_to_their_account(store: Handle) {
    settle_in(&*store).await;
    let system = AuditRow {
        who: Who::System,
        outcome: AuditOutcome::Succeeded,
        subject: Subject {
            kind: AuditResource::MediaBuy,
            id: Some("mb_1".to_owned()),
            ..row("", 0).subject
        },
        ..row("log_2", 2)
    };
    let failed = AuditRow {
        outcome: AuditOutcome::Failed,
        refusal: Some(AuditRefusal {
            status: 409,
            code: Some("CONFLICT".to_owned()),
            field: None,
        }),
        ..row("log_3", 3)
    };
    let told = Change {
        audit: vec![row("log_1", 1), system.clone(), failed.clone()],
        ..change()
    };
    store.commit(told).await.unwrap();
    let first = row("log_1", 1);
    let read = async |filter: AuditFilter| rows(&store, &mine(), &filter).await;
    assert_eq!(read(all()).await, [system.clone(), first.clone()]);
    let outcome = AuditOutcome::Failed;
    assert_eq!(read(AuditFilter { outcome, ..all() }).await, [failed]);
    let origin = Some(ActorOrigin::System);
    assert_eq!(
        read(AuditFilter { origin, ..all() }).await,
        std::slice::from_ref(&system)
    );
    let from = Some(at(2));
    assert_eq!(read(AuditFilter { from, ..all() }).await, [system]);
    let until = Some(at(2));
    assert_eq!(read(AuditFilter { until, ..all() }).await, [first]);
    assert!(rows(&store, &theirs(), &all()).await.is_empty());
}
