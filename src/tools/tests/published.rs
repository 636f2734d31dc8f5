//! The configurations that DeepFabric publishes find executors for all of their tools, with no service running.

use std::path::Path;

use super::*;

#[test]
fn published_configurations_run_without_their_service() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/inputs/configs");
    if !folder.is_dir() {
        println!("skipped: the published configurations are not beside the repository");
        return;
    }
    for (name, tools) in [
        ("agent-tools", 3),
        ("complete", 3),
        ("spin-vfs-tools", 3),
        ("spin-kubernetes", 22),
        ("spin-blender", 21),
        ("spin-github-tools", 13),
    ] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("yaml")).unwrap();
        let config = crate::config::parse(&text).unwrap().generation.tools.unwrap();
        let world = lonely();
        let toolbox = open(&config, &world);
        assert_eq!(toolbox.tools().len(), tools, "{name}");
        let player = Player::default();
        let mut session = toolbox.session("s".to_owned(), Some(&player));
        for tool in toolbox.tools() {
            let arguments = json!({ "file_path": "main.py", "content": "x" });
            let arguments = match tool.name.as_str() {
                "read_file" => json!({ "file_path": arguments["file_path"] }),
                "write_file" => arguments,
                _ => json!({}),
            };
            let observation = world.run(session.call(&tool.name, &arguments));
            let answered = observation.error_type.as_deref().is_none_or(|kind| kind == "FileNotFound");
            assert!(answered && observation.fault.is_none(), "{name}: {observation:?}");
        }
        let simulated = player.asked.borrow().len();
        assert_eq!(
            simulated,
            tools
                - toolbox
                    .tools()
                    .iter()
                    .filter(|tool| tool.name.ends_with("_file") || tool.name == "list_files")
                    .count()
        );
    }
}

#[test]
fn the_published_mock_data_answer_in_place_of_a_service() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/inputs/github-mock-data.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: the published mock data are not beside the repository");
        return;
    };
    let config = json!({
        "components": { "mock": ["get_file_contents", "issue_read"] },
        "mock": text.parse::<Value>().unwrap()
    });
    let world = lonely();
    let mut session = open(&config, &world).session("s".to_owned(), None);
    let file = json!({ "owner": "acme-corp", "repo": "web-platform", "path": "README.md" });
    assert!(call(&world, &mut session, "get_file_contents", file).contains("# Web Platform"));
    let issue = json!({ "owner": "acme-corp", "repo": "web-platform", "issue_number": 342 });
    assert!(call(&world, &mut session, "issue_read", issue).contains("\"number\":342"));
}
