//! A request with a schema in, an accepted reply out.
//!
//! Samples, topics and tools call [`Model::ask`] and know nothing of providers, schemas on the wire, retries, limits or
//! prices. The way of a request: [`ask`] lays it out for the strictest [`Mode`] that works, [`exchange`] waits for
//! budget and turn and repeats it where that may help, a provider in [`providers`] sends it and reads the answer, and
//! [`ask`] checks the reply against the whole schema.

mod ask;
mod budget;
mod call;
mod decode;
mod error_body;
mod exchange;
mod failure;
mod fitting;
mod lane;
mod layout;
mod limiter;
mod message;
pub mod providers;
mod queue;
mod rejection;
pub(crate) mod retry;
mod retry_budget;
#[cfg(test)]
mod scene;
mod stream;
mod usage;
mod wait;

pub use crate::schema::Dialect;
pub use ask::Model;
pub use budget::Budget;
pub use call::{Call, Finish, Mode, Purpose, Reply, Request, Wire};
pub use exchange::{Exchange, Ledger, Observer, Terms};
pub use failure::{Deadline, Failure, StatusFailure};
pub use lane::{Lane, Lanes};
pub use message::{FunctionCall, Message, Role, ToolCall};
pub use providers::Provider;
pub use rejection::{Cause, Rejection};
pub use retry_budget::RetryBudget;
pub use usage::{Stages, Tokens, Usage, UsageMeter, Used};
