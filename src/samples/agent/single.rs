//! One request of the user, worked out with tools.

use super::dialogue::{Dialogue, Wanted};
use super::situations::Situation;
use super::user::Opening;
use crate::error::Result;
use crate::samples::record::AgentContext;

/// Has the conversation of one sample.
pub async fn write(dialogue: &mut Dialogue<'_>) -> Result<AgentContext> {
    dialogue.expected_turns = if dialogue.situation == Situation::ParameterMissing { 2 } else { 1 };
    let Opening { request, reply } = dialogue.opening().await?;
    match dialogue.situation {
        Situation::NoToolFits => dialogue.act(&request, Wanted::Words(NO_TOOL), "").await?,
        Situation::ParameterMissing => {
            dialogue.act(&request, Wanted::Words(MISSING), "").await?;
            dialogue.act(&reply, Wanted::Calls, "").await?;
        }
        Situation::ParallelCalls => dialogue.act(&request, Wanted::SeveralCalls, "").await?,
        Situation::Ordinary | Situation::ToolFails => dialogue.act(&request, Wanted::Calls, "").await?,
    }
    Ok(AgentContext { mode: "single_turn", planning_trace: None, execution_summary: None })
}

/// Why an agent must not call a tool: nothing could do it, or a value is missing.
pub const NO_TOOL: &str = "none of the tools can do what the user wants: say so in the answer, without a call";
/// See [`NO_TOOL`].
pub const MISSING: &str = "the user has not said a value that the call needs: ask for it in the answer, without a call";
