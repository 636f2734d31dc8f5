//! Texts of others in Markdown: shown as they are, never read as markup.

/// A text as one line in which nothing is markup, links and HTML included.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    let characters: Vec<char> = text.trim().chars().collect();
    let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    for (place, &c) in characters.iter().enumerate() {
        match c {
            // Within a word these mean nothing.
            '-' | ',' | '\''
                if place > 0 && is_word(characters.get(place - 1)) && is_word(characters.get(place + 1)) =>
            {
                escaped.push(c);
            }
            // Every ASCII punctuation mark may stand behind a backslash and then means itself.
            c if c.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Line breaks and the marks that turn text around would let a text leave its place.
            c if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The beginning of a text, with three dots where it goes on.
pub fn shortened(text: &str, most: usize) -> String {
    let mut characters = text.chars();
    let mut beginning: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        beginning.push('…');
    }
    beginning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_markdown_would_read() {
        let text =
            "<script>alert(1)</script> [x](javascript:1) ![](http://a) `a` **b**\n\n# c | d https://e.f @g\u{202e}";
        let escaped = escape(text);
        assert!(!escaped.contains('\n') && !escaped.contains('\u{202e}'));
        assert_eq!(super::escape("gpt-4o-mini"), "gpt-4o-mini");
        let mut before = ' ';
        for c in escaped.chars() {
            assert!(!c.is_ascii_punctuation() || before == '\\' || c == '\\', "{escaped}");
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
    }
}
