//! Keeps access keys out of configurations: they are stored, logged and passed around.

/// Whether a key is named as if it held a secret.
pub(super) fn is_secret_name(key: &str) -> bool {
    let mut name = key.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    const ENDINGS: &[&str] =
        &["apikey", "token", "secret", "password", "passwd", "authorization", "credential", "credentials", "bearer"];
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || name == "key"
}

/// What is said about such a key.
pub(super) const MISPLACED: &str = "an access key does not belong in the configuration";

/// Where the key goes instead.
pub(super) fn remedy(section: &str) -> &'static str {
    match section {
        "huggingface" => "pass it as the `token` option of the upload",
        _ => "pass it as the `apiKey` option of the call",
    }
}

/// What is wrong with a base address, if anything. The address itself is never repeated: it may hold a secret.
pub(crate) fn check_url(url: &str) -> Result<(), &'static str> {
    let lower = url.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else {
        return Err("must be an address that begins with http:// or https://");
    };
    if rest.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err("must be an address without spaces or backslashes");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must be an address without a user name or password");
    }
    if !is_host(authority) {
        return Err("must be an address with a host, such as http://localhost:8000/v1");
    }
    if rest.contains('#') {
        return Err("must be an address without a fragment (`#...`)");
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let holds_secret = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default();
        is_secret_name(name) || name.ends_with("key") || matches!(name, "sig" | "signature" | "auth" | "code")
    };
    if query.split(['&', ';']).any(holds_secret) {
        return Err("must be an address without an access key");
    }
    Ok(())
}

/// `example.com`, `localhost:8000`, `[::1]:11434`.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let ipv6 = host.starts_with('[') && host.ends_with(']');
    let host_is_fine = !host.is_empty() && (ipv6 || !host.contains([':', '[', ']']));
    host_is_fine && port.is_none_or(|port| !port.is_empty() && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_secrets() {
        for name in
            ["api_key", "apiKey", "API-KEY", "openai_api_key", "token", "hf_token", "accessToken", "secret", "key"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["max_tokens", "tokens_per_minute", "keys", "model", "tokenizer", "monkey"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn accepts_addresses_of_servers_only() {
        for url in [
            "http://localhost:11434/v1",
            "https://api.example.com",
            "HTTPS://Example.com/v1/",
            "http://[::1]:8000/v1",
            "http://[::1]",
            "https://x.example/openai?api-version=2024-10-21",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "localhost:8000",
            "ftp://example.com",
            "file:///etc/passwd",
            "http://",
            "http:///v1",
            "http://:8000",
            "http://host:port/",
            "http://host:99999/",
            "http://a:b:80/",
            "https://user@example.com",
            "https://user:secret@example.com/v1",
            "https://example.com/v1#top",
            "https://example.com/v1?key=abc",
            "https://example.com/v1?a=b&api_key=abc",
            "https://example.com/v1?a=b&access-token=abc",
            "https://exam ple.com",
            "https://example.com\\@evil.example",
            " https://example.com",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}
