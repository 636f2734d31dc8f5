//! Reads all rows once, to learn what their columns hold and what the card can say of them.

use std::rc::Rc;

use super::kind::Fields;
use super::line;
use super::lines::Lines;
use crate::error::{Code, Error, Result};
use crate::host::Content;
use crate::json::at;

/// More columns than this are no table: most likely keys are data.
const MOST_COLUMNS: usize = 500;

/// Rows whose words are counted to tell whether they are English.
const ROWS_TO_READ: u64 = 200;

/// Models that a card names.
const MOST_MODELS: usize = 8;

/// What was learned.
#[derive(Default)]
pub struct Scanned {
    /// How many rows there are, at least 1.
    pub rows: u64,
    /// What they hold.
    pub columns: Fields,
    /// The models that `metadata.model` names, in the order in which they were met.
    pub models: Vec<String>,
    /// Whether what was read first is certainly English.
    pub is_english: bool,
}

/// Reads all rows. `advance` hears of the bytes that were read.
///
/// # Errors
/// Code `config` with the line that is no row, or where there is none.
pub async fn scan(content: &Rc<dyn Content>, advance: &dyn Fn(u64)) -> Result<Scanned> {
    let mut scanned = Scanned::default();
    let mut words = Words::default();
    let mut lines = Lines::of(content);
    while let Some((begin, text)) = lines.next().await? {
        let row = line::parse(&text).map_err(|reason| {
            let number = lines.number();
            Error::new(
                Code::Config,
                format_args!("line {number} of the dataset is no row: {reason}; expected a JSON object on each line"),
            )
        })?;
        if scanned.rows < ROWS_TO_READ {
            words.count(&text);
        }
        scanned.rows += 1;
        scanned.columns.learn(&row);
        if scanned.columns.len() > MOST_COLUMNS {
            let message = format_args!("the dataset has more than {MOST_COLUMNS} columns; are some of its keys data?");
            return Err(Error::new(Code::Config, message));
        }
        let model = row.get("metadata").and_then(|metadata| at(metadata, "/model")?.as_str());
        if let Some(model) = model
            && scanned.models.len() < MOST_MODELS
            && !scanned.models.iter().any(|known| known == model)
        {
            scanned.models.push(model.to_owned());
        }
        advance(lines.position() - begin);
    }
    if scanned.columns.len() == 0 {
        return Err(Error::new(Code::Config, "the dataset has no rows, so there is nothing to upload"));
    }
    scanned.columns.settle();
    scanned.is_english = words.are_english();
    Ok(scanned)
}

/// A count of the words that English cannot do without.
#[derive(Default)]
struct Words {
    all: usize,
    english: usize,
}

impl Words {
    fn count(&mut self, text: &[u8]) {
        for word in text.split(|byte| !byte.is_ascii_alphabetic() && byte.is_ascii()) {
            if !word.is_empty() {
                self.all += 1;
                self.english += usize::from([&b"the"[..], b"of", b"and", b"to"].contains(&word));
            }
        }
    }

    /// These words are a seventh of English prose, less where there is code and JSON, and hardly any of other languages.
    fn are_english(&self) -> bool {
        self.english >= 10 && self.english * 40 >= self.all
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn scanned(text: &str) -> Result<Scanned> {
        let content: Rc<dyn Content> = Rc::new(text.as_bytes().to_vec());
        scan(&content, &|_| {}).now_or_never().unwrap()
    }

    #[test]
    fn a_line_that_is_no_row_is_named() {
        for (text, part) in [
            ("", "no rows"),
            ("\n\n", "no rows"),
            ("{}\n", "no rows"),
            ("{\"a\":1}\n\n[1]\n", "line 3"),
            ("{\"a\":1}\n{\"a\":", "line 2"),
            ("PAR1\u{0}\u{1}", "line 1"),
        ] {
            let error = scanned(text).err().unwrap();
            assert_eq!(error.code(), Code::Config);
            assert!(error.message().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn english_is_told_from_other_languages() {
        let sample = |text: &str| format!("{{\"text\":\"{}\"}}\n", text.repeat(20));
        assert!(scanned(&sample("What is the length of the Rhine and where does it flow to? ")).unwrap().is_english);
        for other in
            ["Wie lang ist der Rhein und wohin fließt er? ", "¿Cuánto mide el Rin y adónde va? ", "莱茵河有多长？"]
        {
            assert!(!scanned(&sample(other)).unwrap().is_english, "{other}");
        }
    }

    #[test]
    fn models_are_named_once() {
        let row = |model: &str| format!("{{\"metadata\":{{\"model\":\"{model}\"}}}}\n");
        let found = scanned(&[row("a"), row("b"), row("a")].concat()).unwrap();
        assert_eq!(found.models, ["a", "b"]);
    }
}
