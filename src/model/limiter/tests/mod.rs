//! Promises of the limiter, held against strict servers in virtual time.

mod allowance;
mod minutes;
mod queue;
mod window;
