//! Instants as HTTP and JSON write them, in milliseconds since 1970 (UTC).

const DAY: i64 = 86_400_000;
/// 400 years have the same length everywhere in the calendar.
const MILLISECONDS_OF_A_YEAR: i64 = 146_097 * DAY / 400;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A date in one of the three forms that HTTP knows: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`
/// and `Sun Nov  6 08:49:37 1994`. A year of two digits is the one nearest to `near`.
pub fn http_date(text: &str, near: i64) -> Option<i64> {
    let mut words = [""; 6];
    let mut count = 0;
    for word in text.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
        *words.get_mut(count)? = word;
        count += 1;
    }
    let (year, month, day, time) = match (count, words) {
        (6, [_, day, month, year, time, "GMT" | "UTC"]) => (year, month, day, time),
        (5, [_, month, day, time, year, _]) => (year, month, day, time),
        _ => return None,
    };
    let month = MONTHS.iter().zip(1..).find(|(name, _)| name.eq_ignore_ascii_case(month)).map(|(_, number)| number)?;
    let year = match year.len() {
        2 => nearest_year(digits(year, 2)?, near),
        _ => digits(year, 4)?,
    };
    let (hour, minute, second) = clock_time(time)?;
    let day = digits(day, day.len().clamp(1, 2))?;
    instant(year, month, day).map(|midnight| midnight + ((hour * 60 + minute) * 60 + second) * 1000)
}

/// A date and time as RFC 3339 has it, such as `2026-01-02T03:04:05.678Z` or `2026-01-02T03:04:05+01:00`.
pub fn rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut parts = date.split('-');
    let midnight = instant(digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?)?;
    if parts.next().is_some() {
        return None;
    }
    let (time, ahead) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let (time, offset) = time.split_at_checked(time.rfind(['+', '-'])?)?;
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            (time, if offset.starts_with('-') { -minutes } else { minutes })
        }
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = fraction.bytes().chain(*b"00").take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (hour, minute, second) = clock_time(time)?;
    Some(midnight + ((hour * 60 + minute - ahead) * 60 + second) * 1000 + thousandths)
}

/// The first moment of a day of the Gregorian calendar.
fn instant(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days_from_civil(year, month, day) * DAY)
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

fn nearest_year(short: i64, near: i64) -> i64 {
    let reference = (1970 + near.div_euclid(MILLISECONDS_OF_A_YEAR)).clamp(1970, 9900);
    // At most 50 years ahead.
    let latest = reference + 50;
    latest - (latest - short).rem_euclid(100)
}

/// `08:49:37`; a leap second counts as the second after it.
fn clock_time(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(':').map(|part| digits(part, 2));
    match (parts.next()??, parts.next()??, parts.next()??, parts.next()) {
        (hour @ 0..=23, minute @ 0..=59, second @ 0..=60, None) => Some((hour, minute, second)),
        _ => None,
    }
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Date, Month, OffsetDateTime};

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn the_calendar_agrees_with_the_librarys_on_every_day_of_five_centuries() {
        for year in 1600..2100 {
            for month in 1..=13_u8 {
                for day in 0..=32 {
                    let name = Month::try_from(month).ok();
                    let date = name.and_then(|month| Date::from_calendar_date(year, month, day).ok());
                    let expected = date.map(|date| date.midnight().assume_utc().unix_timestamp() * 1000);
                    let ours = instant(i64::from(year), i64::from(month), i64::from(day));
                    assert_eq!(ours, expected, "{year}-{month}-{day}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn all_three_forms_of_a_date_mean_the_same_instant(seconds in 0_i64..4_000_000_000) {
            let then = at(seconds);
            let (year, month, day) = then.to_calendar_date();
            let (month, weekday) = (&month.to_string()[..3], then.weekday().to_string());
            let (hour, minute, second) = then.to_hms();
            let clock = format!("{hour:02}:{minute:02}:{second:02}");
            let forms = [
                format!("{}, {day:02} {month} {year} {clock} GMT", &weekday[..3]),
                format!("{weekday}, {day:02}-{month}-{:02} {clock} GMT", year % 100),
                format!("{} {month} {day:2} {clock} {year}", &weekday[..3]),
            ];
            for form in forms {
                prop_assert_eq!(http_date(&form, seconds * 1000), Some(seconds * 1000), "{}", form);
            }
        }

        #[test]
        fn an_offset_moves_the_clock_and_not_the_instant(seconds in 0_i64..4_000_000_000, ahead in -840_i64..840) {
            let there = at(seconds + ahead * 60);
            let ((hour, minute, second), date) = (there.to_hms(), there.date());
            let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
            let (sign, hours, minutes) = (if ahead < 0 { '-' } else { '+' }, ahead.abs() / 60, ahead.abs() % 60);
            let text = format!(
                "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}"
            );
            prop_assert_eq!(rfc3339(&text), Some(seconds * 1000), "{}", text);
        }

        #[test]
        fn no_text_is_an_obstacle(text in ".{0,40}", near in any::<i64>()) {
            let _ = (http_date(&text, near), rfc3339(&text));
        }
    }

    #[test]
    fn fractions_count_to_the_millisecond() {
        let whole = rfc3339("2026-01-02T03:04:05Z").unwrap();
        for (text, more) in [("5.6", 600), ("5.67", 670), ("5.678", 678), ("5.6789123", 678), ("5.0", 0)] {
            assert_eq!(rfc3339(&format!("2026-01-02t03:04:0{text}z")), Some(whole + more));
        }
    }

    #[test]
    fn a_year_of_two_digits_is_in_the_nearest_century() {
        let near = |year: i64| instant(year, 6, 1).unwrap();
        for (short, reference, year) in [(94, 1994, 1994), (94, 2026, 1994), (26, 2026, 2026), (0, 1999, 2000)] {
            assert_eq!(nearest_year(short, near(reference)), year, "{short} seen from {reference}");
        }
        for near in [i64::MIN, -1, i64::MAX] {
            assert!(http_date("Sunday, 06-Nov-94 08:49:37 GMT", near).is_some());
        }
        assert_eq!(nearest_year(76, near(2026)), 2076);
        assert_eq!(nearest_year(77, near(2026)), 1977);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "Sun, 31 Feb 2026 00:00:00 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37 PST",
            "Sun, 06 Nov 19940 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 006 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(http_date(text, 0), None, "{text}");
        }
        for text in [
            "2026-01-02",
            "2026-1-2T03:04:05Z",
            "2026-13-01T00:00:00Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05.xZ",
            "2026-01-02T03:04:05+1:00",
            "2026-01-02-03T03:04:05Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }
}
