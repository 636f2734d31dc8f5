//! One request of the user, worked out with tools.

use super::dialogue::{Dialogue, Wanted};
use super::situations::Situation;
use super::user::Opening;
use crate::error::Result;
use crate::samples::record::{AgentContext, Record};

/// Has one sample written.
pub async fn write(mut dialogue: Dialogue<'_>) -> Result<Record> {
    let Opening { request, reply } = dialogue.opening().await?;
    match dialogue.situation {
        Situation::NoToolFits => dialogue.act(&request, Wanted::Words(NO_TOOL), "").await?,
        Situation::ParameterMissing => {
            dialogue.act(&request, Wanted::Words(MISSING), "").await?;
            dialogue.act(&reply, Wanted::Calls, "").await?;
        }
        _ => dialogue.act(&request, Wanted::Calls, "").await?,
    }
    let context = AgentContext { mode: "single_turn", planning_trace: None, execution_summary: None };
    Ok(dialogue.finish(context).await)
}

/// Why an agent must not call a tool.
pub const NO_TOOL: &str = "none of the tools can do what the user wants: say so in the answer, without a call";
pub const MISSING: &str = "the user has not said a value that the call needs: ask for it in the answer, without a call";
