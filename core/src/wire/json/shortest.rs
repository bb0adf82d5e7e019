//! The shortest text of a float, as whoever has floats at hand prints it, written out without an exponent.

/// Tells the shortest text of the float nearest to a number, with or without an exponent; `None` beyond the range
/// of floats. Rust's own way to it weighs as much as a room of the planner, and browsers have theirs.
pub type Shorten = fn(&str) -> Option<String>;

/// Writes `1.5e-7` as `0.00000015` and `1e+21` as its digits.
pub(super) fn plain(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let shift: i32 = exponent.trim_start_matches('+').parse().unwrap_or(0);
    let zeros = |count: usize| "0".repeat(count);
    match usize::try_from(shift) {
        Ok(shift) => {
            let missing = shift.saturating_sub(fraction.len());
            format!("{sign}{whole}{fraction}{}", zeros(missing))
        }
        Err(_) => {
            let shift = usize::try_from(shift.unsigned_abs()).unwrap_or(0);
            format!(
                "{sign}0.{}{whole}{fraction}",
                zeros(shift.saturating_sub(1))
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn exponents_are_written_out() {
        assert_eq!(plain("12.5"), "12.5");
        assert_eq!(plain("1.5e-7"), "0.00000015");
        assert_eq!(plain("-1e-7"), "-0.0000001");
        assert_eq!(plain("1e+21"), "1000000000000000000000");
        assert_eq!(plain("1.25e+22"), "12500000000000000000000");
        for value in [1e21, 1.5e-7, -2.5e300, 1.234_567_890_123_456_7e25] {
            let text = format!("{value:e}");
            assert_eq!(plain(&text), value.to_string());
        }
    }
}
