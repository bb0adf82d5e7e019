//! JSON as the REST API speaks it, shared by the server, the page and the npm package.
//!
//! Requests are read by one pass over a [`json::Json`] straight into domain types, with every
//! violation at once; answers are plain structs. Members are camelCase but for the places that
//! follow AdCP's own snake case: creative formats, constraints on places, frequency caps, and the
//! whole media buy status answer.

pub mod advertiser;
pub mod agent;
pub mod audit;
pub mod budget;
pub mod campaign;
pub mod caps;
pub mod constraints;
pub mod delivery;
pub mod discovery;
pub mod error;
pub mod execute;
pub mod figure;
pub mod formats;
pub mod goals;
pub mod json;
pub mod media_buy;
pub mod pacing;
pub mod page;
pub mod plan;
pub mod preflight;
pub mod question;
pub mod read;
pub mod status;
pub mod webhook;

pub use error::{ErrorBody, ErrorCode, ErrorDetails};
pub use figure::{Amount, Figure};
pub use json::Json;
pub use page::{Envelope, Meta, Page, Paging};

#[cfg(test)]
#[cfg(feature = "openapi")]
mod tests {
    use utoipa::{PartialSchema, ToSchema};

    use super::*;

    /// The member names a schema shows, anywhere in it.
    fn shown<T: ToSchema + PartialSchema>() -> String {
        serde_json::to_string(&T::schema()).unwrap()
    }

    #[test]
    fn schemas_spell_members_as_answers_do() {
        assert!(shown::<goals::GoalBody>().contains("\"eventSources\""));
        assert!(shown::<goals::BuyGoalOut>().contains("\"event_sources\""));
        let warning = shown::<execute::Warning>();
        for name in [
            "mediaBuyIds",
            "shortBy",
            "salesAgentId",
            "in_flight",
            "missing_formats",
        ] {
            assert!(
                warning.contains(&format!("\"{name}\"")),
                "{name} is not in {warning}"
            );
        }
        assert!(shown::<Amount>().contains("\"number\""));
        // Words, not the names of their members.
        for word in budget::BudgetPacing::WORDS.iter().chain(ErrorCode::WORDS) {
            let all = shown::<budget::BudgetPacing>() + &shown::<ErrorCode>();
            assert!(
                all.contains(&format!("\"{word}\"")),
                "{word} is not in {all}"
            );
        }
        assert!(shown::<status::MediaBuyStatusRow>().contains("\"internal_status\""));
        assert!(shown::<caps::FrequencyCapOut>().contains("\"targetLevel\""));
    }
}
