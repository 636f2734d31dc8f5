//! The JSON value in a model's text.

use serde_json::Value;

/// Finds the JSON in a reply. Servers that constrain the model send nothing else; others wrap it in a code fence or
/// put the model's thinking in front of it. Text that was cut off is never completed.
///
/// # Errors
/// A sentence for the model that says why its text is not usable.
pub fn json(text: &str) -> Result<Value, String> {
    let text = without_fence(without_thinking(text.trim()));
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    serde_json::from_str(text).map_err(|error| format!("it is not valid JSON ({error})"))
}

pub fn json_in_prose(_: &str) -> Result<Value, String> {
    Err(String::new())
}
/// Text after a reasoning block, as servers without a reasoning parser pass it on.
fn without_thinking(text: &str) -> &str {
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        if let Some(thought) = text.strip_prefix(open) {
            return thought.split_once(close).map_or("", |(_, answer)| answer.trim());
        }
    }
    text
}

/// The content of a fenced code block, if the text is one.
fn without_fence(text: &str) -> &str {
    let Some(fenced) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else { return text };
    let label_end = fenced.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(0);
    fenced.get(label_end..).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_the_json_in_what_servers_send() {
        let table = [
            r#"{"a":1}"#,
            " \n{\"a\":1}\n",
            "```json\n{\"a\":1}\n```",
            "```\n{\"a\":1}```",
            "<think>hmm {\"a\":2}</think>\n{\"a\":1}",
            "<think></think>```json {\"a\":1} ```",
        ];
        for text in table {
            assert_eq!(json(text), Ok(json!({"a": 1})), "{text}");
        }
    }

    #[test]
    fn never_guesses_at_what_is_missing() {
        for text in ["", "   ", "{\"a\":", "Sure! Here it is.", "<think>{\"a\":1}", "{\"a\":1}{\"a\":2}", "\"\\ud800\""]
        {
            assert!(json(text).is_err(), "{text}");
        }
    }
}
