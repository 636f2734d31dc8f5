//! Text that must not be seen: API keys and tokens.

use std::fmt;

use crate::search;

/// A secret. It prints as `[redacted]` and does not serialise; only [`Secret::reveal`] gives the text, to be called
/// where a header is written and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes hold of a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` without this secret: servers like to quote the key that they refuse.
    pub fn redact(&self, text: &str) -> String {
        if self.0.trim().is_empty() {
            return text.to_owned();
        }
        search::replace(text, self.0.trim(), "[redacted]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let key = Secret::new("sk-very-secret");
        assert_eq!(format!("{key} {key:?}"), "[redacted] [redacted]");
    }

    #[test]
    fn a_key_that_a_server_quotes_is_removed() {
        let key = Secret::new("sk-very-secret");
        assert_eq!(key.redact("incorrect key sk-very-secret."), "incorrect key [redacted].");
        assert_eq!(Secret::new(" ").redact("a b"), "a b");
    }
}
