//! What a reply has to look like, and how each provider is told.

mod projection;

pub use projection::{Dialect, Projection, project, restore};
use serde_json::Value;
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
