//! From a conversation to its record.

use serde_json::Value;

use super::dialogue::Dialogue;
use super::history::{Execution, Turn};
use super::limits::Inclusion;
use super::situations::cycle_name;
use crate::config::ToolArguments;
use crate::model::{FunctionCall, Message, ToolCall};
use crate::samples::record::{
    AgentContext, Execution as Recorded, Metadata, Reasoning, ReasoningStep, Record, Thoughts, ToolContext,
};
use crate::search;
use crate::seed;
use crate::tools::Tool;

/// What an agent does in its last step of a turn.
pub const ACTION_OF_ANSWER: &str = "Ready to respond to user";

impl Dialogue<'_> {
    /// The record of a conversation that is over.
    pub fn into_record(self, agent_context: AgentContext) -> Record {
        let (config, slot) = (&self.agent.config, self.slot);
        let steps = self.reasoning();
        let tools = self.listed_tools();
        let executions = self.turns.iter().flat_map(recorded).collect();
        let mut ungrounded = self.ungrounded.clone();
        ungrounded.dedup();
        let question = self.turns.first().map(|turn| turn.said.clone());
        let answer = self.turns.last().map(|turn| turn.answer.clone());
        Record {
            messages: self.messages(),
            metadata: Metadata {
                conversation_type: Some("cot"),
                react_steps: Some(steps.len()),
                topic_id: slot.topic.id.clone(),
                path: slot.topic.path.clone(),
                cycle: slot.cycle,
                model: config.generation.llm.model.clone(),
                situation: Some(self.situation.name()),
                ungrounded: Some(ungrounded),
            },
            reasoning: Some(Reasoning { style: "agent", content: Thoughts::Steps(steps) }),
            tool_context: Some(ToolContext { executions }),
            tools: Some(tools),
            agent_context: Some(agent_context),
            question: question.unwrap_or_default(),
            final_answer: answer.unwrap_or_default(),
        }
    }

    fn messages(&self) -> Vec<Message> {
        let output = &self.agent.config.output;
        let mut messages = Vec::new();
        if output.include_system_message {
            messages.push(Message::system(output.system_prompt.trim_end()));
        }
        for turn in &self.turns {
            messages.push(Message::user(turn.said.as_str()));
            for step in &turn.steps {
                let calls = step.calls.iter().map(|call| tool_call(call, output.tool_arguments)).collect();
                messages.push(Message::calls(calls));
                messages.extend(step.calls.iter().map(|call| Message::tool(call.id.as_str(), call.result.as_str())));
            }
            messages.push(Message::assistant(turn.answer.as_str()));
        }
        messages
    }

    /// The steps of all turns. One that only answers counts as a step as long as there is room for one.
    fn reasoning(&self) -> Vec<ReasoningStep> {
        let mut steps: Vec<ReasoningStep> = Vec::new();
        let mut add = |thought: &str, action: String| {
            let step_number = steps.len() + 1;
            steps.push(ReasoningStep { step_number, thought: thought.to_owned(), action: Some(action) });
        };
        for turn in &self.turns {
            for step in &turn.steps {
                let calls: Vec<String> =
                    step.calls.iter().map(|call| format!("{}({})", call.name, call.text)).collect();
                add(&step.thought, search::join(&calls, "; "));
            }
            if turn.steps.len() < self.agent.limits.steps {
                add(&turn.conclusion, ACTION_OF_ANSWER.to_owned());
            }
        }
        steps
    }

    /// The tools that the record lists, in the order of the configuration: the order says nothing of which were called.
    fn listed_tools(&self) -> Vec<Value> {
        let all = self.equipment.toolbox.tools();
        let is_used = |tool: &Tool| self.turns.iter().flat_map(Turn::calls).any(|call| call.name == tool.name);
        let used = all.iter().filter(|tool| is_used(tool)).count();
        let extra = match self.agent.limits.inclusion {
            Inclusion::Used(extra) if used > 0 => extra,
            // Where no tool was called, the lesson is that there are some, and none is called.
            _ => all.len(),
        };
        let cycle = cycle_name(self.slot);
        let rank = |tool: &Tool| {
            seed::number(self.agent.config.seed, &["other tool", &self.slot.topic.id, &cycle, &tool.name])
        };
        let others = |tool: &Tool| all.iter().filter(|other| !is_used(other) && rank(other) < rank(tool)).count();
        let is_listed = |tool: &&Tool| is_used(tool) || others(tool) < extra;
        all.iter().filter(is_listed).map(Tool::to_openai).collect()
    }
}

fn recorded(turn: &Turn) -> impl Iterator<Item = Recorded> + '_ {
    let of_step = |step: &'_ super::history::Step| -> Vec<Recorded> {
        let recorded = |call: &Execution| Recorded {
            function_name: call.name.clone(),
            arguments: call.text.clone(),
            reasoning: step.thought.clone(),
            result: call.result.clone(),
        };
        step.calls.iter().map(recorded).collect()
    };
    turn.steps.iter().flat_map(of_step)
}

fn tool_call(call: &Execution, form: ToolArguments) -> ToolCall {
    let arguments = match form {
        ToolArguments::Text => Value::from(call.text.as_str()),
        ToolArguments::Object => call.arguments.clone(),
    };
    ToolCall { id: call.id.clone(), kind: "function", function: FunctionCall { name: call.name.clone(), arguments } }
}
