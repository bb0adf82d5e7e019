//! Reading what is kept about delivery.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use flighting_core::campaign::Campaign;
use flighting_core::delivery::{ByDay, DayFigures, Delivery};
use flighting_core::flight::DayRange;
use flighting_core::ids::{CampaignId, PackageId};
use flighting_core::wire::delivery::{
    DeliveryOut, DeliveryTrouble, Freshness, KeptDelivery, ReportedBy,
};

use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, DeliveryReport, DeliveryRow, ReportSource};

/// The first and last day that anybody can mean: those whose text sorts.
const FIRST: (i32, u32, u32) = (1, 1, 1);
const LAST: (i32, u32, u32) = (9999, 12, 31);

/// What a campaign delivered, of some days or of all time.
///
/// # Errors
/// What the store says, and arithmetic beyond the range of money.
pub async fn view(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    range: Option<DayRange>,
) -> Result<DeliveryOut, Fault> {
    let mut kept = KeptDelivery::default();
    for row in rows(app, account, campaign.id(), range).await? {
        put(&mut kept.days, row);
    }
    for report in app.store.delivery_reports(account, campaign.id()).await? {
        kept.freshness
            .insert(report.media_buy_id.clone(), freshness(report));
    }
    Ok(DeliveryOut::of(campaign, &kept, range, app.clock.now())?)
}

pub(super) async fn rows(
    app: &App,
    account: &AccountId,
    campaign: &CampaignId,
    range: Option<DayRange>,
) -> Result<Vec<DeliveryRow>, Fault> {
    let day = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let (first, last) = range.map_or((day(FIRST), day(LAST)), DayRange::into);
    Ok(app.store.delivery(account, campaign, first, last).await?)
}

/// Puts a row to its package.
pub(super) fn put(days: &mut BTreeMap<PackageId, ByDay>, row: DeliveryRow) {
    let DeliveryRow {
        campaign_id: _,
        media_buy_id: _,
        package_id,
        day,
        impressions,
        spend,
        clicks,
        late,
        observed_at: _,
    } = row;
    let delivery = Delivery {
        impressions,
        spend,
        clicks,
    };
    days.entry(package_id)
        .or_default()
        .insert(day, DayFigures { delivery, late });
}

fn freshness(report: DeliveryReport) -> Freshness {
    let DeliveryReport {
        campaign_id: _,
        media_buy_id: _,
        as_of,
        source,
        delayed,
        expected_at,
        is_final,
        troubles,
    } = report;
    Freshness {
        as_of: Some(as_of),
        source: Some(match source {
            ReportSource::Pull => ReportedBy::Pull,
            ReportSource::Webhook => ReportedBy::Webhook,
        }),
        reporting_delayed: delayed,
        expected_at,
        is_final,
        troubles: troubles
            .into_iter()
            .map(|trouble| DeliveryTrouble {
                code: trouble.code,
                seller_package_id: trouble.package,
                message: trouble.message,
            })
            .collect(),
    }
}
