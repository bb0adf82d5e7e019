//! What of the planner is opened together: its pages by their paths, and what follows one.

/// What is loaded together: a page of the planner that somebody opens first, or what follows one.
#[derive(Debug)]
pub struct Room {
    /// Its paths, as a regular expression of JavaScript; the first that fits counts. None fits what follows.
    pub paths: &'static str,
    /// The parts it opens with, as `web` names them.
    pub parts: &'static [&'static str],
    /// How much its first load counts beside that of others.
    pub weight: i64,
}

/// The rooms, as `web/src/address.rs` knows them.
pub const ROOMS: [Room; 9] = [
    Room {
        paths: "^/(campaigns/?)?$",
        parts: &["list"],
        weight: 10,
    },
    Room {
        paths: "^/campaigns/new/?$",
        parts: &["create"],
        weight: 2,
    },
    Room {
        paths: "^/campaigns/[^/]+/plan/?$",
        parts: &["campaign", "plan"],
        weight: 20,
    },
    Room {
        paths: "^/campaigns/[^/]+/(products|execute)/?$",
        parts: &["campaign", "buy"],
        weight: 4,
    },
    Room {
        paths: "^/campaigns/[^/]+(/delivery|/history)?/?$",
        parts: &["campaign", "run"],
        weight: 6,
    },
    Room {
        paths: "^/advertisers/?$",
        parts: &["rooms"],
        weight: 1,
    },
    Room {
        paths: "^/sales-agents/?$",
        parts: &["rooms"],
        weight: 1,
    },
    // Right after a plan.
    Room {
        paths: FOLLOWS,
        parts: &["plan_more"],
        weight: 4,
    },
    // When a campaign is paused, reactivated or deleted.
    Room {
        paths: FOLLOWS,
        parts: &["deeds"],
        weight: 1,
    },
];

/// The paths of what no path opens: every path begins with a slash.
pub const FOLLOWS: &str = "^$";
