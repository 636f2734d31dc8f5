//! What agents meet besides the ordinary case, and which sample meets what.

use crate::config::{Config, SituationsConfig};
use crate::samples::Slot;
use crate::{prompts, seed};

/// What an agent meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// A request that the tools can fulfil.
    Ordinary,
    /// The user wants what none of the tools can do: the agent says so.
    NoToolFits,
    /// The user leaves out what a call needs: the agent asks.
    ParameterMissing,
    /// A call fails for a reason that passes: the agent recovers.
    ToolFails,
    /// Several calls do not depend on each other: the agent makes them in one step.
    ParallelCalls,
}

impl Situation {
    /// The situation of a sample: the seed decides, so that neither the order of replies nor the runtime does.
    pub fn of(config: &Config, slot: &Slot) -> Self {
        let SituationsConfig { no_tool_fits, parameter_missing, tool_fails, parallel_calls } =
            config.generation.conversation.situations;
        let number = seed::number(config.seed, &["situation", &slot.topic.id, &cycle_name(slot)]);
        // The 53 bits that a float can hold.
        let mut chance = (number >> 11) as f64 / (1_u64 << 53) as f64;
        let shares = [
            (Situation::NoToolFits, no_tool_fits),
            (Situation::ParameterMissing, parameter_missing),
            (Situation::ToolFails, tool_fails),
            (Situation::ParallelCalls, parallel_calls),
        ];
        for (situation, share) in shares {
            if chance < share {
                return situation;
            }
            chance -= share;
        }
        Situation::Ordinary
    }

    /// The name that records carry.
    pub fn name(self) -> &'static str {
        match self {
            Situation::Ordinary => "ordinary",
            Situation::NoToolFits => "no_tool_fits",
            Situation::ParameterMissing => "parameter_missing",
            Situation::ToolFails => "tool_fails",
            Situation::ParallelCalls => "parallel_calls",
        }
    }

    /// What it means for the request of a user; nothing where the request is like any other.
    pub fn request_hint(self) -> &'static str {
        match self {
            Situation::Ordinary | Situation::ToolFails => "",
            Situation::NoToolFits => prompts::AGENT_REQUEST_NO_TOOL,
            Situation::ParameterMissing => prompts::AGENT_REQUEST_MISSING,
            Situation::ParallelCalls => prompts::AGENT_REQUEST_PARALLEL,
        }
    }

    /// What it means for the plan of a conversation.
    pub fn plan_hint(self) -> &'static str {
        match self {
            Situation::Ordinary | Situation::ToolFails => prompts::AGENT_PLAN_CALLS,
            Situation::NoToolFits => prompts::AGENT_PLAN_NO_TOOL,
            Situation::ParameterMissing => prompts::AGENT_PLAN_MISSING,
            Situation::ParallelCalls => prompts::AGENT_PLAN_PARALLEL,
        }
    }
}

/// A cycle, as part of the name of what is decided.
pub fn cycle_name(slot: &Slot) -> String {
    format!("{}", slot.cycle)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::json;

    use super::*;
    use crate::topics::Topic;

    #[test]
    fn each_situation_gets_its_share_and_the_seed_decides_which_sample_meets_it() {
        let config = |seed: u64| {
            crate::config::parse_value(&json!({
                "seed": seed,
                "topics": { "prompt": "x" },
                "generation": {
                    "system_prompt": "x",
                    "conversation": { "type": "cot", "reasoning_style": "agent", "situations": "mixed" },
                    "tools": { "components": { "builtin": ["read_file"] } },
                },
                "output": { "num_samples": 1 },
            }))
            .unwrap()
        };
        let situations = |seed: u64| -> Vec<Situation> {
            let config = config(seed);
            let slot = |number: u32| {
                let topic = Rc::new(Topic { id: number.to_string(), path: vec![] });
                Situation::of(&config, &Slot::new(topic, number % 3))
            };
            (0..4000).map(slot).collect()
        };
        let one = situations(1);
        assert_eq!(one, situations(1));
        assert_ne!(one, situations(2));
        for (situation, share) in [
            (Situation::NoToolFits, 0.05),
            (Situation::ParameterMissing, 0.1),
            (Situation::ToolFails, 0.1),
            (Situation::ParallelCalls, 0.2),
            (Situation::Ordinary, 0.55),
        ] {
            let met = one.iter().filter(|met| **met == situation).count() as f64 / 4000.0;
            assert!((met - share).abs() < 0.02, "{situation:?} has a share of {met}");
        }
    }
}
