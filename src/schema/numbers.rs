//! Numbers as mathematics knows them: `1.0` is an integer and equals `1`, and 0.3 is a multiple of 0.1.

use std::cmp::Ordering;

use serde_json::Number;

/// Whether a number has no fraction.
pub(super) fn is_whole(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// Compares by worth, also where a float cannot hold an integer.
pub(super) fn compare(one: &Number, other: &Number) -> Ordering {
    match one.as_f64().partial_cmp(&other.as_f64()) {
        // Rounding changes no order, but it makes neighbours equal.
        Some(Ordering::Equal) if !one.is_f64() || !other.is_f64() => integer(one).cmp(&integer(other)),
        order => order.unwrap_or(Ordering::Equal),
    }
}

/// A whole number of at most 65 bits.
fn integer(number: &Number) -> i128 {
    if let Some(number) = number.as_i64() {
        return number.into();
    }
    if let Some(number) = number.as_u64() {
        return number.into();
    }
    let number = number.as_f64().unwrap_or_default();
    // From 2^63 on, floats are multiples of 2048.
    if number.abs() < 9e18 { i128::from(number as i64) } else { i128::from((number / 2048.0) as i64) << 11 }
}

/// Whether a number is a multiple of another, both taken as the decimals that stand in the text: as floats, 0.3 would be
/// no multiple of 0.1.
pub(super) fn is_multiple(number: &Number, divisor: &Number) -> bool {
    let (Some((number, exponent)), Some((divisor, other_exponent))) = (decimal(number), decimal(divisor)) else {
        return false;
    };
    let Some(mut rest) = number.checked_rem(divisor) else { return false };
    let shift = exponent - other_exponent;
    if shift < 0 {
        let scaled = 10_u64.checked_pow(shift.unsigned_abs()).and_then(|power| power.checked_mul(divisor));
        // What does not fit is larger than the number.
        return number == 0 || scaled.is_some_and(|scaled| number % scaled == 0);
    }
    for _ in 0..shift {
        let twice = add(rest, rest, divisor);
        let four = add(twice, twice, divisor);
        rest = add(add(four, four, divisor), twice, divisor);
    }
    rest == 0
}

/// The sum of two remainders, as a remainder.
fn add(one: u64, other: u64, divisor: u64) -> u64 {
    let room = divisor - other;
    if one >= room { one - room } else { one + other }
}

/// The digits of a number as an integer, and the power of ten that they stand for.
fn decimal(number: &Number) -> Option<(u64, i32)> {
    let text = serde_json::to_string(number).ok()?;
    let (mut whole, mut fraction, mut power) = (0_u64, 0, 0);
    let (mut in_fraction, mut in_power, mut small) = (false, false, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if in_power => power = 10 * power + i32::from(byte - b'0'),
            b'0'..=b'9' => {
                whole = whole.checked_mul(10)?.checked_add((byte - b'0').into())?;
                fraction += i32::from(in_fraction);
            }
            b'.' => in_fraction = true,
            b'e' => in_power = true,
            b'-' => small = in_power,
            _ => {}
        }
    }
    Some((whole, if small { -power } else { power } - fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn compares_by_worth() {
        let ascending = [
            "-1e300",
            "-9223372036854775808",
            "-9007199254740993",
            "-9007199254740992.0",
            "-0.5",
            "0",
            "5e-324",
            "0.5",
            "1.0",
            "9007199254740992.0",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616.0",
            "1e39",
            "1e300",
        ];
        for (index, one) in ascending.iter().enumerate() {
            for (other_index, other) in ascending.iter().enumerate() {
                assert_eq!(compare(&number(one), &number(other)), index.cmp(&other_index), "{one} {other}");
            }
        }
        assert!(compare(&number("-0"), &number("0")).is_eq());
        assert!(compare(&number("1.0"), &number("1")).is_eq());
    }

    #[test]
    fn divides_decimals_and_not_their_floats() {
        let multiples = [
            ("0.3", "0.1"),
            ("19.99", "0.01"),
            ("-4.02", "0.01"),
            ("0", "0.01"),
            ("0.0", "7"),
            ("1e308", "0.5"),
            ("1e22", "1e20"),
            ("7", "3.5"),
            ("18446744073709551615", "5"),
            ("12391239123", "1e-8"),
            ("3e-300", "1e-300"),
            ("-9223372036854775808", "2"),
        ];
        for (one, other) in multiples {
            assert!(is_multiple(&number(one), &number(other)), "{one} {other}");
        }
        let others = [
            ("0.35", "0.1"),
            ("19.999", "0.01"),
            ("1e308", "0.123456789"),
            ("1e-300", "1e300"),
            ("7", "2"),
            ("18446744073709551615", "18446744073709551614"),
            ("1e19", "18446744073709551557"),
            ("1e30", "18446744073709551557"),
            ("1", "0"),
        ];
        for (one, other) in others {
            assert!(!is_multiple(&number(one), &number(other)), "{one} {other}");
        }
    }
}
