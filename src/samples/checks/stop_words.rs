//! The commonest words of the large languages that are written in Latin letters.

/// Languages that are told apart by their words.
pub(super) const LANGUAGES: usize = 7;

/// For each language its commonest words, without those that are words of programming languages or common in several of
/// these languages with another meaning.
const WORDS: [(&str, &str); LANGUAGES] = [
    (
        "English",
        "the of to that are was you which it be can have they their your when these between how what there would its has",
    ),
    (
        "German",
        "der die das und ist nicht ein eine einen einer mit für auf von zu den dem sich werden wird auch kann sie wie durch \
         bei oder",
    ),
    (
        "French",
        "le la les des est une dans pour que qui sur avec pas vous ce plus et au aux cette sont il elle du ou en",
    ),
    ("Spanish", "el la los las que es una por para con del como se más su un en y lo pero son sus esta este al"),
    ("Portuguese", "os as que uma para com não do da em é por dos mais um na no ao são como sua seu ou das pelo"),
    (
        "Italian",
        "il la che di una per con non del della sono è nel gli un dei le alla come più si da anche delle questo",
    ),
    ("Dutch", "de het een van en niet met voor dat zijn op te wordt is ook aan door als bij naar kan die worden deze"),
];

/// More slots than words, so that a search ends soon.
const SLOTS: usize = 512;

/// Finds the languages of a word.
pub(super) struct StopWords {
    /// The word as a number, and a bit for each of its languages.
    slots: Vec<(u64, u8)>,
}

impl StopWords {
    /// Gets ready.
    pub(super) fn new() -> Self {
        let mut words = Self { slots: vec![(0, 0); SLOTS] };
        for (language, (_, list)) in WORDS.iter().enumerate() {
            for word in list.split_ascii_whitespace() {
                let number = number(word.bytes());
                let slot = words.slot(number);
                if let Some(slot) = words.slots.get_mut(slot) {
                    *slot = (number, slot.1 | (1 << language));
                }
            }
        }
        words
    }

    /// A bit for each language that has this word among its commonest.
    pub(super) fn languages(&self, number: u64) -> u8 {
        self.slots.get(self.slot(number)).map_or(0, |(_, languages)| *languages)
    }

    /// The slot of a word, or the one where it would be.
    fn slot(&self, number: u64) -> usize {
        let mut slot = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize;
        while self.slots.get(slot).is_some_and(|(other, _)| *other != number && *other != 0) {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }
}

/// The name of a language.
pub(super) fn name(language: usize) -> &'static str {
    WORDS.get(language).map_or("", |(name, _)| name)
}

/// A word as a number: its bytes, of which no stop word has more than eight.
pub(super) fn number(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, |number, byte| (number << 8) | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_word_is_found_and_no_other() {
        let words = StopWords::new();
        let of = |word: &str| words.languages(number(word.bytes()));
        for (language, (_, list)) in WORDS.iter().enumerate() {
            for word in list.split_ascii_whitespace() {
                assert!(word.len() <= 8, "{word}");
                assert_ne!(of(word) & (1 << language), 0, "{word}");
            }
        }
        assert_eq!(of("la").count_ones(), 3);
        assert_eq!((of("river"), of(""), of("fluss")), (0, 0, 0));
    }
}
