//! The configuration as it is published: what made the dataset, without what belongs to whoever made it.

use serde_json::Value;

use crate::config::Config;
use crate::host::{Host, address};

/// Keys whose values are addresses.
const ADDRESSES: [&str; 3] = ["base_url", "spin_endpoint", "tools_endpoint"];

/// The configuration as JSON. The reader of configurations takes no secrets, so none are in it; addresses within a private
/// network are left out too, since they tell about the network and lead nobody anywhere.
pub fn published_config(config: &Config, host: &dyn Host) -> String {
    // Configurations always serialise.
    let text = serde_json::to_string(config).unwrap_or_default();
    let mut value: Value = text.parse().unwrap_or_default();
    leave_out_private(&mut value, host);
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn leave_out_private(value: &mut Value, host: &dyn Host) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| {
                let server = value.as_str().filter(|_| ADDRESSES.contains(&key.as_str())).map(|url| host.host_of(url));
                server.is_none_or(|server| server.is_some_and(|server| !address::is_private(&server)))
            });
            fields.values_mut().for_each(|value| leave_out_private(value, host));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out_private(item, host)),
        _ => {}
    }
}
