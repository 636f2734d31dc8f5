//! What may be written, and what goes together.

use serde_json::{Value, json};

use super::{agentic, errors, minimal, read, set, warnings, with, words};
use crate::config::{AgentMode, ConversationType, OutputFormat, PromptStyle, ReasoningStyle, check, parse_value};
use crate::error::{Code, Severity};

/// Each configuration has one error, at this path, whose words hold this.
#[track_caller]
fn refuses(cases: &[(Value, &str, &str)]) {
    for (config, path, part) in cases {
        let found = errors(config);
        let said: Vec<String> = found.iter().map(words).collect();
        assert_eq!(found.len(), 1, "{path}: {said:#?}");
        assert_eq!(found[0].path, *path, "{said:#?}");
        assert!(said[0].contains(part), "{part:?} is not in {said:#?}");
        assert!(parse_value(config).is_err());
    }
}

/// Each configuration works, with one warning at this path, whose words hold this.
#[track_caller]
fn warns(cases: &[(Value, &str, &str)]) {
    for (config, path, part) in cases {
        read(config);
        let found = warnings(config);
        let said: Vec<String> = found.iter().map(words).collect();
        assert_eq!(found.len(), 1, "{path}: {said:#?}");
        assert_eq!(found[0].path, *path, "{said:#?}");
        assert!(said[0].contains(part), "{part:?} is not in {said:#?}");
    }
}

#[test]
fn reports_every_problem_at_once() {
    let text = "\
llm:
  provider: openia
  temperature: 3
topics:
  prompt: ''
  dpeth: 2
  degree: 20
generation:
  conversation:
    type: cot
    min_turns: 5
    max_turns: 3
  sample_retries: many
output:
  num_samples: 0%
  batch_size: 0
  checkpoint: {path: here}
huggingface:
  repository: nobody
toppics: {}
";
    let found: Vec<(String, String)> =
        check(text).into_iter().map(|issue| (issue.path, issue.suggestion.unwrap_or_default())).collect();
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "llm.provider",
            "llm.temperature",
            "topics.prompt",
            "topics.dpeth",
            "topics.degree",
            "generation.system_prompt",
            "generation.conversation.reasoning_style",
            "generation.conversation.min_turns",
            "generation.sample_retries",
            "output.num_samples",
            "output.batch_size",
            "output.checkpoint.interval",
            "huggingface.repository",
            "toppics",
        ]
    );
    assert!(found.contains(&("topics.dpeth".to_owned(), "did you mean \"depth\"?".to_owned())));
    assert!(found.contains(&("toppics".to_owned(), "did you mean \"topics\"?".to_owned())));
}

#[test]
fn fails_with_all_findings_errors_first() {
    let config = with(&[("kaggle", json!({})), ("topics.depth", json!(0)), ("output.batch_size", json!(0))]);
    let error = parse_value(&config).unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(error.ends_run());
    let found: Vec<(&str, Severity)> =
        error.issues().iter().map(|issue| (issue.path.as_str(), issue.severity)).collect();
    assert_eq!(
        found,
        [("topics.depth", Severity::Error), ("output.batch_size", Severity::Error), ("kaggle", Severity::Warning)]
    );
    assert!(error.message().contains("2 errors"), "{error}");
}

#[test]
fn names_the_line_where_there_is_one() {
    let yaml = "topics:\n  prompt: x\n  depth: 99\ngeneration:\n  system_prompt: y\noutput:\n  num_samples: auto\n";
    assert!(check(yaml)[0].message.ends_with("(line 3)"));

    let json = "{\n \"topics\": {\"prompt\": \"x\",\n  \"depth\": 99},\n \"generation\": {\"system_prompt\": \"y\",\n \"tools\": {\"custom\": [\n {\"name\": \"a\"},\n 7]}},\n \"output\": {\"num_samples\": 1}}";
    let found = check(json);
    assert!(found.iter().any(|issue| issue.path == "topics.depth" && issue.message.ends_with("(line 3)")));
    assert!(
        found.iter().any(|issue| issue.path == "generation.tools.custom[1]" && issue.message.ends_with("(line 7)")),
        "{found:#?}"
    );

    let value = with(&[("topics.depth", json!(99))]);
    assert!(!errors(&value)[0].message.contains("line"));
}

#[test]
fn needs_the_three_sections_and_says_so_once_for_each() {
    let found = errors(&json!({}));
    let paths: Vec<&str> = found.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(paths, ["topics", "generation", "output"]);
    for empty in [json!(null), json!([]), json!("x"), json!(3)] {
        let found = errors(&with(&[("topics", empty)]));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].path, "topics");
    }
    let found = errors(&json!({"topics": {}, "generation": {}, "output": {}}));
    let paths: Vec<&str> = found.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(paths, ["topics.prompt", "generation.system_prompt", "output.num_samples"]);
    assert!(words(&found[2]).contains("num_samples: auto"));
}

#[test]
fn explains_unknown_keys() {
    refuses(&[
        (with(&[("topics.dpeth", json!(2))]), "topics.dpeth", "did you mean \"depth\"?"),
        (with(&[("topics.Depth", json!(2))]), "topics.Depth", "did you mean \"depth\"?"),
        (with(&[("output.numSamples", json!(2))]), "output.numSamples", "did you mean \"num_samples\"?"),
        (with(&[("output.batch-size", json!(2))]), "output.batch-size", "did you mean \"batch_size\"?"),
        (with(&[("topics.batch_size", json!(2))]), "topics.batch_size", "it belongs in `output`"),
        (with(&[("generation.type", json!("cot"))]), "generation.type", "it belongs in `generation.conversation`"),
        (with(&[("generation.seed", json!(2))]), "generation.seed", "it belongs at the top level"),
        (with(&[("output.seed", json!(2))]), "output.seed", "it belongs at the top level"),
        (with(&[("llm.max_tokens", json!(2))]), "llm.max_tokens", "it belongs in `topics` or in `generation`"),
        (
            with(&[("topics.llm.rate_limit", json!({}))]),
            "topics.llm.rate_limit",
            "it belongs in `llm` or in `topics` or in `generation`",
        ),
        (with(&[("llm.top_p", json!(1))]), "llm.top_p", "unknown key ()"),
        (
            with(&[("huggingface", json!({"repository": "a/b", "private": true}))]),
            "huggingface.private",
            "option of the upload",
        ),
        (with(&[("topics.rate_limit.retries", json!(1))]), "topics.rate_limit.retries", "unknown key"),
        (
            set(agentic(), &[("generation.tools.scenario_seed", json!({"main.py": "x"}))]),
            "generation.tools.scenario_seed[\"main.py\"]",
            "unknown key",
        ),
    ]);
}

#[test]
fn leaves_room_for_anchors_at_the_top_level() {
    assert_eq!(
        check(
            "x-base: &base {temperature: 0.5}\ntopics: {prompt: a, llm: *base}\ngeneration: {system_prompt: b}\noutput: {num_samples: 1}\n"
        ),
        []
    );
    assert_eq!(errors(&with(&[("topics.x-base", json!(1))])).len(), 1);
}

#[test]
fn keeps_topics_within_what_can_grow() {
    let tree = |key: &str, value: Value| with(&[("topics.mode", json!("tree")), (key, value)]);
    refuses(&[
        (
            with(&[("topics.degree", json!(11))]),
            "topics.degree",
            "must be from 1 to 10 for a graph, not 11 (write `mode: tree`",
        ),
        (with(&[("topics.depth", json!(6))]), "topics.depth", "must be from 1 to 5 for a graph, not 6"),
        (with(&[("topics.depth", json!(0))]), "topics.depth", "from 1 to 10, not 0"),
        (with(&[("topics.degree", json!(51))]), "topics.degree", "from 1 to 50, not 51"),
        (tree("topics.depth", json!(11)), "topics.depth", "from 1 to 10, not 11"),
        (tree("topics.sample_nodes", json!("all")), "topics.sample_nodes", "`mode: graph`"),
        (with(&[("topics.mode", json!("forest"))]), "topics.mode", "must be \"tree\" or \"graph\", not \"forest\""),
        (with(&[("topics.mode", json!("Graph"))]), "topics.mode", "did you mean \"graph\"?"),
        (
            with(&[("topics.prompt_style", json!("plain"))]),
            "topics.prompt_style",
            "\"default\", \"isolated\" or \"anchored\"",
        ),
        (with(&[("topics.max_concurrent", json!(21))]), "topics.max_concurrent", "from 1 to 20"),
        (with(&[("topics.max_tokens", json!(0))]), "topics.max_tokens", "of at least 1"),
        (with(&[("topics.prompt", json!("  "))]), "topics.prompt", "must not be empty"),
    ]);
    assert_eq!(read(&tree("topics.depth", json!(10))).topics.depth, 10);
    assert_eq!(read(&tree("topics.degree", json!(50))).topics.degree, 50);

    let styled = tree("topics.prompt_style", json!("anchored"));
    warns(&[(styled.clone(), "topics.prompt_style", "no effect on a tree")]);
    assert_eq!(read(&styled).topics.prompt_style, PromptStyle::Default);
}

#[test]
fn matches_reasoning_with_the_type() {
    let conversation = |value: Value| with(&[("generation.conversation", value)]);
    refuses(&[
        (
            conversation(json!({"type": "cot"})),
            "generation.conversation.reasoning_style",
            "write `reasoning_style: freetext`",
        ),
        (
            conversation(json!({"reasoning_style": "freetext"})),
            "generation.conversation.reasoning_style",
            "write `type: cot`, or remove `reasoning_style`",
        ),
        (
            conversation(json!({"type": "cot", "reasoning_style": "free"})),
            "generation.conversation.reasoning_style",
            "must be",
        ),
        (conversation(json!({"type": "chat"})), "generation.conversation.type", "\"basic\" or \"cot\""),
        (conversation(json!({"type": "cot_structured"})), "generation.conversation.type", "write `type: cot` and"),
        (conversation(json!({"min_turns": 0})), "generation.conversation.min_turns", "from 1 to 10"),
        (
            conversation(json!({"min_turns": 5})),
            "generation.conversation.min_turns",
            "(5) must not be greater than max_turns (4)",
        ),
        (conversation(json!({"max_turns": 1})), "generation.conversation.max_turns", "min_turns (2)"),
        (conversation(json!({"min_tool_calls": 21})), "generation.conversation.min_tool_calls", "from 0 to 20"),
    ]);
    let read = |value: Value| read(&conversation(value)).generation.conversation;
    let old = read(json!({"type": "chain_of_thought", "reasoning_style": "hybrid"}));
    assert_eq!((old.kind, old.reasoning_style), (ConversationType::Cot, Some(ReasoningStyle::Agent)));
    assert_eq!(read(json!({"max_turns": 2})).max_turns, 2);
    warns(&[
        (
            conversation(json!({"type": "chain_of_thought", "reasoning_style": "agent"})),
            "generation.conversation.type",
            "write `type: cot`",
        ),
        (
            conversation(json!({"type": "cot", "reasoning_style": "structured"})),
            "generation.conversation.reasoning_style",
            "write `reasoning_style: agent`",
        ),
    ]);
}

#[test]
fn matches_tools_with_the_conversation() {
    refuses(&[
        (
            set(agentic(), &[("generation.conversation", json!({"type": "basic"}))]),
            "generation.conversation.type",
            "write `type: cot` and `reasoning_style: agent`",
        ),
        (
            set(agentic(), &[("generation.conversation", json!({"type": "cot"}))]),
            "generation.conversation.reasoning_style",
            "write `reasoning_style: agent`",
        ),
        (
            set(agentic(), &[("generation.conversation.reasoning_style", json!("freetext"))]),
            "generation.conversation.reasoning_style",
            "write `reasoning_style: agent`",
        ),
        (
            set(
                agentic(),
                &[("generation.tools", json!(null)), ("generation.conversation.agent_mode", json!("multi_turn"))],
            ),
            "generation.conversation.agent_mode",
            "`components` or `custom`",
        ),
        (
            set(agentic(), &[("generation.conversation.agent_mode", json!("both"))]),
            "generation.conversation.agent_mode",
            "\"single_turn\" or \"multi_turn\"",
        ),
    ]);
    assert_eq!(read(&agentic()).generation.conversation.agent_mode, Some(AgentMode::SingleTurn));
    assert_eq!(read(&minimal()).generation.conversation.agent_mode, None);
    let multi = set(agentic(), &[("generation.conversation.agent_mode", json!("multi_turn"))]);
    assert_eq!(read(&multi).generation.conversation.agent_mode, Some(AgentMode::MultiTurn));
}

#[test]
fn checks_the_documented_keys_of_tools() {
    let tools = |key: &str, value: Value| set(agentic(), &[(&format!("generation.tools.{key}"), value)]);
    refuses(&[
        (tools("max_per_query", json!(11)), "generation.tools.max_per_query", "from 1 to 10"),
        (tools("max_agent_steps", json!(0)), "generation.tools.max_agent_steps", "from 1 to 10"),
        (tools("strict", json!("maybe")), "generation.tools.strict", "true or false"),
        (tools("components", json!(["read_file"])), "generation.tools.components", "mapping"),
        (tools("components", json!({"builtin": "read_file"})), "generation.tools.components.builtin", "list"),
        (tools("components", json!({"builtin": []})), "generation.tools.components.builtin", "at least one tool"),
        (tools("components", json!({"builtin": [1]})), "generation.tools.components.builtin[0]", "must be text"),
        (
            tools("components", json!({"builtin": ["read_file", "raed_file"]})),
            "generation.tools.components.builtin[1]",
            "did you mean \"read_file\"?",
        ),
        (tools("components", json!({"github": ["gh_get"]})), "generation.tools.components.github", "tools_endpoint"),
        (tools("components", json!({"a/../b": ["x"]})), "generation.tools.components[\"a/../b\"]", "address"),
        (tools("custom", json!({"name": "x"})), "generation.tools.custom", "list of tool definitions"),
        (tools("custom", json!([{"description": "x"}])), "generation.tools.custom[0]", "needs a name"),
        (tools("custom", json!(["x"])), "generation.tools.custom[0]", "mapping"),
        (tools("spin_endpoint", json!("localhost:3000")), "generation.tools.spin_endpoint", "http://"),
        (tools("tools_endpoint", json!("ftp://x")), "generation.tools.tools_endpoint", "http://"),
        (
            tools("tool_execute_path", json!("mock/execute")),
            "generation.tools.tool_execute_path",
            "begins with one `/`",
        ),
        (tools("tool_execute_path", json!("//evil.example")), "generation.tools.tool_execute_path", "one `/`"),
        (
            tools("scenario_seed", json!({"files": {"a": 1}})),
            "generation.tools.scenario_seed.files.a",
            "put it in quotes",
        ),
        (tools("scenario_seed", json!({"files": []})), "generation.tools.scenario_seed.files", "mapping"),
        (
            tools("tool_inclusion_strategy", json!("none")),
            "generation.tools.tool_inclusion_strategy",
            "\"used_only\" or \"all\"",
        ),
        (tools("registry_path", json!("tools.json")), "generation.tools.registry_path", "`custom`"),
        (tools("available", json!(["read_file"])), "generation.tools.available", "remove `available`"),
    ]);
    refuses(&[(
        set(
            agentic(),
            &[
                ("generation.tools.tool_inclusion", json!("all")),
                ("generation.tools.tool_inclusion_strategy", json!("used_only")),
            ],
        ),
        "generation.tools.tool_inclusion",
        "something else",
    )]);
}

#[test]
fn fills_in_tools_and_leaves_custom_ones_as_they_are() {
    let custom = json!([
        {"name": "search", "parameters": [{"name": "q", "type": "str"}], "mystery": {"x": null}},
        {"type": "function", "function": {"name": "lookup"}}
    ]);
    let config = set(agentic(), &[("generation.tools", json!({"custom": custom, "tool_inclusion": "all"}))]);
    assert_eq!(
        read(&config).generation.tools.unwrap(),
        json!({
            "components": {},
            "custom": custom,
            "max_per_query": 3,
            "strict": true,
            "max_agent_steps": 5,
            "tool_inclusion_strategy": "all",
            "timeout": 30,
            "max_result_length": 16000
        })
    );
}

#[test]
fn drops_tools_that_name_nothing() {
    let config = with(&[("generation.tools", json!({"spin_endpoint": "http://localhost:3000", "components": {}}))]);
    warns(&[(config.clone(), "generation.tools", "names no tool")]);
    assert_eq!(read(&config).generation.tools, None);
}

#[test]
fn moves_the_list_of_available_tools_where_it_can() {
    let available = |tools: Value| set(agentic(), &[("generation.tools", tools)]);
    let builtin = available(json!({"available": ["read_file", "write_file"]}));
    warns(&[(builtin.clone(), "generation.tools.available", "write `components: {builtin: [read_file, write_file]}`")]);
    assert_eq!(read(&builtin).generation.tools.unwrap()["components"], json!({"builtin": ["read_file", "write_file"]}));

    let mixed = available(json!({"available": ["list_files", "mine"], "custom": [{"name": "mine"}]}));
    warns(&[(mixed.clone(), "generation.tools.available", "components: {builtin: [list_files]}")]);
    let own = available(json!({"available": [], "custom": [{"name": "mine"}]}));
    warns(&[(own, "generation.tools.available", "remove it")]);
    refuses(&[
        (available(json!({"available": ["get_weather"]})), "generation.tools.available", "\"get_weather\" is neither"),
        (
            available(json!({"available": ["read_file"], "custom": [{"name": "mine"}]})),
            "generation.tools.available",
            "not all are listed",
        ),
    ]);
}

#[test]
fn matches_the_format_with_the_schema() {
    let schema = json!({"type": "object", "properties": {"q": {"type": "string"}}});
    let custom = |more: &[(&str, Value)]| set(with(&[("generation.output_schema", schema.clone())]), more);
    refuses(&[
        (with(&[("output.format", json!("custom"))]), "output.format", "write `generation.output_schema`"),
        (with(&[("output.format", json!("jsonl"))]), "output.format", "\"messages\" or \"custom\""),
    ]);
    warns(&[
        (custom(&[]), "output.format", "write `format: custom`"),
        (custom(&[("output.format", json!("messages"))]), "output.format", "records are custom here"),
    ]);
    let tidy = custom(&[("output.format", json!("custom"))]);
    assert_eq!(warnings(&tidy), []);
    assert_eq!(read(&tidy).output.format, OutputFormat::Custom);
    assert_eq!(read(&custom(&[])).output.format, OutputFormat::Custom);
    assert_eq!(read(&custom(&[])).generation.output_schema, Some(schema.clone()));

    let tools = set(agentic(), &[("generation.output_schema", schema.clone()), ("output.format", json!("custom"))]);
    warns(&[(tools.clone(), "generation.tools", "takes the place of the conversation")]);
    assert_eq!(read(&tools).generation.tools, None);
    assert_eq!(read(&tools).generation.conversation.agent_mode, None);
}

#[test]
fn refuses_schemas_that_describe_no_record() {
    for (schema, part) in [
        (json!([]), "must be a JSON Schema, not a list"),
        (json!("schema.json"), "must be a JSON Schema, not \"schema.json\""),
        (json!({"type": "array"}), "must be \"object\", not \"array\""),
    ] {
        let config = with(&[("generation.output_schema", schema), ("output.format", json!("custom"))]);
        refuses(&[(config, "generation.output_schema", part)]);
    }
}

#[test]
fn warns_about_what_has_no_effect() {
    warns(&[
        (with(&[("evaluation", json!({"conversation_type": "basic"}))]), "evaluation", "no effect"),
        (with(&[("kaggle", json!({"handle": "a/b"}))]), "kaggle", "no effect"),
        (with(&[("deepfabric_cloud", json!({}))]), "deepfabric_cloud", "no effect"),
        (with(&[("output.formatters", json!([{"name": "trl"}]))]), "output.formatters", "no effect"),
        (with(&[("generation.save_as", json!("x.jsonl"))]), "generation.save_as", "`output.save_as`"),
        (with(&[("llm.rate_limit.check_credits", json!(true))]), "llm.rate_limit.check_credits", "402"),
        (
            with(&[("generation.rate_limit.token_bucket_aware", json!(false))]),
            "generation.rate_limit.token_bucket_aware",
            "no effect here: limits that refill bit by bit are always respected",
        ),
        (
            with(&[("topics.rate_limit.retry_on_status_codes", json!([402, 429]))]),
            "topics.rate_limit.retry_on_status_codes[0]",
            "out of credit",
        ),
    ]);
    refuses(&[
        (with(&[("kaggle", json!("a/b"))]), "kaggle", "mapping"),
        (with(&[("evaluation", json!([]))]), "evaluation", "mapping"),
    ]);
    for null in ["evaluation", "kaggle", "deepfabric_cloud", "huggingface", "llm"] {
        assert_eq!(warnings(&with(&[(null, json!(null))])), []);
    }
}

#[test]
fn checks_what_is_delivered_and_where() {
    refuses(&[
        (with(&[("output.save_as", json!(""))]), "output.save_as", "must not be empty"),
        (with(&[("output.batch_size", json!(0))]), "output.batch_size", "of at least 1"),
        (with(&[("output.checkpoint", json!({"interval": 0}))]), "output.checkpoint.interval", "of at least 1"),
        (
            with(&[("output.checkpoint", json!({"interval": 1, "retry_failed": 2}))]),
            "output.checkpoint.retry_failed",
            "true or false",
        ),
        (with(&[("huggingface", json!({}))]), "huggingface.repository", "user/name"),
        (with(&[("huggingface", json!({"repository": "name"}))]), "huggingface.repository", "user/name"),
        (
            with(&[("huggingface", json!({"repository": "https://hf.co/a/b"}))]),
            "huggingface.repository",
            "without an address",
        ),
        (with(&[("huggingface", json!({"repository": "a/../b"}))]), "huggingface.repository", "user/name"),
        (with(&[("huggingface", json!({"repository": "a/b", "tags": "x"}))]), "huggingface.tags", "list of texts"),
        (
            with(&[("huggingface", json!({"repository": "a/b", "tags": ["x", 1]}))]),
            "huggingface.tags[1]",
            "must be text",
        ),
        (with(&[("seed", json!(-1))]), "seed", "of at least 0"),
        (with(&[("seed", json!(9_007_199_254_740_992u64))]), "seed", "to 9007199254740991"),
    ]);
    assert_eq!(read(&with(&[("seed", json!(9_007_199_254_740_991u64))])).seed, 9_007_199_254_740_991);
}
