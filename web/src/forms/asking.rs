//! What became of asking each sales agent for products.

use std::collections::BTreeSet;

use flighting_core::wire::agent::{AgentOut, AgentStatus};
use flighting_core::wire::discovery::{AgentAnswerOut, DiscoverOut};

use crate::format;

/// Codes of failures in which nothing came back from the agent, or it was not asked at all.
const NOT_REACHED: [&str; 3] = ["agent_unreachable", "agent_resting", "agent_not_registered"];

/// What is known of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was not asked in this session.
    NotAsked,
    /// It will be asked when others have answered.
    Waits,
    /// It was asked and has not answered yet.
    Asked,
    /// It answered.
    Answered {
        /// With so many products.
        products: u64,
    },
    /// It answered with a no, or with nothing that can be read.
    Refused {
        /// Its sentence, or ours.
        why: String,
        /// The code of it.
        code: String,
        /// So many products of an earlier answer are kept.
        kept: u64,
    },
    /// Nothing came back from it.
    NotReached {
        /// Our sentence.
        why: String,
        /// The code of it.
        code: String,
        /// So many products of an earlier answer are kept.
        kept: u64,
    },
    /// Our own server did not carry it out.
    Lost {
        /// Its sentence.
        why: String,
    },
}

impl State {
    fn of(answer: &AgentAnswerOut) -> Self {
        let kept = answer.total_products;
        if answer.answered {
            return Self::Answered { products: kept };
        }
        let why = answer.message.clone().unwrap_or_default();
        let code = answer.code.clone().unwrap_or_default();
        if NOT_REACHED.contains(&code.as_str()) {
            Self::NotReached { why, code, kept }
        } else {
            Self::Refused { why, code, kept }
        }
    }

    /// Whether an answer is still to come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Waits | Self::Asked)
    }

    /// It in words; what the agent or the server said stands apart.
    #[must_use]
    pub fn words(&self) -> String {
        let kept = |kept: u64| match kept {
            0 => String::new(),
            number => format!(
                "; {} from before kept",
                format::plural(number, "product", "products")
            ),
        };
        match self {
            Self::NotAsked => "Not asked yet".to_owned(),
            Self::Waits => "Asked next".to_owned(),
            Self::Asked => "Asked, not answered yet".to_owned(),
            Self::Answered { products: 0 } => "Answered: nothing for this plan".to_owned(),
            Self::Answered { products } => format!(
                "Answered with {}",
                format::plural(*products, "product", "products")
            ),
            Self::Refused { kept: number, .. } => format!("Refused{}", kept(*number)),
            Self::NotReached { kept: number, .. } => format!("Not reached{}", kept(*number)),
            Self::Lost { .. } => "Not asked".to_owned(),
        }
    }

    /// What the agent, or the server, said about it, with its code.
    #[must_use]
    pub fn said(&self) -> Option<(&str, &str)> {
        match self {
            Self::Refused { why, code, .. } | Self::NotReached { why, code, .. } => {
                Some((why, code))
            }
            Self::Lost { why } => Some((why, "")),
            Self::NotAsked | Self::Waits | Self::Asked | Self::Answered { .. } => None,
        }
    }
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub state: State,
}

/// All agents of a search, and which of them shall be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    lines: Vec<Line>,
    left_out: BTreeSet<String>,
}

impl Asking {
    /// The agents that are registered. What is known of them stays.
    pub fn register(&mut self, agents: &[AgentOut]) {
        for agent in agents {
            if agent.status != AgentStatus::Archived {
                self.put(&agent.sales_agent_id, &agent.name, |_| {});
            }
        }
    }

    /// What a session says; who is on the way stays so, unless it is among `these`.
    pub fn tell(&mut self, found: &DiscoverOut, these: &[String]) {
        for group in &found.groups {
            // A session from before agents were told one by one.
            if !found
                .agents
                .iter()
                .any(|agent| agent.sales_agent_id == group.sales_agent_id)
            {
                let products = group.total_products;
                self.put(&group.sales_agent_id, &group.group_name, |state| {
                    if *state == State::NotAsked {
                        *state = State::Answered { products };
                    }
                });
            }
        }
        for answer in &found.agents {
            self.put(&answer.sales_agent_id, &answer.sales_agent_name, |state| {
                if !state.is_open() || these.contains(&answer.sales_agent_id) {
                    *state = State::of(answer);
                }
            });
        }
    }

    /// These are asked, the first of them next.
    pub fn line_up(&mut self, ids: &[String]) {
        self.all_of(ids, &State::Waits);
    }

    /// This one is asked now.
    pub fn ask(&mut self, id: &str) {
        self.all_of(&[id.to_owned()], &State::Asked);
    }

    /// Our own server did not carry it out for these.
    pub fn lose(&mut self, ids: &[String], why: &str) {
        let why = why.to_owned();
        self.all_of(ids, &State::Lost { why });
    }

    fn all_of(&mut self, ids: &[String], state: &State) {
        for line in &mut self.lines {
            if ids.contains(&line.id) {
                line.state.clone_from(state);
            }
        }
    }

    fn put(&mut self, id: &str, name: &str, change: impl FnOnce(&mut State)) {
        let at = self.lines.iter().position(|line| line.id == id);
        let at = at.unwrap_or_else(|| {
            self.lines.push(Line {
                id: id.to_owned(),
                name: name.to_owned(),
                state: State::NotAsked,
            });
            self.lines.len() - 1
        });
        if let Some(line) = self.lines.get_mut(at) {
            change(&mut line.state);
        }
    }

    /// Leaves an agent out of the next search, or takes it in again.
    pub fn choose(&mut self, id: &str, chosen: bool) {
        if chosen {
            self.left_out.remove(id);
        } else {
            self.left_out.insert(id.to_owned());
        }
    }

    /// Whether an agent will be asked.
    #[must_use]
    pub fn is_chosen(&self, id: &str) -> bool {
        !self.left_out.contains(id)
    }

    /// Every agent.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Who will be asked.
    #[must_use]
    pub fn chosen(&self) -> Vec<String> {
        let chosen = self.lines.iter().filter(|line| self.is_chosen(&line.id));
        chosen.map(|line| line.id.clone()).collect()
    }

    /// How many answers are still to come.
    #[must_use]
    pub fn open(&self) -> usize {
        self.lines
            .iter()
            .filter(|line| line.state.is_open())
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, products: u64, code: Option<&str>) -> String {
        let code = code.map_or(String::new(), |code| {
            format!(r#","code":"{code}","message":"it said so""#)
        });
        format!(
            r#"{{"salesAgentId":"{id}","salesAgentName":"{id}","askedAt":"2026-06-01T00:00:00Z","answered":{},"totalProducts":{products}{code}}}"#,
            code.is_empty()
        )
    }

    fn found(groups: &str, agents: &[String]) -> DiscoverOut {
        let text = format!(
            r#"{{"discoveryId":"dsc_1","advertiserId":"adv_1","groups":[{groups}],"totalGroups":0,"hasMoreGroups":false,
                "summary":{{"totalProducts":0,"publishersCount":0,"priceRange":null}},
                "budgetContext":{{"sessionBudget":null,"allocatedBudget":0,"remainingBudget":null,"currency":"USD"}},
                "incompleteAgents":[],"agents":[{}],"revision":1,"updatedAt":"2026-06-01T00:00:00Z"}}"#,
            agents.join(",")
        );
        serde_json::from_str(&text).unwrap()
    }

    fn words(asking: &Asking) -> Vec<String> {
        let lines = asking.lines().iter();
        lines
            .map(|line| format!("{}: {}", line.name, line.state.words()))
            .collect()
    }

    #[test]
    fn each_agent_says_what_became_of_it() {
        let mut asking = Asking::default();
        let agents = [
            answer("a", 12, None),
            answer("b", 0, None),
            answer("c", 3, Some("credentials_refused")),
            answer("d", 0, Some("agent_unreachable")),
        ];
        asking.tell(&found("", &agents), &[]);
        assert_eq!(
            words(&asking),
            [
                "a: Answered with 12 products",
                "b: Answered: nothing for this plan",
                "c: Refused; 3 products from before kept",
                "d: Not reached"
            ]
        );
        let said: Vec<_> = asking
            .lines()
            .iter()
            .map(|line| line.state.said())
            .collect();
        assert_eq!(said[2], Some(("it said so", "credentials_refused")));
        assert_eq!((said[0], said[1]), (None, None));
    }

    #[test]
    fn who_is_on_the_way_stays_so_until_its_own_answer_comes() {
        let mut asking = Asking::default();
        let first = [answer("a", 1, None), answer("b", 1, None)];
        asking.tell(&found("", &first), &[]);
        let both = ["a".to_owned(), "b".to_owned()];
        asking.line_up(&both);
        asking.ask("a");
        asking.ask("b");
        // The session still holds what b said before.
        let later = [answer("a", 5, None), answer("b", 1, None)];
        asking.tell(&found("", &later), &both[..1]);
        assert_eq!(
            words(&asking),
            ["a: Answered with 5 products", "b: Asked, not answered yet"]
        );
        assert_eq!(asking.open(), 1);
        asking.lose(&both[1..], "the server does not answer");
        assert_eq!(asking.open(), 0);
        assert_eq!(words(&asking)[1], "b: Not asked");
    }

    #[test]
    fn only_those_that_are_chosen_are_asked() {
        let mut asking = Asking::default();
        asking.tell(
            &found("", &[answer("a", 1, None), answer("b", 1, None)]),
            &[],
        );
        assert_eq!(asking.chosen(), ["a", "b"]);
        asking.choose("a", false);
        assert_eq!(asking.chosen(), ["b"]);
        asking.choose("a", true);
        assert_eq!(asking.chosen(), ["a", "b"]);
    }

    #[test]
    fn a_session_from_before_still_says_who_offered_something() {
        let group = r#"{"groupId":"a","groupName":"Alder","salesAgentId":"a","products":[],"totalProducts":4,"hasMoreProducts":false}"#;
        let mut asking = Asking::default();
        asking.tell(&found(group, &[]), &[]);
        assert_eq!(words(&asking), ["Alder: Answered with 4 products"]);
    }
}
