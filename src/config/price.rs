//! The section `price`: what a model's tokens cost.

use super::reader::Section;
use super::report::shown;
use super::types::PriceConfig;

/// In US dollars per million tokens. Far above any price list.
const MOST: f64 = 1_000_000.0;
/// No price list has a price below this, but every price for a single token is.
const LEAST_LIKELY: f64 = 0.001;

/// Reads the section; `None` also where a part of it could not be read.
pub(super) fn read(section: &Section<'_>) -> Option<PriceConfig> {
    if !section.exists() {
        return None;
    }
    let amount = |key: &str| {
        let amount = section.number(key, 0.0, MOST)?;
        if amount > 0.0 && amount < LEAST_LIKELY {
            let written = section.value(key).map(shown).unwrap_or_default();
            let message = format!("{written} looks like the price of one token: prices are in USD per million tokens");
            section.warning(key, &message, Some("multiply it by 1000000"));
        }
        Some(amount)
    };
    let required = |key: &str, what: &str| {
        if !section.is_written(key) {
            section.missing(key, &format!("write what a million tokens {what} cost in USD, such as `{key}: 2.5`"));
        }
        amount(key)
    };
    let (input, output) = (required("input", "sent"), required("output", "received"));
    let cached_input = amount("cached_input");
    if cached_input.is_none() && section.is_written("cached_input") {
        return None;
    }
    Some(PriceConfig { input: input?, output: output?, cached_input })
}
