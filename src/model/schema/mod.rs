//! stub
use serde_json::Value;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Open,
    Strict,
    Anthropic,
    Gemini,
}
pub struct Projection {
    pub schema: Option<Value>,
    pub dropped: Vec<String>,
}
pub fn project(schema: &Value, _: Dialect) -> Projection {
    Projection { schema: Some(schema.clone()), dropped: Vec::new() }
}
pub fn restore(_: &Value, _: &mut Value) {}
pub trait Patterns {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool>;
}
pub struct Violation {
    pub path: String,
    pub message: String,
}
impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        f.write_str(&self.message)
    }
}
pub fn violations(_: &Value, _: &Value, _: &dyn Patterns) -> Vec<Violation> {
    Vec::new()
}
