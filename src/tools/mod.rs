//! What agents may call: definitions, the check of arguments, who executes a call, and the state of a conversation.
//!
//! A [`Toolbox`] is opened once for a configuration. Each conversation has a [`Session`] of its own, which begins with
//! the files of `scenario_seed` and can be forked, compared and taken back. A call whose arguments do not hold to the
//! tool's schema is not made. What a tool answers is untrusted: it becomes an [`Observation`], cut and cleaned, and is
//! never read as anything else.
//!
//! Who executes a tool, the first of these that can: the caller's function ([`CallersTools`]), mock data, a Spin
//! service, an MCP server, the virtual file system, and at last a model that plays the tool ([`Simulator`]).

mod arguments;
mod files;
mod observation;
mod session;
mod simulation;
mod toolbox;

pub use crate::config::Tool;
pub use observation::Observation;
pub use session::{Session, Snapshot};
pub use simulation::{Simulation, Simulator};
pub use toolbox::{Executors, Toolbox};

use serde_json::Value;

use crate::host::LocalFuture;

/// The functions that the caller passed for some of the tools.
pub trait CallersTools {
    /// The tools that have one.
    fn names(&self) -> Vec<String>;

    /// Calls one. Dropping the future tells the function to give up.
    ///
    /// # Errors
    /// What the function threw, in words.
    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        session: &'a str,
    ) -> LocalFuture<'a, Result<String, String>>;
}
