//! Definitions that the wire schema refers to, and whether they may lead back to themselves.

use serde_json::{Map, Value};

use super::walk::Walk;

const MAX_DEFINITIONS: usize = 500;

/// A definition, or the root with an empty name.
pub(super) struct Definition<'a> {
    pub name: &'a str,
    pub schema: &'a Value,
    place: String,
}

/// The definitions found so far.
pub(super) struct Definitions<'a> {
    known: Vec<Definition<'a>>,
    /// The one whose schema is being walked.
    current: usize,
    /// Which lead to which, without a step that makes recursion possible.
    edges: Vec<(usize, usize)>,
}

impl<'a> Definitions<'a> {
    pub fn new(root: &'a Value) -> Self {
        Self { known: vec![Definition { name: "", schema: root, place: String::new() }], current: 0, edges: Vec::new() }
    }

    /// Whether the root is being walked, not a definition.
    pub fn is_at_root(&self) -> bool {
        self.current == 0
    }

    /// Whether one leads to itself.
    fn is_cyclic(&self) -> bool {
        let mut remains = vec![true; self.known.len()];
        // What leads nowhere is on no cycle. A chain is at most as long as there are definitions.
        for _ in 0..self.known.len() {
            let mut leads_on = vec![false; self.known.len()];
            for (from, to) in &self.edges {
                if let (Some(leads_on), Some(true)) = (leads_on.get_mut(*from), remains.get(*to)) {
                    *leads_on = true;
                }
            }
            remains = leads_on;
        }
        remains.contains(&true)
    }
}

impl<'a> Walk<'a> {
    /// The wire form of all definitions in use, with those that they use themselves; `None` also where they lead back to
    /// themselves in a way that the dialect does not take.
    pub fn definitions(&mut self) -> Option<Map<String, Value>> {
        let mut wires = Map::new();
        loop {
            self.definitions.current += 1;
            let Some(Definition { name, schema, place }) = self.definitions.known.get(self.definitions.current) else {
                break;
            };
            let (name, schema, place) = (*name, *schema, [place, " (every ", name, ")"].concat());
            self.start_definition();
            self.size.characters += name.len();
            let wire = self.node(schema, &place)?;
            wires.insert(name.to_owned(), wire);
        }
        if self.definitions.is_cyclic() { None } else { Some(wires) }
    }

    /// The schema that a reference means: the root, or a definition at the root. Other documents, anchors and places
    /// inside other schemas are not followed.
    pub fn target(&self, reference: &'a str) -> Option<(&'a str, &'a Value)> {
        if reference == "#" {
            return Some(("", self.root));
        }
        let (keyword, name) = reference.strip_prefix("#/")?.split_once('/')?;
        if !matches!(keyword, "$defs" | "definitions") || name.bytes().any(|byte| b"/~%".contains(&byte)) {
            return None;
        }
        Some((name, self.root.get(keyword)?.get(name)?))
    }

    /// The reference on the wire.
    pub fn refer(&mut self, reference: &'a str, place: &str) -> Option<String> {
        let (name, schema) = self.target(reference)?;
        let all = &mut self.definitions;
        let index = all.known.iter().position(|known| known.name == name).unwrap_or(all.known.len());
        match all.known.get(index) {
            // Of the same name, but among the definitions of an older draft.
            Some(known) if !std::ptr::eq(known.schema, schema) => return None,
            Some(_) => {}
            None if index > MAX_DEFINITIONS => return None,
            None => all.known.push(Definition { name, schema, place: place.to_owned() }),
        }
        if self.is_bound {
            all.edges.push((all.current, index));
        }
        Some(if name.is_empty() { "#".to_owned() } else { ["#/$defs/", name].concat() })
    }
}
