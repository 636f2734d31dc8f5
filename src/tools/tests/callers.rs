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
