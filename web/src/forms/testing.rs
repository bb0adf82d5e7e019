//! What the tests of the forms have in common.

use chrono::DateTime;
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::Percent;
use flighting_core::ids::AdvertiserId;
use flighting_core::money::Currency;

/// An advertiser in dollars with a fee of eight percent.
pub fn advertiser() -> Advertiser {
    Advertiser {
        id: AdvertiserId::parse("adv_1").unwrap(),
        name: "Aurora".into(),
        description: None,
        brand: Brand::parse("aurora.example").unwrap(),
        currency: Currency::parse("USD").unwrap(),
        apply_mode: ApplyMode::Manual,
        margin_percent: Percent::new(8.into()).unwrap(),
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        revision: 1,
    }
}
