//! What a failed request to the Hub means for the person who reads it.

use std::fmt;

use crate::error::{Code, Error};
use crate::model::Failure;

/// The error of a request that is not sent again. `doing` says what it was for.
pub fn into_error(failure: &Failure, doing: &str) -> Error {
    let (status, request_id) = match failure {
        Failure::Status(failure) => (Some(failure.status), failure.request_id.clone()),
        _ => (None, None),
    };
    let error = Error::new(code(failure), Sentence { doing, failure }).from_provider("huggingface", status, request_id);
    error.retryable(is_passing(failure))
}

/// The commit was refused because of one that came before it.
pub fn conflict(failure: &Failure) -> Error {
    let Failure::Status(refused) = failure else { return into_error(failure, "committing") };
    let message = "the branch has moved on since this upload began, so nothing was committed and nothing is overwritten: \
                   look at the new commit, then upload again";
    Error::new(Code::Hub, message)
        .from_provider("huggingface", Some(refused.status), refused.request_id.clone())
        .retryable(true)
}

/// Whether what was asked for may have happened all the same.
pub fn may_have_happened(failure: &Failure) -> bool {
    match failure {
        Failure::Status(failure) => failure.status >= 500 || failure.status == 408,
        Failure::Unreachable { .. }
        | Failure::Timeout { .. }
        | Failure::BrokenOff { .. }
        | Failure::Unintelligible { .. } => true,
        _ => false,
    }
}

/// The status of the answer, if there was one.
pub fn status(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::Status(failure) => Some(failure.status),
        _ => None,
    }
}

fn is_passing(failure: &Failure) -> bool {
    failure.is_passing() || status(failure) == Some(409)
}

fn code(failure: &Failure) -> Code {
    match failure {
        Failure::Status(failure) => match failure.status {
            401 | 403 => Code::Auth,
            402 => Code::Quota,
            408 | 504 => Code::Timeout,
            429 => Code::RateLimit,
            _ => Code::Hub,
        },
        Failure::Unintelligible { .. } => Code::Hub,
        other => other.code(),
    }
}

struct Sentence<'a> {
    doing: &'a str,
    failure: &'a Failure,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.doing)?;
        match self.failure {
            Failure::NoKey => f.write_str("the Hub needs an access token: pass it as the option token"),
            Failure::KeySource(reason) => write!(f, "the function token gave none: {reason}"),
            Failure::Unsendable(reason) => write!(f, "the request cannot be sent: {reason}"),
            Failure::Unreachable { url, reason } => {
                write!(f, "{url} cannot be reached: {reason} (is there a connection, and is hubUrl right?)")
            }
            Failure::Timeout { url, after, .. } => write!(f, "{url} did not answer within {} s", after.as_secs()),
            Failure::Unintelligible { url, reason } => {
                write!(f, "{url} did not answer as the Hub does: {reason} (is hubUrl right?)")
            }
            Failure::BrokenOff { url, reason, .. } => write!(f, "the answer of {url} broke off: {reason}"),
            Failure::Callback { message, .. } => f.write_str(message),
            Failure::Status(failure) => {
                match failure.status {
                    0 | 300..=399 => return f.write_str("the Hub redirects to another address (was it renamed?)"),
                    status => write!(f, "the Hub answered with status {status}")?,
                }
                if !failure.message.is_empty() {
                    write!(f, ": {}", failure.message)?;
                }
                f.write_str(match failure.status {
                    401 => " (check the option token: is it complete, and has it not expired?)",
                    403 => " (does the token have the right to write, to this owner's datasets?)",
                    404 => " (does it exist, and may the token see it?)",
                    409 => " (something else is under way there: try again in a minute)",
                    429 => " (try again later)",
                    500..=599 => " (try again: what has arrived is not sent again)",
                    _ => "",
                })
            }
        }
    }
}
