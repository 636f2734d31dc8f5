//! What makes a later cycle's sample differ from the earlier ones on its topic.

use super::{Repeated, Slot};
use crate::config::Config;
use crate::{prompts, seed};

/// Who asks, how hard, in what form, and what not to ask again; nothing in the first cycle. The first choices walk through each list so that no
/// combination comes back before it must; the seed and the topic decide where the walk begins.
pub fn variation(config: &Config, slot: &Slot) -> Option<String> {
    let times = slot.cycle + slot.repeated_times();
    let step = usize::try_from(times.checked_sub(1)?).unwrap_or_default();
    let pick = |name: &str, list: &'static str| {
        let count = list.bytes().filter(|byte| *byte == b'\n').count().max(1);
        let start = seed::number(config.seed, &["variation", name, &slot.topic.id]);
        let start = usize::try_from(start % count as u64).unwrap_or_default();
        list.split('\n').nth((start + step) % count).unwrap_or_default()
    };
    let values = [
        ("persona", pick("persona", prompts::PERSONAS)),
        ("difficulty", pick("difficulty", prompts::DIFFICULTIES)),
        ("form", pick("form", prompts::FORMS)),
    ];
    let mut variation = prompts::fill(prompts::SAMPLE_VARIATION, &values);
    if let Some(Repeated { question, .. }) = &slot.repeated {
        variation.push_str("\n\n");
        variation.push_str(&prompts::fill(prompts::SAMPLE_REPEATED, &[("question", question)]));
    }
    Some(variation)
}
