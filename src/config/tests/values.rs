//! How single values are read, and what stands in for those that are not written.

use serde_json::{Value, json};

use super::{errors, minimal, read, set, with};
use crate::config::{
    Config, OutputFormat, PromptStyle, ProviderName, SampleCount, SampleNodes, TimeoutConfig, TopicMode, parse,
    parse_value,
};

#[test]
fn fills_in_the_documented_defaults() {
    let Config { seed, budget, topics, generation, output, huggingface } = read(&minimal());
    assert_eq!((seed, budget), (0, None));
    assert_eq!((topics.depth, topics.degree, topics.mode), (2, 3, TopicMode::Graph));
    assert_eq!((topics.max_concurrent, topics.max_tokens), (4, 1000));
    assert_eq!((topics.prompt_style, topics.sample_nodes), (PromptStyle::Default, SampleNodes::Leaves));
    assert_eq!((topics.system_prompt.as_str(), topics.save_as), ("", None));
    for llm in [&topics.llm, &generation.llm] {
        assert_eq!((llm.provider, llm.model.as_str(), llm.temperature), (ProviderName::OpenAi, "gpt-4o", 0.2));
        assert_eq!((&llm.base_url, llm.price, llm.timeout), (&None, None, TimeoutConfig::default()));
        assert!(llm.stream);
    }
    assert_eq!((generation.max_retries, generation.sample_retries, generation.max_tokens), (3, 2, 2000));
    assert_eq!((generation.tools, generation.output_schema), (None, None));
    let conversation = generation.conversation;
    assert_eq!((conversation.min_turns, conversation.max_turns, conversation.min_tool_calls), (2, 4, 2));
    assert_eq!((output.num_samples, output.batch_size), (SampleCount::Exactly(3), 1));
    assert_eq!((output.save_as.as_str(), output.format), ("dataset.jsonl", OutputFormat::Messages));
    assert_eq!((output.include_system_message, output.checkpoint), (true, None));
    assert_eq!(output.system_prompt, "Write about geography");
    assert_eq!(huggingface, None);
}

#[test]
fn counts_samples_in_every_way_that_is_documented() {
    use SampleCount::{Auto, Exactly, Percent};
    for (written, count) in [
        (json!(7), Exactly(7)),
        (json!(7.0), Exactly(7)),
        (json!("7"), Exactly(7)),
        (json!(" 1_000 "), Exactly(1000)),
        (json!("auto"), Auto),
        (json!(" AUTO "), Auto),
        (json!("50%"), Percent(50.0)),
        (json!("12.5 %"), Percent(12.5)),
        (json!(".5%"), Percent(0.5)),
        (json!("33.333333333333%"), Percent(33.333333)),
        (json!("250%"), Percent(250.0)),
    ] {
        let config = read(&with(&[("output.num_samples", written.clone())]));
        assert_eq!(config.output.num_samples, count, "{written}");
    }
    for wrong in [
        json!(0),
        json!(-3),
        json!(1.5),
        json!("0"),
        json!("abc"),
        json!(""),
        json!("0%"),
        json!("-5%"),
        json!("%"),
        json!("five%"),
        json!("inf%"),
        json!("0.0000001%"),
        json!("1e300%"),
        json!(true),
        json!([3]),
        json!(null),
        json!(4_294_967_296u64),
    ] {
        let found = errors(&with(&[("output.num_samples", wrong.clone())]));
        assert_eq!(found.len(), 1, "{wrong}");
        assert_eq!(found[0].path, "output.num_samples");
    }
}

#[test]
fn reads_whole_numbers_where_deepfabric_would() {
    for written in [json!(3), json!(3.0), json!("3"), json!("3.0"), json!(" +3 "), json!("03")] {
        assert_eq!(read(&with(&[("topics.depth", written.clone())])).topics.depth, 3, "{written}");
    }
    for wrong in [
        json!(3.5),
        json!("3.5"),
        json!("three"),
        json!("3e0"),
        json!("_3"),
        json!(true),
        json!(null),
        json!([3]),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("99999999999999999999999"),
    ] {
        assert_eq!(errors(&with(&[("topics.depth", wrong.clone())])).len(), 1, "{wrong}");
    }
}

#[test]
fn reads_numbers_where_deepfabric_would() {
    for (written, number) in
        [(json!(0), 0.0), (json!(2), 2.0), (json!("0.5"), 0.5), (json!("1e-1"), 0.1), (json!(" 1 "), 1.0)]
    {
        let config = read(&with(&[("llm.temperature", written.clone())]));
        assert_eq!(config.topics.llm.temperature, number, "{written}");
    }
    for wrong in [json!(2.1), json!(-0.1), json!("hot"), json!(""), json!(true), json!("nan"), json!("inf"), json!([])]
    {
        assert_eq!(errors(&with(&[("llm.temperature", wrong.clone())])).len(), 1, "{wrong}");
    }
}

#[test]
fn reads_booleans_in_the_words_of_yaml() {
    for (written, flag) in [
        (json!(true), true),
        (json!("yes"), true),
        (json!("On"), true),
        (json!("TRUE"), true),
        (json!(false), false),
        (json!("no"), false),
        (json!("OFF"), false),
        (json!("False"), false),
    ] {
        let config = read(&with(&[("output.include_system_message", written.clone())]));
        assert_eq!(config.output.include_system_message, flag, "{written}");
    }
    for wrong in [json!(1), json!("1"), json!("y"), json!(""), json!(null)] {
        assert_eq!(errors(&with(&[("output.include_system_message", wrong.clone())])).len(), 1, "{wrong}");
    }
}

#[test]
fn asks_for_quotes_around_text_that_looks_like_a_number() {
    let found = errors(&with(&[("llm.model", json!(4.1))]));
    assert_eq!(found[0].suggestion.as_deref(), Some("put it in quotes: \"4.1\""));
}

#[test]
fn takes_null_for_nothing_where_deepfabric_does() {
    let plain = read(&minimal());
    for path in [
        "llm",
        "topics.llm",
        "topics.llm.model",
        "budget",
        "llm.price",
        "topics.llm.timeout",
        "topics.llm.timeout.silence",
        "topics.save_as",
        "topics.rate_limit",
        "generation.tools",
        "generation.output_schema",
        "generation.rate_limit",
        "generation.conversation.reasoning_style",
        "generation.conversation.agent_mode",
        "output.system_prompt",
        "output.checkpoint",
    ] {
        assert_eq!(read(&with(&[(path, json!(null))])), plain, "{path}");
    }
    for path in
        ["seed", "topics.depth", "topics.mode", "generation.instructions", "output.batch_size", "output.save_as"]
    {
        assert_eq!(errors(&with(&[(path, json!(null))])).len(), 1, "{path}");
    }
}

#[test]
fn falls_back_to_the_prompt_of_the_generation() {
    for (written, prompt) in
        [(json!("own"), "own"), (json!(""), "Write about geography"), (json!(null), "Write about geography")]
    {
        assert_eq!(read(&with(&[("output.system_prompt", written)])).output.system_prompt, prompt);
    }
}

#[test]
fn reads_json_exactly() {
    let long = "0123456789".repeat(100_000);
    let prompt = format!("\u{1F600} \u{e9}\n\t\"\\/ \u{1}{long}");
    let value = with(&[("topics.prompt", json!(prompt))]);
    let text = value.to_string().replace('\u{1F600}', "\\ud83d\\ude00").replace('\u{e9}', "\\u00E9");
    assert_eq!(parse(&text).unwrap().topics.prompt, prompt);
    assert_eq!(parse(&format!("\u{feff} \r\n\t{text} \n")).unwrap().topics.prompt, prompt);
    let pretty = serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\n").replace("  ", "\t");
    assert_eq!(parse(&pretty).unwrap(), parse_value(&value).unwrap());
}

#[test]
fn reads_the_same_from_yaml_json_and_values() {
    let value = set(minimal(), &[("topics.llm", json!({"temperature": 0.5})), ("seed", json!(7))]);
    let yaml = "
seed: 7
topics:
  prompt: Rivers of Europe
  llm: {temperature: 0.5}
generation:
  system_prompt: Write about geography
output:
  num_samples: 3
";
    let flow = "{topics: {prompt: Rivers of Europe, llm: {temperature: .5}}, seed: 7, generation: {system_prompt: Write about geography}, output: {num_samples: 3},}";
    let config = parse_value(&value).unwrap();
    assert_eq!(parse(yaml).unwrap(), config);
    assert_eq!(parse(flow).unwrap(), config);
    assert_eq!(parse(&value.to_string()).unwrap(), config);
}

#[test]
fn refuses_what_cannot_be_a_configuration() {
    for value in [json!(null), json!([]), json!("topics"), json!(3), json!(true)] {
        assert_eq!(errors(&value).len(), 1, "{value}");
    }
    let mut deep = Value::Null;
    for _ in 0..100 {
        deep = json!({"properties": deep});
    }
    let found = errors(&with(&[("generation.output_schema", deep)]));
    assert!(found[0].message.contains("64 levels"), "{found:?}");
}
