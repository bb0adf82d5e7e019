//! Executing a campaign: what would be sent (`plan`), recording that it will be (`begin`), and
//! what came back (`settle`, `observe`, `answer_wish`). Decisions 7, 8, 11 to 19, 21.

mod deliver;
mod layout;
mod plan;
mod settle;

pub use deliver::{ReportedPackage, deliver};
pub use layout::{Cell, Layout, Row};
pub use plan::{Plan, PlanWarning, PlannedBuy, PlannedPackage, begin, plan, preview};
pub use settle::{
    Answer, FollowUp, Outcome, SellerBuy, SellerPackage, SellerTask, Settled, Silence, Trouble, WishAnswer,
    answer_wish, observe, settle,
};
