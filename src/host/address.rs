//! stub
pub fn is_private(_: &str) -> bool {
    false
}
