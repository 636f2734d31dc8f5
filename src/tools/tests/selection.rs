//! Who executes a tool, and what stands in where nobody answers.

use super::*;

/// A function of the caller's for each name, which says what it was called with.
struct Echo(Vec<&'static str>);

impl CallersTools for Echo {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|name| (*name).to_owned()).collect()
    }

    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        session: &'a str,
    ) -> LocalFuture<'a, std::result::Result<String, String>> {
        Box::pin(std::future::ready(Ok(format!("{session} called {name} with {arguments}"))))
    }
}

/// Everything at once: each tool could be executed by more than one.
fn crowded() -> Value {
    json!({
        "components": { "builtin": ["read_file", "write_file", "list_files"] },
        "custom": [{ "name": "book" }, { "name": "look" }],
        "scenario_seed": { "files": { "a": "A" } },
        "mock": { "mockResponses": {
            "write_file": { "defaultResponse": "mocked" }, "look": { "defaultResponse": "mocked" }
        } }
    })
}

fn with_echo(config: &Value, world: &Rc<World>, names: Vec<&'static str>) -> Result<Toolbox> {
    let executors = Executors { callers: Some(Rc::new(Echo(names))), ..executors(world) };
    world.run(Toolbox::open(config, executors))
}

#[test]
fn the_callers_function_comes_first_then_mock_data_then_files_then_the_model() {
    let world = lonely();
    let toolbox = with_echo(&crowded(), &world, vec!["write_file", "list_files"]).unwrap();
    let player = Player::default();
    let mut session = toolbox.session("s-1".to_owned(), Some(&player));
    for (name, arguments, said) in [
        ("list_files", json!({}), "s-1 called list_files with {}"),
        ("read_file", json!({ "file_path": "a" }), "A"),
        ("look", json!({}), "mocked"),
        ("book", json!({}), "done"),
    ] {
        assert_eq!(call(&world, &mut session, name, arguments), said);
    }
    assert_eq!(player.asked.borrow().len(), 1);
    let mut session = open(&crowded(), &world).session("s-2".to_owned(), None);
    assert_eq!(call(&world, &mut session, "write_file", json!({ "file_path": "b", "content": "" })), "mocked");
}

#[test]
fn a_service_comes_before_files_and_the_model_but_after_mock_data() {
    let world = World::new(|asked| match asked.url.as_str() {
        "http://localhost:3000/vfs/health" => answer(json!({ "status": "healthy" })),
        _ => answer(json!({ "success": true, "result": format!("spin: {}", asked.body["tool"].as_str().unwrap()) })),
    });
    let mut config = crowded();
    config["spin_endpoint"] = json!("http://localhost:3000");
    let mut session = open(&config, &world).session("s".to_owned(), None);
    for (name, arguments, said) in [
        ("read_file", json!({ "file_path": "a" }), "spin: read_file"),
        ("book", json!({}), "spin: book"),
        ("look", json!({}), "mocked"),
    ] {
        assert_eq!(call(&world, &mut session, name, arguments), said);
    }
}

#[test]
fn a_function_for_no_tool_is_a_mistake_that_is_said() {
    let error = with_echo(&crowded(), &lonely(), vec!["boook"]).err().unwrap();
    assert_eq!(error.code(), Code::Config);
    assert!(error.message().contains("a function for boook, which is no tool of the configuration"), "{error}");
}

#[test]
fn two_tools_of_one_name_are_refused() {
    let mut config = crowded();
    config["custom"] = json!([{ "name": "read_file" }, { "name": "x" }, { "name": "x" }]);
    let error = try_open(&config, &lonely()).err().unwrap();
    assert!(error.message().contains("two tools of generation.tools are called x"), "{error}");
}

#[test]
fn a_component_takes_the_definition_that_the_configuration_has_of_its_own() {
    let world = World::new(|asked| {
        assert_eq!((asked.method, asked.url.as_str()), (crate::host::Method::Get, "https://tools.example/list"));
        let tools = json!([{ "name": "a", "description": "theirs" }, { "name": "b", "description": "theirs" }]);
        answer(json!({ "tools": tools }))
    });
    let config = json!({
        "components": { "mock": ["b", "a"] },
        "tools_endpoint": "https://tools.example/list",
        "custom": [{ "name": "a", "description": "ours" }]
    });
    let toolbox = open(&config, &world);
    let described: Vec<(&str, &str, Option<&str>)> = toolbox
        .tools()
        .iter()
        .map(|tool| (tool.name.as_str(), tool.description.as_str(), tool.component.as_deref()))
        .collect();
    assert_eq!(described, [("b", "theirs", Some("mock")), ("a", "ours", Some("mock"))]);
}

#[test]
fn definitions_that_do_not_come_end_the_run_before_it_begins() {
    let config = json!({ "components": { "mock": ["a"] }, "tools_endpoint": "https://tools.example/list" });
    type Script = fn(&Asked) -> Answer;
    let scripts: [(Script, Code, &str); 6] = [
        (|_| Answer::Unreachable, Code::Tool, "gives no definitions: it cannot be reached: connection refused"),
        (|_| Answer::Hang, Code::Tool, "it does not answer in time"),
        (|_| refuse(500, "boom"), Code::Tool, "it answers with status 500: boom"),
        (|_| refuse(200, "<html>"), Code::Tool, "its answer makes no sense"),
        (|_| answer(json!({ "tools": {} })), Code::Tool, "it lists no tools"),
        (|_| answer(json!({ "tools": [] })), Code::Config, "does not define a"),
    ];
    for (script, code, words) in scripts {
        let error = try_open(&config, &World::new(script)).err().unwrap();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(words), "{words}: {error}");
    }
}

#[test]
fn a_wrong_definition_of_a_service_is_named() {
    let config = json!({ "components": { "mock": ["a"] }, "tools_endpoint": "https://tools.example/list" });
    let world = World::new(|_| answer(json!([{ "name": "a", "parameters": [{ "name": "q", "type": "sky" }] }])));
    let error = try_open(&config, &world).err().unwrap();
    assert!(error.message().starts_with("the definition of a.parameters[0].type must be one of str"), "{error}");
}

#[test]
fn without_a_service_on_this_machine_tools_run_inside_the_library() {
    type Script = fn(&Asked) -> Answer;
    // Nobody, nobody who answers, or somebody else at the same port.
    let scripts: [Script; 3] = [|_| Answer::Unreachable, |_| Answer::Hang, |_| refuse(404, "<!DOCTYPE html>")];
    for script in scripts {
        let world = World::new(script);
        let config = json!({
            "spin_endpoint": "http://localhost:3000",
            "tools_endpoint": "http://localhost:3000/mock/list-tools",
            "components": { "builtin": ["read_file"], "mock": ["pods_list", "pods_log"] },
            "scenario_seed": { "files": { "a": "A" } },
            "mock": { "fixtures": { "pods_log": [{ "match": { "pod": "web" }, "response": "started {{pod}}" }] } }
        });
        let toolbox = open(&config, &world);
        assert_eq!(toolbox.notes().len(), 3, "{:?}", toolbox.notes());
        assert!(toolbox.notes()[2].starts_with("nothing executes pods_list, so"), "{:?}", toolbox.notes());
        let player = Player::default();
        let mut session = toolbox.session("s".to_owned(), Some(&player));
        for (name, arguments, said) in [
            ("read_file", json!({ "file_path": "a" }), "A"),
            ("pods_list", json!({ "namespace": "any" }), "done"),
            ("pods_log", json!({ "pod": "web" }), "started web"),
            ("pods_log", json!({ "pod": "other" }), "done"),
        ] {
            assert_eq!(call(&world, &mut session, name, arguments), said);
        }
        assert!(toolbox.check("pods_log", &json!({ "pot": "web" })).unwrap_err().contains("the arguments are: pod"));
    }
}

#[test]
fn a_service_elsewhere_that_does_not_answer_is_an_error() {
    let config = json!({ "spin_endpoint": "https://spin.example", "components": { "builtin": ["read_file"] } });
    for world in [lonely(), World::new(|_| Answer::Hang)] {
        let error = try_open(&config, &world).err().unwrap();
        assert_eq!(error.code(), Code::Tool);
        assert!(error.message().contains("generation.tools.spin_endpoint (https://spin.example)"), "{error}");
    }
}
