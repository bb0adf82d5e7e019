//! The native side of the digests: reads lines `plan TAB options` on standard input and prints, per
//! block of lines, the SHA-256 of everything core says of them. `core/npm/test` compares it with the
//! same digest made in Node and in Chromium.

use std::io::{BufRead as _, Write as _};

use flighting_core::wire::error::ErrorBody;
use flighting_core::wire::json::{Json, to_text};
use flighting_core::wire::plan::{self, Answer, Asked};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

const BLOCK: usize = 100;

fn main() {
    let mut digest = Sha256::new();
    let mut lines = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap_or_default();
        let (plan, options) = line.split_once('\t').unwrap_or_default();
        digest.update(answers(plan, options));
        digest.update("\n");
        lines += 1;
        if lines % BLOCK == 0 {
            print_digest(&mut digest);
        }
    }
    if lines % BLOCK != 0 {
        print_digest(&mut digest);
    }
}

fn print_digest(digest: &mut Sha256) {
    let bytes = std::mem::take(digest).finalize();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let _written = writeln!(std::io::stdout(), "{hex}");
}

fn answers(plan: &str, options: &str) -> String {
    let read = |text: &str| Json::from_text(text.as_bytes()).map_err(|not| vec![not.to_string()]);
    let (Ok(body), Ok(options)) = (read(plan), read(options)) else {
        return "unreadable".to_owned();
    };
    let Ok(asked) = Asked::read(Some(&options)) else {
        return "wrong options".to_owned();
    };
    [
        to_text(&plan::validate_plan(&body, &asked)),
        said(plan::budget_summary(&body, &asked)),
        said(plan::resolve_pacing(&body, &asked)),
        said(plan::plan_packages(&body, &asked)),
        said(plan::planned_curve(&body, &asked)),
        said(plan::explain(
            &body,
            "products[0].packages[0].budget",
            &asked,
        )),
    ]
    .join("\n")
}

fn said<T: Serialize>(answer: Answer<T>) -> String {
    match answer {
        Ok(answer) => to_text(&answer),
        Err(refused) => {
            let ErrorBody {
                code,
                message,
                details,
                ..
            } = &*refused;
            let issues = details.as_ref().map_or(&[][..], |details| &details.issues);
            to_text(&(code, message, issues))
        }
    }
}
