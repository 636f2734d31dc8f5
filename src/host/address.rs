//! Which hosts a request may not be sent to for a stranger: loopback, private networks, and what clouds keep for themselves.
//!
//! A host is given as the URL standard writes it, which every runtime's URL class does: lower case, IPv4 as four decimal
//! numbers, IPv6 in brackets, names in ASCII. What that form cannot hold is treated as private. A public name may still
//! lead to a private address: only who connects can know.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a host is, as far as its name or number tells, anywhere but on the public internet.
pub fn is_private(host: &str) -> bool {
    match Address::read(host) {
        Address::V4(address) => is_private_v4(address),
        Address::V6(address) => is_private_v6(address),
        Address::Name(name) => is_private_name(name),
        Address::Unreadable => true,
    }
}

/// Whether a host is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    match Address::read(host) {
        Address::V4(address) => address.is_loopback(),
        Address::V6(address) => address.is_loopback() || inner_v4(address).is_some_and(|inner| inner.is_loopback()),
        Address::Name(name) => is_within(name, "localhost"),
        Address::Unreadable => false,
    }
}

enum Address<'h> {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// In ASCII, with no dot at its end.
    Name(&'h str),
    /// Not as the URL standard writes hosts.
    Unreadable,
}

impl<'h> Address<'h> {
    fn read(host: &'h str) -> Self {
        if let Some(rest) = host.strip_prefix('[') {
            let address = rest.strip_suffix(']').and_then(|address| address.parse().ok());
            return address.map_or(Address::Unreadable, Address::V6);
        }
        // "localhost." is localhost, said in full.
        let name = host.strip_suffix('.').unwrap_or(host);
        if let Ok(address) = name.parse() {
            return Address::V4(address);
        }
        let is_fine =
            |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b":/\\@%?#[]".contains(&byte);
        let labels_are_filled = name.split('.').all(|label| !label.is_empty());
        match labels_are_filled && name.bytes().all(is_fine) && !is_number(name) {
            true => Address::Name(name),
            false => Address::Unreadable,
        }
    }
}

/// Whether a name would be read as a number by the standard: `127.1`, `2130706433`, `0x7f.0.0.1`.
fn is_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network, private ones, loopback.
        [0 | 10 | 127, ..] => true,
        // Shared by the customers of one carrier.
        [100, 64..=127, ..] => true,
        // Link-local; clouds tell a machine its credentials at 169.254.169.254.
        [169, 254, ..] => true,
        [172, 16..=31, ..] | [192, 168, ..] => true,
        // Protocol assignments, documentation, benchmarks.
        [192, 0, 0 | 2, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = inner_v4(address) {
        return is_private_v4(inner);
    }
    match address.segments() {
        // Documentation.
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => true,
        // Teredo: a tunnel to an address that is written in disguise.
        [0x2001, 0, ..] => true,
        // What is public lies in 2000::/3. Outside are loopback, fc00::/7, fe80::/10, multicast and the unassigned.
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

/// The IPv4 address within an IPv6 address that stands for one.
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let joined = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // Mapped, and by NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(joined(high, low)),
        // By 6to4.
        [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

fn is_private_name(name: &str) -> bool {
    const PRIVATE: &[&str] = &["localhost", "local", "localdomain", "internal", "home.arpa"];
    // One label is looked up in the networks that the machine belongs to.
    !name.contains('.') || PRIVATE.iter().any(|domain| is_within(name, domain))
}

/// Whether a name is a domain or lies in it.
fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_addresses_that_are_not_public() {
        for host in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "127.0.0.1.",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "8.8.8.8.",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn judges_ipv6_by_its_range_and_by_the_ipv4_within() {
        for host in [
            "[::]",
            "[::1]",
            "[fc00::1]",
            "[fd12:3456:789a::1]",
            "[fdff:ffff::]",
            "[fe80::1]",
            "[febf::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[2001:db8::1]",
            "[2001:db8:ffff::1]",
            "[3fff:fff::1]",
            "[2001:0:4136:e378::1]",
            "[::ffff:7f00:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::ffff:c0a8:101]",
            "[::7f00:1]",
            "[::808:808]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a00:1]",
            "[64:ff9b:1::808:808]",
            "[2002:7f00:1::]",
            "[2002:a00:1::1]",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "[2606:4700:4700::1111]",
            "[2001:4860:4860::8888]",
            "[2001:db7::1]",
            "[2001:db9::1]",
            "[2a00:1450::1]",
            "[::ffff:808:808]",
            "[64:ff9b::808:808]",
            "[2002:808:808::1]",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn knows_the_names_that_are_not_public() {
        for host in [
            "localhost",
            "localhost.",
            "api.localhost",
            "a.b.localhost",
            "localhost.localdomain",
            "printer.local",
            "printer.local.",
            "db.svc.cluster.local",
            "metadata.google.internal",
            "metadata.google.internal.",
            "vault.internal",
            "internal",
            "router.home.arpa",
            "intranet",
            "metadata",
            "wiki.",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "api.openai.com",
            "api.openai.com.",
            "example.com",
            "localhost.example.com",
            "mylocalhost.com",
            "notlocal.example",
            "thelocal.de",
            "internal.example.com",
            "home.arpa.example.com",
            "xn--bcher-kva.example",
            "a-b_c.example",
            "1.example",
            "10.0.0.1.example.com",
            "0x7f.example",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn trusts_nothing_that_the_standard_would_have_written_otherwise() {
        for host in [
            "",
            ".",
            "..",
            ".example.com",
            "example..com",
            "localhost..",
            "example.com..",
            "Example.com",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "127.0.0.01",
            "0177.0.0.1",
            "1.2.3.4.5",
            "256.256.256.256",
            "example.123",
            "example.0x",
            "::1",
            "[::1",
            "::1]",
            "[]",
            "[fe80::1%25eth0]",
            "[127.0.0.1]",
            "[example.com]",
            "example.com:80",
            "user@example.com",
            "example.com/path",
            "exa mple.com",
            "ex%61mple.com",
            "b\u{fc}cher.example",
            "\u{ff11}27.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
        ] {
            assert!(is_private(host), "{host:?}");
        }
    }

    #[test]
    fn knows_this_machine() {
        for host in [
            "localhost",
            "localhost.",
            "api.localhost",
            "127.0.0.1",
            "127.8.9.10",
            "127.0.0.1.",
            "[::1]",
            "[::ffff:7f00:1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "0.0.0.0",
            "10.0.0.1",
            "192.168.0.1",
            "128.0.0.1",
            "[::]",
            "[::2]",
            "[::ffff:808:808]",
            "intranet",
            "printer.local",
            "notlocalhost",
            "localhost.example.com",
            "example.com",
            "127.1",
            "Localhost",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
