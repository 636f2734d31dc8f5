//! The section `timeout`: how long a request may take.

use super::reader::Section;
use super::scalar::plain_number;
use super::types::TimeoutConfig;

/// In seconds.
const SHORTEST: f64 = 0.1;
/// In seconds.
const LONGEST: f64 = 3600.0;

/// The section, each key from the first layer that writes it.
pub(super) fn read(layers: &[&Section<'_>]) -> TimeoutConfig {
    let of = |key: &str| layers.iter().find(|layer| layer.is_written(key)).copied();
    let seconds = |key: &str| of(key)?.number(key, SHORTEST, LONGEST);
    let timeout =
        TimeoutConfig { first_answer: seconds("first_answer"), silence: seconds("silence"), total: seconds("total") };
    for (key, part) in [("first_answer", timeout.first_answer), ("silence", timeout.silence)] {
        if let (Some(part), Some(total), Some(layer)) = (part, timeout.total, of(key))
            && part > total
        {
            let (part, total) = (plain_number(part), plain_number(total));
            let message = format!("{key} ({part}) must not be greater than total ({total})");
            layer.error(key, &message, Some(&format!("write `total: {part}` or more, or a smaller {key}")));
        }
    }
    timeout
}
