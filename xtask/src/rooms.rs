//! What of the planner is opened together: its pages by their paths, and what follows one.

/// What is loaded together: a page of the planner that somebody opens first, or what follows one.
#[derive(Debug)]
pub struct Room {
    /// Its name, in the names of its files.
    pub name: &'static str,
    /// Its paths, as a regular expression of JavaScript; the first that fits counts.
    pub paths: &'static str,
    /// The parts it opens with, as `web` names them.
    pub parts: &'static [&'static str],
    /// How much what is fetched for it counts beside what others fetch.
    pub weight: i64,
}

/// The rooms, as `web/src/address.rs` knows them. The first opens for a path that none of them has.
pub const ROOMS: [Room; 6] = [
    Room {
        name: "list",
        paths: "^/(campaigns/?)?$",
        parts: &["list"],
        weight: 10,
    },
    Room {
        name: "create",
        paths: "^/campaigns/new/?$",
        parts: &["create"],
        weight: 2,
    },
    Room {
        name: "plan",
        paths: "^/campaigns/[^/]+/plan/?$",
        parts: &["campaign", "plan"],
        weight: 20,
    },
    Room {
        name: "buy",
        paths: "^/campaigns/[^/]+/(products|execute)/?$",
        parts: &["campaign", "buy"],
        weight: 4,
    },
    Room {
        name: "run",
        paths: "^/campaigns/[^/]+(/delivery|/history)?/?$",
        parts: &["campaign", "run"],
        weight: 6,
    },
    Room {
        name: "sellers",
        paths: "^/(advertisers|sales-agents)/?$",
        parts: &["rooms"],
        weight: 2,
    },
];

/// What no path opens.
pub const FOLLOWING: [Room; 2] = [
    // Right after a plan.
    Room {
        name: "more of a plan",
        paths: "",
        parts: &["plan_more"],
        weight: 4,
    },
    // When a campaign is paused, reactivated or deleted.
    Room {
        name: "deeds",
        paths: "",
        parts: &["deeds"],
        weight: 1,
    },
];

/// The script that finds the opened room's files and has them fetched while the page is read: `script` and
/// `program` are then what to start.
pub fn opening(digest: &str) -> String {
    let rooms: Vec<String> = ROOMS
        .iter()
        .map(|room| format!("[/{}/,'{}']", room.paths.replace('/', "\\/"), room.name))
        .collect();
    format!(
        "const rooms=[{}],[,room]=rooms.find(([paths])=>paths.test(location.pathname))??rooms[0],\
         file=(kind,end)=>`/${{kind}}-${{room}}-{digest}${{end}}`,\
         script=file('planner','.js'),program=file('planner','_bg.wasm');\
         for(const link of [{{rel:'modulepreload',href:script}},{{rel:'modulepreload',href:file('parts','.js')}},\
         {{rel:'preload',as:'fetch',type:'application/wasm',crossOrigin:'anonymous',href:program}}])\
         document.head.append(Object.assign(document.createElement('link'),link));",
        rooms.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opening_knows_every_room_with_its_digest() {
        let script = opening("0123456789abcdef");
        assert!(
            script.starts_with("const rooms=[[/^\\/(campaigns\\/?)?$/,'list'],"),
            "{script}"
        );
        assert!(
            script.contains("`/${kind}-${room}-0123456789abcdef${end}`"),
            "{script}"
        );
        for room in &ROOMS {
            assert_eq!(script.matches(&format!("'{}']", room.name)).count(), 1);
        }
    }
}
