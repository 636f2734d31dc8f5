//! The section `budget`: what a run may take at the most.

use super::reader::Section;
use super::types::{BudgetConfig, LlmConfig};
use super::{GREATEST_EXACT, keys, price};

/// In US dollars.
const LEAST_COST: f64 = 0.0001;
/// In US dollars.
const MOST_COST: f64 = 1_000_000.0;

/// Reads the section; `None` where it sets no limit.
pub(super) fn read(root: &Section<'_>) -> Option<BudgetConfig> {
    let section = root.section("budget", keys::BUDGET);
    if !section.exists() {
        return None;
    }
    if keys::BUDGET.iter().all(|key| !section.is_written(keys::name(key))) {
        let remedy = "write `max_cost` in USD, `max_tokens` or `max_requests`, or remove the section";
        section.warning_here("this section sets no limit, so a run may take whatever it needs", Some(remedy));
        return None;
    }
    Some(BudgetConfig {
        max_cost: section.number("max_cost", LEAST_COST, MOST_COST),
        max_tokens: section.whole("max_tokens", 1, GREATEST_EXACT),
        max_requests: section.whole("max_requests", 1, GREATEST_EXACT),
    })
}

/// Checks that costs can be counted where they are limited: for each model with the section that speaks for it alone.
pub(super) fn check_prices(shared: &Section<'_>, own: &[Section<'_>], models: &[&LlmConfig]) {
    let misread = |section: &Section<'_>| {
        section.is_broken()
            || (section.is_written("price") && price::read(&section.section("price", keys::PRICE)).is_none())
    };
    if misread(shared) || own.iter().any(misread) {
        return;
    }
    let is_shared = |own: &Section<'_>| keys::WHAT_IS_PRICED.iter().all(|key| !own.is_written(key));
    let everywhere = own.iter().all(is_shared) && models.iter().all(|model| model.price.is_none());
    for (own, model) in own.iter().zip(models).filter(|(_, model)| model.price.is_none()) {
        let place = if everywhere { shared } else { own };
        let message =
            format!("without the price of \"{}\" no cost can be counted, and `budget.max_cost` limits it", model.model);
        let remedy =
            "write `price: {input: ..., output: ...}` here, in USD per million tokens; 0 for what costs nothing";
        place.error("price", &message, Some(remedy));
    }
}
