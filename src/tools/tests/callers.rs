//! The caller's own functions.

use super::*;

struct Function(fn() -> LocalFuture<'static, std::result::Result<String, String>>);

impl CallersTools for Function {
    fn names(&self) -> Vec<String> {
        vec!["own".to_owned()]
    }

    fn call<'a>(
        &'a self,
        _: &'a str,
        _: &'a Value,
        _: &'a str,
    ) -> LocalFuture<'a, std::result::Result<String, String>> {
        (self.0)()
    }
}

fn observed(
    function: fn() -> LocalFuture<'static, std::result::Result<String, String>>,
    config: Value,
) -> (Observation, Duration) {
    let world = lonely();
    let executors = Executors { callers: Some(Rc::new(Function(function))), ..executors(&world) };
    let toolbox = world.run(Toolbox::open(&config, executors)).unwrap();
    let mut session = toolbox.session("s".to_owned(), None);
    let observation = world.run(session.call("own", &json!({})));
    assert_eq!(world.timers(), 0, "nothing is left behind");
    (observation, world.now())
}

#[test]
fn what_a_function_throws_is_its_error_result() {
    let config = json!({ "custom": [{ "name": "own" }] });
    let (observation, _) = observed(|| Box::pin(std::future::ready(Err("no such user".to_owned()))), config);
    assert_eq!(observation.message(), "Error (ToolError): no such user");
    assert!(observation.fault.is_none());
}

#[test]
fn a_function_that_never_settles_is_given_up_after_the_timeout() {
    for (config, seconds) in
        [(json!({ "custom": [{ "name": "own" }] }), 30), (json!({ "custom": [{ "name": "own" }], "timeout": 5 }), 5)]
    {
        let (observation, took) = observed(|| Box::pin(std::future::pending()), config);
        assert_eq!(observation.message(), "Error (Timeout): Tool execution timed out");
        assert_eq!(took, SECOND * seconds);
    }
}

#[test]
fn hostile_results_are_tidied() {
    let config = json!({ "custom": [{ "name": "own" }] });
    let hostile = || -> LocalFuture<'static, std::result::Result<String, String>> {
        let text = format!("\u{1b}]0;title\u{7}{}", "\u{1F600}".repeat(100_000));
        Box::pin(std::future::ready(Ok(text)))
    };
    let (observation, _) = observed(hostile, config);
    assert!(observation.text.starts_with("\u{fffd}]0;title\u{fffd}\u{1F600}"));
    assert!(observation.text.ends_with("\u{1F600}\n[cut here: 84010 more characters]"), "{}", observation.text.len());
    let line = serde_json::to_string(&json!({ "content": observation.message() })).unwrap();
    assert!(line.parse::<Value>().is_ok() && !line.contains('\n'));
}

/// A function that keeps a list for each conversation, as services do.
#[derive(Default)]
struct Shelf(RefCell<Vec<(String, String)>>);

impl CallersTools for Shelf {
    fn names(&self) -> Vec<String> {
        vec!["put".to_owned()]
    }

    fn call<'a>(
        &'a self,
        _: &'a str,
        arguments: &'a Value,
        session: &'a str,
    ) -> LocalFuture<'a, std::result::Result<String, String>> {
        let item = arguments["item"].as_str().unwrap().to_owned();
        self.0.borrow_mut().push((session.to_owned(), item));
        let shelf = self.0.borrow().iter().filter(|(of, _)| of == session).map(|(_, item)| item.clone()).collect();
        Box::pin(std::future::ready(Ok(Value::from(Vec::<String>::clone(&shelf)).to_string())))
    }
}

#[test]
fn what_is_taken_back_never_happened_outside_either() {
    let config = json!({ "custom": [{ "name": "put", "parameters": [{ "name": "item", "type": "str" }] }] });
    let world = lonely();
    let shelf = Rc::new(Shelf::default());
    let executors = Executors { callers: Some(Rc::clone(&shelf) as _), ..executors(&world) };
    let toolbox = world.run(Toolbox::open(&config, executors)).unwrap();
    let mut session = toolbox.session("s".to_owned(), None);
    let put = |session: &mut Session<'_>, item: &str| call(&world, session, "put", json!({ "item": item }));
    assert_eq!(put(&mut session, "a"), r#"["a"]"#);
    let kept = session.snapshot();
    assert_eq!(put(&mut session, "wrong"), r#"["a","wrong"]"#);
    world.run(session.restore(&kept));
    assert_eq!(put(&mut session, "b"), r#"["a","b"]"#);
    world.run(session.restore(&session.snapshot()));
    assert_eq!(put(&mut session, "c"), r#"["a","b","c"]"#);
    let sessions: Vec<String> = shelf.0.borrow().iter().map(|(session, _)| session.clone()).collect();
    assert_eq!(sessions, ["s", "s", "s-1", "s-1", "s-1"], "only what has to be is made again");
}

#[test]
fn functions_for_tools_that_there_are_not_are_refused_before_anything_is_asked() {
    let world = lonely();
    let executors = Executors { callers: Some(Rc::new(Shelf::default())), ..executors(&world) };
    for (config, is_refused) in [
        (Value::Null, true),
        (json!({ "custom": [{ "name": "get" }] }), true),
        (json!({ "custom": [{ "type": "function", "function": { "name": "put" } }] }), false),
        (json!({ "components": { "shelf": ["put"] } }), false),
        // What a server has is only known when it was asked.
        (json!({ "mcp": { "shelf": { "url": "https://shelf.example" } } }), false),
    ] {
        assert_eq!(executors.check(&config).is_err(), is_refused, "{config}");
    }
    assert_eq!(world.requests(), 0);
}
