//! The configuration as it is published: what made the dataset, without what belongs to whoever made it.

use serde_json::Value;

use crate::config::Config;
use crate::host::{Host, address};
use crate::json::at_mut;

/// Keys whose values are addresses.
const ADDRESSES: [&str; 3] = ["base_url", "spin_endpoint", "tools_endpoint"];
/// Keys whose values are places on the maker's machine, by section.
const PLACES: [(&str, &[&str]); 2] = [("/topics", &["save_as"]), ("/output", &["save_as", "checkpoint"])];

/// The configuration as JSON. The reader of configurations takes no secrets, so none are in it; addresses within a private
/// network and places on a disk are left out too, since they tell about their owner and lead nobody anywhere.
pub fn published_config(config: &Config, host: &dyn Host) -> String {
    // Configurations always serialise.
    let text = serde_json::to_string(config).unwrap_or_default();
    let mut value: Value = text.parse().unwrap_or_default();
    leave_out_private(&mut value, host);
    if let Some(Value::Object(servers)) = at_mut(&mut value, "/generation/tools/mcp") {
        servers.retain(|_, server| !is_private(server.get("url"), host));
    }
    for (section, keys) in PLACES {
        if let Some(Value::Object(fields)) = at_mut(&mut value, section) {
            fields.retain(|key, _| !keys.contains(&key.as_str()));
        }
    }
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn leave_out_private(value: &mut Value, host: &dyn Host) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| !ADDRESSES.contains(&key.as_str()) || !is_private(Some(value), host));
            fields.values_mut().for_each(|value| leave_out_private(value, host));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out_private(item, host)),
        _ => {}
    }
}

/// Whether a value is an address that only those within a network can reach, or one that nobody can read.
fn is_private(address: Option<&Value>, host: &dyn Host) -> bool {
    let url = address.and_then(Value::as_str);
    url.is_some_and(|url| host.host_of(url).is_none_or(|server| address::is_private(&server)))
}
