//! The text of a topic, cleaned and compared.

/// A topic as models write it, without list markers, quotes around it, line breaks and final punctuation.
pub fn clean(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ");
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

/// What two texts share when they name the same topic: letters and digits in lower case, `&` read as "and".
/// Symbols that tell topics apart, such as in C, C++ and C#, count.
pub fn normalized(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.replace('&', " and ").chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric()
            || matches!(character, '+' | '#' | '*' | '/' | '<' | '>' | '=' | '%' | '@' | '$' | '!')
        {
            if gap && !words.is_empty() {
                words.push(' ');
            }
            gap = false;
            words.push(character);
        } else {
            gap = true;
        }
    }
    if words.is_empty() { text.trim().to_owned() } else { words }
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
        for (one, other) in [("Error Handling", "error-handling"), ("R & D", "R and D"), ("Straße", "STRASSE ")] {
            assert_eq!(normalized(one) == normalized(other), one != "Straße", "{one} {other}");
        }
        assert_ne!(normalized("C"), normalized("C++"));
        assert_ne!(normalized("C#"), normalized("C++"));
        assert_ne!(normalized("循环"), normalized("函数"));
        assert_eq!(normalized("—"), "—");
    }
}
