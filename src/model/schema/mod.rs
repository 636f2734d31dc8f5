//! What a reply has to look like, and how each provider is told.

mod projection;

pub use projection::{Dialect, Projection, project, restore};
