//! The text of a topic, cleaned and compared.

use crate::search;

/// A topic as models write it, without list markers, quotes around it, line breaks and final punctuation.
pub fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = search::join(&words, " ");
    let mut text = joined.trim_start_matches(['-', '*', '•', '–', '#', ' ']);
    // "3. Loops" and "3) Loops", but not "3.11 features" or "2024 election".
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits) {
        for marker in [". ", ") "] {
            text = text.get(digits..).and_then(|rest| rest.strip_prefix(marker)).unwrap_or(text);
        }
    }
    for (open, close) in [('"', '"'), ('\'', '\''), ('“', '”'), ('«', '»'), ('`', '`')] {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        text = inner.filter(|inner| !inner.contains([open, close])).unwrap_or(text);
    }
    text.trim_end_matches(['.', ';', ',', ':', ' ']).trim().to_owned()
}

/// What two folded texts share when they name the same topic: their words. `&` is read as "and"; symbols that tell
/// topics apart, such as those of C, C++ and C#, count.
pub fn normalized(folded: &str) -> String {
    let mut words = String::with_capacity(folded.len());
    let mut gap = false;
    for character in folded.chars() {
        if is_gap(character) {
            gap = true;
            continue;
        }
        let is_and = character == '&';
        if (gap || is_and) && !words.is_empty() {
            words.push(' ');
        }
        gap = is_and;
        match is_and {
            true => words.push_str("and"),
            false => words.push(character),
        }
    }
    if words.is_empty() { folded.trim().to_owned() } else { words }
}

/// Whether a character stands between words: space and punctuation.
fn is_gap(character: char) -> bool {
    match character {
        '&' | '+' | '#' | '*' | '/' | '<' | '>' | '=' | '%' | '@' | '$' | '!' => false,
        '\0'..='\u{7f}' => !character.is_ascii_alphanumeric(),
        '\u{80}'..='\u{a0}' | '¡' | '§' | '«' | '\u{ad}' | '¶' | '·' | '»' | '¿' => true,
        // General punctuation, and the punctuation of Chinese and Japanese.
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{30fb}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_lose_what_lists_put_around_them() {
        let table = [
            ("  1. Loops ", "Loops"),
            ("- \"For   loops\"", "For loops"),
            ("* Error handling.", "Error handling"),
            ("3.11 features", "3.11 features"),
            ("2024 election", "2024 election"),
            ("“Café” culture", "“Café” culture"),
            ("What is \"self\"?", "What is \"self\"?"),
            ("...", ""),
        ];
        for (written, cleaned) in table {
            assert_eq!(clean(written), cleaned);
        }
    }

    #[test]
    fn the_same_topic_is_recognised_and_others_are_told_apart() {
        let same = |one: &str, other: &str| normalized(&one.to_lowercase()) == normalized(&other.to_lowercase());
        for (one, other) in [
            ("Error Handling", "error-handling"),
            ("R & D", "R and D"),
            ("«Élan»  vital", "élan vital."),
            ("循环、函数", "循环 函数"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [("C", "C++"), ("C#", "C++"), ("循环", "函数"), ("Straße", "Strase"), ("—", "…")] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
