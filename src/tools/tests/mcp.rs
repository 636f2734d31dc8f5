//! Tools of MCP servers.

use std::cell::Cell;

use super::*;
use crate::host::Method;
use crate::host::simulated::Piece;

const URL: &str = "https://docs.example/mcp";

fn config() -> Value {
    json!({ "mcp": { "docs": { "url": URL } } })
}

fn result(result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "result": result })
}

fn event(messages: &[Value]) -> Answer {
    let text: String = messages.iter().map(|message| format!("event: message\r\ndata: {message}\r\n\r\n")).collect();
    let bytes = text.into_bytes();
    let half = bytes.len() / 2;
    let pieces = [bytes[..half].to_vec(), bytes[half..].to_vec()];
    let mut pieces: Vec<Piece> = pieces.map(|bytes| Piece::Bytes(SECOND, bytes)).into();
    // A server may leave the stream open.
    pieces.push(Piece::Hang);
    Answer::Pieces(vec![("content-type", "text/event-stream".to_owned())], pieces)
}

fn greeting(asked: &Asked, session: Option<&str>) -> Answer {
    assert_eq!(asked.body["params"]["protocolVersion"], "2025-11-25");
    assert!(asked.headers.iter().all(|(name, _)| !name.starts_with("mcp-")));
    let body = result(json!({ "protocolVersion": "2025-06-18", "capabilities": { "tools": {} } })).to_string();
    let headers = session.map(|session| ("mcp-session-id", session.to_owned()));
    Answer::WithHeaders(Duration::ZERO, 200, headers.into_iter().collect(), body)
}

/// A server that greets, lists one tool and answers calls.
fn server(call: impl Fn(&Asked) -> Answer + 'static) -> Rc<World> {
    World::new(move |asked| match asked.body["method"].as_str().unwrap() {
        "initialize" => greeting(asked, None),
        "notifications/initialized" => refuse(202, ""),
        "tools/list" => answer(result(json!({ "tools": [{ "name": "search", "inputSchema": {
            "type": "object", "properties": { "q": { "type": "string" } }, "required": ["q"]
        } }] }))),
        _ => call(asked),
    })
}

fn search(world: &Rc<World>) -> String {
    let mut session = open(&config(), world).session("s".to_owned(), None);
    call(world, &mut session, "search", json!({ "q": "x" }))
}

#[test]
fn tools_are_listed_page_by_page_and_called() {
    let heard: Rc<RefCell<Vec<Value>>> = Rc::default();
    let hears = Rc::clone(&heard);
    let world = World::new(move |asked| {
        assert_eq!(asked.url, URL);
        let header = |name: &str| asked.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert_eq!(header("accept"), Some("application/json, text/event-stream"));
        if asked.body["method"] != "initialize" {
            assert_eq!(header("mcp-protocol-version"), Some("2025-06-18"));
        }
        hears.borrow_mut().push(asked.body.clone());
        let tool = |name: &str| json!({ "name": name, "description": name, "inputSchema": { "type": "object" } });
        match (asked.body["method"].as_str().unwrap(), asked.body["params"]["cursor"].as_str()) {
            ("initialize", _) => greeting(asked, None),
            ("notifications/initialized", _) => refuse(202, ""),
            ("tools/list", None) => answer(result(json!({ "tools": [tool("a"), tool("b")], "nextCursor": "2" }))),
            ("tools/list", Some("2")) => event(&[
                json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} }),
                result(json!({ "tools": [tool("c")] })),
            ]),
            ("tools/call", _) => event(&[result(json!({ "content": [{ "type": "text", "text": "found" }] }))]),
            other => panic!("{other:?}"),
        }
    });
    let toolbox = open(&config(), &world);
    let tools: Vec<(&str, Option<&str>)> =
        toolbox.tools().iter().map(|tool| (tool.name.as_str(), tool.component.as_deref())).collect();
    assert_eq!(tools, [("a", Some("docs")), ("b", Some("docs")), ("c", Some("docs"))]);
    let mut session = toolbox.session("s".to_owned(), None);
    assert_eq!(call(&world, &mut session, "c", json!({ "x": 1 })), "found");
    let last = heard.borrow().last().unwrap().clone();
    assert_eq!(last["params"], json!({ "name": "c", "arguments": { "x": 1 } }));
    assert_eq!((world.under_way(), world.timers()), (0, 0));
}

#[test]
fn only_the_wanted_tools_are_taken_in_the_wanted_order() {
    let world = server(|_| answer(json!({})));
    let wanting = |tools: Value| json!({ "mcp": { "docs": { "url": URL, "tools": tools } } });
    assert_eq!(open(&wanting(json!(["search"])), &world).tools().len(), 1);
    let error = try_open(&wanting(json!(["find"])), &world).err().unwrap();
    assert!(
        error.message().contains("generation.tools.mcp.docs") && error.message().contains("no tool find"),
        "{error}"
    );
}

#[test]
fn whatever_a_tool_says_becomes_a_text() {
    let text = |text: &str| json!({ "type": "text", "text": text });
    for (said, expected) in [
        (json!({ "content": [text("a"), text("b")] }), "a\nb"),
        (json!({ "content": [{ "type": "image", "data": "AAAA", "mimeType": "image/png" }] }), "[image: image/png]"),
        (json!({ "content": [{ "type": "resource", "resource": { "uri": "x", "text": "inside" } }] }), "inside"),
        (json!({ "content": [{ "type": "resource_link", "uri": "file:///x", "name": "x" }] }), "file:///x"),
        (json!({ "content": [], "structuredContent": { "n": 1 } }), "{\"n\":1}"),
        (json!({ "content": [text("no such page")], "isError": true }), "Error (ToolError): no such page"),
        (json!({}), ""),
        (json!({ "content": "x" }), ""),
    ] {
        let answered = said.clone();
        assert_eq!(search(&server(move |_| answer(result(answered.clone())))), expected, "{said}");
    }
}

#[test]
fn failures_of_a_server_are_observed() {
    type Script = fn(&Asked) -> Answer;
    let scripts: [(Script, &str); 6] = [
        (
            |_| answer(json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32602, "message": "bad q" } })),
            "Error (ToolError): bad q",
        ),
        (|_| refuse(500, "boom"), "Error (HTTPError): boom"),
        (|_| Answer::Hang, "Error (Timeout): Tool execution timed out"),
        (|_| Answer::Unreachable, "Error (ConnectionError): The tool service cannot be reached"),
        (
            |_| answer(json!({ "jsonrpc": "2.0", "id": 7, "result": {} })),
            "Error (InvalidResponse): The tool service gave no valid answer",
        ),
        (
            |_| Answer::Pieces(vec![("content-type", "text/event-stream".to_owned())], vec![Piece::Reset]),
            "Error (ConnectionError): The tool service cannot be reached",
        ),
    ];
    for (script, said) in scripts {
        assert_eq!(search(&server(script)), said);
    }
}

#[test]
fn a_list_in_one_answer_is_searched_for_the_response() {
    let world = server(|_| {
        answer(json!([
            { "jsonrpc": "2.0", "method": "notifications/message" },
            result(json!({ "content": [{ "type": "text", "text": "found" }] }))
        ]))
    });
    assert_eq!(search(&world), "found");
}

#[test]
fn each_conversation_is_a_client_of_its_own_where_the_server_tells_clients_apart() {
    let (clients, closed) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
    let (counts, closes) = (Rc::clone(&clients), Rc::clone(&closed));
    let world = World::new(move |asked| {
        let session = asked.headers.iter().find(|(name, _)| *name == "mcp-session-id").map(|(_, value)| value.clone());
        if asked.method == Method::Delete {
            closes.borrow_mut().push(session.unwrap());
            return refuse(204, "");
        }
        match asked.body["method"].as_str().unwrap() {
            "initialize" => {
                counts.set(counts.get() + 1);
                greeting(asked, Some(&format!("client-{}", counts.get())))
            }
            "notifications/initialized" => refuse(202, ""),
            "tools/list" => {
                answer(result(json!({ "tools": [{ "name": "whoami", "inputSchema": { "type": "object" } }] })))
            }
            _ => answer(result(json!({ "content": [{ "type": "text", "text": session }] }))),
        }
    });
    let toolbox = open(&config(), &world);
    let mut one = toolbox.session("one".to_owned(), None);
    let mut other = toolbox.session("other".to_owned(), None);
    for (session, client) in [(&mut one, "client-2"), (&mut other, "client-3")] {
        assert_eq!(call(&world, session, "whoami", json!({})), client);
        assert_eq!(call(&world, session, "whoami", json!({})), client);
    }
    world.run(one.close());
    world.run(other.close());
    assert_eq!(*closed.borrow(), ["client-2", "client-3"]);
    assert_eq!(clients.get(), 3);
}

#[test]
fn a_server_that_forgot_a_client_is_greeted_again() {
    let clients = Cell::new(0);
    let world = World::new(move |asked| {
        let header = asked.headers.iter().find(|(name, _)| *name == "mcp-session-id");
        match asked.body["method"].as_str().unwrap() {
            "initialize" => {
                clients.set(clients.get() + 1);
                greeting(asked, Some(&clients.get().to_string()))
            }
            "notifications/initialized" => refuse(202, ""),
            "tools/list" => {
                answer(result(json!({ "tools": [{ "name": "search", "inputSchema": { "type": "object" } }] })))
            }
            _ if header.unwrap().1 == "2" => refuse(404, "session not found"),
            _ => answer(result(json!({ "content": [{ "type": "text", "text": "found" }] }))),
        }
    });
    assert_eq!(search(&world), "found");
}

#[test]
fn a_server_that_cannot_be_used_ends_the_run_before_it_begins() {
    type Script = fn(&Asked) -> Answer;
    let endless: Script = |asked| match asked.body["method"].as_str().unwrap() {
        "initialize" => greeting(asked, None),
        "notifications/initialized" => refuse(202, ""),
        _ => answer(result(json!({ "tools": [], "nextCursor": "again" }))),
    };
    let scripts: [(Script, &str); 5] = [
        (|_| Answer::Unreachable, "it cannot be reached"),
        (|_| Answer::Hang, "it does not answer in time"),
        (|_| refuse(401, "no token"), "status 401: no token"),
        (
            |_| answer(json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "too old" } })),
            "it refuses initialize: too old",
        ),
        (endless, "without an end"),
    ];
    for (script, words) in scripts {
        let error = try_open(&config(), &World::new(script)).err().unwrap();
        assert_eq!(error.code(), Code::Tool);
        assert!(error.message().contains("generation.tools.mcp.docs") && error.message().contains(words), "{error}");
    }
}
