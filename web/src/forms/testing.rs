//! What the tests of the forms have in common.

use chrono::{DateTime, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::Percent;
use flighting_core::campaign::Campaign;
use flighting_core::execution::{Answer, Outcome, SellerBuy, SellerCreatives, begin, plan, settle};
use flighting_core::ids::{AdvertiserId, CampaignId, CapId, Numbered};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::money::Currency;
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::campaign::{CampaignOut, CampaignView, read_create};
use flighting_core::wire::pacing::PacingMode;

use super::campaign::CampaignForm;
use super::selection::ProductForm;

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

/// A draft as the server answers it.
pub fn drafted(form: &CampaignForm) -> CampaignOut {
    let advertiser = advertiser();
    answered(&made(form), &advertiser, &[])
}

fn made(form: &CampaignForm) -> Campaign {
    let draft = read_create(&form.create_body(), Some(&advertiser())).unwrap();
    let cap = CapId::parse("cap_1").unwrap();
    let id = CampaignId::parse("cmp_1").unwrap();
    Campaign::create(id, draft, &mut || cap.clone(), first_of_may())
}

fn first_of_may() -> DateTime<Utc> {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn answered(
    campaign: &Campaign,
    advertiser: &Advertiser,
    selection: &[SelectedProduct],
) -> CampaignOut {
    CampaignOut::of(CampaignView {
        campaign,
        advertiser,
        selection,
    })
    .unwrap()
}

/// A running campaign: one buy of two periods, taken by its seller, under a fee of eight percent.
pub fn executed() -> CampaignOut {
    let advertiser = advertiser();
    let mut form = CampaignForm::default();
    form.advertiser_id = "adv_1".into();
    form.name = "Cold Brew".into();
    form.start = "2026-06-01".into();
    form.end = "2026-06-20".into();
    form.total = "10000".into();
    form.schedule
        .set_mode(Some(PacingMode::Weight), form.flight());
    form.schedule.edit(1, |row| row.end = "2026-06-10".into());
    form.schedule.add(form.flight());
    let now = first_of_may();
    let mut campaign = made(&form);
    let news = ProductForm {
        product_id: "news".into(),
        sales_agent_id: "agt_1".into(),
        agent_name: "Alder".into(),
        name: "News".into(),
        budget: "2000".into(),
        ..ProductForm::default()
    };
    let selection = [news.known(advertiser.currency).unwrap()];
    let plan = plan(&campaign, &selection, &mut Numbered::default(), now).unwrap();
    begin(&mut campaign, &plan, now);
    let buy = &campaign.buys()[0];
    let accepted = Answer::Accepted(SellerBuy {
        media_buy_id: "seller-1".into(),
        status: SellerBuyStatus::Active,
        confirmed: true,
        revision: Some(1),
        valid_actions: Vec::new(),
        packages: None,
        creatives: SellerCreatives::default(),
        message: None,
        end: None,
    });
    let taken = Outcome::of(buy, accepted, None);
    settle(&mut campaign, &[taken], now);
    answered(&campaign, &advertiser, &selection)
}
