//! The change that a media buy of an answer was last asked for.

use chrono::{DateTime, Utc};

use crate::ids::PackageId;
use crate::media_buy::{
    ChangeKind, ChangeState, Package, PackageProposal, PackageStatus, PendingChange, Proposal,
};
use crate::money::{Currency, Money};
use crate::wire::read::{Edge, Fields, Item, Least, Reader};

/// The most packages of a buy that are read.
const MOST: usize = 10_000;

/// Reads `pendingChange`, as far as rules ask for it: what it comes to in money, and when it ends.
pub(super) fn read(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
    packages: &[Package],
) -> Option<PendingChange> {
    let mut fields = item.object(reader)?;
    let kind = fields
        .get(reader, "kind")
        .required(reader)
        .and_then(|item| item.word(reader, ChangeKind::WORDS, ChangeKind::parse));
    let state = fields
        .get(reader, "status")
        .required(reader)
        .and_then(|item| item.word(reader, ChangeState::WORDS, ChangeState::parse));
    let proposal = fields
        .get(reader, "differences")
        .optional(reader)
        .and_then(|item| item.object(reader))
        .map(|differences| proposal(differences, reader, currency, packages));
    Some(PendingChange {
        number: 1,
        kind: kind?,
        state: state?,
        proposal: proposal.unwrap_or_default(),
        reason: None,
        asked_at: DateTime::<Utc>::UNIX_EPOCH,
        since: DateTime::<Utc>::UNIX_EPOCH,
        base_revision: None,
        task_id: None,
        message: None,
        error: None,
    })
}

fn proposal(
    mut differences: Fields<'_>,
    reader: &mut Reader,
    currency: Currency,
    packages: &[Package],
) -> Proposal {
    let end = differences
        .get(reader, "endTime")
        .optional(reader)
        .and_then(|item| item.object(reader))
        .and_then(|mut end| {
            let proposed = end.get(reader, "proposed").required(reader)?;
            proposed.instant(reader, Edge::End)
        });
    let mut ids = |name, reader: &mut Reader| {
        let list = differences.get(reader, name).optional(reader);
        list.and_then(|item| {
            item.each(reader, 0, MOST, |item, reader| {
                item.id(reader, PackageId::PREFIX, PackageId::parse)
            })
        })
        .unwrap_or_default()
    };
    let changed = ids("packageIds", reader);
    let ended = ids("canceledPackageIds", reader);
    let budgets = differences
        .get(reader, "packageBudgets")
        .optional(reader)
        .and_then(|item| {
            item.each(reader, 0, MOST, |item, reader| {
                budget(item, reader, currency)
            })
        })
        .unwrap_or_default();
    let changes = changed.into_iter().map(|id| PackageProposal {
        budget: budgets
            .iter()
            .find(|(of, _)| *of == id)
            .map(|(_, money)| *money),
        ..PackageProposal::of(id)
    });
    let ends = ended.into_iter().map(|id| PackageProposal {
        cancels: true,
        ..PackageProposal::of(id)
    });
    let mut proposal = Proposal {
        end,
        cancels: differences.is_true("canceled"),
        packages: changes.chain(ends).collect(),
        ..Proposal::default()
    };
    let added = differences
        .get(reader, "packagesAdded")
        .optional(reader)
        .and_then(|item| item.integer(reader, 1, 10_000));
    let total = differences
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.object(reader))
        .and_then(|mut budget| {
            let proposed = budget.get(reader, "proposed").required(reader)?;
            proposed.money(reader, currency, Least::Zero)
        });
    if let (Some(_), Some(total)) = (added, total) {
        proposal
            .new_packages
            .extend(one_for_all(total, &proposal, packages));
    }
    proposal
}

fn budget(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<(PackageId, Money)> {
    let mut fields = item.object(reader)?;
    let id = fields.get(reader, "packageId").required(reader)?.id(
        reader,
        PackageId::PREFIX,
        PackageId::parse,
    )?;
    let money =
        fields
            .get(reader, "proposed")
            .required(reader)?
            .money(reader, currency, Least::Zero)?;
    Some((id, money))
}

/// The packages that are added, as one: an answer says how many they are and what the whole buy
/// would come to.
fn one_for_all(total: Money, proposal: &Proposal, packages: &[Package]) -> Option<Package> {
    let template = packages.last()?.clone();
    let others = packages.iter().map(|package| {
        proposal
            .package(&package.id)
            .map_or(package.holds(), |change| package.proposed(change).holds())
    });
    let others = Money::sum(total.currency(), others).ok()?;
    Some(Package {
        id: PackageId::parse("pkg_added")?,
        budget: total.minus(others).ok()?,
        status: PackageStatus::Active,
        delivery: None,
        seller_package_id: None,
        seller_budget: None,
        ..template
    })
}
