//! Whom a campaign may reach: channels and places, audiences, frequency caps.

mod audience;
mod cap;
mod constraints;
mod place;

pub use audience::Audiences;
pub use cap::{CapRule, FrequencyCap, Window, WindowUnit, replace_caps};
pub use constraints::{Constraints, Metros, PostalAreas};
pub use place::{
    Channel, Country, DevicePlatform, DeviceType, Language, MetroSystem, PostalSystem, Region,
};
