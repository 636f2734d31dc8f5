//! The section `rate_limit`: when a failed request is sent again, and how fast requests go out.

use super::keys;
use super::reader::{Section, whole_number};
use super::report::shown;
use super::scalar::plain_number;
use super::suggest::did_you_mean;
use super::types::{BackoffStrategy, ProviderName, RateLimitConfig, TransportException};

const STRATEGIES: &[(&str, BackoffStrategy)] = &[
    ("exponential", BackoffStrategy::Exponential),
    ("exponential_jitter", BackoffStrategy::ExponentialJitter),
    ("linear", BackoffStrategy::Linear),
    ("constant", BackoffStrategy::Constant),
];

const EXCEPTIONS: [(&str, TransportException); 3] = [
    ("timeout", TransportException::Timeout),
    ("connection", TransportException::Connection),
    ("network", TransportException::Network),
];

/// The greatest `max_delay`, in seconds.
const LONGEST: f64 = 300.0;
/// Gemini's quotas run by the minute and the day.
const LONGEST_FOR_GEMINI: f64 = 600.0;
/// The account is out of credit: a retry cannot help.
const PAYMENT_REQUIRED: u16 = 402;

/// Checks the shared section by itself, for the case that nothing of it is inherited.
pub(super) fn check(section: &Section<'_>) {
    read(&[section], ProviderName::Gemini, None);
}

/// The section with the rest filled in: each key from the first layer that writes it, then from the provider's defaults.
/// `max_retries` stands in where no layer has that key.
pub(super) fn read(layers: &[&Section<'_>], provider: ProviderName, max_retries: Option<u32>) -> RateLimitConfig {
    let of = |key: &str| layers.iter().find(|layer| layer.is_written(key)).copied();
    let integer = |key: &str, least: u32, most: u32| of(key)?.integer(key, least, most);
    let number = |key: &str, least: f64, most: f64| of(key)?.number(key, least, most);
    let boolean = |key: &str| of(key)?.boolean(key);

    let defaults = defaults(provider);
    let limits = RateLimitConfig {
        max_retries: integer("max_retries", 0, 20).or(max_retries).unwrap_or(defaults.max_retries),
        base_delay: number("base_delay", 0.1, 60.0).unwrap_or(defaults.base_delay),
        max_delay: of("max_delay").and_then(|layer| max_delay(layer, provider)).unwrap_or(defaults.max_delay),
        backoff_strategy: of("backoff_strategy")
            .and_then(|layer| layer.pick("backoff_strategy", STRATEGIES))
            .unwrap_or(defaults.backoff_strategy),
        exponential_base: number("exponential_base", 1.1, 10.0).unwrap_or(defaults.exponential_base),
        jitter: boolean("jitter").unwrap_or(defaults.jitter),
        respect_retry_after: boolean("respect_retry_after").unwrap_or(defaults.respect_retry_after),
        retry_on_status_codes: of("retry_on_status_codes")
            .and_then(status_codes)
            .unwrap_or(defaults.retry_on_status_codes),
        retry_on_exceptions: of("retry_on_exceptions").and_then(exceptions).unwrap_or(defaults.retry_on_exceptions),
        check_headers: boolean("check_headers").unwrap_or(defaults.check_headers),
        preemptive_backoff: boolean("preemptive_backoff").unwrap_or(defaults.preemptive_backoff),
        preemptive_threshold: number("preemptive_threshold", 0.0, 1.0).unwrap_or(defaults.preemptive_threshold),
        gradual_rampup: boolean("gradual_rampup").unwrap_or(defaults.gradual_rampup),
        parse_quota_details: boolean("parse_quota_details").unwrap_or(defaults.parse_quota_details),
        daily_quota_aware: boolean("daily_quota_aware").unwrap_or(defaults.daily_quota_aware),
        requests_per_minute: integer("requests_per_minute", 1, u32::MAX),
        tokens_per_minute: integer("tokens_per_minute", 1, u32::MAX),
        input_tokens_per_minute: integer("input_tokens_per_minute", 1, u32::MAX),
        output_tokens_per_minute: integer("output_tokens_per_minute", 1, u32::MAX),
    };

    if limits.base_delay > limits.max_delay
        && let Some(layer) = of("base_delay").or_else(|| of("max_delay"))
    {
        let key = if layer.is_written("base_delay") { "base_delay" } else { "max_delay" };
        let (base, most) = (plain_number(limits.base_delay), plain_number(limits.max_delay));
        let message = format!("base_delay ({base}) must not be greater than max_delay ({most})");
        layer.error(key, &message, Some(&format!("write `max_delay: {base}` or more")));
    }
    for layer in layers {
        for (key, why) in keys::RATE_LIMIT_WITHOUT_EFFECT {
            layer.no_effect(key, why);
        }
    }
    limits
}

fn defaults(provider: ProviderName) -> RateLimitConfig {
    let mut limits = RateLimitConfig::default();
    match provider {
        ProviderName::Gemini => {
            limits.base_delay = 2.0;
            limits.max_delay = 120.0;
            // It has no headers for this.
            limits.check_headers = false;
        }
        // A server on the same machine recovers at once or not at all, and limits nobody.
        ProviderName::Ollama => {
            limits.max_retries = 2;
            limits.base_delay = 0.5;
            limits.max_delay = 5.0;
            limits.retry_on_status_codes.retain(|code| *code != 429);
            limits.check_headers = false;
        }
        // A sudden rise in use is limited by itself there.
        ProviderName::Anthropic => limits.gradual_rampup = true,
        ProviderName::OpenAi | ProviderName::OpenRouter => {}
    }
    limits
}

fn max_delay(layer: &Section<'_>, provider: ProviderName) -> Option<f64> {
    let delay = layer.number("max_delay", 1.0, LONGEST_FOR_GEMINI)?;
    if delay > LONGEST && provider != ProviderName::Gemini {
        let message =
            format!("must be from 1 to {} but for Gemini, not {}", plain_number(LONGEST), plain_number(delay));
        layer.error("max_delay", &message, None);
        return None;
    }
    Some(delay)
}

fn status_codes(layer: &Section<'_>) -> Option<Vec<u16>> {
    const KEY: &str = "retry_on_status_codes";
    let value = layer.value(KEY)?;
    let Some(items) = value.as_array() else {
        layer.error(KEY, &format!("must be a list of HTTP statuses, not {}", shown(value)), None);
        return None;
    };
    let mut codes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = layer.path_of_item(KEY, index);
        match whole_number(item).and_then(|code| u16::try_from(code).ok()) {
            Some(PAYMENT_REQUIRED) => layer.warning_at(
                &path,
                "402 is left out: the account is out of credit then, and a retry cannot help",
                Some("remove it"),
            ),
            Some(code @ 400..=599) if !codes.contains(&code) => codes.push(code),
            Some(400..=599) => {}
            _ => {
                let message = format!("must be an HTTP status from 400 to 599, not {}", shown(item));
                layer.error_at(&path, &message, None);
            }
        }
    }
    Some(codes)
}

fn exceptions(layer: &Section<'_>) -> Option<Vec<TransportException>> {
    const KEY: &str = "retry_on_exceptions";
    let value = layer.value(KEY)?;
    let Some(items) = value.as_array() else {
        layer.error(KEY, &format!("must be a list of timeout, connection or network, not {}", shown(value)), None);
        return None;
    };
    let mut exceptions = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match EXCEPTIONS.into_iter().find(|(name, _)| item.as_str() == Some(name)) {
            Some((_, exception)) if exceptions.contains(&exception) => {}
            Some((_, exception)) => exceptions.push(exception),
            None => {
                let names = EXCEPTIONS.map(|(name, _)| name);
                let suggestion = item.as_str().and_then(|text| did_you_mean(text, &names));
                let message = format!("must be timeout, connection or network, not {}", shown(item));
                layer.error_at(&layer.path_of_item(KEY, index), &message, suggestion.as_deref());
            }
        }
    }
    Some(exceptions)
}
