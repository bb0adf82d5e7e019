//! Executing a campaign: what would be sent (`plan`), recording that it will be (`begin`), and
//! what came back (`settle`, `take_message`, `observe`, `answer_wish`, `deliver`), and what only a person can
//! tell (`link`, `release`). Decisions 7, 8, 11 to 19, 21.

mod answer;
mod begin;
mod checks;
mod deliver;
mod group;
mod layout;
mod message;
mod observe;
mod person;
mod plan;
mod question;
mod settle;

pub use answer::{
    Answer, FollowUp, Outcome, SellerBuy, SellerCreatives, SellerPackage, SellerTask, Silence,
    Trouble, WishAnswer,
};
pub use begin::begin;
pub use checks::check_phase as executable;
pub use deliver::{Delivered, deliver};
pub use layout::{Cell, Layout, Row, asked};
pub(crate) use layout::{Column, Frame, Outline, frame};
pub use message::take_message;
pub(crate) use observe::move_by;
pub use observe::{answer_wish, observe};
pub use person::{RELEASED, candidate, link, may_reconcile, release, wait_for_person};
pub use plan::{Plan, PlanWarning, PlannedBuy, PlannedPackage, plan, preview, sketch};
pub use question::{begin_answer, question_stands};
pub(crate) use settle::launched;
pub use settle::{Settled, settle};
