//! Random sequences of commands, seller events and time, through the real router and a real SQLite,
//! against a model in memory that knows the brief and the decisions and nothing of the code.
//!
//! `FLIGHTING_MODEL_SEED=7 cargo test -p flighting-server --test model` plays one sequence again;
//! `FLIGHTING_MODEL_SEQUENCES` says how many are played.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod book;
#[path = "../crash/chance.rs"]
mod chance;
mod compare;
mod crowd;
mod expected;
mod seller;
mod step;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::sync::atomic::{AtomicUsize, Ordering};

use chance::Chance;
use step::Step;
use table::Table;

/// Sequences in CI, and steps in each.
const SEQUENCES: u64 = 1_000;
const STEPS: usize = 50;
/// One sequence in so many begins with a story.
const STORIES: u64 = 16;
/// Sequences that share a database.
const AT_A_TABLE: usize = 25;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn steps(seed: u64) -> Vec<Step> {
    let mut chance = Chance::new(seed);
    let mut steps = Vec::new();
    if chance.one_in(STORIES) {
        steps = Step::story(&mut chance);
    }
    while steps.len() < STEPS {
        steps.push(Step::random(&mut chance, steps.len()));
    }
    steps
}

/// The shortest part of a failing sequence that still fails, as far as leaving out single steps
/// finds it.
async fn shrink(mut steps: Vec<Step>, mut why: String) -> (Vec<Step>, String) {
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        match Table::lay().await.play(&fewer).await {
            Err(again) => {
                steps = fewer;
                why = again;
            }
            Ok(_) => at += 1,
        }
    }
    (steps, why)
}

/// Plays sequences at one table; how many steps changed something, or what went wrong.
async fn play_all(seeds: &[u64]) -> Result<u64, String> {
    let mut table = Table::lay().await;
    let mut effective = 0;
    for seed in seeds {
        match table.play(&steps(*seed)).await {
            Ok(count) => effective += count,
            Err(why) => {
                let (steps, why) = shrink(steps(*seed), why).await;
                return Err(format!(
                    "seed {seed} (FLIGHTING_MODEL_SEED={seed}), shrunk to {steps:#?}\n{why}"
                ));
            }
        }
    }
    Ok(effective)
}

/// Plays seeds at tables of some, on two threads; the sum of what the tables came to.
fn at_tables<F>(seeds: &[u64], play: impl Fn(Vec<u64>) -> F + Sync) -> u64
where
    F: Future<Output = Result<u64, String>>,
{
    let tables: Vec<&[u64]> = seeds.chunks(AT_A_TABLE).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut sum = 0;
        while let Some(seeds) = tables.get(next.fetch_add(1, Ordering::Relaxed)) {
            sum += runtime.block_on(play(seeds.to_vec()))?;
        }
        Ok::<u64, String>(sum)
    };
    let told: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    told.into_iter()
        .map(|told| told.unwrap_or_else(|why| panic!("{why}")))
        .sum()
}

/// The seeds to play: the one that was asked for, or so many.
fn seeds(many: u64) -> Vec<u64> {
    match number("FLIGHTING_MODEL_SEED") {
        Some(one) => vec![one],
        None => (1..=number("FLIGHTING_MODEL_SEQUENCES").unwrap_or(many)).collect(),
    }
}

#[test]
fn the_product_does_what_the_model_says() {
    let seeds = seeds(SEQUENCES);
    let effective = at_tables(&seeds, |seeds| async move { play_all(&seeds).await });
    println!(
        "{} sequences of {STEPS} steps, {effective} of them changed something",
        seeds.len()
    );
    assert!(
        seeds.len() == 1 || effective > seeds.len() as u64 * 10,
        "{effective}"
    );
}
