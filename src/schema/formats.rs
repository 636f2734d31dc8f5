//! The formats that are asserted: those that providers know too. Every other format is a note.
//!
//! As expressions they are a fraction of what code for them would weigh. None of them branches in a way that takes more
//! than the length of the text, times a constant, so that they need no limit to it.

use crate::search;

/// A format: its name, its expression, and what a text of it is called.
type Format = (&'static str, &'static str, &'static str);

const FORMATS: &[Format] = &[
    ("date", "<date>", "a date such as 2026-01-31"),
    ("time", "<time>", "a time with its offset such as 09:30:00Z"),
    ("date-time", "<date>[Tt]<time>", "a date and time such as 2026-01-31T09:30:00Z"),
    ("duration", r"P(\d+W|(?=.)<days>?(T<hours>)?)", "a duration such as P3DT12H"),
    (
        "email",
        r#"("([ !#-\[\]-~]|\\[ -~])*"|<atom>(\.<atom>)*)@(<host>|\[(<ipv4>|IPv6:<ipv6>)\])"#,
        "an e-mail address",
    ),
    ("uuid", "<hex>{8}(-<hex>{4}){3}-<hex>{12}", "a UUID such as 123e4567-e89b-12d3-a456-426614174000"),
    ("ipv4", "<ipv4>", "an IPv4 address"),
    ("ipv6", "<ipv6>", "an IPv6 address"),
    ("hostname", "<host>", "a host name"),
    (
        "uri",
        r"[a-zA-Z][a-zA-Z\d+.-]*:(//((<part>|:)*@)?(\[<ipv6>\]|<part>*)(:\d*)?(?![^/?#])|(?!//))<rest>*(#<rest>*)?",
        "an absolute URI such as https://example.com/page",
    ),
];

/// The expressions within expressions, each before those that it is made of.
const PARTS: &[(&str, &str)] = &[
    // RFC 3339. Of the 29ths of February, those of leap years.
    (
        "<date>",
        r"(\d{4}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)",
    ),
    // A leap second is the last one of a day; where that depends on the offset, it is not looked for.
    ("<time>", r"(<minute>:[0-5]\d|23:59:60(?=[\d.]*([Zz]|.00:00)))(\.\d+)?([Zz]|[+-]<minute>)"),
    ("<minute>", r"([01]\d|2[0-3]):[0-5]\d"),
    ("<days>", r"(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)"),
    ("<hours>", r"(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S)"),
    // RFC 5321; of names in punycode, only the letters are looked at.
    ("<atom>", r"[\w!#$%&'*+/=?^`{|}~-]+"),
    ("<host>", r"(?=.{1,253}$)<label>(\.<label>)*"),
    ("<label>", r"[a-zA-Z\d]([a-zA-Z\d-]{0,61}[a-zA-Z\d])?"),
    // RFC 3986.
    ("<rest>", "(<part>|[:@/?])"),
    ("<part>", r"([\w.~!$&'()*+,;=-]|%<hex>{2})"),
    // RFC 4291: eight groups, of which two may be written as IPv4, and one gap.
    (
        "<ipv6>",
        r"((<group>:){7}<group>|(<group>:){6}<ipv4>|(<group>:){1,7}:|:((:<group>){1,7}|:)|::(<group>:){0,5}<ipv4>|(?!([^:\]]*:){8})(<group>:){1,6}(:<group>){1,6}|(?!([^:\]]*:){7})(<group>:){1,5}(:<group>){0,4}:<ipv4>)",
    ),
    ("<ipv4>", r"<octet>(\.<octet>){3}"),
    ("<octet>", r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"),
    ("<group>", "<hex>{1,4}"),
    ("<hex>", r"[\da-fA-F]"),
];

/// The expression that texts of a format match, and what they are called; none where the format is not asserted.
pub(super) fn find(format: &str) -> Option<(String, &'static str)> {
    let (_, expression, phrase) = FORMATS.iter().find(|(name, ..)| *name == format)?;
    let mut expression = ["^(?:", expression, ")$"].concat();
    for (name, part) in PARTS {
        expression = search::replace(&expression, name, part);
    }
    Some((expression, phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Patterns;
    use crate::host::simulated::Expressions;

    fn holds(format: &str, text: &str) -> bool {
        Expressions.matches(&find(format).unwrap().0, text).unwrap()
    }

    #[test]
    fn every_part_has_its_place() {
        for (name, ..) in FORMATS {
            let (expression, _) = find(name).unwrap();
            assert!(!expression.contains("(<") && Expressions.matches(&expression, "").is_some(), "{expression}");
            for (part, _) in PARTS {
                assert!(!expression.contains(part), "{part} is left in {name}");
            }
        }
    }

    #[test]
    fn limits_are_where_the_standards_put_them() {
        let host = |length: usize| "a.".repeat(length / 2) + if length % 2 == 1 { "a" } else { "aa" };
        assert_eq!((host(253).len(), host(252).len()), (253, 254));
        assert!(holds("hostname", &host(253)) && !holds("hostname", &host(252)));
        assert!(holds("email", &format!("a@{}", host(253))) && !holds("email", &format!("a@{}", host(252))));
        assert!(holds("time", "23:59:60.5+00:00") && !holds("time", "23:59:60.5+01:00"));
        assert!(holds("uri", "http://[1:2:3:4:5:6:7::]:80/") && !holds("uri", "http://[1:2:3:4:5:6:7:8::]/"));
    }

    #[test]
    fn long_texts_are_answered_in_every_format() {
        let runs =
            ["a", "1", ":", ".", "a.", "1:", "%", "%a", "%41", "-", "@", "a@", "\"", "[", "::", "P1Y", "1M", "T"];
        let starts = ["", "P", "a:", "a://", "a://[", "a@", "\"", "2024-01-01T10:00:00.", "::"];
        for (format, ..) in FORMATS {
            for run in runs {
                for start in starts {
                    let text = start.to_owned() + &run.repeat(2_000) + "\n";
                    assert!(!holds(format, &text), "{format} {start}{run}");
                }
            }
        }
    }
}
