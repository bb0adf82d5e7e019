//! Small views: data in, events out. They know core and `format`, nothing of pages or fetching.

pub mod alone;
pub mod amount;
pub mod budget_bar;
pub mod buy_state;
pub mod confirm;
pub mod copy;
pub mod exchange;
pub mod field;
pub mod icon;
pub mod pacing_chart;
pub mod pacing_editor;
pub mod roll_up;
pub mod status;
pub mod trouble;
pub mod warning;
