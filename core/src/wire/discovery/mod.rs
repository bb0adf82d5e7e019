//! Discovery sessions: searching, browsing and selecting products (contract 6, decision 13).

mod input;
mod out;
mod selection;

pub use input::{DiscoverIn, DiscoverRequest, GroupPaging, read_discover};
pub use out::{
    AgentAnswerOut, BudgetContext, DiscoverOut, IncompleteAgentOut, PriceRange, PricingOptionOut,
    ProductGroup, ProductOut, Summary,
};
pub use selection::{
    DeselectIn, Deselection, ProductChoiceIn, ProductKeyIn, Selection, SelectionIn, SelectionOut,
    SelectionProduct, read_deselection, read_selection,
};
