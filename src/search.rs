//! Searching texts for texts, and putting them together. The standard library's ways are made for long texts and long words,
//! and in the module they would be as large as a provider; here both are short.

/// Where a part begins in a text for the first time.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let first = part.as_bytes().first()?;
    let mut rest = text.as_bytes();
    // Without iterators, whose steps are calls where the compiler saves bytes.
    while let [byte, after @ ..] = rest {
        if byte == first && rest.starts_with(part.as_bytes()) {
            return Some(text.len() - rest.len());
        }
        rest = after;
    }
    None
}

/// Whether a part is somewhere in a text.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before and after the first separator.
pub(crate) fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

/// A text with every occurrence of a part replaced.
pub(crate) fn replace(text: &str, part: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = split_once(rest, part) {
        replaced.push_str(before);
        replaced.push_str(by);
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// Texts in a row, with a separator between each two.
pub(crate) fn join<T: AsRef<str>>(texts: &[T], separator: &str) -> String {
    let mut joined = String::new();
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_the_standard_library_finds(text in "[ab\u{e4}]{0,12}", part in "[ab\u{e4}]{1,3}") {
            prop_assert_eq!(find(&text, &part), text.find(&part));
            prop_assert_eq!(contains(&text, &part), text.contains(&part));
            prop_assert_eq!(split_once(&text, &part), text.split_once(&part));
            prop_assert_eq!(join(&[&text, &part, &text], ", "), [&*text, &part, &text].join(", "));
            prop_assert_eq!(replace(&text, &part, "ac"), text.replace(&part, "ac"));
        }
    }
}
