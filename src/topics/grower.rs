//! Asking a model for subtopics.

use std::rc::Rc;

use serde_json::Value;

use super::expansion::{self, Expansion, Proposal};
use crate::config::TopicsConfig;
use crate::error::Result;
use crate::host::LocalFuture;
use crate::model::{Model, Request};
use crate::seed;

/// Replies asked for until one can be used.
const ATTEMPTS: u32 = 3;

/// Remembers replies beyond the run that asked for them.
pub trait Memory {
    /// What was kept under a key by an earlier run, once.
    fn recall(&self, key: &str) -> Option<Value>;

    /// Keeps a reply that was accepted.
    ///
    /// # Errors
    /// It cannot be kept, and the run should end.
    fn keep<'a>(&'a self, key: &'a str, value: &'a Value) -> LocalFuture<'a, Result<()>>;
}

/// Who asks for subtopics: the configuration, the model to ask, and what earlier runs were answered.
pub struct Grower {
    /// How topics are grown.
    pub config: Rc<TopicsConfig>,
    /// Who is asked.
    pub model: Rc<Model>,
    /// What earlier runs have grown, where it is kept.
    pub memory: Option<Rc<dyn Memory>>,
}

impl Grower {
    /// Has a topic expanded.
    ///
    /// # Errors
    /// See [`Model::ask`].
    pub async fn ask(&self, expansion: &Expansion) -> Result<Vec<Proposal>> {
        let request = expansion::request(&self.config, expansion);
        let Some(memory) = &self.memory else { return Ok(self.ask_model(&request).await?.0) };
        // Only the very same question has the same answer.
        let asked = request.messages.last().map_or("", |message| message.content.as_str());
        let key = format!("topics {:016x}", seed::number(0, &[asked]));
        if let Some(Ok(proposed)) = memory.recall(&key).map(|reply| expansion::proposals(&reply)) {
            return Ok(proposed);
        }
        let (proposed, reply) = self.ask_model(&request).await?;
        memory.keep(&key, &reply).await?;
        Ok(proposed)
    }

    async fn ask_model(&self, request: &Request) -> Result<(Vec<Proposal>, Value)> {
        let mut accepted = (Vec::new(), Value::Null);
        let mut accept = |reply: Value| {
            accepted = (expansion::proposals(&reply)?, reply);
            Ok(())
        };
        self.model.ask(request, ATTEMPTS, &mut accept).await?;
        Ok(accepted)
    }
}
