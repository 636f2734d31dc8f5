//! Guesses what a misspelt word was meant to be.

/// Longer words are not compared: no key or name is that long.
const LONGEST: usize = 40;

/// The candidate nearest to a word, and how many slips lie between them: letters changed, added, left out or swapped.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<(&'c str, usize)> {
    let word = normal(word)?;
    let tolerated = (word.len() / 3).clamp(1, 3);
    candidates
        .iter()
        .filter_map(|candidate| Some((*candidate, distance(&word, &normal(candidate)?))))
        .filter(|(_, slips)| *slips <= tolerated)
        .min_by_key(|(_, slips)| *slips)
}

/// The question that goes with the nearest candidate.
pub(super) fn did_you_mean(word: &str, candidates: &[&str]) -> Option<String> {
    nearest(word, candidates).map(|(candidate, _)| format!("did you mean \"{candidate}\"?"))
}

/// `numSamples`, `num-samples` and `num_samples` are one word here but for the mark between.
fn normal(word: &str) -> Option<Vec<u8>> {
    (word.len() <= LONGEST)
        .then(|| word.bytes().map(|byte| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }).collect())
}

/// The distance of Damerau and Levenshtein, each stretch being changed once at most.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let cell = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best =
                (cell(&last, j) + usize::from(from != to)).min(cell(&last, j + 1) + 1).min(cell(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_slips() {
        for (a, b, slips) in [
            ("depth", "depth", 0),
            ("dpeth", "depth", 1),
            ("dept", "depth", 1),
            ("deepth", "depth", 1),
            ("depht", "depth", 1),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), slips, "{a} {b}");
        }
    }

    #[test]
    fn finds_what_was_meant() {
        let keys = ["depth", "degree", "num_samples", "batch_size", "save_as"];
        for (word, meant) in [
            ("dpeth", Some("depth")),
            ("Depth", Some("depth")),
            ("numSamples", Some("num_samples")),
            ("num-samples", Some("num_samples")),
            ("nmu_samples", Some("num_samples")),
            ("batchsize", Some("batch_size")),
            ("saveAs", Some("save_as")),
            ("temperature", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &keys).map(|(key, _)| key), meant, "{word}");
        }
        assert_eq!(nearest(&"depth".repeat(100_000), &keys), None);
    }
}
