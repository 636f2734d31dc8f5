//! What a run may cost, and what its models charge: nothing is counted at a guessed or borrowed price.

use serde_json::{Value, json};

use super::{errors, read, warnings, with, words};
use crate::config::{BudgetConfig, Config, LlmConfig, PriceConfig, parse};

const PRICE: PriceConfig = PriceConfig { input: 2.5, output: 10.0, cached_input: None };

fn price() -> Value {
    json!({"input": 2.5, "output": 10})
}

fn topics_llm(keys: &[(&str, Value)]) -> LlmConfig {
    read(&with(keys)).topics.llm
}

#[test]
fn reads_prices_where_models_are_named() {
    let Config { topics, generation, .. } = read(&with(&[("llm.price", price())]));
    assert_eq!((topics.llm.price, generation.llm.price), (Some(PRICE), Some(PRICE)));

    let own = json!({"input": "0.15", "output": 0.6, "cached_input": 0.075});
    let Config { topics, generation, .. } = read(&with(&[("llm.price", price()), ("generation.llm.price", own)]));
    assert_eq!(topics.llm.price, Some(PRICE));
    assert_eq!(generation.llm.price, Some(PriceConfig { input: 0.15, output: 0.6, cached_input: Some(0.075) }));

    let free = json!({"input": 0, "output": 0});
    assert_eq!(topics_llm(&[("topics.llm.price", free)]).price.map(|price| price.input), Some(0.0));
}

#[test]
fn a_price_has_both_directions_and_is_no_guess() {
    for (written, path, part) in [
        (json!({"output": 1}), "llm.price.input", "this key is required (write what a million tokens sent cost"),
        (json!({"input": 1}), "llm.price.output", "this key is required (write what a million tokens received cost"),
        (json!({"input": -1, "output": 1}), "llm.price.input", "from 0 to 1000000, not -1"),
        (json!({"input": 1, "output": 1e7}), "llm.price.output", "from 0 to 1000000"),
        (json!({"input": null, "output": 1}), "llm.price.input", "must be a number"),
        (json!({"input": 1, "output": 1, "cached_input": "free"}), "llm.price.cached_input", "must be a number"),
        (json!({"input": 1, "output": 1, "inptu": 1}), "llm.price.inptu", "did you mean \"input\"?"),
        (json!(2.5), "llm.price", "must be a mapping"),
    ] {
        // A budget changes nothing about it: a price that is wrong is not said to be missing as well.
        for budget in [json!(null), json!({"max_cost": 1})] {
            let found = errors(&with(&[("budget", budget), ("llm.price", written.clone())]));
            assert_eq!((found.len(), found[0].path.as_str()), (1, path), "{written}: {found:#?}");
            assert!(words(&found[0]).contains(part), "{}", words(&found[0]));
        }
    }
    assert_eq!(errors(&with(&[("llm.price", json!({}))])).len(), 2);
}

#[test]
fn suspects_a_price_for_a_single_token() {
    let found = warnings(&with(&[("llm.price", json!({"input": 0.0000025, "output": 10}))]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "llm.price.input"));
    assert!(words(&found[0]).contains("price of one token"), "{}", words(&found[0]));
    assert_eq!(warnings(&with(&[("llm.price", json!({"input": 0.001, "output": 0}))])), []);
}

#[test]
fn borrows_no_price_from_another_model() {
    let shared = json!({"provider": "openai", "model": "gpt-4o", "base_url": "https://a.example/v1", "price": price()});
    for (own, key) in [
        (json!({"model": "gpt-4o-mini"}), "topics.llm.model"),
        (json!({"provider": "anthropic", "model": "gpt-4o"}), "topics.llm.provider"),
        (json!({"base_url": "https://b.example/v1"}), "topics.llm.base_url"),
    ] {
        let config = with(&[("llm", shared.clone()), ("topics.llm", own)]);
        assert_eq!(read(&config).topics.llm.price, None, "{key}");
        assert_eq!(read(&config).generation.llm.price, Some(PRICE), "{key}");
        let said: Vec<String> = warnings(&config).iter().map(words).collect();
        let told = said.iter().any(|words| words.starts_with(key) && words.contains("`llm.price` is not used here"));
        assert!(told, "{key}: {said:#?}");
    }
    for own in [
        json!({}),
        json!({"temperature": 1}),
        json!({"provider": "openai", "model": "gpt-4o"}),
        json!({"base_url": "https://a.example/v1"}),
    ] {
        let config = with(&[("llm", shared.clone()), ("topics.llm", own.clone())]);
        assert_eq!(read(&config).topics.llm.price, Some(PRICE), "{own}");
        assert_eq!(warnings(&config), [], "{own}");
    }
    // The provider and the model that go without saying have names too.
    let elsewhere = ("topics.llm", json!({"provider": "openrouter", "model": "gpt-4o"}));
    assert_eq!(topics_llm(&[("llm.price", price()), elsewhere]).price, None);
    assert_eq!(topics_llm(&[("llm.price", price()), ("topics.llm.model", json!("gpt-4o"))]).price, Some(PRICE));
    assert_eq!(topics_llm(&[("llm.price", price()), ("topics.llm.model", json!("gpt-5"))]).price, None);
}

#[test]
fn counts_cached_tokens_at_their_own_price() {
    let close = |cost: f64, expected: f64| assert!((cost - expected).abs() < 1e-12, "{cost} {expected}");
    close(PRICE.cost(1_000_000, 0, 0), 2.5);
    close(PRICE.cost(0, 0, 500_000), 5.0);
    close(PRICE.cost(1000, 400, 100), 0.0035);
    let discounted = PriceConfig { cached_input: Some(0.25), ..PRICE };
    close(discounted.cost(1000, 400, 100), 0.0026);
    // More from the cache than were sent is a provider's slip, not a discount.
    close(discounted.cost(1000, 5000, 0), 0.00025);
}

#[test]
fn reads_a_budget() {
    let all = json!({"max_cost": 0.5, "max_tokens": 2e6, "max_requests": "1_000"});
    let config = read(&with(&[("budget", all), ("llm.price", price())]));
    let expected = BudgetConfig { max_cost: Some(0.5), max_tokens: Some(2_000_000), max_requests: Some(1000) };
    assert_eq!(config.budget, Some(expected));
    let one = read(&with(&[("budget.max_tokens", json!(9_007_199_254_740_991u64))]));
    assert_eq!(one.budget.and_then(|budget| budget.max_tokens), Some(9_007_199_254_740_991));
}

#[test]
fn a_budget_leaves_room_for_something() {
    for (key, wrong, part) in [
        ("max_cost", json!(0), "from 0.0001 to 1000000, not 0"),
        ("max_cost", json!(-3), "from 0.0001"),
        ("max_cost", json!("$5"), "must be a number"),
        ("max_tokens", json!(0), "of at least 1"),
        ("max_tokens", json!(1.5), "must be a whole number"),
        ("max_requests", json!(0), "of at least 1"),
        ("max_requests", json!(true), "must be a whole number"),
        ("max_costs", json!(1), "did you mean \"max_cost\"?"),
    ] {
        let found = errors(&with(&[("llm.price", price()), (&format!("budget.{key}"), wrong.clone())]));
        assert_eq!(found.len(), 1, "{key} {wrong}: {found:#?}");
        assert!(words(&found[0]).contains(part), "{}", words(&found[0]));
    }
    assert_eq!(errors(&with(&[("budget", json!(5))])).len(), 1);
    let found = errors(&with(&[("llm.max_cost", json!(5))]));
    assert!(words(&found[0]).contains("it belongs in `budget`"), "{found:#?}");
}

#[test]
fn says_when_a_budget_limits_nothing() {
    for empty in [json!({}), json!({"max_cost": null})] {
        let config = with(&[("budget", empty)]);
        assert_eq!(read(&config).budget, None);
        let found = warnings(&config);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "budget"));
        assert!(words(&found[0]).contains("sets no limit"), "{}", words(&found[0]));
    }
}

#[test]
fn limits_no_cost_that_it_cannot_count() {
    let budget = || ("budget.max_cost", json!(5));
    let paths = |keys: &[(&str, Value)]| -> Vec<String> {
        let mut keys = keys.to_vec();
        keys.push(budget());
        errors(&with(&keys)).into_iter().map(|issue| issue.path).collect()
    };
    // One model for everything: one price is missing.
    let found = errors(&with(&[budget()]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "llm.price"));
    assert!(words(&found[0]).contains("the price of \"gpt-4o\""), "{}", words(&found[0]));
    assert!(words(&found[0]).contains("write `price: {input: ..., output: ...}`"), "{}", words(&found[0]));

    assert_eq!(paths(&[("llm.price", price())]), Vec::<String>::new());
    assert_eq!(paths(&[("topics.llm.price", price())]), ["generation.llm.price"]);
    assert_eq!(paths(&[("topics.llm.model", json!("m"))]), ["topics.llm.price", "generation.llm.price"]);
    let own_model = ("topics.llm", json!({"model": "m"}));
    assert_eq!(paths(&[("llm.price", price()), own_model]), ["topics.llm.price"]);
    let priced = ("topics.llm", json!({"model": "m", "price": price()}));
    assert_eq!(paths(&[("llm.price", price()), priced]), Vec::<String>::new());
    // Only costs need prices.
    assert_eq!(errors(&with(&[("budget", json!({"max_tokens": 5, "max_requests": 5}))])), []);
}

#[test]
fn does_not_ask_for_the_price_of_a_missing_section() {
    let found = errors(&json!({"budget": {"max_cost": 1}, "output": {"num_samples": 1}}));
    let paths: Vec<&str> = found.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(paths, ["topics", "generation"]);
}

#[test]
fn reads_budget_and_price_from_yaml() {
    let config = parse(
        "
budget: {max_cost: 2}
llm:
  model: gpt-4o-mini
  price: {input: 0.15, output: 0.60, cached_input: 0.075}
topics: {prompt: Rivers of Europe}
generation: {system_prompt: Write about geography}
output: {num_samples: 3}
",
    )
    .unwrap();
    assert_eq!(config.budget.and_then(|budget| budget.max_cost), Some(2.0));
    assert_eq!(config.generation.llm.price.map(|price| price.output), Some(0.6));
}
