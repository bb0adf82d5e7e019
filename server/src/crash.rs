//! Points at which the process ends itself when told to, so that a harness can see what a crash
//! leaves behind. Without the feature `crash-points` nothing of this is compiled.
//!
//! `FLIGHTING_CRASH_AT=execute.recorded:2` ends the process, as a power cut would, when it comes by
//! that point for the second time.

/// Marks a point by its name; nothing at all without the feature `crash-points`.
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "crash-points")]
        $crate::crash::pass($name);
    };
}

#[cfg(feature = "crash-points")]
pub use points::{POINTS, VARIABLE, pass};

#[cfg(feature = "crash-points")]
mod points {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The variable that names the point and the passing, counted from 1.
    pub const VARIABLE: &str = "FLIGHTING_CRASH_AT";

    /// Every point there is.
    pub const POINTS: &[&str] = &[
        "execute.planned",
        "execute.recorded",
        "execute.sending",
        "execute.answered",
        "execute.all_answered",
        "execute.settled",
        "reconcile.claimed",
        "reconcile.silent",
        "reconcile.listed",
        "reconcile.replaying",
        "reconcile.replayed",
        "reconcile.settled",
        "update.planned",
        "update.recorded",
        "change.sending",
        "change.answered",
        "change.all_answered",
        "change.settled",
        "change.anew",
        "change.held",
        "unanswered.silent",
        "unanswered.looked",
        "unanswered.replaying",
        "unanswered.replayed",
        "unanswered.settled",
        "delete.recorded",
        "delete.settled",
        "delete.archived",
        "message.proved",
        "message.settled",
        "wish.recorded",
        "wish.sending",
        "wish.answered",
        "wish.settling",
        "wish.settled",
        "refresh.asked",
        "refresh.settled",
        "request.begun",
        "request.answered",
        "job.claimed",
        "job.ran",
        "job.settled",
    ];

    struct Target {
        point: String,
        passing: u32,
        seen: AtomicU32,
    }

    /// Ends the process when this is the point and the passing that the variable names.
    ///
    /// # Panics
    /// When the point is not listed, so that the list cannot lag behind.
    pub fn pass(point: &str) {
        static TARGET: OnceLock<Option<Target>> = OnceLock::new();
        assert!(
            POINTS.contains(&point),
            "the crash point `{point}` is not listed"
        );
        let target = TARGET.get_or_init(|| {
            let told = std::env::var(VARIABLE).ok()?;
            let (point, passing) = told.rsplit_once(':').unwrap_or((&told, "1"));
            Some(Target {
                point: point.to_owned(),
                passing: passing.parse().unwrap_or(1),
                seen: AtomicU32::new(0),
            })
        });
        if let Some(target) = target
            && target.point == point
            && target.seen.fetch_add(1, Ordering::SeqCst) + 1 == target.passing
        {
            std::process::abort();
        }
    }
}
