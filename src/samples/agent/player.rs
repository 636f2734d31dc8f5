//! A model that plays the tools that nothing executes.

use std::rc::Rc;

use serde_json::Value;

use super::Agent;
use crate::error::{Code, Error, Result};
use crate::host::LocalFuture;
use crate::model::{Message, Model, Purpose, Request};
use crate::tools::{Simulation, Simulator};

/// Asks the model of the samples.
pub struct Player<'a> {
    pub agent: &'a Agent,
    pub model: &'a Model,
}

impl Simulator for Player<'_> {
    fn simulate<'a>(&'a self, request: &'a Simulation) -> LocalFuture<'a, Result<Value>> {
        Box::pin(async move {
            let generation = &self.agent.config.generation;
            // Requests that share a schema share what was made ready for it.
            let schema = Rc::clone(self.agent.simulation_schema.get_or_init(|| Rc::clone(&request.schema)));
            let asked = Request {
                purpose: Purpose::Tool,
                messages: vec![Message::system(request.system.as_str()), Message::user(request.ask.as_str())],
                schema,
                lenient: false,
                temperature: generation.llm.temperature,
                max_tokens: generation.max_tokens,
            };
            let mut answer = None;
            let mut accept = |reply: Value| {
                answer = Some(reply);
                Ok(())
            };
            self.model.ask(&asked, generation.sample_retries + 1, &mut accept).await?;
            answer.ok_or_else(|| Error::new(Code::Internal, "a reply was accepted but not read"))
        })
    }
}
