//! The headers `RateLimit` and `RateLimit-Policy` of the IETF's draft, and what its earlier forms said in one header.
//!
//! Now: `RateLimit: "default";r=50;t=30` and `RateLimit-Policy: "default";q=100;w=60`. Before that:
//! `RateLimit: limit=100, remaining=50, reset=30`.

use super::spans::number;

/// One limit of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// What connects it with its policy.
    pub name: String,
    /// What counts against it, if not requests.
    pub unit: Option<String>,
    /// How much it allows in all.
    pub limit: Option<f64>,
    /// How much it still allows.
    pub remaining: Option<f64>,
    /// Seconds until it allows more.
    pub reset: Option<f64>,
}

/// The limits in a header, in its order. What cannot be read is left out.
pub fn windows(text: &str) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for item in split(text, b',') {
        let mut parts = split(item, b';').into_iter();
        let Some(first) = parts.next() else { continue };
        match first.split_once('=') {
            // The earlier form has one limit in several items.
            Some(_) => match windows.first_mut() {
                Some(window) => window.take(first),
                None => {
                    let mut window = Window::default();
                    window.take(first);
                    windows.push(window);
                }
            },
            None => windows.push(Window { name: unquoted(first).to_owned(), ..Window::default() }),
        }
        if let Some(window) = windows.last_mut() {
            parts.for_each(|part| window.take(part));
        }
    }
    windows
}

impl Window {
    fn take(&mut self, parameter: &str) {
        let Some((key, value)) = parameter.split_once('=') else { return };
        let place = match key.trim() {
            "r" | "remaining" => &mut self.remaining,
            "t" | "reset" => &mut self.reset,
            "q" | "limit" => &mut self.limit,
            "qu" => {
                self.unit = Some(unquoted(value).to_owned());
                return;
            }
            _ => return,
        };
        *place = number(value);
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}

/// The parts of a text between separators that are not within quotes.
fn split(text: &str, separator: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(name: &str, limit: Option<f64>, remaining: Option<f64>, reset: Option<f64>) -> Window {
        Window { name: name.to_owned(), unit: None, limit, remaining, reset }
    }

    #[test]
    fn every_form_of_the_draft_is_read() {
        let table = [
            (r#""default";r=0;t=30"#, vec![window("default", None, Some(0.0), Some(30.0))]),
            (
                r#""a,b;c" ; r=5 ;t=1, "day";r=900;t=3600"#,
                vec![window("a,b;c", None, Some(5.0), Some(1.0)), window("day", None, Some(900.0), Some(3600.0))],
            ),
            (r#""say \"hi\", twice";q=10;w=60"#, vec![window(r#"say \"hi\", twice"#, Some(10.0), None, None)]),
            ("limit=100, remaining=50, reset=5", vec![window("", Some(100.0), Some(50.0), Some(5.0))]),
            ("default;r=x;t=30", vec![window("default", None, None, Some(30.0))]),
        ];
        for (text, expected) in table {
            assert_eq!(windows(text), expected, "{text}");
        }
    }
}
