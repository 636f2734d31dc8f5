//! What references lead to: the schemas in a document that have an address or an anchor of their own.

use serde_json::Value;

use super::keywords;
use crate::json::without_tildes;

/// The index of one document.
pub(super) struct References<'s> {
    /// The address and the root of each resource: the document itself, then whatever in it has an `$id`.
    resources: Vec<(String, &'s Value)>,
    anchors: Vec<Anchor<'s>>,
    /// Whether a keyword depends on what others have looked at.
    pub(super) has_unevaluated: bool,
}

struct Anchor<'s> {
    resource: usize,
    name: &'s str,
    dynamic: bool,
    schema: &'s Value,
}

/// What a reference leads to.
pub(super) struct Target<'s> {
    pub(super) schema: &'s Value,
    /// The resource that it stands in, against which its own references are read.
    pub(super) resource: usize,
    /// The name of its dynamic anchor, if the reference used it.
    pub(super) dynamic: Option<&'s str>,
}

impl<'s> References<'s> {
    /// Walks through a document, which is known to be no deeper than the stack allows.
    pub(super) fn new(document: &'s Value) -> Self {
        let mut references =
            Self { resources: vec![(String::new(), document)], anchors: Vec::new(), has_unevaluated: false };
        references.walk(document, 0);
        references
    }

    fn walk(&mut self, schema: &'s Value, mut resource: usize) {
        let Value::Object(keywords) = schema else { return };
        if let Some(Value::String(id)) = keywords.get("$id") {
            let (address, anchor) = id.split_once('#').unwrap_or((id, ""));
            if !address.is_empty() {
                let address = join(self.address(resource), address);
                match self.resources.first_mut() {
                    Some(document) if std::ptr::eq(document.1, schema) => document.0 = address,
                    _ => {
                        resource = self.resources.len();
                        self.resources.push((address, schema));
                    }
                }
            }
            // An anchor as draft 7 writes it.
            if !anchor.is_empty() {
                self.anchors.push(Anchor { resource, name: anchor, dynamic: false, schema });
            }
        }
        for (keyword, dynamic) in [("$anchor", false), ("$dynamicAnchor", true)] {
            if let Some(Value::String(name)) = keywords.get(keyword) {
                self.anchors.push(Anchor { resource, name, dynamic, schema });
            }
        }
        for (name, value) in keywords {
            self.has_unevaluated |= name.starts_with("unevaluated");
            if let Some(keyword) = keywords::find(name) {
                keywords::each_schema(keyword.shape, value, &mut |_, schema| self.walk(schema, resource));
            }
        }
    }

    fn address(&self, resource: usize) -> &str {
        self.resources.get(resource).map_or("", |(address, _)| address)
    }

    /// The resource whose root this schema is, if it has an `$id`.
    pub(super) fn resource_of(&self, schema: &Value) -> Option<usize> {
        schema.get("$id")?;
        self.resources.iter().position(|(_, root)| std::ptr::eq(*root, schema))
    }

    /// Follows a reference that stands in this resource. None where it leads nowhere, or out of the document.
    pub(super) fn resolve(&self, resource: usize, reference: &str) -> Option<Target<'s>> {
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if address.is_empty() {
            resource
        } else {
            let address = join(self.address(resource), address);
            self.resources.iter().position(|(known, _)| *known == address)?
        };
        let fragment = without_percents(fragment)?;
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let mut named = self.anchors.iter().filter(|anchor| anchor.resource == resource && anchor.name == fragment);
            let anchor = named.next()?;
            let dynamic = (anchor.dynamic || named.any(|anchor| anchor.dynamic)).then_some(anchor.name);
            return Some(Target { schema: anchor.schema, resource, dynamic });
        }
        let (_, root) = self.resources.get(resource)?;
        let mut target = Target { schema: root, resource, dynamic: None };
        for key in fragment.split('/').skip(1) {
            target.schema = match target.schema {
                Value::Object(members) => members.get(&without_tildes(key))?,
                Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
                _ => return None,
            };
            target.resource = self.resource_of(target.schema).unwrap_or(target.resource);
        }
        Some(target)
    }

    /// The schema with this dynamic anchor in a resource.
    pub(super) fn dynamic(&self, resource: usize, name: &str) -> Option<&'s Value> {
        let mut anchors = self.anchors.iter();
        let anchor = anchors.find(|anchor| anchor.dynamic && anchor.resource == resource && anchor.name == name)?;
        Some(anchor.schema)
    }
}

/// Reads an address against the one that it stands in, as RFC 3986 says; dot segments only at its beginning, where people
/// write them.
fn join(base: &str, address: &str) -> String {
    if scheme(address) > 0 {
        return address.to_owned();
    }
    let scheme = scheme(base);
    let is_slash = |byte: u8| byte == b'/';
    let path = match base.get(scheme..).and_then(|rest| rest.strip_prefix("//")) {
        Some(rest) => base.len() - rest.len() + rest.bytes().position(is_slash).unwrap_or(rest.len()),
        None => scheme,
    };
    let folder = |end: usize| base.bytes().take(end).rposition(is_slash).map_or(path, |slash| slash.max(path));
    let (mut end, mut rest) = (folder(base.len()), address);
    let mut slash = if end > scheme || base.starts_with('/') { "/" } else { "" };
    if rest.starts_with('/') {
        (end, slash) = (if rest.starts_with("//") { scheme } else { path }, "");
    }
    loop {
        if let Some(below) = rest.strip_prefix("./") {
            rest = below;
        } else if let Some(above) = rest.strip_prefix("../") {
            (end, rest) = (folder(end), above);
        } else {
            return [base.get(..end).unwrap_or_default(), slash, rest].concat();
        }
    }
}

/// The length of the scheme with its colon, which may be 0.
fn scheme(address: &str) -> usize {
    let end = address.bytes().position(|byte| b":/?".contains(&byte)).unwrap_or_default();
    if address.as_bytes().get(end) == Some(&b':') { end + 1 } else { 0 }
}

/// A text with its `%41` read as what they stand for; none where that is no text.
fn without_percents(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    let (mut code, mut missing) = (0, 0_u32);
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let byte = u32::from_str_radix(digits, 16).ok()?;
        (code, missing) = match (byte, missing) {
            (0x80..=0xbf, 1..) => (code << 6 | byte & 0x3f, missing - 1),
            (0..=0x7f, 0) => (byte, 0),
            (0xc0..=0xdf, 0) => (byte & 0x1f, 1),
            (0xe0..=0xef, 0) => (byte & 0xf, 2),
            (0xf0..=0xf7, 0) => (byte & 0x7, 3),
            _ => return None,
        };
        if missing == 0 {
            plain.push(char::from_u32(code)?);
            plain.push_str(rest);
        } else if !rest.is_empty() {
            return None;
        }
    }
    (missing == 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_against_the_one_they_stand_in() {
        let table = [
            ("", "a.json", "a.json"),
            ("", "https://x.org/a", "https://x.org/a"),
            ("https://x.org/a/b.json", "c.json", "https://x.org/a/c.json"),
            ("https://x.org/a/b.json", "c/d.json", "https://x.org/a/c/d.json"),
            ("https://x.org/a/", "c.json", "https://x.org/a/c.json"),
            ("https://x.org/a/b.json", "/c.json", "https://x.org/c.json"),
            ("https://x.org", "c.json", "https://x.org/c.json"),
            ("https://x.org", "/c.json", "https://x.org/c.json"),
            ("https://x.org/a", "//y.org/c", "https://y.org/c"),
            ("https://x.org/a", "urn:uuid:1", "urn:uuid:1"),
            ("folder/a.json", "b.json", "folder/b.json"),
            ("a.json", "b.json", "b.json"),
            ("https://x.org/a/b.json", "./c.json", "https://x.org/a/c.json"),
            ("https://x.org/a/b/c.json", "../d.json", "https://x.org/a/d.json"),
            ("https://x.org/a.json", "../../d.json", "https://x.org/d.json"),
            ("", "./b.json", "b.json"),
            ("/a/b.json", "../c.json", "/c.json"),
            ("urn:x:y", "b.json", "urn:b.json"),
            ("a.json", "b:c", "b:c"),
            ("a.json", "b/c:d", "b/c:d"),
        ];
        for (base, address, joined) in table {
            assert_eq!(join(base, address), joined, "{base} {address}");
        }
    }

    #[test]
    fn reads_percent_codes() {
        assert_eq!(without_percents("a%25b%C3%a9c").as_deref(), Some("a%b\u{e9}c"));
        assert_eq!(without_percents("%e2%82%ac%F0%9F%98%80").as_deref(), Some("\u{20ac}\u{1f600}"));
        for text in ["%", "%2", "%zz", "%ff", "%\u{e9}", "%c3", "%c3x", "%c3x%a9", "%a9", "%c3%c3", "%ed%a0%80"] {
            assert_eq!(without_percents(text), None, "{text}");
        }
    }
}
