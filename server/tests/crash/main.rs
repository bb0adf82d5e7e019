//! The crash harness: the real server as a process that dies at named points, five sellers with
//! ledgers of their own, and a count of what was bought against what was meant.
//!
//! `cargo test -p flighting-server --features crash-points --test crash -- --rounds 20 --seed 7`.
//! A round is played again with the seed and point that it prints.

#![allow(clippy::unwrap_used, reason = "a harness may fail where it stands")]

mod books;
mod chance;
mod letters;
#[path = "../support/raw.rs"]
#[allow(dead_code, reason = "other tests count connections")]
mod raw;
mod round;
mod sellers;
#[path = "../support/sender.rs"]
#[allow(dead_code, reason = "other tests spoil what is sent")]
mod sender;
mod server;
mod steps;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chance::Chance;
use clap::Parser;
use flighting_server::crash::POINTS;
use futures::StreamExt;
use round::{Came, Orders, play};

/// Plays rounds and counts.
#[derive(Debug, Parser)]
#[command(args_override_self = true)]
struct Options {
    /// How many rounds with crashes; each point has its turn, unless there are fewer.
    #[arg(long, default_value_t = POINTS.len() as u32)]
    rounds: u32,
    /// How many rounds of the control run, whose sellers take every request for a new one.
    #[arg(long, default_value_t = 8)]
    control: u32,
    /// What all chance hangs on.
    #[arg(long, default_value_t = 20_261_125)]
    seed: u64,
    /// Rounds at the same time.
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// Where the server dies in every round, with the seed of one: `execute.recorded:1`, or a list
    /// with commas, one for each of its lives.
    #[arg(long)]
    points: Option<String>,
}

fn orders(options: &Options, keys: bool, number: u32) -> Orders {
    if let Some(points) = &options.points {
        return Orders {
            seed: options.seed,
            points: points.clone(),
            keys,
            tells: true,
        };
    }
    let mut chance = Chance::new(options.seed ^ (u64::from(number) << 20) ^ u64::from(keys));
    let seed = chance.next();
    // A crash between recording and settling is what makes doubles possible.
    let points: Vec<&str> = POINTS
        .iter()
        .copied()
        .filter(|point| {
            keys || point.starts_with("execute.answered") || *point == "execute.all_answered"
        })
        .collect();
    let point = points[number as usize % points.len()];
    let passing = if (number as usize) < points.len() {
        1
    } else {
        1 + chance.below(4)
    };
    // What comes after a crash only is reached in a second life.
    let first = match point.split_once('.') {
        Some(("reconcile", _)) => "execute.recorded:1,",
        Some(("unanswered", _)) => "change.sending:1,",
        _ => "",
    };
    Orders {
        seed,
        points: format!("{first}{point}:{passing}"),
        keys,
        tells: false,
    }
}

async fn run(options: &Options, keys: bool, rounds: u32) -> Vec<(Orders, Came)> {
    futures::stream::iter((0..rounds).map(|number| {
        let orders = orders(options, keys, number);
        async move {
            let came = play(orders.clone()).await;
            if keys && !came.is_good() {
                println!("round {number} went wrong, again with --rounds 1 --control 0 --seed {} --points {}:\n  {came:#?}", orders.seed, orders.points);
            }
            (orders, came)
        }
    }))
    .buffer_unordered(options.at_once)
    .collect()
    .await
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    flighting_server::adcp::guard::install_tls();
    println!("crash harness: seed {}", options.seed);
    let binary = std::fs::read(server::BINARY).unwrap();
    let variable = flighting_server::crash::VARIABLE.as_bytes();
    assert!(
        binary
            .windows(variable.len())
            .any(|window| window == variable),
        "the server was built without crash points"
    );
    let begun = Instant::now();
    let played = run(&options, true, options.rounds).await;
    let mut crashes: BTreeMap<&str, u32> = BTreeMap::new();
    for died_at in played.iter().flat_map(|(_, came)| &came.died_at) {
        let (point, _) = died_at.rsplit_once(':').unwrap();
        *crashes.entry(point).or_default() += 1;
    }
    let count = |of: fn(&Came) -> usize| played.iter().map(|(_, came)| of(came)).sum::<usize>();
    let doubled = count(|came| came.doubled.len());
    let lost = count(|came| came.lost.len());
    let differing = count(|came| came.differing.len());
    let slowest = played
        .iter()
        .flat_map(|(_, came)| &came.recoveries)
        .max()
        .copied()
        .unwrap_or(Duration::ZERO);
    println!(
        "{} rounds in {} s, {} crashes at {} of {} points, doubled {doubled}, lost {lost}, differing {differing}, waiting for a person {}, slowest recovery {:.1} s",
        played.len(),
        begun.elapsed().as_secs(),
        count(|came| came.died_at.len()),
        crashes.len(),
        POINTS.len(),
        count(|came| came.waiting_for_a_person),
        slowest.as_secs_f64(),
    );
    let missed: Vec<&&str> = POINTS
        .iter()
        .filter(|point| !crashes.contains_key(**point))
        .collect();
    let all_had_a_turn = options.points.is_none() && options.rounds as usize >= POINTS.len();
    if all_had_a_turn && !missed.is_empty() {
        println!("never died at: {missed:?}");
    }
    let control = run(&options, false, options.control).await;
    let control_doubled: usize = control.iter().map(|(_, came)| came.doubled.len()).sum();
    if options.control > 0 {
        println!(
            "control, {} rounds whose sellers take every request for a new one: doubled {control_doubled}",
            control.len()
        );
        if control_doubled == 0 {
            println!("the control run shows no doubles: this harness proves nothing");
        }
    }
    let good = doubled + lost + differing == 0
        && (!all_had_a_turn || missed.is_empty())
        && (options.control == 0 || control_doubled > 0);
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
